"""Foresight by hand, against regression on dummies, and on planted truth."""

import numpy as np
import pytest
import sklearn.metrics as skm
from sklearn.linear_model import LinearRegression

from clientscape.catalog import ask, ask_all, functions, inputs
from clientscape.evaluate import foresight
from clientscape.evaluate.foresight import (
    foresight_gini_score,
    foresight_orders_score,
    foresight_score,
    foresight_spend_score,
    migrating_share,
    own_forecast_score,
    return_auc_score,
)

CATALOGUE = functions(foresight)
SCORES = [name for name in CATALOGUE if name.endswith("_score")]
E = np.e - 1  # log1p of it is 1


def planted(n=3000, seed=0):
    """Four groups that spend alike at both dates; who is in which has changed for some."""
    rng = np.random.default_rng(seed)
    means = np.array([0.1, 0.5, 2.0, 6.0])

    def half():
        groups = rng.integers(-1, 3, n)
        orders = rng.poisson(means[groups]).astype(float)
        return groups, orders, orders * rng.gamma(4.0, 8.0, n), means[groups] * np.exp(rng.normal(0, 0.1, n))

    (groups, orders, spend, expected), (before, orders_before, spend_before, expected_before) = half(), half()
    return {
        "groups": groups, "orders": orders, "spend": spend, "expected_spend": expected,
        "groups_before": before, "orders_before": orders_before, "spend_before": spend_before,
        "expected_spend_before": expected_before,
        "groups_both_before": before, "groups_both_now": groups,
    }  # fmt: skip


def test_the_catalogue_is_what_is_promised():
    assert list(CATALOGUE) == [
        *("foresight_spend_score", "foresight_orders_score", "foresight_score", "return_auc_score"),
        *("foresight_gini_score", "migrating_share", "own_forecast_score"),
    ]
    assert set(ask_all(CATALOGUE, {"groups": np.array([0, 1]), "spend": np.array([0.0, 1.0])})) == {
        "foresight_spend_score"
    }


class TestByHand:
    groups = np.array([0, 0, 1, 1])
    spend = np.array([0.0, E, E, np.e**3 - 1])  # in logs 0, 1, 1, 3: SS 4.75, group means .5 and 2

    def test_eta_squared(self):
        assert foresight_spend_score(self.groups, self.spend) == pytest.approx(1 - 2.5 / 4.75)
        assert foresight_orders_score(self.groups, self.spend) == pytest.approx(1 - 2.5 / 4.75)

    def test_out_of_time_the_means_are_those_of_before(self):
        before = np.array([0, 1, 1])
        spent = np.array([0.0, E, np.e**2 - 1])  # means 0 and 1.5
        missed = 0 + 1 + 0.25 + 2.25
        assert foresight_score(self.groups, self.spend, before, spent) == pytest.approx(1 - missed / 4.75)

    def test_a_group_that_nobody_was_in_has_the_mean_of_all_before(self):
        before, spent = np.array([1, 1, 7]), np.array([E, E, np.e**4 - 1])  # group 1: 1; all: 2
        missed = 4 + 1 + 0 + 4
        assert foresight_score(self.groups, self.spend, before, spent) == pytest.approx(1 - missed / 4.75)

    def test_it_may_be_negative(self):
        assert foresight_score(self.groups, self.spend, np.array([0, 1]), np.array([1e6, 0.0])) < 0

    def test_returns_of_the_goods_count_as_no_spend(self):
        returned = np.array([-50.0, E, E, np.e**3 - 1])
        assert foresight_spend_score(self.groups, returned) == foresight_spend_score(self.groups, self.spend)
        before = (np.array([0, 1]), np.array([-9.0, E]))
        assert foresight_score(self.groups, returned, *before) == foresight_score(
            self.groups, self.spend, before[0], np.array([0.0, E])
        )

    def test_ranking_by_the_rate_of_return_before(self):
        orders = np.array([0.0, 2.0, 1.0, 3.0])
        before, ordered = np.array([0, 0, 1, 1]), np.array([0.0, 5.0, 1.0, 1.0])  # rates .5 and 1
        # Of three pairs of one who came and one who did not: one tie, two right.
        assert return_auc_score(self.groups, orders, before, ordered) == pytest.approx(2.5 / 3)

    def test_gini_of_the_ranking_by_mean_spend_before(self):
        spend = np.array([0.0, 1.0, 2.0, 5.0])
        before, spent = np.array([0, 1]), np.array([3.0, 4.0])
        # Away from the mean -2, -1, 0, 3; ranks 1.5, 1.5, 3.5, 3.5 against 1, 2, 3, 4.
        assert foresight_gini_score(self.groups, spend, before, spent) == pytest.approx(6 / 8)

    def test_migrating_share(self):
        assert migrating_share(np.array([1, -1, 2, 2]), np.array([1, 0, 2, -1])) == 0.5
        assert np.isnan(migrating_share(np.array([]), np.array([])))

    def test_own_forecast_is_pooled_until_it_rises(self):
        # In logs 0, 2, 1, 4 along the forecast: the middle two are pooled to 1.5.
        before = np.expm1([0.0, 2.0, 1.0, 4.0])
        actual = np.expm1([1.0, 1.0, 2.0, 5.0])
        missed = 1 + 0.25 + 0.25 + 1
        value = own_forecast_score(np.array([0.0, 1.0, 2.0, 99.0]), actual, np.array([1.0, 1.5, 2.0, 3.0]), before)
        # 0 and 99 lie outside what was seen, 1.0 is its lower end: 0, 0, 1.5, 4.
        assert value == pytest.approx(1 - (1 + 1 + 0.25 + 1) / 10.75)
        middle = own_forecast_score(np.array([1.0, 1.5, 2.0, 3.0]), actual, np.array([1.0, 1.5, 2.0, 3.0]), before)
        assert middle == pytest.approx(1 - missed / 10.75)


