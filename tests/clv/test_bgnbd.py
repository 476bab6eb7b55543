import numpy as np
import pytest

from clientscape.clv import likelihood
from clientscape.clv.bgnbd import BGNBD, _log_likelihood
from clientscape.faults import InputError


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
    assert np.exp(published.log_likelihood([0], [0], [39])) == pytest.approx(0.5737864, abs=1e-6)
    assert np.exp(fitted.log_likelihood([0], [0], [39])) == pytest.approx(0.5743072, abs=1e-6)


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


def test_gradient_is_that_of_the_likelihood(sample):
    parameters, step = np.array([0.6, 8.0, 0.4, 1.7]), 1e-5
    _, gradient = _log_likelihood(parameters, *sample.log)
    for i, ahead in enumerate(np.eye(4) * step):
        above, below = (_log_likelihood(parameters + sign * ahead, *sample.log)[0] for sign in (1, -1))
        assert gradient[i] == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("a", "b"), [(0.01, 0.02), (0.3, 0.4), (1.0, 1.0), (0.8, 2.4), (900.0, 900.0)])
def test_forecasts_are_never_missing_nor_negative(published, a, b):
    published.a_, published.b_ = a, b
    x = np.array([0, 0, 1, 1, 30, 300, 3000.0])
    t_x, T = np.array([0, 0, 1e-3, 5, 30, 1, 1e4]), np.array([0, 1e4, 1e-3, 1e4, 30, 1e4, 1e4])
    last = np.zeros(x.size)
    for horizon in (0, 1e-6, 1, 52, 1e4, 1e6):
        found = published.expected_orders(x, t_x, T, horizon)
        assert np.all(np.isfinite(found))
        assert np.all(found >= last)  # more time, more orders
        last = found
    alive = published.p_alive(x, t_x, T)
    assert np.all((alive >= 0) & (alive <= 1))
    assert alive[:2].tolist() == [1, 1]


def test_neither_order_nor_company_nor_merging_matters(sample, fitted):
    shuffled = np.random.default_rng(0).permutation(sample.x.size)
    again = BGNBD().fit(*(column[shuffled] for column in sample.log))
    assert vars(again) == vars(fitted)
    distinct, counts = np.unique(np.column_stack(sample.log), axis=0, return_counts=True)
    assert len(counts) == 1016
    assert vars(BGNBD().fit(*distinct.T, weights=counts)) == vars(fitted)
    together = fitted.expected_orders(*sample.log, 39)
    alone = [fitted.expected_orders(*(column[[i]] for column in sample.log), 39)[0] for i in range(50)]
    assert alone == together[:50].tolist()


@pytest.mark.parametrize("days", [7.0, 7 / 365.25, 7 * 86400.0])
def test_the_unit_of_time_does_not_matter(sample, fitted, days):
    x, t_x, T = sample.log
    other = BGNBD().fit(x, t_x * days, T * days)
    expected = [fitted.r_, fitted.alpha_ * days, fitted.a_, fitted.b_]
    assert [other.r_, other.alpha_, other.a_, other.b_] == pytest.approx(expected, rel=1e-6)
    assert other.log_likelihood_ == pytest.approx(fitted.log_likelihood_ - x.sum() * np.log(days), rel=1e-12)
    forecast = other.expected_orders(x, t_x * days, T * days, 39 * days)
    assert forecast == pytest.approx(fitted.expected_orders(*sample.log, 39), rel=1e-6)


def test_planted_parameters_are_found(planted):
    model = BGNBD().fit(*planted(20_000, 0.8, 20, 0.7, 3))
    assert model.status_ == "ok"
    assert [model.r_, model.alpha_, model.a_, model.b_] == pytest.approx([0.8, 20, 0.7, 3], rel=0.1)


def test_a_log_that_cannot_carry_the_model_says_so(sample, planted):
    x, t_x, T = sample.log
    few = BGNBD().fit(x[:29], t_x[:29], T[:29])
    once = BGNBD().fit(np.zeros(100), np.zeros(100), np.linspace(1, 30, 100))
    assert (few.status_, once.status_) == ("too_few", "no_repeats")
    assert few.status_reason_ == "29 customers are fewer than 30."
    with pytest.raises(InputError, match="no parameters, no_repeats"):
        once.expected_orders([0], [0], [1], 1)
    faithful = BGNBD().fit(*planted(1000, 0.8, 20, 0, np.inf))
    alike = BGNBD().fit(*planted(1000, 0.8, 20, 1e5, 9e5))
    assert (faithful.status_, alike.status_) == ("boundary", "boundary")
    assert "no dropout" in faithful.status_reason_
    assert np.all(np.isfinite(alike.expected_orders(x, t_x, T, 90)))


def test_households_of_a_panel_show_no_dropout(groceries):
    model = BGNBD().fit(*groceries.log)
    assert groceries.x.size == 2446
    assert model.status_ == "boundary"
    assert "next to no dropout" in model.status_reason_


def test_an_unfinished_search_says_so(sample, monkeypatch):
    def stopped(*args, options, **kwargs):
        return minimize(*args, options=options | {"maxiter": 2}, **kwargs)

    minimize = likelihood.minimize
    monkeypatch.setattr(likelihood, "minimize", stopped)
    model = BGNBD().fit(*sample.log)
    assert model.status_ == "not_converged"
    assert "stopped early" in model.status_reason_


def test_every_fault_of_the_input_is_named_at_once():
    with pytest.raises(InputError) as refused:
        BGNBD().fit([1, 2, 0, -1, np.nan, 1.5], [0, 9, 3, 0, 0, 1], [3, 8, 4, 5, 9, 2])
    found = [(fault.where, fault.found) for fault in refused.value.faults]
    assert found == [
        ("x", "missing or infinite in 1 of 6 rows (row 5: x nan, t_x 0, T 9, weights 1)"),
        ("x", "negative in 1 of 6 rows (row 4: x -1, t_x 0, T 5, weights 1)"),
        ("x", "not a whole number in 1 of 6 rows (row 6: x 1.5, t_x 1, T 2, weights 1)"),
        ("t_x", "0 although x > 0 in 1 of 6 rows (row 1: x 1, t_x 0, T 3, weights 1)"),
        ("t_x", "above 0 although x = 0 in 1 of 6 rows (row 3: x 0, t_x 3, T 4, weights 1)"),
        ("t_x", "later than T in 1 of 6 rows (row 2: x 2, t_x 9, T 8, weights 1)"),
    ]


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (([1, 2], [1.0], [2, 3]), "different lengths"),
        (([], [], []), "no rows"),
        (([[1]], [[1]], [[2]]), "2 dimensions"),
    ],
)
def test_columns_that_are_no_table_are_refused(log, found):
    with pytest.raises(InputError, match=found):
        BGNBD().fit(*log)


@pytest.mark.parametrize("horizon", [-1, np.nan, np.inf, [1, 2]])
def test_a_horizon_is_one_length_of_time(fitted, horizon):
    with pytest.raises(InputError, match="horizon"):
        fitted.expected_orders([0], [0], [1], horizon)
