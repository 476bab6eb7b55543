"""Features against plain loops over the lines of a shop, which share nothing with the package."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

import numpy as np
import pandas as pd
import pytest
from tests.features.logs import AS_OF

from clientscape.features.build import CATALOGUE

FIRST = AS_OF - pd.Timedelta(days=365)


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
    "T": lambda c: max(c.ages) - 1,
    "m_x": lambda c: mean(c.values[1:]) / 100 if c.gaps else None,
    "m_all": lambda c: mean(c.values) / 100,
    "last_rate": lambda c: sum(age <= 90 for age in c.ages[1:]) / 90,
}


@pytest.fixture(scope="module")
def by_loops(rough):
    return dict(lives(rough.transactions))


@pytest.mark.parametrize("name", ORACLE)
def test_a_shop_by_plain_loops(company, by_loops, every_use, name):
    assert company.index.tolist() == list(by_loops)
    for use in [use for use in every_use if use.use == name]:
        expected = [ORACLE[name](life, **use.settings) for life in by_loops.values()]
        np.testing.assert_allclose(company[use.name].to_numpy(float), np.array(expected, float), rtol=1e-12, atol=1e-12)


def test_every_loop_has_its_feature():
    assert set(ORACLE) <= set(CATALOGUE)