def test_eta_squared_is_the_r_squared_of_a_regression_on_dummies():
    data = planted()
    dummies = (data["groups"][:, None] == np.arange(-1, 3)).astype(float)
    for metric, outcome in ((foresight_spend_score, "spend"), (foresight_orders_score, "orders")):
        y = np.log1p(data[outcome])
        regression = LinearRegression().fit(dummies, y)
        assert metric(data["groups"], data[outcome]) == pytest.approx(regression.score(dummies, y), rel=1e-10)


def test_out_of_time_share_is_the_r_squared_of_the_regression_learnt_before():
    data = planted()
    one_hot = {at: (data[at][:, None] == np.arange(-1, 3)).astype(float) for at in ("groups", "groups_before")}
    regression = LinearRegression(fit_intercept=False).fit(one_hot["groups_before"], np.log1p(data["spend_before"]))
    expected = skm.r2_score(np.log1p(data["spend"]), regression.predict(one_hot["groups"]))
    assert ask(CATALOGUE["foresight_score"], data) == pytest.approx(expected, rel=1e-10)


def test_the_share_is_judged_against_the_mean_that_came():
    """A shop that doubled: eta squared does not see it, the share explained out of time pays for it."""
    data = planted()
    doubled = data | {"spend": 10 * data["spend"]}
    assert ask(foresight_score, doubled) < ask(foresight_score, data) - 0.1


@pytest.mark.parametrize("name", SCORES)
class TestEveryScore:
    def test_planted_groups_are_better_than_shuffled_ones(self, name):
        data, rng = planted(), np.random.default_rng(1)
        shuffled = data | {key: rng.permutation(data[key]) for key in ("groups", "expected_spend")}
        assert ask(CATALOGUE[name], data) > ask(CATALOGUE[name], shuffled) + 0.2

    def test_the_names_of_the_groups_and_the_order_of_the_rows_do_not_matter(self, name):
        data, rng = planted(), np.random.default_rng(1)
        called = np.array(["Lost", "Champions", "At Risk", "New"], dtype=object)
        mixed = {}
        for suffix in ("", "_before"):
            rows = rng.permutation(3000)
            for key in ("groups", "orders", "spend", "expected_spend"):
                mixed[key + suffix] = data[key + suffix][rows]
            mixed[f"groups{suffix}"] = called[mixed[f"groups{suffix}"]]
        assert ask(CATALOGUE[name], mixed) == pytest.approx(ask(CATALOGUE[name], data), rel=1e-9)

    @pytest.mark.parametrize("poor", ["one group", "nobody bought", "all alike", "nobody"])
    def test_where_nobody_is_told_apart_it_is_missing(self, name, poor):
        data = planted(60)
        change = {
            "one group": {"groups": np.zeros(60, int), "expected_spend": np.ones(60)},
            "nobody bought": {"orders": np.zeros(60), "spend": np.full(60, -3.0)},
            "all alike": {"orders": np.full(60, 2.0), "spend": np.full(60, 7.1)},
            "nobody": {key: values[:0] for key, values in data.items()},
        }[poor]
        assert np.isnan(ask(CATALOGUE[name], data | change))

    def test_nobody_known_before_is_missing_or_not_asked_for(self, name):
        data = planted(60)
        none = {key: values[:0] for key, values in data.items() if key.endswith("_before")}
        asks = any(key in none for key in inputs(CATALOGUE[name]))
        assert np.isnan(ask(CATALOGUE[name], data | none)) == asks


def test_the_own_forecast_is_the_ceiling_of_groups_made_of_it():
    rng = np.random.default_rng(3)
    expected, before = rng.gamma(0.5, 100.0, (2, 4000))
    spend, spend_before = (means * rng.gamma(2.0, 0.5, 4000) for means in (expected, before))
    cuts = np.quantile(before, [0.25, 0.5, 0.75])
    tiers = foresight_score(np.digitize(expected, cuts), spend, np.digitize(before, cuts), spend_before)
    assert 0.5 < tiers < own_forecast_score(expected, spend, before, spend_before)


def test_groups_that_chance_made_tell_nothing_out_of_time_though_they_seem_to_in_time():
    data, rng = planted(400), np.random.default_rng(5)
    many = {key: rng.integers(0, 150, 400) for key in ("groups", "groups_before")}
    assert ask(foresight_spend_score, data | many) > 0.25
    assert ask(foresight_score, data | many) < 0
