"""Customers by how often they came before: the buckets in which a forecast must be right on average."""

import numpy as np
from numpy.typing import NDArray

LAST = 7  # repeat order days from which on a bucket holds all, as in the papers
PARTS = 5  # of the customers, where most have more


def buckets(x: NDArray[np.float64]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the buckets in order, and each customer's place among them (n,).

    0, 1, ... 7+ repeat order days as in the papers; where most have more than that, fifths of the customers.
    """
    if (x >= LAST).mean() <= 0.5:
        at = np.minimum(x, LAST).astype(np.int64)
        seen = np.unique(at)
        return [f"{k}+" if k == LAST else str(k) for k in seen], np.searchsorted(seen, at)
    starts = np.unique(np.floor(np.quantile(x, np.arange(PARTS) / PARTS)))
    at = np.searchsorted(starts, x, side="right") - 1
    ends = [*(starts[1:] - 1), x.max()]
    return [f"{s:.0f}" if s == e else f"{s:.0f}–{e:.0f}" for s, e in zip(starts, ends, strict=True)], at
