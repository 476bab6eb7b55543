import numpy as np
import pytest

from clientscape.clv.paretonbd import ParetoNBD


@pytest.fixture(scope="module")
def fitted(sample):
    return ParetoNBD().fit(*sample.log)


@pytest.fixture(scope="module")
def published():
    """The rounded parameters of Fader, Hardie & Lee (2005)."""
    model = ParetoNBD()
    model.status_, model.r_, model.alpha_, model.s_, model.beta_ = "ok", 0.553, 10.578, 0.606, 11.669
    return model


def test_parameters_likelihood_and_standard_errors_are_the_published_ones(fitted):
    # Fader, Hardie & Lee (2005), table 2; then the tests of CLVTools.
    found = [fitted.r_, fitted.alpha_, fitted.s_, fitted.beta_]
    assert found == pytest.approx([0.553, 10.578, 0.606, 11.669], abs=5e-4)
    assert found == pytest.approx([0.55315, 10.57633, 0.60625, 11.67150], rel=1e-3)
    assert fitted.log_likelihood_ == pytest.approx(-9594.976, abs=5e-4)
    assert list(fitted.standard_errors_) == ["r", "alpha", "s", "beta"]
    assert list(fitted.standard_errors_.values()) == pytest.approx(
        [0.0476264, 0.8427222, 0.1872594, 6.2105448], rel=1e-3
    )
    assert (fitted.n_customers_, fitted.status_, fitted.status_reason_) == (2357, "ok", "")


@pytest.mark.parametrize(
    ("x", "t_x", "T", "expected"),
    [
        (26, 30.857, 31, 25.45647),  # customer 1516 in the vignette of the R package BTYD, as are the next
        (10, 20, 39, 0.7062289),
        (15, 20, 39, 0.1442396),
        (20, 20, 39, 0.02250658),
        (25, 20, 39, 0.00309267),
    ],
)
def test_expectation_of_a_customer_is_the_published_one(published, fitted, x, t_x, T, expected):
    assert published.expected_orders([x], [t_x], [T], 52) == pytest.approx(expected, rel=5e-4)
    # A search that stopped earlier, as others do, moves the last of these by as much.
    assert fitted.expected_orders([x], [t_x], [T], 52) == pytest.approx(expected, rel=1e-3)


def test_a_new_customer_and_a_chance_are_the_published_ones(published, fitted):
    # Vignette of BTYD: 52 weeks of a new customer, P(alive) of customer 1516.
    for model in (published, fitted):
        assert model.expected_orders_new(52) == pytest.approx(1.473434, rel=5e-4)
        assert model.p_alive([26], [30.857], [31]) == pytest.approx(0.997874, rel=1e-5)


def test_holdout_is_the_published_one(sample, fitted, holdout):
    # Measured by an independent implementation: the sample, then the full cohort of 23,570, 39 weeks ahead.
    forecast = fitted.expected_orders(*sample.log, 39)
    assert np.abs(forecast - sample.future).mean() == pytest.approx(0.7545, abs=5e-5)
    assert np.corrcoef(forecast, sample.future)[0, 1] == pytest.approx(0.630, abs=5e-4)
    assert holdout(ParetoNBD()) == pytest.approx([0.794, 1.726, 0.671, 0.452, 0.871], abs=1e-3)
