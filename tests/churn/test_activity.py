from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from clientscape.churn.activity import past_of, within
from clientscape.features.build import activity, letters
from clientscape.window import Covers, Window

AS_OF = date(2025, 4, 1)


def at(days_before, hour=12):
    """So many days before as_of; 1 is the last day that may be seen."""
    return str(pd.Timestamp(AS_OF) - pd.Timedelta(days=days_before) + pd.Timedelta(hours=hour))


def described(tables, window, customers=None):
    known = letters(tables, window)
    return past_of(tables, window, pd.Series(known.index) if customers is None else pd.Series(customers), known)


@pytest.fixture
def tables(lines):
    """Two customers; horizons of 10 days: one buys and returns in both, the other is known for five days."""
    return lines(
        [
            ("old", "1", at(400), 1.0),
            ("old", "2", at(365), 2.0),
            ("old", "3", at(20), 4.0),
            ("old", "4", at(11), 8.0),
            ("old", "5", at(10), 16.0),
            ("old", "6", at(10, 15), 32.0),
            ("old", "7", at(2), -1.5),
            ("old", "8", at(0, 0), 999.0),
            ("new", "9", at(5), 64.0),
            ("new", "10", at(3), 128.0),
            ("new", "11", at(1, 23), 0.25),
        ]
    )


def test_every_column_by_hand(tables):
    past = described(tables, Window(AS_OF, tables.covers, None, 10), ["old", "new"])
    old, new = past.iloc[0], past.iloc[1]
    assert (old["n_order_days"], old["spend"]) == (1, 16 + 32 - 1.5)
    assert (old["n_order_days_before"], old["spend_before"]) == (2, 12)
    assert (old["order_days_ever"], old["days_known"], old["days_year"]) == (5, 400, 365)
    assert (old["order_days_year"], old["spend_year"]) == (4, 60.5)
    assert old["spend_late_year"] == 58.5
    assert (new["n_order_days"], new["spend"], new["n_order_days_before"], new["spend_before"]) == (3, 192.25, 0, 0)
    assert (new["order_days_ever"], new["days_known"], new["days_year"]) == (3, 5, 5)
    assert (new["order_days_year"], new["spend_year"], new["spend_late_year"]) == (3, 192.25, 0.25)  # of 2 days of 5
    assert past["horizon_days"].tolist() == [10, 10]
    assert past["log_days"].nunique() == 1
    assert past["log_days"].iloc[0] >= 400  # what the source covers, not what customers were known
    assert past[["season_spend", "season_orders"]].to_numpy().tolist() == [[1, 1], [1, 1]]  # no 13 months of history


