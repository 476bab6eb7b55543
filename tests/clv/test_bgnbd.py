import numpy as np
import pytest

from clientscape.clv.bgnbd import BGNBD


@pytest.fixture(scope="module")
def fitted(sample):
    return BGNBD().fit(*sample.log)


@pytest.fixture
def published():
    """The rounded parameters of Fader, Hardie & Lee (2005)."""
    model = BGNBD()
    model.status_, model.r_, model.alpha_, model.a_, model.b_ = "ok", 0.243, 4.414, 0.793, 2.426
    return model


def test_parameters_and_likelihood_are_the_published_ones(fitted):
    # Fader, Hardie & Lee (2005), table 2; more digits from the tests of the R package CLVTools.
    found = [fitted.r_, fitted.alpha_, fitted.a_, fitted.b_]
    assert found == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=5e-4)
    assert found == pytest.approx([0.2425945, 4.4136019, 0.7929199, 2.4258881], rel=1e-5)
    assert fitted.log_likelihood_ == pytest.approx(-9582.429, abs=5e-4)
    assert (fitted.n_customers_, fitted.status_, fitted.status_reason_) == (2357, "ok", "")


@pytest.mark.parametrize(
    ("x", "t_x", "T", "horizon", "expected"),
    [
        (2, 30.43, 38.86, 39, 1.226),  # B. Hardie's spreadsheet of the model
        (26, 30.857, 31, 52, 25.75659),  # customer 1516 in the vignette of the R package BTYD, as are the next
        (10, 20, 39, 52, 0.3474606),
        (15, 20, 39, 52, 0.04283391),
        (20, 20, 39, 52, 0.004158973),
        (25, 20, 39, 52, 0.0003583685),
    ],
)
def test_expectation_of_a_customer_is_the_published_one(fitted, x, t_x, T, horizon, expected):
    assert fitted.expected_orders([x], [t_x], [T], horizon) == pytest.approx(expected, rel=5e-4)


def test_expectation_of_a_new_customer_is_the_published_one(fitted):
    # E[X(t)]: tests of the package lifetimes (four decimals); 52 weeks: vignette of BTYD.
    times, expected = (0.1429, 1, 3, 31.8571, 32, 78), (0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576)
    assert [fitted.expected_orders_new(t) for t in times] == pytest.approx(expected, rel=5e-4, abs=5e-5)
    assert fitted.expected_orders_new(52) == pytest.approx(1.444004, rel=5e-4)


def test_chances_are_the_published_ones(fitted, published):
    # P(alive) of customer 1516: vignette of BTYD. P(X(39) = 0): tests of BTYD, from the rounded parameters.
    assert fitted.p_alive([26], [30.857], [31]) == pytest.approx(0.9688523, rel=1e-5)
    assert published.probability_of(0, 39) == pytest.approx(0.5737864, abs=1e-6)
    assert fitted.probability_of(0, 39) == pytest.approx(0.5743072, abs=1e-6)


def test_holdout_is_the_published_one(sample, fitted):
    # Holdout means by x = 0..6, 7+: vignette of BTYD.
    group = np.minimum(sample.x, 7).astype(int)
    n = np.bincount(group)
    assert n.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    actual = np.bincount(group, sample.future) / n
    assert actual == pytest.approx([0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359], abs=5e-4)
    forecast = fitted.expected_orders(*sample.log, 39)
    assert np.abs(forecast - sample.future).mean() == pytest.approx(0.7855, abs=5e-5)
    assert np.corrcoef(forecast, sample.future)[0, 1] == pytest.approx(0.626, abs=5e-4)


def test_who_never_came_back_is_alive_for_certain(fitted):
    assert fitted.p_alive([0, 0], [0, 0], [0, 1e4]).tolist() == [1, 1]
