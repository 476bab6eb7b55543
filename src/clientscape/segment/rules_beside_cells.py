"""Rule sets that are not over cells: stages of life, tiers and trends of value, groups by chance."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.segment.cuts import cut_points, numbers, refuse_nobody, scored

Names = NDArray[np.object_]

TIERS = ("high", "middle", "low")
TRENDS = ("rising", "steady", "new", "falling")


class Lifecycle:
    """Stages by the shop's rhythm; see `rules.lifecycle`. After fit: `cuts_days`, the ends of active and lapsing."""

    needs = ("recency_days", "gap_days_median", "order_days_ever")
    names = ("active", "new", "lapsing", "lost")

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn the shop's rhythm; where nobody came twice, 30 and 90 days are taken."""
        gaps = numbers(table, ["gap_days_median"], may_miss=["gap_days_median"])["gap_days_median"]
        gaps = gaps[~np.isnan(gaps)]
        self.cuts_days: list[float] = np.quantile(gaps, [0.8, 0.975]).tolist() if len(gaps) else [30.0, 90.0]
        return self

    def predict(self, table: pd.DataFrame) -> Names:
        """The stages of customers, of shape (n,)."""
        known = numbers(table, ["recency_days", "order_days_ever"])
        stage = np.array(["active", "lapsing", "lost"], dtype=object)[scored(known["recency_days"], self.cuts_days) - 1]
        return np.where((stage == "active") & (known["order_days_ever"] == 1), "new", stage)


class ValueTiers:
    """Tiers of expected value; see `rules.value_tiers`. After fit: `cuts`, what the tiers begin above [currency]."""

    needs = ("expected_value",)

    def __init__(self, n_tiers: int) -> None:
        self.names = tuple(f"tier {k} of {n_tiers}" for k in range(1, n_tiers + 1))

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn the quantiles; InputError when there is nobody."""
        refuse_nobody(table)
        self.cuts = cut_points(numbers(table, self.needs)["expected_value"], len(self.names))
        return self

    def predict(self, table: pd.DataFrame) -> Names:
        """The tiers of customers, of shape (n,)."""
        values = numbers(table, self.needs)["expected_value"]
        return np.array(self.names, dtype=object)[len(self.names) - scored(values, self.cuts)]


class ValueTrend:
    """Tier and direction of expected value; see `rules.value_trend`. After fit: `cuts`, the terciles [currency]."""

    needs = ("expected_value", "expected_value_before")
    names = tuple(f"{tier}, {trend}" for tier in TIERS for trend in TRENDS)

    def __init__(self, band: float) -> None:
        self.band = band

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn the terciles; InputError when there is nobody."""
        refuse_nobody(table)
        self.cuts = cut_points(numbers(table, ["expected_value"])["expected_value"], len(TIERS))
        return self

    def predict(self, table: pd.DataFrame) -> Names:
        """Tier and direction of customers, of shape (n,)."""
        known = numbers(table, self.needs, may_miss=["expected_value_before"])
        now, before = (np.maximum(known[column], 0.0) for column in self.needs)
        # Products, not a ratio: of two zeros it would not be known, though nothing has moved.
        rising, falling = before < now * (1 - self.band), now < before * (1 - self.band)
        trend = np.select(
            [np.isnan(before), rising, falling], [TRENDS.index(t) for t in ("new", "rising", "falling")], 1
        )
        tier = len(TIERS) - scored(known["expected_value"], self.cuts)
        return np.asarray(np.array(self.names, dtype=object)[tier * len(TRENDS) + trend])


class ByChance:
    """Groups by a salted hash of the customer's id; see `rules.random_groups`."""

    needs = ("customer_id",)

    def __init__(self, n_groups: int, seed: int) -> None:
        self.names = tuple(f"group {k} of {n_groups}" for k in range(1, n_groups + 1))
        self.salt = f"{seed:016d}"

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn nothing: who is in a group does not depend on who else there is."""
        return self

    def predict(self, table: pd.DataFrame) -> Names:
        """The groups of customers, of shape (n,)."""
        # As text: pandas salts the hash of text only, and a number is the same customer as its digits.
        ids = table["customer_id"].astype("str").to_numpy(object)
        hashed = pd.util.hash_array(ids, hash_key=self.salt, categorize=False)
        return np.asarray(np.array(self.names, dtype=object)[hashed % np.uint64(len(self.names))])
