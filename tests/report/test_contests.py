import numpy as np
from matplotlib.collections import PathCollection
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
    assert [line.get_xdata()[0] for line in panel.lines] == [0.40, 0.55]
    assert "base rate 0.400" in [text.get_text() for text in panel.texts]


def test_a_missing_score_leaves_its_place_empty(judged):
    panel = judgement(judged).axes[3]
    assert [text.get_text() for text in panel.texts if text.get_text()] == ["0.600"]
    assert [line.get_xdata()[0] for line in panel.lines] == [0.5]


def test_no_judgement_is_said(judged):
    figure = judgement(judged.iloc[:0])
    assert [text.get_text() for text in figure.texts] == ["No forecaster was judged."]
    assert png(figure)
