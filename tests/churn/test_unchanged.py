from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientscape.catalog import functions
from clientscape.churn import labels
from clientscape.churn.activity import past_of
from clientscape.churn.examples import examples
from clientscape.churn.unchanged import Weeks, null_chance, null_rate, weeks_of
from clientscape.features.build import activity, letters
from clientscape.window import Covers, Window

CATALOGUE = functions(labels)
AS_OF = date(2025, 4, 1)


class Below:
    """A label of everyone: the measure stays below a number."""

    history_horizons = 0

    def __init__(self, measure, number, asked=None):
        self.measure, self.number, self.asked = measure, number, asked

    def eligible(self, past):
        return np.ones(len(past), dtype=bool) if self.asked is None else self.asked

    def bound(self, past):
        return np.full(len(past), self.number) * past["season_spend"].to_numpy()


def nobody_special(n):
    return pd.DataFrame({"season_spend": np.ones(n), "season_orders": np.ones(n)})


def weeks(whole, horizon_days, n_known=None, part=()):
    whole, part = np.array(whole, dtype=float), np.array(part, dtype=float)
    n_known = np.full(len(whole), whole.shape[1]) if n_known is None else np.array(n_known)
    return Weeks(horizon_days, {"spend": whole}, {"spend": part}, n_known)


