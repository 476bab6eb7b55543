import numpy as np
import pytest

from clientscape.clv.gamma_gamma import GammaGamma, _log_likelihood
from clientscape.faults import InputError


@pytest.fixture(scope="module")
def fitted(sample):
    return GammaGamma().fit(sample.x, sample.m_x)


def planted(n=20_000, p=4.0, q=3.0, v=30.0, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 10, n).astype(float)
    return x, rng.gamma(p * x, 1 / (rng.gamma(q, 1 / v, n) * x))


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


def test_gradient_is_that_of_the_likelihood(sample):
    x, m_x = (column[(sample.x > 0) & (np.nan_to_num(sample.m_x) > 0)] for column in (sample.x, sample.m_x))
    parameters, step = np.array([3.0, 1.5, 20.0]), 1e-5
    _, gradient = _log_likelihood(parameters, x, m_x)
    for i, ahead in enumerate(np.eye(3) * step):
        above, below = (_log_likelihood(parameters + sign * ahead, x, m_x)[0] for sign in (1, -1))
        assert gradient[i] == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-6)


def test_planted_parameters_are_found():
    model = GammaGamma().fit(*planted())
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


def test_dependence_of_spend_and_frequency_is_said():
    x, m_x = planted(2000)
    model = GammaGamma().fit(x, m_x * x)
    assert model.status_ == "ok"
    assert model.spend_frequency_correlation_ > 0.3
    assert "correlate at +0." in model.status_reason_


def test_values_without_a_mean_stay_positive():
    # Drawn with q = 0.7: the mean over customers is infinite, and an unbounded fit forecasts negative spend.
    model = GammaGamma().fit(*planted(q=0.7))
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
