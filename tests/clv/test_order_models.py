"""What holds for every model of orders and dropout."""

import numpy as np
import pytest
import skops.io

from clientscape.clv import likelihood
from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.derivatives import merged
from clientscape.clv.mbgnbd import MBGNBD
from clientscape.clv.paretonbd import ParetoNBD
from clientscape.faults import InputError

MODELS = [BGNBD, MBGNBD, ParetoNBD]


@pytest.fixture(scope="module", params=MODELS)
def fitted(request, sample):
    return request.param().fit(*sample.log)


def with_parameters(model, *values: float):
    made = model()
    made.status_ = "ok"
    for name, value in zip(made.RAN_AWAY, values, strict=True):
        setattr(made, f"{name}_", value)
    return made


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("parameters", [(0.6, 8.0, 0.4, 1.7), (3.0, 0.2, 2.5, 40.0), (0.1, 90.0, 1.0, 0.3)])
def test_derivatives_are_those_of_the_likelihood(sample, model, parameters):
    x, t_x, T = (column[:400] for column in sample.log)
    mean = model()._mean_log_likelihood(merged(x, t_x, T, np.full(x.size, 1 / x.size)))
    value, gradient, second = mean(np.array(parameters))
    assert value == pytest.approx(with_parameters(model, *parameters).log_likelihood(x, t_x, T).mean(), rel=1e-12)
    assert second == pytest.approx(second.T)
    for i, parameter in enumerate(parameters):
        step = 1e-5 * parameter
        (above, slope_above, _), (below, slope_below, _) = (
            mean(np.array(parameters) + sign * step * np.eye(4)[i]) for sign in (1, -1)
        )
        assert gradient[i] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-8)
        assert second[i] == pytest.approx((slope_above - slope_below) / (2 * step), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("horizon", [0, 1, 39])
def test_chances_sum_to_one_and_have_the_mean_that_is_expected(fitted, horizon):
    n = np.arange(600)
    chances = fitted.probability_of(n, horizon)
    assert np.all(chances >= 0)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert n @ chances == pytest.approx(fitted.expected_orders_new(horizon), rel=1e-10)
    assert fitted.probability_of(3, horizon) == chances[3]
    assert np.exp(fitted.log_likelihood([0], [0], [horizon])) == pytest.approx(chances[0], rel=1e-12)


def test_the_chance_of_many_orders_is_the_sum_of_the_chances(fitted):
    n, chances = np.array([1.0, 2, 5, 40]), fitted.probability_of(np.arange(2000), 39)
    at_least = np.exp(fitted._log_chance_of(n, np.zeros(4), np.zeros(4), 39)) * fitted._chance_to_begin()
    assert at_least == pytest.approx([chances[int(each) :].sum() for each in n], rel=1e-10)


def drawn(model, x: float, t_x: float, T: float, horizon: float, n: int = 40_000) -> np.ndarray:
    """Order days in the horizon of n customers with this history."""
    rng, parameters = np.random.default_rng(0), [getattr(model, f"{name}_") for name in model.RAN_AWAY]
    r, alpha, third, fourth = parameters
    rate = rng.gamma(r + x, 1 / (alpha + T), n)
    if isinstance(model, ParetoNBD):
        life = rng.exponential(1, n) / rng.gamma(third, 1 / (fourth + T), n)
        orders = rng.poisson(rate * np.minimum(life, horizon))
    else:
        chance = rng.beta(third, fourth + x + model.CHANCES_AT_FIRST, n)
        orders = np.minimum(rng.poisson(rate * horizon), rng.geometric(np.maximum(chance, 1e-12)))
    return orders * (rng.random(n) < model.p_alive([x], [t_x], [T]))


@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0, 39), (2, 30.43, 38.86), (10, 36, 39), (26, 30.857, 31)])
@pytest.mark.parametrize("horizon", [39, 400])
def test_the_median_is_that_of_customers_drawn(fitted, x, t_x, T, horizon):
    found = float(fitted.median_orders([x], [t_x], [T], horizon)[0])
    orders = drawn(fitted, x, t_x, T, horizon)
    assert np.mean(orders <= found) > 0.49
    assert np.mean(orders < found) < 0.51
    assert orders.mean() == pytest.approx(fitted.expected_orders([x], [t_x], [T], horizon)[0], rel=0.05)


def test_medians_of_no_time_and_of_much_time(fitted):
    x, t_x, T = [0, 3, 300, 3000], [0, 5, 38.9, 99.9], [39, 39, 39, 100]
    assert not fitted.median_orders(x, t_x, T, 0).any()
    much = fitted.median_orders(x, t_x, T, 1e4)
    assert np.all(much == np.rint(much))
    assert much[3] > much[2] > 100 > much[1]


