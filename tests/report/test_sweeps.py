import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection
from matplotlib.colors import to_hex

from clientscape.report.look import png
from clientscape.report.sweeps import k_curve


def marks(axes):
    """Every mark of a panel: (x, y, face, size)."""
    found = []
    for scatter in axes.collections:
        if isinstance(scatter, PathCollection):
            faces = scatter.get_facecolor()
            for i, place in enumerate(np.asarray(scatter.get_offsets().filled(np.nan))):
                face = to_hex(faces[i % len(faces)]) if len(faces) else "none"
                found.append((*place, face, scatter.get_sizes()[0]))
    return found


def strokes(axes):
    """Every upright stroke of a panel: (from, to)."""
    segments = [path for some in axes.collections if isinstance(some, LineCollection) for path in some.get_segments()]
    return [tuple(path[:, 1].round(6).tolist()) for path in segments]


def names(axes):
    return [text.get_text() for text in axes.texts]


@pytest.fixture(scope="module")
def measured(trials):
    """The trials, with everything measured and a second space."""
    more = trials.assign(
        stability_score=0.8, silhouette_error=[0.01] + [0.0] * 6, null_silhouette_low=0.1, null_silhouette_high=0.2
    )
    other = more.assign(space="standard", trial=more["trial"] + " standard", chosen=False, null_silhouette_high=0.15)
    return pd.concat([more, other], ignore_index=True)


@pytest.fixture(scope="module")
def drawn(trials):
    return k_curve(trials)


@pytest.fixture(scope="module")
def drawn_measured(measured):
    return k_curve(measured)


def test_a_silhouette_stands_above_what_it_costs(drawn):
    top, middle, bottom = drawn.axes
    assert top.get_title(loc="left") == "Silhouette of the segments"
    assert middle.get_title(loc="left") == "Share of customers placed"
    assert bottom.get_title(loc="left") == "Share of the smallest segment"
    assert bottom.get_xlabel() == "Number of segments"


def test_each_space_has_a_column_on_the_same_scales_and_stability_a_row_where_it_was_measured(drawn_measured):
    grid = np.reshape(drawn_measured.axes, (4, 2))
    assert grid[1, 0].get_title(loc="left") == "Stability of the segments"
    assert names(grid[0, 0])[0] == "rfm_log"
    assert names(grid[0, 1]) == ["standard"]
    assert all(left.get_ylim() == right.get_ylim() for left, right in grid)
    assert len({axes.get_xlim() for axes in grid.ravel()}) == 1


def test_a_refused_trial_is_hollow_and_the_chosen_one_is_ringed_and_named(drawn):
    top = drawn.axes[0]
    face = {round(y, 2): face for _, y, face, size in marks(top) if size < 100 and np.isfinite(y)}
    assert face[0.35] == face[0.61] == "#ffffff"
    assert face[0.42] != "#ffffff"
    assert [round(y, 2) for _, y, face, size in marks(top) if size > 100] == [0.42]
    assert names(top) == ["rfm_log", "kmeans_3"]


def test_a_line_takes_the_best_trial_of_a_number_and_hdbscan_has_none(drawn):
    lines = [list(line.get_ydata()) for line in drawn.axes[0].lines]
    assert lines == [[0.33], [0.31, 0.42, 0.35]]


def test_the_band_spans_what_all_who_are_asked_for_a_number_reach_on_shuffled_columns(measured):
    low = {"kmeans": 0.12, "gaussian_mixture": 0.05, "hdbscan": -0.3}
    top = k_curve(measured.assign(null_silhouette_low=measured["family"].map(low))).axes[0]
    (band,) = [some for some in top.collections if isinstance(some, FillBetweenPolyCollection)]
    x, y = band.get_paths()[0].vertices.T
    assert y[x == 2].min() == 0.05
    assert y[x == 3].min() == 0.12
    assert y.max() == 0.2
    assert (-0.3, 0.2) in strokes(top)


def test_nothing_is_shaded_where_nothing_was_shuffled(trials):
    top = k_curve(trials.assign(null_silhouette_low=np.nan, null_silhouette_high=np.nan)).axes[0]
    assert not any(isinstance(some, FillBetweenPolyCollection) for some in top.collections)
    assert strokes(top) == []


def test_a_sampled_silhouette_has_two_standard_errors_to_either_side_and_an_exact_one_none(measured, drawn_measured):
    exact = measured.assign(silhouette_error=0.0)
    added = set(strokes(drawn_measured.axes[0])) - set(strokes(k_curve(exact).axes[0]))
    assert added == {(0.29, 0.33)}


def test_who_finds_many_more_segments_than_were_asked_for_stands_at_the_right(trials):
    many = trials["n_segments"].mask(trials.index == 5, 61)
    top, _, bottom = k_curve(trials.assign(n_segments=many)).axes
    ticks = dict(zip(bottom.get_xticks(), [tick.get_text() for tick in bottom.get_xticklabels()], strict=True))
    assert ticks[10] == "10+"
    assert ticks[4] == "4"
    assert [x for x, y, *_ in marks(top) if y == 0.61] == [10]
    assert bottom.get_xlim()[1] < 11


def test_the_legend_names_only_what_is_drawn(drawn, drawn_measured):
    said = ["gaussian_mixture", "hdbscan", "kmeans", "refused by a guard", "chosen"]
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == said
    shaded = ["reached on shuffled columns", "two standard errors, if sampled"]
    assert [text.get_text() for text in drawn_measured.legends[0].get_texts()] == said + shaded


@pytest.mark.parametrize("rows", [slice(0, 0), slice(0, 1), slice(6, 7)], ids=["none", "one", "without silhouette"])
def test_few_trials_are_drawn(trials, rows):
    assert png(k_curve(trials.iloc[rows]))


def test_equal_trials_give_equal_bytes(trials):
    assert png(k_curve(trials)) == png(k_curve(trials.copy()))
