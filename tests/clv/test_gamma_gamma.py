import numpy as np
import pytest

from clientscape.clv.gamma_gamma import GammaGamma, _mean_log_likelihood
from clientscape.faults import InputError


@pytest.fixture(scope="module")
def fitted(sample):
    return GammaGamma().fit(sample.x, sample.m_x)


def test_parameters_and_likelihood_are_the_published_ones(fitted):
    # Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value": 946 customers with repeat orders.
    assert fitted.n_customers_ == 946
    assert [fitted.p_, fitted.q_, fitted.v_] == pytest.approx([6.25, 3.74, 15.44], abs=5e-3)
    assert fitted.log_likelihood_ == pytest.approx(-4055.92, abs=0.01)
    assert fitted.spend_frequency_correlation_ == pytest.approx(0.11, abs=5e-3)
    assert (fitted.status_, fitted.status_reason_) == ("ok", "")


def test_expected_values_are_the_published_ones(sample, fitted):
    # Tests of the package lifetimes: the first ten customers; whoever never came back gets the population's mean.
    expected = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    found = fitted.expected_order_value(sample.x[:10], sample.m_x[:10])
    assert found == pytest.approx(expected, abs=0.01)
    assert found[2] == pytest.approx(fitted.p_ * fitted.v_ / (fitted.q_ - 1))


def test_derivatives_are_those_of_the_likelihood(sample):
    x, m_x = (column[(sample.x > 0) & (np.nan_to_num(sample.m_x) > 0)] for column in (sample.x, sample.m_x))
    mean, parameters = _mean_log_likelihood(x, m_x, np.full(x.size, 1 / x.size)), np.array([3.0, 1.5, 20.0])
    value, gradient, second = mean(parameters)
    model = GammaGamma()
    model.status_, model.p_, model.q_, model.v_ = "ok", 3.0, 2.5, 20.0
    assert value == pytest.approx(model.log_likelihood(x, m_x).mean(), rel=1e-12)
    for i, step in enumerate(1e-5 * parameters):
        (above, slope_above, _), (below, slope_below, _) = (
            mean(parameters + sign * step * np.eye(3)[i]) for sign in (1, -1)
        )
        assert gradient[i] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-8)
        assert second[i] == pytest.approx((slope_above - slope_below) / (2 * step), rel=1e-6, abs=1e-8)


def test_the_likelihood_is_that_of_those_with_a_value(sample, fitted):
    each = fitted.log_likelihood(sample.x, sample.m_x)
    assert np.isnan(each).sum() == sample.x.size - 946
    assert np.nansum(each) == pytest.approx(fitted.log_likelihood_, rel=1e-12)
    grid = np.linspace(0, 400, 400_001)[1:]
    assert np.exp(fitted.log_likelihood(np.full(grid.size, 3), grid)).sum() / 1000 == pytest.approx(1, abs=1e-3)


def test_an_interval_is_of_the_expected_value(fitted):
    low, high = fitted.interval("expected_order_value", [0, 3, 3], [np.nan, 20, 20], seed=0)
    expected = fitted.expected_order_value([0, 3, 3], [np.nan, 20, 20])
    assert np.all((low < expected) & (expected < high))
    assert low[1] == low[2]
    with pytest.raises(InputError, match="one of expected_order_value, log_likelihood"):
        fitted.interval("p_alive", [1], [2], seed=0)


def test_planted_parameters_are_found(planted_spend):
    model = GammaGamma().fit(*planted_spend())
    assert [model.p_, model.q_, model.v_] == pytest.approx([4, 3, 30], rel=0.05)
    assert (model.status_, model.status_reason_) == ("ok", "")


def test_neither_order_nor_weights_nor_unit_matter(sample, fitted):
    shuffled = np.random.default_rng(0).permutation(sample.x.size)
    assert vars(GammaGamma().fit(sample.x[shuffled], sample.m_x[shuffled])) == vars(fitted)
    twice = GammaGamma().fit(sample.x, sample.m_x, weights=np.full(sample.x.size, 2))
    assert [twice.p_, twice.q_, twice.v_] == pytest.approx([fitted.p_, fitted.q_, fitted.v_], rel=1e-6)
    cents = GammaGamma().fit(sample.x, sample.m_x * 100)
    assert [cents.p_, cents.q_, cents.v_] == pytest.approx([fitted.p_, fitted.q_, fitted.v_ * 100], rel=1e-6)
    assert cents.log_likelihood_ == pytest.approx(fitted.log_likelihood_ - 946 * np.log(100))


def test_customers_without_a_value_are_left_out(sample, fitted):
    x, m_x = np.append(sample.x, [3, 2]), np.append(sample.m_x, [0.0, -5.0])
    assert vars(GammaGamma().fit(x, m_x)) == vars(fitted)
    free, returner, never = fitted.expected_order_value([2, 2, 0], [0.0, -5.0, np.nan])
    assert 0 < free == returner < never


def test_dependence_of_spend_and_frequency_is_said(planted_spend):
    x, m_x = planted_spend(2000)
    model = GammaGamma().fit(x, m_x * x)
    assert model.status_ == "ok"
    assert model.spend_frequency_correlation_ > 0.3
    assert "correlate at +0." in model.status_reason_


def test_values_without_a_mean_stay_positive(planted_spend):
    # Drawn with q = 0.7: the mean over customers is infinite, and an unbounded fit forecasts negative spend.
    model = GammaGamma().fit(*planted_spend(q=0.7))
    assert model.q_ > 1
    assert model.status_ == "boundary"
    assert np.all(model.expected_order_value([0, 1, 50], [0, 1e-9, 1e9]) > 0)


def test_a_log_that_cannot_carry_the_model_says_so():
    few, once, alike = (
        GammaGamma().fit(np.ones(29), np.linspace(5, 50, 29)),
        GammaGamma().fit(np.zeros(100), np.full(100, np.nan)),
        GammaGamma().fit(np.arange(1, 101), np.full(100, 20.0)),
    )
    assert [model.status_ for model in (few, once, alike)] == ["too_few", "no_repeats", "boundary"]
    with pytest.raises(InputError, match="no parameters, too_few"):
        few.expected_order_value([1], [5])
    assert np.isnan(alike.spend_frequency_correlation_)
    assert alike.expected_order_value([0, 3], [0, 20]) == pytest.approx(20, rel=1e-2)


def test_a_missing_value_of_a_returning_customer_is_refused():
    with pytest.raises(InputError, match=r"m_x: found missing or infinite in 1 of 2 rows \(row 2"):
        GammaGamma().fit([0, 1], [np.nan, np.nan])
