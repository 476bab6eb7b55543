import numpy as np
import pytest
import skops.io

from clientscape.catalog import entry, functions, settings
from clientscape.clv import lifetime, simple
from clientscape.clv.heuristics import Hiatus, LastPeriod, OwnMean, SameRate, Zero
from clientscape.clv.lifetime import bgnbd_gamma_gamma, mbgnbd_gamma_gamma, paretonbd_gamma_gamma
from clientscape.clv.simple import last_period, same_rate
from clientscape.clv.worth import Earlier, Lifetime, best_rule
from clientscape.faults import InputError
from clientscape.scorer.store import TRUSTED

KEYS = ["expected_orders", "expected_order_value", "expected_value", "p_alive"]
MODELS = functions(lifetime)
NAMED = MODELS | functions(simple)


def weeks(sample, n=None):
    return {name: column[:n] for name, column in sample.letters.items()}


def test_value_is_orders_times_order_value(sample):
    model = bgnbd_gamma_gamma(values="repeat").fit(weeks(sample))
    found = model.predict(weeks(sample), 39)
    assert model.status == "ok"
    assert list(found) == KEYS
    # Fader, Hardie & Lee (2005) and Fader & Hardie (2013): the first customer of the CDNOW sample.
    first = [found[key][0] for key in KEYS[:3]]
    assert first == pytest.approx([1.226, 24.65, 1.226 * 24.65], rel=5e-4)
    assert all(np.all(np.isfinite(column) & (column >= 0)) for column in found.values())


