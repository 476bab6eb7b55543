"""What a campaign brings, by hand and beside the package empulse."""

import csv
import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from clientscape.evaluate.profit import (
    POINTS,
    Campaign,
    best_number,
    break_even,
    policies,
    profit,
    profit_curve,
    threshold,
)

CAMPAIGN = Campaign(contact_cost=1, offer_cost=10, success_rate=(0.2, 0.4), margin_share=0.25, capacity=0.1)
COLUMNS = ["n_contacted", "low", "middle", "high"]


def made_up(n=1000, seed=0):
    """Expected profit, who declined, what was lost on him, how long he was silent."""
    rng = np.random.default_rng(seed)
    p, usual = rng.random(n), rng.lognormal(5, 1, n)
    declined = rng.random(n) < p
    return profit(p, usual, CAMPAIGN), declined, usual * rng.uniform(0.5, 1, n), np.rint(40 * p + 30 * rng.random(n))


class TestProfitOfOne:
    def test_by_hand(self):
        # A decliner stays with chance .3, which saves a quarter of 200 and costs the offer; each contact costs 1.
        assert_allclose(profit(np.array([1.0, 0.0]), np.array([200.0, 200.0]), CAMPAIGN), [0.3 * (50 - 10) - 1, -11])
        assert_allclose(profit(np.array([0.5]), np.array([200.0]), CAMPAIGN), (11 - 11) / 2, atol=1e-12)
        assert_allclose(profit(np.array([1.0]), np.array([200.0]), CAMPAIGN, 0.2), 0.2 * 40 - 1)

    def test_it_is_the_mean_over_all_that_can_happen(self):
        rng = np.random.default_rng(1)
        declines, stays = rng.random(400_000) < 0.6, rng.random(400_000) < 0.3
        takes = ~declines | stays
        brought = np.where(declines & stays, 300 * 0.25, 0) - np.where(takes, 10, 0) - 1
        assert profit(np.array([0.6]), np.array([300.0]), CAMPAIGN)[0] == pytest.approx(brought.mean(), abs=0.15)

    def test_who_is_not_eligible_has_none(self):
        assert np.isnan(profit(np.array([np.nan]), np.array([9.0]), CAMPAIGN)).all()


class TestBreakEven:
    def test_there_the_profit_is_nothing_and_above_it_more(self):
        lost = np.array([150.0, 400.0, 5000.0])
        for success in (None, 0.2, 0.4):
            p = break_even(lost, CAMPAIGN, success)
            assert_allclose(profit(p, lost, CAMPAIGN, success), 0, atol=1e-12)
            assert (profit(p + 1e-6, lost, CAMPAIGN, success) > 0).all()
        assert break_even(np.array([200.0]), CAMPAIGN) == pytest.approx(11 / (0.3 * 40 + 10))

    def test_who_is_worth_too_little_never_pays(self):
        lost = np.array([0.0, 40.0, 53.0, 54.0])  # a sure decliner pays from 4 * (10 + 1 / 0.3) = 53.33 on
        assert np.isnan(break_even(lost, CAMPAIGN)).tolist() == [True, True, True, False]
        assert (profit(np.ones(3), lost[:3], CAMPAIGN) < 0).all()
        assert profit(np.ones(1), lost[3:], CAMPAIGN) > 0

    def test_what_costs_nothing_pays_at_once_unless_nothing_is_lost(self):
        free = replace(CAMPAIGN, contact_cost=0, offer_cost=0)
        assert_allclose(break_even(np.array([100.0, 0.0]), free), [0, np.nan])


