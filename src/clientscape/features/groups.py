# mypy: allow-untyped-decorators
"""Loops over rows that put together what carries the same name, compiled. Import them through `kernels`.

Names are whole numbers below `n_names`; a row that carries that number itself carries no name.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]


@njit("void(i8[::1], i8[::1], i8)", cache=True, nogil=True)
def _ranked(found: Array, times: Array, n_names: int) -> None:
    """Puts the names found in their order: by looking at all of them where that is quicker than sorting.

    The last place of `found` is free.
    """
    size = len(found) - 1
    if size * 8 < n_names:
        gap = 1
        while gap * 3 < size:
            gap = gap * 3 + 1
        while gap:  # Shell's sort: as good as any for few, and compiled in no time
            for j in range(gap, size):
                name, k = found[j], j
                while k >= gap and found[k - gap] > name:
                    found[k] = found[k - gap]
                    k -= gap
                found[k] = name
            gap //= 3
        return
    k = 0
    for name in range(n_names):  # without a branch, which the processor could not foresee
        found[k] = name
        k += times[name] > 0


@njit("Tuple((i8[::1], i8[::1], i8[::1], b1[::1]))(i4[:, ::1], i8[::1], i8[::1], i8)", cache=True, nogil=True)
def grouped(names: Array, low: Array, high: Array, n_names: int) -> tuple[Array, Array, Array, Array]:
    """Each customer's names in each row of `names`: the names, how often, and a mark at the first of those with most.

    First comes where they begin: those of customer i in row t at i * len(names) + t.
    """
    room, n_kinds = 1, len(names)
    for i in range(len(low)):
        room += min(max(high[i] - low[i], 0), n_names) * n_kinds
    starts = np.zeros(len(low) * n_kinds + 1, np.int64)
    found, rows, top = np.empty(room, np.int64), np.empty(room, np.int64), np.zeros(room, np.bool_)
    times = np.zeros(n_names + 1, np.int64)
    end = 0
    for i in range(len(low)):
        for t in range(n_kinds):
            first = end
            for j in range(low[i], high[i]):
                name = names[t, j]
                found[end] = name
                end += (times[name] == 0) & (name < n_names)
                times[name] += 1
            if end > first:
                _ranked(found[first : end + 1], times, n_names)
                best = first
                for k in range(first, end):
                    rows[k] = times[found[k]]
                    times[found[k]] = 0
                    best = k if rows[k] > rows[best] else best
                top[best] = True
            starts[i * n_kinds + t + 1] = end
    return starts, found[:end].copy(), rows[:end].copy(), top[:end].copy()


@njit("i8[::1](i8[::1], i4[::1], i8[::1], i8[::1], i8[::1], i8[::1], i8)", cache=True, nogil=True)
def group_sums(
    values: Array, names: Array, low: Array, high: Array, starts: Array, found: Array, n_names: int
) -> Array:
    """The sums of rows for each customer and name, as `grouped` found them."""
    result = np.zeros(len(found) + 1, np.int64)
    at = np.full(n_names + 1, len(found), np.int64)
    for i in range(len(low)):
        for k in range(starts[i], starts[i + 1]):
            at[found[k]] = k
        for j in range(low[i], high[i]):
            result[at[names[j]]] += values[j]
    return result[:-1].copy()


@njit("Tuple((i8[::1], i8[::1], b1[::1]))(i4[::1], i4[::1], i8[::1], i8)", cache=True, nogil=True)
def sightings(names: Array, day: Array, starts: Array, n_names: int) -> tuple[Array, Array, Array]:
    """Each customer's first row of a name on a day, the days since he saw it before, and whether he had."""
    rows, since, again = np.empty(len(names), np.int64), np.zeros(len(names), np.int64), np.zeros(len(names), np.bool_)
    seen_by, seen_on = np.full(n_names + 1, -1, np.int32), np.zeros(n_names + 1, np.int32)
    k = 0
    for i in range(len(starts) - 1):
        for j in range(starts[i], starts[i + 1]):
            name = names[j]
            known = seen_by[name] == i
            if name == n_names or (known and seen_on[name] == day[j]):
                continue
            rows[k], again[k] = j, known
            if known:
                since[k] = day[j] - seen_on[name]
            seen_by[name], seen_on[name] = i, day[j]
            k += 1
    return rows[:k].copy(), since[:k].copy(), again[:k].copy()