class TestWeeksOf:
    def test_blocks_are_counted_back_from_as_of(self, lines):
        at = [str(pd.Timestamp(AS_OF) - pd.Timedelta(days=age)) for age in (1, 7, 8, 11, 12, 14, 30)]
        tables = lines([("a", str(i), day, 2.0**i) for i, day in enumerate(at)] + [("a", "9", str(AS_OF), 999.0)])
        window = Window(AS_OF, tables.covers, None, 10)  # a week and three days
        found = weeks_of(tables, window, pd.Series(["a"]), letters(tables, window))
        assert found.whole["spend"].shape == (1, 52)
        assert found.whole["spend"][0, :5].tolist() == [1 + 2, 4 + 8 + 16 + 32, 0, 0, 64]
        assert found.whole["n_order_days"][0, :5].tolist() == [2, 4, 0, 0, 1]
        assert found.part["spend"][0, :5].tolist() == [2, 16 + 32, 0, 0, 0]  # 5 to 7 days ago, 12 to 14, ...
        assert found.n_known.tolist() == [4]  # of his first 30 days

    def test_a_horizon_of_whole_weeks_has_no_part(self, shop, window):
        ids = pd.Series(letters(shop, window).index)
        whole = replace(window, horizon_days=28)
        assert weeks_of(shop, whole, ids, letters(shop, whole)).part["spend"].shape == (len(ids), 0)

    def test_weeks_add_up_to_what_was_done(self, shop, window):
        known = letters(shop, window)
        ids = pd.Series(known.index)
        found = weeks_of(shop, window, ids, known)
        there = activity(shop, replace(window, lookback_days=364), ids)
        assert found.whole["spend"].sum(axis=1) == pytest.approx(there["spend"].to_numpy())
        assert found.whole["n_order_days"].sum(axis=1).tolist() == there["n_order_days"].tolist()
        assert (found.part["n_order_days"] <= found.whole["n_order_days"]).all()
        days_known = known["T"].to_numpy() + 1
        assert found.n_known.tolist() == np.clip(days_known // 7, 1, 52).tolist()

    def test_a_short_history_has_few_weeks(self, lines):
        covers = Covers(date(2025, 3, 10), date(2025, 7, 1))
        tables = lines([("a", "1", "2025-03-10", 1.0), ("b", "2", "2025-03-30", 2.0)], covers)
        window = Window(AS_OF, covers, None, 30)
        found = weeks_of(tables, window, pd.Series(["b", "a"]), letters(tables, window))
        assert found.whole["spend"].tolist() == [[2, 0, 0], [0, 0, 0]]  # the 10th is a day before the third week back
        assert found.n_known.tolist() == [1, 3]  # the first has no whole week: his days so far are in the last one


class TestNullChance:
    def test_who_does_the_same_each_week_will_do_the_same(self):
        even = weeks(np.full((3, 8), 0.1), 21)
        for number, chance in ((0.3, 0), (0.3 + 1e-5, 1)):  # the sum of floats is above 0.3 by the last bit
            assert null_chance(Below("spend", number), nobody_special(3), even, seed=1).tolist() == [chance] * 3

    def test_days_beyond_whole_weeks_are_added(self):
        even = weeks(np.full((2, 8), 7.0), 17, part=np.full((2, 8), 3.0))
        for number, chance in ((17, 0), (17.01, 1)):
            assert null_chance(Below("spend", number), nobody_special(2), even, seed=1).tolist() == [chance] * 2

    def test_a_horizon_shorter_than_a_week_is_its_first_days(self):
        even = weeks(np.full((2, 8), 7.0), 3, part=np.full((2, 8), 3.0))
        for number, chance in ((3, 0), (3.01, 1)):
            assert null_chance(Below("spend", number), nobody_special(2), even, seed=1).tolist() == [chance] * 2

    def test_weeks_that_are_not_known_are_not_drawn(self):
        unknown = np.full((2, 8), 5.0)
        unknown[0, 3:] = 999.0
        chance = null_chance(Below("spend", 10.01), nobody_special(2), weeks(unknown, 14, [3, 8]), seed=1)
        assert chance.tolist() == [1, 1]

    def test_the_urn_holds_ones_own_weeks_and_everybodys_by_their_credibility(self):
        # Rates of 1 and 3 in four weeks: s = 4 / 3 (sample variance of 0, 0, 2, 2), a = (3 - 1)^2 / 2 - s / 4.
        rows = [[0, 0, 2, 2], [2, 2, 4, 4]]
        z = 4 / (4 + (4 / 3) / (2 - 1 / 3))
        chance = null_chance(Below("spend", 1), nobody_special(2), weeks(rows, 7), n_draws=20_000, seed=1)
        assert chance == pytest.approx([z * 2 / 4 + (1 - z) * 2 / 8, (1 - z) * 2 / 8], abs=0.01)

    def test_what_was_drawn_is_drawn_more_often(self):
        # Alike customers share everybody's weeks alone, where each draw is a new one; one's own weeks come back.
        alike = weeks([[0, 1], [1, 0]], 14)
        assert null_chance(Below("spend", 1), nobody_special(2), alike, n_draws=20_000, seed=1) == pytest.approx(
            0.25, abs=0.01
        )
        # Of two weeks that are believed (almost), 0 comes twice with 1/2 (1 + 1) / (2 + 1).
        unlike = weeks([[0, 1], [1000, 1001]], 14)
        chance = null_chance(Below("spend", 1), nobody_special(2), unlike, n_draws=20_000, seed=1)
        assert chance == pytest.approx([1 / 3, 0], abs=0.01)

    def test_who_is_not_asked_has_none(self):
        asked = np.array([True, False, True])
        chance = null_chance(Below("spend", 9, asked), nobody_special(3), weeks(np.ones((3, 4)), 14), seed=1)
        assert np.isnan(chance).tolist() == [False, True, False]
        assert null_rate(Below("spend", 9, asked), nobody_special(3), weeks(np.ones((3, 4)), 14), seed=1) == 1

    def test_of_nobody_there_is_no_rate(self):
        nobody = np.zeros(3, dtype=bool)
        assert np.isnan(null_rate(Below("spend", 9, nobody), nobody_special(3), weeks(np.ones((3, 4)), 14), seed=1))

    def test_there_are_no_seasons(self):
        high = nobody_special(2).assign(season_spend=2.0)
        assert null_chance(Below("spend", 14), high, weeks(np.full((2, 8), 7.0), 14), seed=1).tolist() == [0, 0]

    def test_the_same_seed_gives_the_same(self):
        rng = np.random.default_rng(2)
        drawn = weeks(rng.poisson(2, (50, 30)), 30, part=rng.poisson(1, (50, 30)))
        one, same, other = (null_chance(Below("spend", 9), nobody_special(50), drawn, seed=seed) for seed in (1, 1, 2))
        assert one.tolist() == same.tolist()
        assert one.tolist() != other.tolist()


def world(n, *, decliners=0.0, seed):
    """Days of customers with constant chances to order, for two years; from as_of on decliners have a fifth of it."""
    rng = np.random.default_rng(seed)
    covers = Covers(date(2023, 1, 1), date(2025, 7, 1))
    before, ahead = (AS_OF - covers.first).days, (covers.end - AS_OF).days
    rate = rng.gamma(2.0, 0.04, n)
    left = np.where(rng.random(n) < decliners, 0.2, 1.0)
    chance = np.column_stack([np.tile(rate[:, None], before), np.tile((rate * left)[:, None], ahead)])
    who, day = np.nonzero(rng.random(chance.shape) < chance)
    frame = pd.DataFrame({"customer_id": [f"C{i:04d}" for i in who], "order_id": np.arange(len(who)).astype(str)})
    frame["ordered_at"] = (pd.Timestamp(covers.first) + pd.to_timedelta(day, unit="D")).astype(str)
    frame["amount"] = np.exp(rng.normal(3, 0.5, len(who))).round(2)
    return frame, covers


@pytest.fixture(scope="module")
def told(lines):
    """Of each label, share of yes and of chance alone, where nobody declines and where a fifth does."""
    found = {}
    for decliners in (0.0, 0.2):
        tables = lines(*world(2500, decliners=decliners, seed=11))
        window = Window(AS_OF, tables.covers, None, 60)
        known = letters(tables, window)
        table = pd.DataFrame({"as_of": pd.Timestamp(AS_OF), "customer_id": known.index})
        past = past_of(tables, window, table["customer_id"], known)
        drawn = weeks_of(tables, window, table["customer_id"], known)
        for name, make in CATALOGUE.items():
            seen = examples(tables, window, table, past, make())
            found[name, decliners] = len(seen.y), seen.y.mean(), null_rate(seen.label, past, drawn, seed=3)
    return found


@pytest.mark.parametrize("name", CATALOGUE)
class TestWorlds:
    def test_where_nobody_changes_chance_explains_the_label(self, name, told):
        n, observed, chance = told[name, 0.0]
        noise = np.sqrt(observed * (1 - observed) / n)
        assert abs(observed - chance) < 2.5 * noise + 0.01

    def test_where_some_decline_chance_explains_no_more_of_it(self, name, told):
        n, observed, chance = told[name, 0.2]
        assert chance == pytest.approx(told[name, 0.0][2], abs=0.02)
        assert observed - chance > 4 * np.sqrt(observed * (1 - observed) / n)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_rate_is_the_mean_chance_of_those_who_are_asked(name, shop, window):
    known = letters(shop, window)
    ids = pd.Series(known.index)
    past, drawn = past_of(shop, window, ids, known), weeks_of(shop, window, ids, known)
    label = CATALOGUE[name]().fit(past)
    chance = null_chance(label, past, drawn, seed=5)
    assert (~np.isnan(chance)).tolist() == label.eligible(past).tolist()
    assert null_rate(label, past, drawn, seed=5) == pytest.approx(np.nanmean(chance))
