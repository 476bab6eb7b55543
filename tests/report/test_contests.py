import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from clientscape.report.contests import judgement
from clientscape.report.look import png


def marks(axes):
    """Every mark of a panel: (x, y, face, size)."""
    return [
        (*place, to_hex(scatter.get_facecolor()[0]) if len(scatter.get_facecolor()) else "none", scatter.get_sizes()[0])
        for scatter in axes.collections
        if isinstance(scatter, PathCollection)
        for place in np.asarray(scatter.get_offsets().filled(np.nan))
    ]


def test_each_label_has_three_panels_with_models_beside_rules(judged):
    grid = np.reshape(judgement(judged).axes, (2, 3))
    assert [axes.get_title(loc="left") for axes in grid[:, 0]] == ["no order", "spend decline"]
    assert [axes.get_xlabel() for axes in grid[1]] == ["ROC AUC", "Average precision", "Lift in the top tenth"]
    assert [tick.get_text() for tick in grid[0, 0].get_yticklabels()] == ["forest", "recency alone"]
    assert [tick.get_text() for tick in grid[1, 0].get_yticklabels()] == ["recency alone", "forest"]
    faces = {face for _, _, face, _ in marks(grid[0, 0])}
    assert len(faces) == 2


def test_average_precision_stands_beside_its_base_rate_and_the_best_rule(judged):
    panel = judgement(judged).axes[1]
    assert sorted(line.get_xdata()[0] for line in panel.lines) == [0.40, 0.55]
    assert "base rate 0.400" in [text.get_text() for text in panel.texts]


def test_a_missing_score_leaves_its_place_empty(judged):
    panel = judgement(judged).axes[3]
    assert [text.get_text() for text in panel.texts if text.get_text()] == ["0.600"]
    assert [line.get_xdata()[0] for line in panel.lines] == [0.5]


def test_no_judgement_is_said(judged):
    figure = judgement(judged.iloc[:0])
    assert [text.get_text() for text in figure.texts] == ["No forecaster was judged."]
    assert png(figure)


def test_the_spread_over_the_dates_is_a_line_through_the_mean(judged):
    spread = judged.assign(
        average_precision_score_low=judged["average_precision_score"] - 0.1,
        average_precision_score_high=judged["average_precision_score"] + 0.05,
    )
    panel = judgement(spread).axes[1]
    reaches = {
        (round(float(segment[0, 0]), 3), round(float(segment[1, 0]), 3))
        for lines in panel.collections
        if isinstance(lines, LineCollection)
        for segment in lines.get_segments()
    }
    assert {(0.5, 0.65), (0.45, 0.6)} <= reaches
    named = [text.get_text() for text in judgement(spread).legends[0].get_texts()]
    assert named[-1] == "mean, least and most over the dates"
    assert "mean, least and most over the dates" not in [t.get_text() for t in judgement(judged).legends[0].get_texts()]


@pytest.mark.parametrize(("base_rate", "null_rate"), [(0.4, 0.39), (0.39, 0.4), (0.9, 0.88), (0.2, 0.6)])
def test_base_rate_and_chance_alone_are_named_without_touching(judged, base_rate, null_rate):
    figure = judgement(judged.assign(base_rate=base_rate, null_rate=null_rate))
    panel = figure.axes[1]
    noted = [text for text in panel.texts if text.get_text().startswith(("base rate", "by chance alone"))]
    assert {text.get_text() for text in noted} == {f"base rate {base_rate:.3f}", f"by chance alone {null_rate:.3f}"}
    one, other = (text.get_window_extent() for text in noted)
    assert not one.overlaps(other)
    assert {base_rate, null_rate} <= {line.get_xdata()[0] for line in panel.lines}


def test_the_best_of_each_measure_is_bold(judged):
    panels = judgement(judged).axes
    for panel, best in ((panels[0], "0.800"), (panels[1], "0.600"), (panels[4], "0.300")):
        assert [text.get_text() for text in panel.texts if text.get_fontweight() == "bold"] == [best]


def test_four_labels_of_eight_candidates_fit(judged):
    rule = judged["kind"] == "simple rule"
    candidates = [
        judged[rule].assign(label=label, forecaster=f"a rule with quite a long name {i}")
        for label in ("no_order", "spend_decline", "value_decline", "rhythm_break")
        for i in range(4)
    ]
    figure = judgement(pd.concat(candidates, ignore_index=True))
    assert len(figure.axes) == 12
    for panel in figure.axes[::3]:
        boxes = [tick.get_window_extent() for tick in panel.get_yticklabels()]
        assert all(box.x0 >= 0 for box in boxes)
        assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
