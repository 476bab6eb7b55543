"""Segments by rule: RFM scores from frozen cut points, and tables that name each cell."""

from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scores = NDArray[np.int64]
Names = NDArray[np.object_]

# Rows R = 5 (most recent) to 1, columns FM = 1 to 5.
_PUTLER11 = (
    ("New Customers", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"),
    ("Promising", "Potential Loyalists", "Potential Loyalists", "Loyal Customers", "Champions"),
    ("About To Sleep", "About To Sleep", "Need Attention", "Loyal Customers", "Loyal Customers"),
    ("Hibernating", "Hibernating", "At Risk", "At Risk", "At Risk"),
    ("Lost", "Hibernating", "At Risk", "Can't Lose Them", "Can't Lose Them"),
)


class Rules(Protocol):
    """Learns cut points from the training customers; names the RFM segment of any customer."""

    def fit(self, recency_days: ArrayLike, n_order_days: ArrayLike, spend_total: ArrayLike) -> Self:
        """Learn the cut points."""

    def predict(self, recency_days: ArrayLike, n_order_days: ArrayLike, spend_total: ArrayLike) -> Names:
        """Name the segment of customers."""


def putler11() -> Rules:
    """Eleven named RFM segments on the grid of R and FM; each cell lies inside Putler's published ranges [name]."""
    return _Grid([list(row) for row in _PUTLER11])


@dataclass
class _Grid:
    """A 5 x 5 table of names over R (rows, 5 first) and FM (columns), with cut points at the training quintiles."""

    names: list[list[str]]
    cuts: dict[str, list[float]] = field(default_factory=dict)

    def fit(self, recency_days: ArrayLike, n_order_days: ArrayLike, spend_total: ArrayLike) -> Self:
        columns = {
            "R": -np.asarray(recency_days, float),
            "F": np.asarray(n_order_days, float),
            "M": np.asarray(spend_total, float),
        }
        self.cuts = {letter: np.quantile(values, [0.2, 0.4, 0.6, 0.8]).tolist() for letter, values in columns.items()}
        return self

    def scores(
        self, recency_days: ArrayLike, n_order_days: ArrayLike, spend_total: ArrayLike
    ) -> tuple[Scores, Scores, Scores]:
        """R, F and M, each 1 to 5: one more than the number of cut points strictly below the value.

        Equal customers get equal scores; where many are equal, some scores stay empty.
        """
        return (
            self._score("R", -np.asarray(recency_days, float)),
            self._score("F", np.asarray(n_order_days, float)),
            self._score("M", np.asarray(spend_total, float)),
        )

    def predict(self, recency_days: ArrayLike, n_order_days: ArrayLike, spend_total: ArrayLike) -> Names:
        R, F, M = self.scores(recency_days, n_order_days, spend_total)
        FM = np.floor((F + M) / 2 + 0.5).astype(int)
        return np.asarray(np.array(self.names, dtype=object)[5 - R, FM - 1])

    def _score(self, letter: str, values: NDArray[np.float64]) -> Scores:
        return np.asarray(1 + np.searchsorted(self.cuts[letter], values, side="left"), dtype=np.int64)
