import numpy as np
import pytest
from matplotlib.colors import to_hex

from clientscape.report.look import GREY, colours, png
from clientscape.report.maps import montage, segment_map


def points(axes):
    return axes.collections[0]


def test_the_map_names_each_segment_and_counts_it(customers):
    coordinates, labels = customers
    figure = segment_map(coordinates, labels, title="Four segments")
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "Four segments"
    assert {text.get_text() for text in axes.texts} == {"Loyal", "Lapsing", "New", "Big baskets"}
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend[-1] == "unplaced\n20 (10%)"
    sizes = [int(text.split("\n")[1].split()[0]) for text in legend[:-1]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 180
    assert not len(axes.get_xticks())
    assert "only a picture" in axes.get_xlabel()


def test_each_customer_has_the_colour_of_his_segment(customers):
    coordinates, labels = customers
    (axes,) = segment_map(coordinates, labels, title="").axes
    colour = colours(labels)
    expected = {tuple(place): colour[label] for place, label in zip(coordinates, labels, strict=True)}
    drawn = zip(points(axes).get_offsets(), points(axes).get_facecolors(), strict=True)
    assert {tuple(place): to_hex(face) for place, face in drawn} == expected


def test_names_do_not_lie_on_each_other():
    labels = np.array([f"segment {i}" for i in range(12)]).repeat(5)
    figure = segment_map(np.random.default_rng(0).normal(0, 1, (60, 2)), labels, title="Crowded")
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 12
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("labels", [["one"] * 3, ["unplaced"] * 3, ["$5 to $10", "_a", "b"]])
def test_odd_names_and_few_segments_are_drawn(labels):
    assert png(segment_map(np.eye(3, 2), labels, title="Costs $1 or $2"))


def labelings(n):
    labels = np.arange(40) % 4 - 1
    return {f"kmeans_{i}": labels for i in range(n)}


@pytest.mark.parametrize(("n", "panels"), [(1, 1), (3, 3), (5, 6), (12, 12)])
def test_the_montage_has_a_panel_for_each_trial(trials, n, panels):
    facts = trials.iloc[[0] * n].assign(trial=[*labelings(n)]).set_index("trial")
    figure = montage(np.random.default_rng(1).normal(size=(40, 2)), labelings(n), facts, chosen=None)
    assert len(figure.axes) == panels
    assert sum(axes.get_visible() for axes in figure.axes) == n
    assert figure.axes[0].get_xlabel() == "silhouette 0.310\n2 segments, 100% placed"


def test_the_montage_frames_the_chosen_trial_and_greys_the_unplaced(trials):
    facts = trials.set_index("trial")
    labels = {"kmeans_3": np.array([-1, 1, 1, 0]), "hdbscan_50": np.array([-1, -1, -1, -1])}
    chosen, empty = montage(np.eye(4, 2), labels, facts, chosen="kmeans_3").axes
    assert chosen.get_title(loc="left") == "kmeans_3 (chosen)"
    assert chosen.spines["top"].get_linewidth() > empty.spines["top"].get_linewidth()
    assert empty.get_xlabel() == "silhouette –\n0 segments, 0% placed, refused"
    assert {to_hex(face) for face in points(empty).get_facecolors()} == {GREY}
    assert len({to_hex(face) for face in points(chosen).get_facecolors()}) == 3


def test_the_montage_says_how_stable_a_trial_is_where_that_was_measured(trials):
    facts = trials.set_index("trial").assign(stability_score=[np.nan, 0.876, *[np.nan] * 5])
    labels = dict.fromkeys(["kmeans_3", "kmeans_2"], np.array([0, 1, 1, 2]))
    measured, other = montage(np.eye(4, 2), labels, facts, chosen=None).axes
    assert measured.get_xlabel() == "silhouette 0.420, stability 0.88\n3 segments, 100% placed"
    assert other.get_xlabel() == "silhouette 0.310\n2 segments, 100% placed"
