"""Forecasters that learn how many times what was expected comes."""

import numpy as np
import pandas as pd
import pytest
import skops.io
from scipy.stats import nbinom

from clientscape.catalog import entry, functions, inputs, settings
from clientscape.forecast import forecasters
from clientscape.scorer.store import TRUSTED

NAMED = functions(forecasters)


def world(n=4000, seed=0, horizon=90.0, level=1.3):
    """Customers whose orders come `level` times as often as expected, and twice as often again with a high trait."""
    rng = np.random.default_rng(seed)
    base = rng.gamma(0.7, 1.5, n) * horizon / 90
    trait = rng.random(n)
    orders = rng.poisson(base * level * np.where(trait > 0.5, 2.0, 1.0)).astype(float)
    X = pd.DataFrame({"trait": trait, "noise": rng.normal(size=n), "gap": np.where(base > 1, 1 / base, np.nan)})
    known = pd.DataFrame(
        {
            "expected_orders": base,
            "expected_spend": base * 20.0,
            "expected_value": base * 6.0,  # a margin of 0.3
            "p_alive": rng.random(n),
            "horizon_days": horizon,
        }
    )
    return X, known, orders, orders * 20.0


def made(name):
    return NAMED[name](seed=7) if "seed" in settings(NAMED[name]) else NAMED[name]()


@pytest.fixture(scope="module")
def fitted():
    return {name: made(name).fit(*world()) for name in NAMED}


@pytest.mark.parametrize("name", NAMED)
def test_the_level_is_right_on_a_horizon_of_another_length(fitted, name):
    X, known, orders, spend = world(seed=1, horizon=180.0)
    found = fitted[name].predict(X, known)
    assert found["expected_orders"].sum() == pytest.approx(orders.sum(), rel=0.05)
    assert found["expected_spend"].sum() == pytest.approx(spend.sum(), rel=0.05)
    assert all(np.all(np.isfinite(column) & (column >= 0)) for column in found.values())


@pytest.mark.parametrize("name", ["poisson_linear", "poisson_trees", "blend"])
def test_what_features_tell_is_learnt(fitted, name):
    X, known, orders, _ = world(seed=1)
    errors = [
        np.mean((fitted[which].predict(X, known)["expected_orders"] - orders) ** 2)
        for which in (name, "corrected_level")
    ]
    assert errors[0] < 0.9 * errors[1]


@pytest.mark.parametrize("name", NAMED)
def test_margin_is_kept_and_the_median_is_that_of_a_negative_binomial(fitted, name):
    X, known, *_ = world(seed=2)
    model = fitted[name]
    nobody = known.assign(expected_spend=known["expected_spend"].where(known["p_alive"] > 0.5, 0.0))
    nobody["expected_value"] = 0.3 * nobody["expected_spend"]
    for expected in (known, nobody):  # also of who is expected to spend nothing
        found = model.predict(X, expected)
        assert found["expected_value"] == pytest.approx(0.3 * found["expected_spend"])
    mean, size = found["expected_orders"], model.dispersion_
    assert model.median_orders(X, known).tolist() == nbinom.ppf(0.5, size, size / (size + mean)).tolist()


def test_the_blend_is_the_mean_of_the_others(fitted):
    X, known, *_ = world(seed=3)
    parts = [fitted[name].predict(X, known)["expected_orders"] for name in NAMED if name != "blend"]
    assert fitted["blend"].predict(X, known)["expected_orders"] == pytest.approx(np.mean(parts, axis=0))


@pytest.mark.parametrize("name", NAMED)
def test_alone_as_in_company_and_the_same_again(fitted, name):
    X, known, *_ = world(seed=4)
    model = fitted[name]
    together = model.predict(X, known)
    again = made(name).fit(*world()).predict(X, known)
    for key, column in together.items():
        alone = [model.predict(X.iloc[[i]], known.iloc[[i]])[key][0] for i in range(5)]
        assert alone == pytest.approx(column[:5].tolist(), rel=1e-12)
        assert np.array_equal(column, again[key])


@pytest.mark.parametrize("name", NAMED)
def test_a_saved_forecaster_forecasts_the_same(fitted, name):
    X, known, *_ = world(seed=5)
    saved = skops.io.dumps(fitted[name])
    kinds = set(skops.io.get_untrusted_types(data=saved))
    assert kinds <= TRUSTED
    again = skops.io.loads(saved, trusted=sorted(kinds))
    for key, column in fitted[name].predict(X, known).items():
        assert np.array_equal(again.predict(X, known)[key], column)


@pytest.mark.parametrize("name", NAMED)
def test_who_is_expected_to_do_nothing_counts_by_the_day(name):
    # A rule that holds half of them for gone: the floor under its zeros must shrink with the horizon.
    X, known, orders, spend = world(horizon=90.0)
    gone = known["p_alive"] < 0.5
    rule = known.assign(expected_orders=known["expected_orders"].mask(gone, 0.0))
    model = made(name).fit(X, rule, orders, spend)
    daily = rule.assign(expected_orders=rule["expected_orders"] / 90, horizon_days=1.0)
    whole, one = (model.predict(X, expected)["expected_orders"].sum() for expected in (rule, daily))
    assert one == pytest.approx(whole / 90, rel=1e-6)


@pytest.mark.parametrize("name", NAMED)
def test_nobody_is_expected_to_come_and_nobody_came(name):
    X, known, orders, spend = world(300)
    nobody = known.assign(expected_orders=0.0, expected_spend=0.0, expected_value=0.0, p_alive=np.nan)
    found = made(name).fit(X, nobody, orders, spend).predict(X, nobody)
    assert found["expected_orders"].sum() == pytest.approx(orders.sum(), rel=0.1)
    none = made(name).fit(X, known, 0 * orders, -spend).predict(X, known)
    assert not any(column.any() for column in none.values())


@pytest.mark.parametrize("name", ["poisson_linear", "blend"])
def test_a_customer_beyond_all_that_was_seen_is_no_catastrophe(fitted, name):
    X, known, *_ = world(50)
    far = fitted[name].predict(X.assign(trait=1e9, noise=-1e9), known)["expected_orders"]
    assert np.all(far < 20 * known["expected_orders"])


@pytest.mark.parametrize("name", NAMED)
def test_the_config_can_name_it(name):
    assert inputs(NAMED[name]) == ()
    assert entry(name, NAMED[name]).unit == "order days"
