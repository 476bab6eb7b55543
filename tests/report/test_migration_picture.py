import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text

from clientscape.evaluate.migration import NO_LONGER, NOT_YET
from clientscape.report.look import GREY, MUTED, colours, png
from clientscape.report.migration import alluvial

NAMES = ["Champions", "Loyal", "Lost"]


def table(cells, names=NAMES):
    return pd.DataFrame(cells, index=[*names, NOT_YET], columns=[*names, NO_LONGER])


@pytest.fixture
def moved():
    return table([[300, 50, 0, 10], [100, 200, 0, 0], [0, 0, 237, 0], [3, 0, 100, 0]])


def drawn(figure, kind):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, kind)]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_band_is_as_thick_as_its_customers_at_both_ends(moved):
    bands = drawn(alluvial(moved), PathPatch)
    at_the_left = [band.get_path().vertices[[0, 7], 1] for band in bands]
    at_the_right = [band.get_path().vertices[[3, 4], 1] for band in bands]
    thick = [0.3, 0.05, 0.01, 0.1, 0.2, 0.237, 0.1]
    for ends in (at_the_left, at_the_right):
        assert [low - high for high, low in ends] == pytest.approx(thick)


def test_bands_do_not_overlap_where_they_begin_and_end(moved):
    for rows in ([0, 7], [3, 4]):
        ends = sorted(tuple(band.get_path().vertices[rows, 1]) for band in drawn(alluvial(moved), PathPatch))
        assert all(low <= high + 1e-12 for (_, low), (high, _) in itertools.pairwise(ends))


def test_a_band_has_the_colour_of_its_origin_and_is_pale_where_they_stayed(moved):
    bands = drawn(alluvial(moved), PathPatch)
    colour = colours(NAMES)
    origins = ["Champions", "Champions", "Champions", "Loyal", "Loyal", "Lost"]
    assert [to_hex(band.get_facecolor()) for band in bands] == [*(colour[name] for name in origins), MUTED]
    pale = [band.get_alpha() < 0.5 for band in bands]
    assert pale == [True, False, False, False, True, True, False]


def test_bars_hold_all_customers_those_of_thin_bands_too(moved):
    heights = [bar.get_height() for bar in drawn(alluvial(moved), Rectangle)]
    assert heights == pytest.approx([0.36, 0.3, 0.237, 0.103, 0.403, 0.25, 0.337, 0.01])


def test_labels_say_number_and_share_of_the_customers_at_that_date(moved):
    said = texts(alluvial(moved, dates=("2025-01-01", "2025-04-01")))
    assert said.count("Champions") == 2
    assert {"360 · 40%", "403 · 41%", "2025-01-01", "2025-04-01"} <= set(said)
    assert {"103", "10"} <= set(said)  # who was not there has no share


def test_thin_bands_are_left_out_and_counted(moved):
    assert "Not drawn: 1 move below 0.5% of all, 3 customers." in alluvial(moved).get_supxlabel()
    moved.loc[NOT_YET, "Champions"] = 0
    assert "Not drawn" not in alluvial(moved).get_supxlabel()


def test_the_unplaced_are_grey():
    figure = alluvial(table([[5, 1, 0, 0], [0, 5, 1, 0], [0, 1, 5, 0], [0, 0, 0, 0]], ["a", "b", "unplaced"]))
    bars = [to_hex(bar.get_facecolor()) for bar in drawn(figure, Rectangle)]
    assert len(bars) == 6  # nobody came and nobody left: no bar for them
    assert bars.count(GREY) == 2


def crowded(k=12):
    """Most customers in one segment: the bars of the others are thinner than their labels."""
    cells = np.diag([10_000, *[15] * k])
    cells[0, 1:] = 3
    return table(cells, [f"segment number {i} with a long name, $5 to $10" for i in range(k)])


def test_labels_lie_neither_on_each_other_nor_outside():
    figure = alluvial(crowded())
    boxes = [Text.get_window_extent(text) for text in figure.axes[0].texts]  # without their threads
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert all(figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1 for box in boxes)


def test_equal_tables_give_equal_bytes(moved):
    assert png(alluvial(moved)) == png(alluvial(moved))


@pytest.mark.parametrize("names", [[], ["all"], ["$5 to $10", "unplaced"]])
@pytest.mark.parametrize("count", [0, 1])
def test_poor_tables_are_drawn(names, count):
    n = len(names) + 1
    assert png(alluvial(table(np.full((n, n), count), names)))
