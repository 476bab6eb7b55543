"""One column of a log: the bins that training froze, the customers in each of them, and how far these have moved."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtri

Counts = NDArray[np.int64]

BINS = 10  # of a column of numbers; values that many share have a bin of their own besides
LEVELS = 20  # of text that have a bin each, the commonest; all others are together
NAMED = 1000  # levels without a bin whose customers are counted one by one
BEYOND_CHANCE = 0.001  # how rarely chance alone takes a column that far

OTHERS, MISSING = "all others", "missing"


def learnt(values: pd.Series, *, by_level: bool) -> dict[str, Any]:
    """Bins of a column, with the customers in each: plain numbers and lists, as JSON holds them.

    by_level : whether each value is a name, as that of a segment. Then `levels`, the commonest first; else `edges`, a
    list of (edge, inclusive): a bin ends with its edge, or before it where that is not inclusive. Edges are deciles;
    one that a tenth of the customers share is a bin by itself, so that a rare other value is seen. The last bin is
    that of missing values.
    """
    if not by_level:
        known = np.sort(values.dropna().to_numpy(float))
        bins: dict[str, Any] = {"edges": [list(edge) for edge in _edges(known)] if len(known) else []}
    else:
        found = pd.Series(_levels(values), dtype=np.int64)
        ranked = found.iloc[np.lexsort([found.index.to_numpy(), -found.to_numpy()])] if len(found) else found
        bins = {"levels": [str(level) for level in ranked.index[:LEVELS]]}
    return bins | {"counts": count(bins, values).counts.tolist()}


@dataclass(frozen=True, eq=False)
class Count:
    """Customers in each bin of a column; counts of parts of the customers add up to those of all.

    counts : (n_bins,), the last of missing values. others : level -> customers, of levels without a bin; None where
    there are more than NAMED of them.
    """

    counts: Counts
    others: dict[str, int] | None = field(default_factory=dict)

    def __add__(self, more: "Count") -> "Count":
        if self.others is None or more.others is None:
            return Count(self.counts + more.counts, None)
        both = dict(self.others)
        for level, n in more.others.items():
            both[level] = both.get(level, 0) + n
        return Count(self.counts + more.counts, _few(both))


def count(bins: dict[str, Any], values: pd.Series) -> Count:
    """Customers in each of the bins that `learnt` made."""
    n = len(values)
    if "edges" in bins:
        numbers = values.to_numpy(float, na_value=np.nan)
        up_to = [np.count_nonzero(numbers <= e if inclusive else numbers < e) for e, inclusive in bins["edges"]]
        known = n - np.count_nonzero(np.isnan(numbers))
        return Count(np.diff([0, *up_to, known, n]).astype(np.int64))
    found = _levels(values)
    of_bins = [found.pop(level, 0) for level in bins["levels"]]
    others = sum(found.values())
    return Count(np.array([*of_bins, others, n - sum(of_bins) - others], dtype=np.int64), _few(found))


def psi(then: Counts, now: Counts) -> float:
    """Population stability index: how far shares of customers have moved; 0 where they have not [0..inf].

    sum (a - e) ln(a / e) over the bins, e the shares then, a the shares now (Siddiqi 2006, Credit Risk Scorecards).
    Half a customer is added to every bin that either has, so that an empty one is no infinity, and no alarm on a night
    of few customers; nan where either has none.
    """
    if not then.sum() or not now.sum():
        return float("nan")
    used = (then > 0) | (now > 0)
    e, a = ((counts[used] + 0.5) / (counts[used] + 0.5).sum() for counts in (then, now))
    return float(((a - e) * np.log(a / e)).sum())


def chance(then: Counts, now: Counts, among: int = 1) -> float:
    """The index that chance alone stays below 999 times in 1000, for so many customers and bins.

    among : columns of which one is enough to tell: then all of them together stay below theirs so often (Bonferroni).

    Without drift it is about (1/N + 1/M) chi2 with a degree of freedom less than bins (Yurdakul 2018, Statistical
    Properties of Population Stability Index).
    """
    n, m = int(then.sum()), int(now.sum())
    free = int(((then > 0) | (now > 0)).sum()) - 1
    if not n or not m or not free:
        return float("nan")
    return float(chdtri(free, BEYOND_CHANCE / among) * (1 / n + 1 / m))


def names_of(bins: dict[str, Any]) -> list[str]:
    """What each bin holds, in words that are short enough for a picture."""
    if "levels" in bins:
        return [*bins["levels"], OTHERS, MISSING]
    edges = bins["edges"]
    if not edges:
        return ["any", MISSING]
    (lowest, inclusive), (highest, closed) = edges[0], edges[-1]
    names = [f"{'up to' if inclusive else 'below'} {_short(lowest)}"]
    for (low, _), (high, inclusive) in pairwise(edges):
        before = "" if inclusive else "below "
        names.append(_short(high) if low == high else f"{_short(low)} to {before}{_short(high)}")
    return [*names, f"{'above' if closed else 'from'} {_short(highest)}", MISSING]


def _edges(known: NDArray[np.float64]) -> list[tuple[float, bool]]:
    """Where bins of sorted numbers end."""
    n = len(known)
    deciles = np.unique(known[[min(k * n // BINS, n - 1) for k in range(1, BINS)]])
    edges: list[tuple[float, bool]] = []
    for value in deciles[np.isfinite(deciles)].tolist():
        first, after = np.searchsorted(known, value, "left"), np.searchsorted(known, value, "right")
        if (after - first) * BINS >= n:
            edges.append((value, False))
        edges.append((value, True))
    return edges


def _short(value: float) -> str:
    """A number by its first digits: no one reads a money amount's cents on a small picture."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _levels(values: pd.Series) -> dict[str, int]:
    """Customers of each level, as text, without those of whom it is missing."""
    codes, levels = pd.factorize(values)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    return {str(level): int(n) for level, n in zip(levels, counts, strict=True) if n}


def _few(others: dict[str, int]) -> dict[str, int] | None:
    return others if len(others) <= NAMED else None