def test_parameters_beyond_reason_give_no_missing_and_no_negative_forecast(fitted):
    x = np.array([0, 0, 1, 1, 30, 300, 3000.0])
    t_x, T = np.array([0, 0, 1e-3, 5, 30, 1, 1e4]), np.array([0, 1e4, 1e-3, 1e4, 30, 1e4, 1e4])
    for third, fourth in ((0.01, 0.02), (1.0, 1.0), (900.0, 900.0), (1e-4, 1e4), (900.0, 1e-3)):
        model, last = with_parameters(type(fitted), 0.243, 4.414, third, fourth), np.zeros(x.size)
        assert np.all(np.isfinite(model.log_likelihood(x, t_x, T)))
        for horizon in (0, 1e-6, 1, 52, 1e4, 1e6):
            found = model.expected_orders(x, t_x, T, horizon)
            assert np.all(found >= last * (1 - 1e-12))  # more time, more orders
            last = found
        alive = model.p_alive(x, t_x, T)
        assert np.all((alive >= 0) & (alive <= 1))


def test_neither_order_nor_company_nor_merging_matters(sample, fitted):
    shuffled = np.random.default_rng(0).permutation(sample.x.size)
    again = type(fitted)().fit(*(column[shuffled] for column in sample.log))
    assert vars(again) == vars(fitted)
    rows, counts = np.unique(np.column_stack(sample.log), axis=0, return_counts=True)
    assert len(counts) == 1016
    assert vars(type(fitted)().fit(*rows.T, weights=counts)) == vars(fitted)
    for method, settings in (
        ("expected_orders", [39]),
        ("median_orders", [39]),
        ("p_alive", []),
        ("log_likelihood", []),
    ):
        together = getattr(fitted, method)(*sample.log, *settings)
        alone = [getattr(fitted, method)(*(column[[i]] for column in sample.log), *settings)[0] for i in range(50)]
        assert alone == together[:50].tolist()


