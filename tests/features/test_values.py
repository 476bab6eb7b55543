"""Every feature against values worked out by hand, and against plain loops over the lines of a shop."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

import numpy as np
import pandas as pd
import pytest

from clientscape.features.build import CATALOGUE, features, letters

AS_OF = pd.Timestamp("2025-04-01")
FIRST = AS_OF - pd.Timedelta(days=365)

LOG = [
    # A: three order days, two orders on the first of them, a return, an order over midnight
    ("A", "1", "2025-01-01 09:00", 10.00),
    ("A", "1", "2025-01-01 09:00", 5.00),
    ("A", "2", "2025-01-01 18:00", 5.00),
    ("A", "3", "2025-02-10 23:50", 30.00),
    ("A", "3", "2025-02-11 00:10", 3.00),
    ("A", "4", "2025-03-12 12:00", 7.00),
    ("A", "5", "2025-03-20 12:00", -4.00),
    # B: one order, yesterday
    ("B", "6", "2025-03-31 23:59", 20.10),
    # C: the first order lies before the window; a day that returns make negative
    ("C", "7", "2024-03-01 10:00", 99.00),
    ("C", "8", "2025-01-31 10:00", 40.00),
    ("C", "9", "2025-02-10 10:00", -60.00),
    ("C", "10", "2025-03-02 10:00", 8.00),
]
NONE = np.nan
# A's order days are 90, 50 and 20 days before as_of, C's 60 and 30 (and 396 in the whole history).
BY_HAND = {
    "recency_days": (20, 1, 30),
    "tenure_days": (90, 1, 60),
    "n_orders": (4, 1, 2),
    "n_order_days": (3, 1, 2),
    "order_days_last_30": (1, 1, 1),
    "order_days_last_90": (3, 1, 2),
    "spend_total": (56.0, 20.1, -12.0),
    "spend_day_max": (30.0, 20.1, 40.0),
    "spend_per_order_day": (56 / 3, 20.1, -6.0),
    "gap_days_mean": (35.0, NONE, 30.0),
    "gap_days_median": (35.0, NONE, 30.0),
    "gap_days_squared_mean": ((40**2 + 30**2) / 2, NONE, 900.0),
    "gap_cv_ratio": (5 / 35, NONE, 0.0),
    "overdue_ratio": (20 / 35, NONE, 1.0),
    "order_days_per_month": (1.0, 1.0, 1.0),
    "spend_last_30": (3.0, 20.1, 8.0),
    "spend_last_90": (56.0, 20.1, -12.0),
    "spend_change_30": ((3 - 33) / (3 + 33), 1.0, NONE),
    "spend_change_90": (1.0, 1.0, NONE),
}
LETTERS_BY_HAND = {"x": (2, 0, 2), "t_x": (70, 0, 366), "T": (90, 1, 396), "m_x": (20.0, NONE, 24.0)}


@pytest.mark.parametrize(("name", "values"), BY_HAND.items())
def test_three_customers_by_hand(described, name, values):
    np.testing.assert_allclose(described[name].to_numpy(float), values, rtol=1e-12)


def test_letters_of_three_customers_by_hand(lines, window):
    found = letters(lines(LOG), window)
    for letter, values in LETTERS_BY_HAND.items():
        np.testing.assert_allclose(found[letter].to_numpy(float), values, rtol=1e-12)


@pytest.fixture(scope="module")
def described(lines, window, every_use):
    return features(lines(LOG), window, every_use)


@dataclass
class Life:
    """A customer as plain lists: the ages of his order days, their values and gaps; spend by the age of the day."""

    ages: list[int]
    values: list[int]
    gaps: list[int]
    n_orders: int
    spend: dict[int, int]

    def spent(self, above: int, up_to: int) -> int:
        return sum(cents for age, cents in self.spend.items() if above < age <= up_to)


def lives(transactions):
    """The lines of the window, rolled up in loops that share nothing with the package."""
    orders, spend = {}, {}
    for line in transactions.itertuples():
        if FIRST <= line.ordered_at < AS_OF:
            day = line.ordered_at.normalize()
            orders.setdefault(line.customer_id, {}).setdefault(line.order_id, []).append((day, line.amount_minor))
            days = spend.setdefault(line.customer_id, {})
            days[(AS_OF - day).days] = days.get((AS_OF - day).days, 0) + line.amount_minor
    for customer, baskets in sorted(orders.items()):
        by_day: dict[pd.Timestamp, list[int]] = {}
        for basket in baskets.values():
            if any(cents >= 0 for _, cents in basket):
                by_day.setdefault(min(day for day, _ in basket), []).append(sum(cents for _, cents in basket))
        days = sorted(by_day)
        if days:
            gaps = [(b - a).days for a, b in pairwise(days)]
            ages = [(AS_OF - day).days for day in days]
            values = [sum(by_day[day]) for day in days]
            yield customer, Life(ages, values, gaps, sum(map(len, by_day.values())), spend[customer])


def spread(gaps):
    return (mean(gap * gap for gap in gaps) - mean(gaps) ** 2) ** 0.5


def change(last, before):
    return (last - before) / (last + before) if last >= 0 and before >= 0 and last + before > 0 else None


ORACLE = {
    "recency_days": lambda c: min(c.ages),
    "tenure_days": lambda c: max(c.ages),
    "n_orders": lambda c: c.n_orders,
    "n_order_days": lambda c: len(c.ages),
    "order_days_last": lambda c, days: sum(age <= days for age in c.ages),
    "spend_total": lambda c: sum(c.spend.values()) / 100,
    "spend_day_max": lambda c: max(c.spend.values()) / 100,
    "spend_per_order_day": lambda c: sum(c.spend.values()) / 100 / len(c.ages),
    "gap_days_mean": lambda c: mean(c.gaps) if c.gaps else None,
    "gap_days_median": lambda c: median(c.gaps) if c.gaps else None,
    "gap_days_squared_mean": lambda c: mean(gap * gap for gap in c.gaps) if c.gaps else None,
    "gap_cv_ratio": lambda c: spread(c.gaps) / mean(c.gaps) if c.gaps else None,
    "overdue_ratio": lambda c: min(c.ages) / median(c.gaps) if c.gaps else None,
    "order_days_per_month": lambda c: 30 * len(c.ages) / max(30, *c.ages),
    "spend_last": lambda c, days: c.spent(0, days) / 100,
    "spend_change": lambda c, days: change(c.spent(0, days), c.spent(days, 2 * days)),
    "x": lambda c: len(c.ages) - 1,
    "t_x": lambda c: max(c.ages) - min(c.ages),
    "T": lambda c: max(c.ages),
    "m_x": lambda c: mean(c.values[1:]) / 100 if c.gaps else None,
}


@pytest.fixture(scope="module")
def rough(shop, with_lines):
    """The shop with a tenth of its lines brought back, and some lines of an order on the day after."""
    rng = np.random.default_rng(5)
    log = shop.transactions
    back = log[rng.random(len(log)) < 0.1]
    back = back.assign(order_id="R" + back["order_id"], amount_minor=-back["amount_minor"])
    late = pd.Series(rng.random(len(log)) < 0.1)
    log = log.assign(
        ordered_at=log["ordered_at"] + pd.to_timedelta(late.astype(int), unit="D"),
        day=log["day"] + late.astype(np.int32),
    )
    return with_lines(shop, pd.concat([log, back]))


@pytest.fixture(scope="module")
def by_loops(rough):
    return dict(lives(rough.transactions))


@pytest.fixture(scope="module")
def by_package(rough, window, every_use):
    return features(rough, window, every_use).set_index("customer_id")


@pytest.mark.parametrize("name", ORACLE)
def test_a_shop_by_plain_loops(by_package, by_loops, every_use, name):
    assert by_package.index.tolist() == list(by_loops)
    for use in [use for use in every_use if use.use == name]:
        expected = [ORACLE[name](life, **use.settings) for life in by_loops.values()]
        np.testing.assert_allclose(
            by_package[use.name].to_numpy(float), np.array(expected, float), rtol=1e-12, atol=1e-12
        )


def test_every_loop_has_its_feature():
    assert set(ORACLE) <= set(CATALOGUE)
