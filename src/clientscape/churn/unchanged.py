"""The world where nobody changes: how often a label comes true in it, by chance alone.

Whoever is chosen for a high spend will mostly spend less afterwards, without having changed. So each customer's horizon
ahead is drawn from the weeks before as_of: what he does stays as uneven as it is, but nothing happens to him.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.churn.activity import within
from clientscape.churn.credibility import between_variance
from clientscape.churn.labels import Label
from clientscape.tables import Tables
from clientscape.window import Window

WEEK, WEEKS = 7, 52
DIGITS = 6  # of sums of money: what is equal to a bound in cents is not below it in floats
ALL_ALIKE = 1e9  # [weeks] of credibility, where customers differ by no more than chance
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Weeks:
    """What customers did in each week before as_of, the latest first: blocks of 7 days, counted back from as_of.

    whole : `n_order_days` and `spend`, each (n_customers, n_weeks). part : the same of as many first days of each week
    as the horizon has beyond whole weeks; no columns where it has none. n_known : (n_customers,), how many weeks, from
    the latest on, began on or after the first order day.
    """

    horizon_days: int
    whole: dict[str, Vector]
    part: dict[str, Vector]
    n_known: NDArray[np.int64]


def weeks_of(
    tables: Tables, window: Window, customers: "pd.Series[str]", known: pd.DataFrame, *, memory_limit: str = "1GB"
) -> Weeks:
    """The weeks of a year before as_of, as far as the source covers them; known are the letters by customer_id.

    Of a customer without a whole week the week before as_of is taken, in which all his days lie: on those before his
    first order he did nothing.
    """
    n_weeks = min(WEEKS, max(1, window.history_days // WEEK))
    more = window.horizon_days % WEEK
    ends = [window.as_of - timedelta(days=WEEK * k) for k in range(n_weeks)]
    whole = [replace(window, as_of=end, lookback_days=WEEK) for end in ends]
    part = [replace(window, as_of=end - timedelta(days=WEEK - more), lookback_days=more) for end in ends]
    found = within(tables, whole + part if more else whole, customers, memory_limit=memory_limit)
    named = dict(zip(("n_order_days", "spend"), found, strict=True))
    days_known = known["T"].reindex(customers.to_numpy()).to_numpy(float) + 1
    return Weeks(
        window.horizon_days,
        {name: by_week[:, :n_weeks] for name, by_week in named.items()},
        {name: by_week[:, n_weeks:] for name, by_week in named.items()},
        np.clip(np.nan_to_num(days_known) // WEEK, 1, n_weeks).astype(np.int64),
    )


def null_chance(label: Label, past: pd.DataFrame, weeks: Weeks, *, n_draws: int = 50, seed: int) -> Vector:
    """Chance of a yes for each customer if he does not change (n,) [probability]; missing for who is not eligible.

    label : fitted. past, weeks : of the same customers. There are no seasons in this world.

    A horizon is drawn week by week from an urn (Blackwell, MacQueen 1973): the customer's own known weeks, the weeks
    of all customers with the weight that Buehlmann (1967) gives them, and what was drawn before. His own weeks alone
    would take the luck that made him eligible for his habit, and forget that his rate is known but roughly.
    """
    asked = np.flatnonzero(label.eligible(past))
    bound = np.round(label.bound(past.iloc[asked].assign(season_spend=1.0, season_orders=1.0)), DIGITS)
    whole, part = weeks.whole[label.measure], weeks.part[label.measure]
    rng, came = np.random.default_rng(seed), np.zeros(len(asked))
    urn = _Urn(asked, weeks.n_known, whole)
    n_whole = weeks.horizon_days // WEEK
    for _ in range(n_draws):
        drawn = urn.draw(n_whole + bool(part.size), rng)
        horizon = whole.take(drawn[:n_whole]).sum(axis=0)
        if part.size:
            horizon = horizon + part.take(drawn[n_whole])
        came += np.round(horizon, DIGITS) < bound
    chance = np.full(len(past), np.nan)
    chance[asked] = came / n_draws
    return chance


def null_rate(label: Label, past: pd.DataFrame, weeks: Weeks, *, n_draws: int = 50, seed: int) -> float:
    """Share of yes among the eligible if nobody changes; missing where nobody is [share]. See `null_chance`."""
    chance = null_chance(label, past, weeks, n_draws=n_draws, seed=seed)
    known = chance[~np.isnan(chance)]
    return float(known.mean()) if len(known) else np.nan


class _Urn:
    """Weeks of some customers (`asked`) to draw from, as positions in an array (n_customers, n_weeks)."""

    def __init__(self, asked: NDArray[np.int64], n_known: NDArray[np.int64], values: Vector) -> None:
        n_weeks = values.shape[1]
        self.first, self.own = asked * n_weeks, n_known[asked].astype(float)
        there = np.arange(n_weeks) < n_known[:, None]
        self.all = np.flatnonzero(there)
        self.credible = _credible_weeks(values, there)

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw n weeks for each customer: (n, n_asked)."""
        drawn = np.empty((n, len(self.own)), dtype=np.int64)
        for k in range(n):
            at = rng.random(len(self.own)) * (self.own + self.credible + k)
            other = at - self.own
            shared, again = (other >= 0) & (other < self.credible), other >= self.credible
            drawn[k] = self.first + at.astype(np.int64)
            drawn[k, shared] = self.all[(other[shared] / self.credible * len(self.all)).astype(np.int64)]
            drawn[k, again] = drawn[(other[again] - self.credible).astype(np.int64), np.flatnonzero(again)]
        return drawn


def _credible_weeks(values: Vector, there: NDArray[np.bool_]) -> float:
    """With how many own weeks a customer's mean has half the weight beside everybody's: s / a [weeks]."""
    n = there.sum(axis=1)
    means = np.where(there, values, 0.0).sum(axis=1) / n
    squares = np.where(there, (values - means[:, None]) ** 2, 0.0).sum(axis=1)
    several = n > 1
    within_weeks = float((squares[several] / (n[several] - 1)).mean()) if several.any() else 0.0
    between = between_variance(means, n.astype(float), within_weeks)
    return min(within_weeks / between, ALL_ALIKE) if between > 0 else ALL_ALIKE
