"""What groups of customers foretell: the mean of what their like did before, and how much that explains."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Groups = NDArray[Any]
Vector = NDArray[np.float64]


def learnt(groups: Groups, groups_before: Groups, outcome_before: NDArray[Any]) -> Vector:
    """The mean outcome before of the group that each customer is in now, (n,)."""
    known, at = np.unique(np.concatenate([groups_before, groups]), return_inverse=True)
    m = len(groups_before)
    counts = np.bincount(at[:m], minlength=len(known))
    sums = np.bincount(at[:m], weights=outcome_before, minlength=len(known))
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.mean(outcome_before))
    return np.asarray(means[at[m:]], dtype=np.float64)


def explained_share(actual: Vector, predicted: Vector) -> float:
    """Share of the squares about the mean that a forecast takes away, (n,) both [-inf..1]; nan of equals."""
    away = actual - actual.mean()
    missed = actual - predicted
    return float(1 - (missed @ missed) / squares) if (squares := float(away @ away)) else np.nan


def log_amounts(amounts: Vector) -> Vector:
    """Amounts as they are compared: log1p, returns counted as nothing, (n,)."""
    return np.asarray(np.log1p(clipped(amounts)), dtype=np.float64)


def clipped(amounts: Vector) -> Vector:
    """Amounts without returns, (n,)."""
    return np.clip(np.asarray(amounts, dtype=np.float64), 0.0, None)
