import numpy as np
import pytest
from matplotlib.text import Text

from clientscape.report.callouts import Callout, name_points
from clientscape.report.look import canvas, settled


@pytest.fixture
def axes():
    figure = canvas(4.0)
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    settled(figure)
    return axes


def boxes(axes):
    axes.get_figure().draw_without_rendering()
    return [Text.get_window_extent(text) for text in axes.texts]


def test_names_of_points_that_nearly_coincide_lie_apart(axes):
    calls = [Callout(0.5 + 0.002 * i, 0.5, f"a rather long name {i}\nits role") for i in range(6)]
    name_points(axes, calls, np.empty((0, 2)))
    found = boxes(axes)
    assert not any(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_name_in_a_corner_stays_in_the_panel(axes, corner):
    name_points(axes, [Callout(*corner, "a rather long name")], np.empty((0, 2)))
    (box,) = boxes(axes)
    panel = axes.get_window_extent()
    assert panel.x0 <= box.x0 < box.x1 <= panel.x1
    assert panel.y0 <= box.y0 < box.y1 <= panel.y1


def test_a_name_moves_off_other_points_and_is_threaded_to_its_own(axes):
    around = np.random.default_rng(0).normal(0.5, 0.05, (200, 2))
    name_points(axes, [Callout(0.5, 0.5, "the middle")], around)
    (box,) = boxes(axes)
    drawn = axes.transData.transform(around)
    covered = ((drawn > box.min) & (drawn < box.max)).all(axis=1).sum()
    assert covered < 10
    assert axes.texts[0].arrow_patch.get_visible()


def test_a_lonely_point_has_its_name_close_above_and_no_thread(axes):
    name_points(axes, [Callout(0.5, 0.5, "alone")], np.array([[0.5, 0.5], [np.nan, 0.5]]))
    (box,) = boxes(axes)
    x, y = axes.transData.transform((0.5, 0.5))
    assert box.x0 < x < box.x1
    assert 0 < box.y0 - y < 25
    assert not axes.texts[0].arrow_patch.get_visible()


def test_the_dollars_of_a_name_are_written_as_such(axes):
    name_points(axes, [Callout(0.5, 0.5, "costs $1 or $2")], np.empty((0, 2)))
    assert axes.texts[0].get_text() == r"costs \$1 or \$2"
