import numpy as np
import pytest

from clientscape.clv.likelihood import SEARCHED, maximise

NAMES = {"size": "it has no end"}


def hills(*tops: tuple[float, float, float]):
    """A function of one parameter: hills of some height at some logarithm, of some width."""

    def function(parameters):
        at = np.log(parameters[0])
        value = slope = bend = 0.0
        for height, place, width in tops:
            away = (at - place) / width
            hill = height * np.exp(-(away**2) / 2)
            value, slope, bend = value + hill, slope - hill * away / width, bend + hill * (away**2 - 1) / width**2
        return value, np.array([slope]) / parameters, np.array([[bend - slope]]) / parameters**2

    return function


def test_the_top_of_a_hill_is_found_from_where_it_is_not_concave():
    found = maximise(hills((1, 1.5, 0.5)), NAMES, [3.0])
    assert found.theta == pytest.approx([1.5], abs=1e-8)
    assert (found.mean, found.status) == (pytest.approx(1), "ok")
    assert found.curvature == pytest.approx(np.array([[-4.0]]))


def test_of_two_hills_the_higher_one_is_found():
    found = maximise(hills((1, -3, 2), (2, 4, 1)), NAMES, [3.0])
    assert (found.theta[0], found.mean) == (pytest.approx(4, abs=0.01), pytest.approx(2, abs=0.01))


def test_an_endless_climb_is_a_boundary():
    found = maximise(lambda p: (float(np.log(p[0])), 1 / p, -np.diag(1 / p**2)), NAMES, [3.0])
    assert np.exp(found.theta) == pytest.approx([SEARCHED])
    assert found.status == "boundary"
    assert found.reason == "In scaled units size = 1e+04 ran to the edge of what it can be: it has no end."