@pytest.mark.parametrize("days", [7.0, 7 / 365.25, 7 * 86400.0])
def test_the_unit_of_time_does_not_matter(sample, fitted, days):
    x, t_x, T = sample.log
    other = type(fitted)().fit(x, t_x * days, T * days)
    units = [days if name in fitted.IN_TIME else 1.0 for name in fitted.RAN_AWAY]
    for unit, name in zip(units, fitted.RAN_AWAY, strict=True):
        assert getattr(other, f"{name}_") == pytest.approx(getattr(fitted, f"{name}_") * unit, rel=1e-6)
        assert other.standard_errors_[name] == pytest.approx(fitted.standard_errors_[name] * unit, rel=1e-6)
    assert other.log_likelihood_ == pytest.approx(fitted.log_likelihood_ - x.sum() * np.log(days), rel=1e-12)
    forecast = other.expected_orders(x, t_x * days, T * days, 39 * days)
    assert forecast == pytest.approx(fitted.expected_orders(*sample.log, 39), rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_a_log_that_cannot_carry_the_model_says_so(sample, planted, model):
    x, t_x, T = sample.log
    few = model().fit(x[:29], t_x[:29], T[:29])
    once = model().fit(np.zeros(100), np.zeros(100), np.linspace(1, 30, 100))
    assert (few.status_, once.status_) == ("too_few", "no_repeats")
    assert few.status_reason_ == "29 customers are fewer than 30."
    with pytest.raises(InputError, match="no parameters, no_repeats"):
        once.expected_orders([0], [0], [1], 1)
    faithful = model().fit(*planted(1000, 0.8, 20, 0, np.inf))
    alike = model().fit(*planted(1000, 0.8, 20, 1e5, 9e5))
    same = model().fit([2] * 60, [5] * 60, [9] * 60)
    for fit in (faithful, alike, same):
        assert fit.status_ == "boundary"
        assert np.isnan(list(fit.standard_errors_.values())).all()
        assert np.all(np.isfinite(fit.expected_orders(x, t_x, T, 90)))
    assert "no dropout" in faithful.status_reason_


@pytest.mark.parametrize("model", MODELS)
def test_sixty_customers_are_fitted_or_said_to_be_at_a_boundary(planted, model):
    fits = [model().fit(*planted(60, 0.8, 20, 0.7, 3, seed=seed)) for seed in range(10)]
    assert {fit.status_ for fit in fits} <= {"ok", "boundary"}
    for fit in fits:
        errors = np.array(list(fit.standard_errors_.values()))
        assert np.isfinite(errors).all() == (fit.status_ == "ok") == (fit.status_reason_ == "")


@pytest.mark.parametrize("model", MODELS)
def test_households_of_a_panel_show_no_dropout(groceries, model):
    fit = model().fit(*groceries.log)
    assert groceries.x.size == 2446
    assert fit.status_ == "boundary"
    assert "no dropout" in fit.status_reason_


@pytest.mark.parametrize("model", MODELS)
def test_an_unfinished_search_says_so(sample, monkeypatch, model):
    monkeypatch.setattr(likelihood, "MAX_STEPS", 2)
    fit = model().fit(*sample.log)
    assert fit.status_ == "not_converged"
    assert fit.status_reason_ == "The search for the maximum stopped early, after 2 steps."
    assert np.isnan(fit.standard_errors_["r"])


def test_an_interval_narrows_with_the_number_of_customers(sample, fitted):
    rows = [column[:20] for column in sample.log]
    low, high = fitted.interval("expected_orders", *rows, 39, seed=0)
    expected = fitted.expected_orders(*rows, 39)
    assert np.all((low < expected) & (expected < high))
    many = type(fitted)().fit(*sample.log, weights=np.full(sample.x.size, 100))
    closer_low, closer_high = many.interval("expected_orders", *rows, horizon=39, seed=0)
    assert (closer_high - closer_low) / (high - low) == pytest.approx(0.1, rel=0.2)
    half_low, half_high = fitted.interval("expected_orders", *rows, 39, share=0.5, seed=0)
    assert np.all((low < half_low) & (half_high < high))


def test_an_interval_is_of_any_forecast_and_repeats_itself(sample, fitted):
    first = fitted.interval("expected_orders_new", 39, seed=1)
    assert (
        first
        == fitted.interval("expected_orders_new", 39, seed=1)
        != fitted.interval("expected_orders_new", 39, seed=2)
    )
    low, high = fitted.interval("probability_of", [2, 0, 2], 39, n_draws=50, seed=0)
    assert np.all((low < fitted.probability_of([2, 0, 2], 39)) & (fitted.probability_of([2, 0, 2], 39) < high))
    assert low[0] == low[2]
    low, high = fitted.interval("p_alive", *(column[:5] for column in sample.log), n_draws=50, seed=0)
    assert low.shape == high.shape == (5,)


def test_an_interval_that_cannot_be_had_is_refused(fitted, groceries):
    with pytest.raises(InputError) as refused:
        fitted.interval("fit", share=2, n_draws=1, seed=0)
    assert [fault.where for fault in refused.value.faults] == ["what", "share", "n_draws"]
    with pytest.raises(InputError, match="no standard errors, boundary: "):
        type(fitted)().fit(*groceries.log).interval("expected_orders_new", 39, seed=0)
    with pytest.raises(InputError, match="t_x: found later than T"):
        fitted.interval("p_alive", [1], [9], [2], seed=0)


def test_every_fault_of_the_input_is_named_at_once(fitted):
    with pytest.raises(InputError) as refused:
        type(fitted)().fit([1, 2, 0, -1, np.nan, 1.5], [0, 9, 3, 0, 0, 1], [3, 8, 4, 5, 9, 2])
    found = [(fault.where, fault.found) for fault in refused.value.faults]
    assert found == [
        ("x", "missing or infinite in 1 of 6 rows (row 5: x nan, t_x 0, T 9)"),
        ("x", "negative in 1 of 6 rows (row 4: x -1, t_x 0, T 5)"),
        ("x", "not a whole number in 1 of 6 rows (row 6: x 1.5, t_x 1, T 2)"),
        ("t_x", "0 although x > 0 in 1 of 6 rows (row 1: x 1, t_x 0, T 3)"),
        ("t_x", "above 0 although x = 0 in 1 of 6 rows (row 3: x 0, t_x 3, T 4)"),
        ("t_x", "later than T in 1 of 6 rows (row 2: x 2, t_x 9, T 8)"),
    ]


@pytest.mark.parametrize("n", [[1.5], [-1], [np.nan], [[1]], []])
def test_a_number_of_orders_is_a_count(fitted, n):
    with pytest.raises(InputError, match="n: found"):
        fitted.probability_of(n, 39)


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (([1, 2], [1.0], [2, 3]), "different lengths"),
        (([], [], []), "no rows"),
        (([[1]], [[1]], [[2]]), "2 dimensions"),
    ],
)
def test_columns_that_are_no_table_are_refused(fitted, log, found):
    with pytest.raises(InputError, match=found):
        type(fitted)().fit(*log)


@pytest.mark.parametrize("horizon", [-1, np.nan, np.inf, [1, 2]])
@pytest.mark.parametrize("method", ["expected_orders", "median_orders", "expected_orders_new", "probability_of"])
def test_a_horizon_is_one_length_of_time(fitted, horizon, method):
    arguments = {"expected_orders_new": [], "probability_of": [1]}.get(method, [[0], [0], [1]])
    with pytest.raises(InputError, match="horizon"):
        getattr(fitted, method)(*arguments, horizon)


def test_a_saved_model_is_the_same(fitted):
    saved = skops.io.dumps(fitted)
    kinds = skops.io.get_untrusted_types(data=saved)
    assert kinds == [f"{type(fitted).__module__}.{type(fitted).__name__}"]
    assert vars(skops.io.loads(saved, trusted=kinds)) == vars(fitted)
