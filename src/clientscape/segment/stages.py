"""The stage of a customer's life with the shop, by the shop's own purchase rhythm."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

STAGES = ("new", "active", "lapsing", "lost")


class Stages(Protocol):
    """Learns the shop's rhythm from the training customers; names the stage of any customer."""

    def fit(self, gap_days_median: ArrayLike) -> Self:
        """Learn the shop's rhythm."""

    def predict(self, recency_days: ArrayLike, n_order_days: ArrayLike) -> NDArray[np.object_]:
        """Name the stage of customers."""


def lifecycle() -> Stages:
    """New, active, lapsing or lost by where recency lies among the usual gaps of the shop's customers [name]."""
    return _Lifecycle()


class _Lifecycle:
    """Active up to the 80% quantile of the customers' usual gaps, lapsing up to 97.5%, then lost; frozen at fit.

    New is an active customer with a single order day. Where nobody came twice, 30 and 90 days are taken.
    """

    def fit(self, gap_days_median: ArrayLike) -> Self:
        gaps = np.asarray(gap_days_median, float)
        gaps = gaps[~np.isnan(gaps)]
        self.cuts_days_: list[float] = np.quantile(gaps, [0.8, 0.975]).tolist() if len(gaps) else [30.0, 90.0]
        return self

    def predict(self, recency_days: ArrayLike, n_order_days: ArrayLike) -> NDArray[np.object_]:
        stage = 1 + np.searchsorted(self.cuts_days_, np.asarray(recency_days, float), side="left")
        return np.array(STAGES, dtype=object)[np.where((stage == 1) & (np.asarray(n_order_days) == 1), 0, stage)]