@pytest.mark.parametrize("make", NAMED.values())
def test_days_and_weeks_give_the_same_forecast(sample, make):
    of_weeks = weeks(sample)
    of_days = of_weeks | {
        "t_x": of_weeks["t_x"] * 7, "T": of_weeks["T"] * 7, "last_rate": of_weeks["last_rate"] / 7
    }  # fmt: skip
    makes = (make(days=12.05), make(days=84.35)) if make is simple.hiatus else (make(), make())
    known = makes[0].fit(of_weeks).predict(of_weeks, 39)
    found = makes[1].fit(of_days).predict(of_days, 273)
    for key in KEYS:
        assert found[key] == pytest.approx(known[key], rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("make", NAMED.values())
def test_a_customer_alone_gets_what_he_gets_in_company(sample, make):
    model = make().fit(weeks(sample))
    together, medians = model.predict(weeks(sample), 39), model.median_orders(weeks(sample), 39)
    for i in range(20):
        one = {name: column[[i]] for name, column in weeks(sample).items()}
        alone = model.predict(one, 39)
        assert np.array_equal([alone[key][0] for key in KEYS], [together[key][i] for key in KEYS], equal_nan=True)
        assert model.median_orders(one, 39)[0] == medians[i]


def test_values_of_all_orders_rank_spend_better_than_those_of_repeat_orders(cohort):
    # A customer's first order says something of him as well: where there is no other, it is all that is known.
    spend = cohort.letters["m_all"] * (cohort.x > 0) * cohort.future
    found = {}
    for values in ("all", "repeat"):
        each = bgnbd_gamma_gamma(values=values).fit(cohort.letters).predict(cohort.letters, 39)["expected_value"]
        found[values] = np.corrcoef(np.argsort(np.argsort(each)), spend)[0, 1]
    assert found["all"] > found["repeat"]


def test_margin_and_discount(sample):
    letters = weeks(sample)
    days = letters | {"t_x": letters["t_x"] * 7, "T": letters["T"] * 7}
    plain = bgnbd_gamma_gamma().fit(days).predict(days, 365.25)
    margin = bgnbd_gamma_gamma(margin_share=0.25).fit(days).predict(days, 365.25)
    later = bgnbd_gamma_gamma(margin_share=0.25, discount_rate=0.21).fit(days).predict(days, 365.25)
    assert margin["expected_value"] == pytest.approx(0.25 * plain["expected_value"])
    assert later["expected_orders"] == pytest.approx(plain["expected_orders"])
    # A year of orders that thin out is worth a little more than if all came in the middle of it: 1 / 1.1.
    ratio = later["expected_value"].sum() / margin["expected_value"].sum()
    assert 1 / 1.1 < ratio < 1 / 1.1 + 0.02
    none = bgnbd_gamma_gamma(discount_rate=1e-12).fit(days).predict(days, 365.25)
    assert none["expected_value"] == pytest.approx(plain["expected_value"])


@pytest.mark.parametrize(("horizon", "rate"), [(365.25, 0.21), (90, 0.5), (1000, 0.1)])
def test_discounting_orders_at_a_steady_rate_is_the_closed_form(horizon, rate):
    ones = np.ones(1)
    letters = {"x": 10 * ones, "t_x": 90 * ones, "T": 100 * ones, "m_x": ones, "m_all": ones, "last_rate": ones}
    model = Lifetime(SameRate(), OwnMean(), discount_rate=rate).fit(letters)
    force = np.log1p(rate) / 365.25
    found = model.predict(letters, horizon)["expected_value"]
    assert found == pytest.approx(0.1 * (1 - np.exp(-force * horizon)) / force, rel=1e-4)


@pytest.mark.parametrize(
    ("wrong", "where"), [({"margin_share": 0}, "margin_share"), ({"discount_rate": -0.1}, "discount_rate")]
)
def test_a_margin_of_nothing_and_a_rate_below_zero_are_refused(wrong, where):
    with pytest.raises(InputError, match=where):
        paretonbd_gamma_gamma(**wrong)


@pytest.mark.parametrize("make", MODELS.values())
def test_households_that_do_not_leave_go_on_at_their_rate(groceries, make):
    model = make().fit(groceries.letters)
    found = model.predict(groceries.letters, 90)
    assert model.status.startswith("fallback: orders go on at the rate of before (boundary: ")
    assert isinstance(model.orders_, SameRate)
    assert np.isnan(found["p_alive"]).all()
    assert found["expected_orders"].sum() == pytest.approx(groceries.future.sum(), rel=0.05)


def test_the_rule_that_stands_in_is_the_one_that_did_best_before():
    rng = np.random.default_rng(0)
    x, T = rng.poisson(20, 300).astype(float), np.full(300, 200.0)
    letters = {"x": x, "t_x": np.where(x > 0, 190.0, 0.0), "T": T, "m_x": x, "m_all": x, "last_rate": rng.random(300)}
    came = {SameRate: x / T * 90, LastPeriod: letters["last_rate"] * 90, Zero: np.zeros(300)}
    for rule, orders in came.items():
        assert type(best_rule(Earlier(letters, 90.0, orders))) is rule
    silent = letters | {"t_x": np.where(np.arange(300) % 2 & (x > 0), 20.0, letters["t_x"])}
    gone = best_rule(Earlier(silent, 90.0, np.where(silent["t_x"] > 110, came[SameRate], 0.0)))
    assert isinstance(gone, Hiatus)
    assert gone.hiatus == 90
    assert isinstance(best_rule(None), SameRate)


def test_what_came_before_is_asked_for_only_where_a_model_does_not_fit(sample, groceries):
    def never():
        raise AssertionError

    assert bgnbd_gamma_gamma().fit(weeks(sample), never).status == "ok"
    earlier = Earlier(groceries.letters, 90.0, np.zeros(groceries.x.size))
    model = bgnbd_gamma_gamma().fit(groceries.letters, lambda: earlier)
    assert model.status.startswith("fallback: nobody orders again (boundary: ")


def test_each_model_falls_back_alone(sample):
    free = weeks(sample) | {"m_all": np.zeros(sample.x.size)}
    model = bgnbd_gamma_gamma().fit(free)
    found = model.predict(free, 39)
    assert model.status.startswith("fallback: order values are the customers' own means, shrunk (too_few: ")
    assert isinstance(model.value_, OwnMean)
    assert np.isfinite(found["p_alive"]).all()
    assert not found["expected_value"].any()


@pytest.mark.parametrize("values", ["all", "repeat"])
def test_customers_who_never_came_back_are_worth_nothing_more(values):
    nothing = np.zeros(40)
    letters = {"x": nothing, "t_x": nothing, "T": np.arange(40.0), "m_x": np.full(40, np.nan)}
    letters |= {"m_all": np.linspace(1, 9, 40), "last_rate": nothing}
    model = mbgnbd_gamma_gamma(values=values).fit(letters)
    found = model.predict(letters, 90)
    assert "no_repeats" in model.status
    assert not found["expected_orders"].any()
    assert not found["expected_value"].any()
    assert np.isnan(found["expected_order_value"]).all() == (values == "repeat")


def test_min_customers_is_a_setting(sample):
    log = weeks(sample, 200)
    assert "200 customers are fewer than 201" in bgnbd_gamma_gamma(min_customers=201).fit(log).status
    assert "too_few" not in bgnbd_gamma_gamma(min_customers=50).fit(log).status


@pytest.mark.parametrize("make", [same_rate, last_period])
def test_rules_wear_the_same_face(sample, make):
    letters = weeks(sample)
    model = make().fit(letters)
    found = model.predict(letters, 39)
    rate = letters["x"] / letters["T"] if make is same_rate else letters["last_rate"]
    assert model.status == "ok"
    assert list(found) == KEYS
    assert found["expected_orders"] == pytest.approx(rate * 39)
    assert model.median_orders(letters, 39).tolist() == found["expected_orders"].tolist()
    assert np.isnan(found["p_alive"]).all()


def test_the_median_misses_less_than_the_mean_and_the_mean_squares_less(cohort):
    for make in MODELS.values():
        model = make().fit(cohort.letters)
        mean, median = model.predict(cohort.letters, 39)["expected_orders"], model.median_orders(cohort.letters, 39)
        assert np.abs(median - cohort.future).mean() < 0.9 * np.abs(mean - cohort.future).mean()
        assert ((median - cohort.future) ** 2).mean() > ((mean - cohort.future) ** 2).mean()


def test_the_config_can_name_them_with_settings_and_units():
    of_models = {"min_customers": 30, "values": "all", "margin_share": 1.0, "discount_rate": 0.0}
    assert {name: settings(function) for name, function in NAMED.items()} == {
        "bgnbd_gamma_gamma": of_models,
        "mbgnbd_gamma_gamma": of_models,
        "paretonbd_gamma_gamma": of_models,
        "same_rate": {},
        "hiatus": {"days": 84},
        "last_period": {},
        "zero": {},
    }
    assert {entry(name, function).unit for name, function in NAMED.items()} == {"currency units"}


@pytest.mark.parametrize("make", NAMED.values())
def test_a_saved_model_forecasts_the_same(sample, make):
    model = make().fit(weeks(sample))
    saved = skops.io.dumps(model)
    kinds = set(skops.io.get_untrusted_types(data=saved))
    assert kinds <= TRUSTED
    again = skops.io.loads(saved, trusted=sorted(kinds))
    for key, column in model.predict(weeks(sample), 39).items():
        assert np.array_equal(again.predict(weeks(sample), 39)[key], column, equal_nan=True)


def test_one_error_lists_the_faults_of_all_columns():
    wrong = {
        "x": [1, 0, 2],
        "t_x": [0, 0, 3],
        "T": [5, -1, 2],
        "m_x": [1, 1, 4],
        "m_all": [1, 1, 4],
        "last_rate": [0] * 3,
    }
    with pytest.raises(InputError) as refused:
        same_rate().fit(wrong)
    assert [fault.where for fault in refused.value.faults] == ["T", "t_x", "t_x"]
    one = {"x": [1], "t_x": [2], "T": [3], "m_x": [4], "m_all": [4], "last_rate": [0]}
    model = same_rate().fit(one)
    with pytest.raises(InputError) as refused:
        model.predict(one, -1)
    assert [fault.where for fault in refused.value.faults] == ["horizon"]