class TestCurve:
    def test_by_hand(self):
        declined, lost = np.array([False, True, True]), np.array([0.0, 200.0, 80.0])
        curve = profit_curve(np.array([1.0, 3.0, 2.0]), declined, lost, CAMPAIGN)
        assert curve.columns.tolist() == COLUMNS
        assert curve["n_contacted"].tolist() == [0, 1, 2, 3]
        assert_allclose(curve["low"], np.cumsum([0, 0.2 * 40 - 1, 0.2 * 10 - 1, -11]))
        assert_allclose(curve["middle"], np.cumsum([0, 0.3 * 40 - 1, 0.3 * 10 - 1, -11]))
        assert_allclose(curve["high"], np.cumsum([0, 0.4 * 40 - 1, 0.4 * 10 - 1, -11]))
        assert best_number(curve) == 2

    def test_among_equals_it_is_spread_evenly_whatever_their_order(self):
        _, declined, lost, _ = made_up(100)
        curve = profit_curve(np.zeros(100), declined, lost, CAMPAIGN)
        assert_allclose(curve["middle"], curve["middle"].iloc[-1] * curve["n_contacted"] / 100)
        rank = np.round(np.random.default_rng(1).random(100), 1)
        turned = profit_curve(rank[::-1], declined[::-1], lost[::-1], CAMPAIGN)
        assert_allclose(turned, profit_curve(rank, declined, lost, CAMPAIGN))

    @pytest.mark.parametrize("n", [1, 150, 5000])
    def test_it_is_thin_and_has_nobody_the_best_and_all(self, n):
        rank, declined, lost, _ = made_up(n)
        curve = profit_curve(rank, declined, lost, CAMPAIGN)
        assert len(curve) <= POINTS
        assert {0, n} <= set(curve["n_contacted"])
        order = np.argsort(-rank)
        each = profit(declined[order].astype(float), lost[order], CAMPAIGN)
        assert curve["middle"].max() == pytest.approx(max(0, each.cumsum().max()))
        assert best_number(curve) == np.r_[0, each.cumsum()].argmax()

    def test_where_nothing_pays_nobody_is_best(self):
        curve = profit_curve(np.arange(5.0), np.zeros(5, bool), np.zeros(5), CAMPAIGN)
        assert best_number(curve) == 0
        assert curve.iloc[-1].tolist() == [5, -55, -55, -55]

    def test_of_nobody(self):
        curve = profit_curve(np.empty(0), np.empty(0, bool), np.empty(0), CAMPAIGN)
        assert curve.to_numpy().tolist() == [[0, 0, 0, 0]]


class TestThreshold:
    @pytest.mark.parametrize("n_capacity", [1, 10, 100, 400])
    def test_it_flags_the_best_that_the_capacity_holds(self, n_capacity):
        gains = np.r_[made_up()[0], np.full(100, np.nan)]
        flagged = gains >= threshold(gains, n_capacity)
        pay = int((gains > 0).sum())
        assert flagged.sum() == min(n_capacity, pay)
        assert gains[flagged].min() > np.nanmax(gains[~flagged])

    def test_it_lies_half_way_to_the_next(self):
        gains = np.array([9.0, 5.0, 3.0, 1.0, -4.0, np.nan])
        assert [threshold(gains, n) for n in (1, 2, 3, 4, 9)] == [7, 4, 2, 0.5, 0.5]

    def test_equals_are_flagged_together_or_not_at_all(self):
        gains = np.array([9.0, 5.0, 5.0, 5.0, 1.0])
        assert [(gains >= threshold(gains, n)).sum() for n in range(6)] == [0, 1, 1, 1, 4, 5]
        assert (gains[1:4] >= threshold(gains[1:4], 2)).sum() == 0

    @pytest.mark.parametrize("gains", [[], [np.nan, np.nan], [0.0] * 9, [-1.0, -2.0]])
    def test_nobody_is_flagged_for_nothing_and_whoever_pays_later_is(self, gains):
        found = threshold(np.array(gains), 3)
        assert not (np.array([*gains, 0.0]) >= found).any()
        assert found <= 0.01


