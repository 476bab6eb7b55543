import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.text import Text

from clientscape.report.look import png
from clientscape.report.tradeoffs import tradeoff

RULES = pd.DataFrame({"rules": ["putler11", "rf10"], "n_segments": [11, 10], "foresight_score": [0.27, 0.24]})


def names(axes):
    return [text.get_text() for text in axes.texts]


def sizes(axes):
    """The area of each mark by its height."""
    return {
        round(float(y), 3): float(size)
        for some in axes.collections
        if isinstance(some, PathCollection)
        for (_, y), size in zip(some.get_offsets().filled(np.nan), np.resize(some.get_sizes(), 99), strict=False)
    }


@pytest.fixture(scope="module")
def measured(trials):
    return trials.assign(
        stability_score=[0.70, 0.80, 0.60, 0.95, 0.50, 0.40, np.nan],
        foresight_score=[0.10, 0.20, 0.22, 0.15, 0.12, 0.05, np.nan],
        tiers_foresight_score=[0.20, 0.25, 0.30, 0.20, 0.20, 0.32, np.nan],
        random_foresight_score=0.0,
    )


@pytest.fixture(scope="module")
def panels(measured):
    return tradeoff(measured, RULES).axes


def test_silhouette_stands_beside_stability_and_foresight_beside_value_tiers(panels):
    first, second = panels
    assert (first.get_xlabel(), first.get_ylabel()) == ("Silhouette of the segments", "Stability of the segments")
    assert (second.get_xlabel(), second.get_ylabel()) == ("Number of segments", "Foreseen share of log spend")
    tiers, random = second.lines
    assert list(tiers.get_xdata()) == [2, 3, 4, 5]
    assert tiers.get_ydata() == pytest.approx([0.20, 0.25, 0.30, 0.32])
    assert set(random.get_ydata()) == {0.0}


def test_the_chosen_and_the_favourites_are_named_refused_or_not(panels):
    first, second = panels
    assert names(first)[1:] == [
        "kmeans_3\nchosen",
        "hdbscan_20\nhighest silhouette",
        "mixture_2\nmost stable",
        "kmeans_4\nforesees most",
    ]
    assert names(second)[1:] == [
        *("kmeans_3\nchosen", "hdbscan_20\nhighest silhouette", "kmeans_4\nforesees most"),
        *("putler11", "rf10"),
    ]


def test_one_trial_with_several_merits_is_named_once(measured):
    best = measured.assign(silhouette_score=np.where(measured["chosen"], 0.9, measured["silhouette_score"]))
    assert "kmeans_3\nchosen, highest silhouette" in names(tradeoff(best, RULES).axes[0])


def test_names_stay_in_the_panel_and_off_each_other(measured):
    rng = np.random.default_rng(3)
    crowd = pd.concat([measured] * 12, ignore_index=True)
    crowd[["silhouette_score", "stability_score", "foresight_score"]] = rng.uniform(0.1, 0.6, (len(crowd), 3))
    crowd["chosen"] = crowd.index == 40
    figure = tradeoff(crowd, RULES)
    figure.draw_without_rendering()
    for axes in figure.axes:
        panel = axes.get_window_extent()
        boxes = [Text.get_window_extent(text) for text in axes.texts]
        assert len(boxes) > 2
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
        assert all(panel.x0 <= box.x0 and box.x1 <= panel.x1 and box.y1 <= panel.y1 for box in boxes)


def test_who_leaves_customers_out_has_a_smaller_mark(panels):
    area = sizes(panels[0])
    assert area[0.40] < area[0.70]
    assert area[0.70] == area[0.60]


def test_a_refused_trial_is_hollow(measured, panels):
    (trials, _) = (some for some in panels[0].collections if isinstance(some, PathCollection))
    white = (trials.get_facecolor() == 1).all(axis=1)
    assert white.tolist() == (~measured["passed"]).tolist()


def test_what_was_not_measured_is_counted(panels):
    first, second = panels
    assert names(first)[0] == names(second)[0] == "not measured for 1 of 7 trials"


def test_the_lines_and_the_rules_are_in_the_legend_of_their_panel(measured, panels):
    first, second = ([text.get_text() for text in axes.get_legend().get_texts()] for axes in panels)
    assert first[:3] == ["gaussian_mixture", "hdbscan", "kmeans"]
    assert second == ["as many value tiers", "as many random groups", "rules"]
    (alone,) = tradeoff(measured.drop(columns="stability_score"), RULES).axes
    assert [text.get_text() for text in alone.get_legend().get_texts()][-3:] == second


@pytest.mark.parametrize(
    ("columns", "panels"),
    [(["stability_score"], 1), (["foresight_score"], 1), (["tiers_foresight_score", "random_foresight_score"], 2)],
)
def test_a_panel_without_values_is_left_out(measured, columns, panels):
    figure = tradeoff(measured.assign(**dict.fromkeys(columns, np.nan)), RULES.iloc[:0])
    assert len(figure.axes) == panels
    assert png(figure)


def test_without_stability_and_foresight_that_is_said(trials):
    for rows in (trials, trials.iloc[:0]):
        assert "was measured" in tradeoff(rows, RULES).texts[0].get_text()


def test_without_rules_and_with_one_trial_it_is_drawn(measured):
    assert png(tradeoff(measured.iloc[:1], pd.DataFrame()))


def test_equal_tables_give_equal_bytes(measured):
    assert png(tradeoff(measured, RULES)) == png(tradeoff(measured.copy(), RULES.copy()))