def test_what_the_source_does_not_cover_is_missing(tables):
    n = (AS_OF - tables.covers.first).days
    whole, beyond = (described(tables, Window(AS_OF, tables.covers, None, days)) for days in (n // 2, n // 2 + 1))
    columns = ["n_order_days_before", "spend_before"]
    assert whole[columns].notna().all(axis=None)
    assert beyond[columns].isna().all(axis=None)
    assert beyond.drop(columns=columns).notna().all(axis=None)


def test_nothing_from_as_of_on_is_seen(shop, window, with_lines):
    log = shop.transactions
    ahead = log["day"] >= window.as_of_day
    assert ahead.any()
    other = log.assign(amount_minor=log["amount_minor"].where(~ahead, 7 * log["amount_minor"] + 1))
    assert_frame_equal(described(with_lines(shop, other), window), described(shop, window))
    assert_frame_equal(described(with_lines(shop, log[~ahead]), window), described(shop, window))


def test_the_year_by_plain_loops(shop, window):
    known = letters(shop, window)
    past = past_of(shop, window, pd.Series(known.index), known).set_index(known.index)
    log = shop.transactions
    for who in known.index[::9]:
        his = log[(log["customer_id"] == who) & (log["day"] < window.as_of_day)]
        bought = his[his["amount_minor"] >= 0]
        row, days = past.loc[who], min(365, window.as_of_day - bought["day"].min())
        assert row["days_year"] == days
        assert row["order_days_year"] == bought.loc[bought["day"] >= window.as_of_day - 365, "day"].nunique()
        for column, begin in (("spend_year", 365), ("spend_late_year", days // 2)):
            there = his[his["day"] >= window.as_of_day - begin]
            assert row[column] == pytest.approx(there["amount_minor"].sum() / 100)


def test_horizons_are_those_of_activity(shop, window):
    ids = pd.Series(letters(shop, window).index)
    past = described(shop, window)
    for at_window, suffix in ((window.recent(), ""), (window.before().recent(), "_before")):
        came = activity(shop, at_window, ids)
        assert_frame_equal(past[[f"n_order_days{suffix}", f"spend{suffix}"]].set_axis(came.columns, axis=1), came)


def test_rows_follow_the_customers_asked_and_do_not_depend_on_who_is(shop, window):
    ids = letters(shop, window).index
    whole = described(shop, window).set_index(ids)
    some = ids[::-7]
    assert_frame_equal(described(shop, window, some).set_index(some), whole.loc[some])


def test_of_nobody_nothing_is_told(shop, window):
    nobody = described(shop, window, pd.Series([], dtype="str"))
    assert len(nobody) == 0
    assert list(nobody) == list(described(shop, window))


def test_a_horizon_of_a_year_is_that_year(shop, window):
    past = described(shop, replace(window, horizon_days=365, lookback_days=None))
    assert past["spend"].equals(past["spend_year"])


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 1, 0]])
def test_windows_keep_their_places(shop, window, order):
    three = [replace(window, lookback_days=30), replace(window, lookback_days=60), window.before()]
    ids = pd.Series(letters(shop, window).index)
    for found, alone in zip(
        within(shop, [three[i] for i in order], ids),
        zip(*(within(shop, [three[i]], ids) for i in order), strict=True),
        strict=True,
    ):
        assert found.tolist() == np.hstack(alone).tolist()


COVERS = Covers(date(2023, 1, 1), date(2025, 7, 1))


class TestSeason:
    """A customer who orders every day for two years; amounts by the day tell the season."""

    def of(self, lines, amount, horizon=60, covers=COVERS, skip=lambda age: False):
        ages = [age for age in range(1, (AS_OF - COVERS.first).days + 1) if not skip(age)]
        rows = [("a", str(age), at(age), amount(age)) for age in ages if AS_OF - timedelta(days=age) >= covers.first]
        past = described(lines(rows, covers), Window(AS_OF, covers, None, horizon))
        return past["season_spend"].item(), past["season_orders"].item()

    def test_level(self, lines):
        assert self.of(lines, lambda age: 5.0) == (1, 1)

    def test_a_high_season_of_the_horizon_a_year_ago(self, lines):
        spend, orders = self.of(lines, lambda age: 15.0 if 305 < age <= 365 else 10.0)
        assert spend == pytest.approx(15 / ((60 * 15 + 305 * 10) / 365))
        assert orders == 1

    def test_a_season_of_orders(self, lines):
        spend, orders = self.of(lines, lambda age: 10.0, skip=lambda age: 305 < age <= 365 and age % 4 == 0)
        assert spend == orders == pytest.approx((45 / 60) / ((365 - 15) / 365))

    def test_a_straight_trend_is_no_season(self, lines):
        spend, _ = self.of(lines, lambda age: 2000.0 - 2 * age)
        assert spend == pytest.approx(1, abs=0.002)

    def test_it_is_bounded(self, lines):
        assert self.of(lines, lambda age: 90.0 if 305 < age <= 365 else 1.0)[0] == 2
        assert self.of(lines, lambda age: 0.01 if 305 < age <= 365 else 10.0)[0] == 0.5

    def test_the_other_days_do_not_matter(self, lines):
        # 365 days around the horizon of a year ago: of 60 days, from 152 days before it to 153 after it.
        high = lambda age: 15.0 if 305 < age <= 365 else 10.0  # noqa: E731
        outside = self.of(lines, lambda age: 77.0 if age <= 152 or age > 365 + 152 + 1 else high(age))
        assert outside == self.of(lines, high)

    def test_too_short_a_history_tells_none(self, lines):
        high = lambda age: 15.0 if 305 < age <= 365 else 10.0  # noqa: E731
        begins = [AS_OF - timedelta(days=days) for days in (365 + 153, 365 + 152)]
        long, short = (self.of(lines, high, covers=Covers(first, COVERS.end))[0] for first in begins)
        assert long > 1.3
        assert short == 1

    def test_a_horizon_of_a_year_has_none(self, lines):
        assert self.of(lines, lambda age: 1.0 + age % 9, horizon=365) == (1, 1)

    def test_days_without_a_sale_tell_none(self, lines):
        assert self.of(lines, lambda age: 3.0 if age < 100 else 0.0)[0] == 1