class TestPolicies:
    def test_by_hand(self):
        expected, silent = np.array([5.0, 4.0, 1.0, -2.0]), np.array([9.0, 50.0, 70.0, 3.0])
        declined, lost = np.array([True, False, True, False]), np.array([200.0, 0.0, 80.0, 0.0])
        found = policies(expected, 3.5, silent, declined, lost, CAMPAIGN).set_index("policy")
        assert found.columns.tolist() == COLUMNS
        assert found["n_contacted"].to_dict() == {"model": 2, "recency": 2, "at random": 2, "everyone": 4, "nobody": 0}
        everyone = 0.3 * 40 - 1 + 0.3 * 10 - 1 - 22
        assert_allclose(found["middle"], [0.3 * 40 - 12, 0.3 * 10 - 12, everyone / 2, everyone, 0], atol=1e-12)
        assert_allclose(found.loc["model", ["low", "high"]].astype(float), [0.2 * 40 - 12, 0.4 * 40 - 12])

    def test_at_random_is_the_mean_over_draws(self):
        expected, declined, lost, silent = made_up(300)
        found = policies(expected, threshold(expected, 60), silent, declined, lost, CAMPAIGN).set_index("policy")
        each = profit(declined.astype(float), lost, CAMPAIGN)
        rng = np.random.default_rng(2)
        draws = [rng.permutation(each)[:60].sum() for _ in range(4000)]
        assert found.loc["at random", "middle"] == pytest.approx(np.mean(draws), abs=3 * np.std(draws) / 4000**0.5)
        assert found.loc["model", "middle"] > found.loc["recency", "middle"] > found.loc["at random", "middle"]


class TestCapacity:
    @pytest.mark.parametrize(
        ("capacity", "n_eligible", "n"),
        [(0.29, 100, 29), (0.1, 1234, 123), (0.001, 50, 1), (200, 1000, 200), (9, 4, 4)],
    )
    def test_a_number_or_a_share(self, capacity, n_eligible, n):
        assert replace(CAMPAIGN, capacity=capacity).n_capacity(n_eligible) == n

    def test_of_nobody(self):
        assert CAMPAIGN.n_capacity(0) == 0

    def test_above_the_base_is_a_fault_where_the_base_is_known(self):
        (fault,) = replace(CAMPAIGN, capacity=50).faults("campaign", n_eligible=40)
        assert (fault.where, fault.found, fault.expected) == (
            "campaign.capacity",
            "50",
            "at most the 40 who are eligible",
        )
        assert not replace(CAMPAIGN, capacity=40).faults(n_eligible=40)


class TestFaults:
    def test_a_sound_campaign_has_none(self):
        assert CAMPAIGN.faults() == []
        assert Campaign(0, 0, (0, 1), 1, 1).faults() == []

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            *(("contact_cost", cost) for cost in (-1.0, np.inf, np.nan)),
            ("offer_cost", -0.01),
            *(("success_rate", rates) for rates in ((0.4, 0.2), (-0.1, 0.2), (0.1, 20.0), (np.nan, 0.3))),
            *(("margin_share", share) for share in (0.0, 1.2, 30.0, np.nan)),
            *(("capacity", capacity) for capacity in (0, -5, 1.5, np.nan, np.inf)),
        ],
    )
    def test_each_is_found(self, key, value):
        (fault,) = replace(CAMPAIGN, **{key: value}).faults("campaign")
        assert fault.where == f"campaign.{key}"

    def test_all_at_once(self):
        found = Campaign(-1, -1, (1, 0), 0, 0).faults("here")
        assert [fault.where.removeprefix("here.") for fault in found] == [
            "contact_cost", "offer_cost", "success_rate", "margin_share", "capacity",
        ]  # fmt: skip


@pytest.fixture
def empulse(monkeypatch):
    monkeypatch.syspath_prepend("experiments/benchmarks")
    return importlib.import_module("profit_empulse")


def test_the_highest_profit_is_that_of_empulse(empulse):
    with Path(__file__).with_name("empulse.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(empulse.cases()) == 24
    for row, case in zip(rows, empulse.cases(), strict=True):
        assert [row[name] for name in ("seed", "own_values", "value")] == [
            str(x) for x in (case.seed, case.own_values, case.value)
        ]
        rank, declined, value = (np.array(column) for column in zip(*case.customers(), strict=True))
        rates = (case.success_rate, case.success_rate)
        campaign = Campaign(case.contact_cost, case.offer_cost, rates, margin_share=0.25, capacity=1)
        curve = profit_curve(rank, declined, value / 0.25, campaign)
        assert curve["middle"].max() / len(rank) == pytest.approx(float(row["profit_per_customer"]), abs=1e-10), row
        assert best_number(curve) / len(rank) == pytest.approx(float(row["contacted_share"])), row
