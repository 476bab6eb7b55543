# mypy: allow-untyped-decorators
"""The walk's loops over rows, compiled: what it spends its time on. Import them through `kernels`.

Rows of customer i are [low[i], high[i]), which may be empty. Numba keeps the compiled code beside this file.
"""

from typing import Any

import numba
import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]


@njit("i8[::1](i8[::1])", cache=True, nogil=True)
def running(values: Array) -> Array:
    """Running sums: the sum of rows [a, b) is that up to b less that up to a, also where they wrap around."""
    result = np.empty(len(values) + 1, np.int64)
    total = np.int64(0)
    result[0] = 0
    for j in range(len(values)):
        total += values[j]
        result[j + 1] = total
    return result


@njit("i8[::1](i8[::1], b1[::1])", cache=True, nogil=True)
def running_where(values: Array, keep: Array) -> Array:
    """Running sums over the marked rows."""
    result = np.empty(len(values) + 1, np.int64)
    total = np.int64(0)
    result[0] = 0
    for j in range(len(values)):
        total += values[j] * keep[j]
        result[j + 1] = total
    return result


@njit("i8[::1](b1[::1])", cache=True, nogil=True)
def running_counts(keep: Array) -> Array:
    """Running counts of the marked rows."""
    result = np.empty(len(keep) + 1, np.int64)
    total = np.int64(0)
    result[0] = 0
    for j in range(len(keep)):
        total += keep[j]
        result[j + 1] = total
    return result


@njit(["i8[::1](i8[::1], i8[::1], i8[::1])", "f8[::1](f8[::1], i8[::1], i8[::1])"], cache=True, nogil=True)
def sums(values: Array, low: Array, high: Array) -> Array:
    """The sum of each customer's rows, in their order; 0 for none."""
    result = np.zeros(len(low), values.dtype)
    for i in range(len(low)):
        total = values.dtype.type(0)
        for j in range(low[i], high[i]):
            total += values[j]
        result[i] = total
    return result


@njit(
    ["i8[::1](i8[::1], b1[::1], i8[::1], i8[::1])", "f8[::1](f8[::1], b1[::1], i8[::1], i8[::1])"],
    cache=True,
    nogil=True,
)
def sums_where(values: Array, keep: Array, low: Array, high: Array) -> Array:
    """The sum of each customer's marked rows, in their order; 0 for none."""
    result = np.zeros(len(low), values.dtype)
    for i in range(len(low)):
        total = values.dtype.type(0)
        for j in range(low[i], high[i]):
            if keep[j]:
                total += values[j]
        result[i] = total
    return result


@njit("i8[::1](b1[::1], i8[::1], i8[::1])", cache=True, nogil=True)
def counts_where(keep: Array, low: Array, high: Array) -> Array:
    """How many of each customer's rows are marked."""
    result = np.zeros(len(low), np.int64)
    for i in range(len(low)):
        count = 0
        for j in range(low[i], high[i]):
            count += keep[j]
        result[i] = count
    return result


@njit(
    ["i8[::1](i8[::1], b1[::1], i8[::1], i8[::1], i8)", "f8[::1](f8[::1], b1[::1], i8[::1], i8[::1], f8)"],
    cache=True,
    nogil=True,
)
def minima(values: Array, keep: Array, low: Array, high: Array, empty: Any) -> Array:
    """The least of each customer's marked rows."""
    result = np.full(len(low), empty, values.dtype)
    for i in range(len(low)):
        least = empty
        for j in range(low[i], high[i]):
            least = min(least, values[j] if keep[j] else empty)
        result[i] = least
    return result


@njit(
    ["i8[::1](i8[::1], b1[::1], i8[::1], i8[::1], i8)", "f8[::1](f8[::1], b1[::1], i8[::1], i8[::1], f8)"],
    cache=True,
    nogil=True,
)
def maxima(values: Array, keep: Array, low: Array, high: Array, empty: Any) -> Array:
    """The largest of each customer's marked rows."""
    result = np.full(len(low), empty, values.dtype)
    for i in range(len(low)):
        most = empty
        for j in range(low[i], high[i]):
            most = max(most, values[j] if keep[j] else empty)
        result[i] = most
    return result


@njit(
    [
        "f8[::1](i8[::1], i8[::1], i8[::1], i8[::1], i8[::1], i8[::1])",
        "f8[::1](f8[::1], i8[::1], i8[::1], i8[::1], i8[::1], i8[::1])",
    ],
    cache=True,
    nogil=True,
)
def medians(values: Array, ranked: Array, starts: Array, low: Array, high: Array, sizes: Array) -> Array:
    """The median of each customer's rows, of an even number the mean of the middle two; 0 for none.

    ranked : of each customer, from starts to the next, the rows by value. One outside of [low, high) is passed over.
    """
    result = np.zeros(len(low), np.float64)
    for i in range(len(low)):
        if sizes[i] <= 0:
            continue
        below, middle = (sizes[i] - 1) // 2, sizes[i] // 2
        at, passed = starts[i] - 1, -1
        while passed < below:
            at += 1
            passed += (ranked[at] >= low[i]) & (ranked[at] < high[i])
        first = values[ranked[at]]
        while passed < middle:
            at += 1
            passed += (ranked[at] >= low[i]) & (ranked[at] < high[i])
        result[i] = (first + values[ranked[at]]) / 2.0
    return result


@njit("UniTuple(i8[::1], 2)(b1[::1], i8[::1])", cache=True, nogil=True)
def spans(keep: Array, starts: Array) -> tuple[Array, Array]:
    """Each customer's marked rows, which lie together, as [low, high)."""
    n = len(starts) - 1
    low, high = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        first, end = starts[i], starts[i + 1]
        while first < end and not keep[first]:
            first += 1
        while end > first and not keep[end - 1]:
            end -= 1
        low[i], high[i] = first, end
    return low, high


@njit("b1[::1](i8, i8[::1], i8[::1])", cache=True, nogil=True)
def within(size: int, low: Array, high: Array) -> Array:
    """Marks the rows of all customers."""
    result = np.zeros(size, np.bool_)
    for i in range(len(low)):
        for j in range(low[i], high[i]):
            result[j] = True
    return result


@njit("i8[::1](i4[::1], i8)", cache=True, nogil=True)
def counted(owner: Array, n: int) -> Array:
    """How often each of the numbers below n occurs."""
    result = np.zeros(n, np.int64)
    for j in range(len(owner)):
        result[owner[j]] += 1
    return result


@njit("u4[::1](i4[::1], i4[::1], i8[::1])", cache=True, nogil=True)
def placed(owner: Array, bucket_of: Array, starts: Array) -> Array:
    """Where each row goes that rows of a bucket may lie together, in their order."""
    result = np.empty(len(owner), np.uint32)
    cursor = starts.copy()
    for j in range(len(owner)):
        bucket = bucket_of[owner[j]]
        result[j] = cursor[bucket]
        cursor[bucket] += 1
    return result


READ_ONLY = [numba.types.Array(kind, 1, "C", readonly=True) for kind in (numba.u1, numba.u2, numba.u4, numba.u8)]


@njit([kind.copy(readonly=False)(kind, numba.u4[::1]) for kind in READ_ONLY], cache=True, nogil=True)
def scattered(values: Array, place: Array) -> Array:
    """Each value at its place."""
    result = np.empty(len(values), values.dtype)
    for j in range(len(values)):
        result[place[j]] = values[j]
    return result


@njit("i8[::1](i4[::1], i8[::1])", cache=True, nogil=True)
def by_owner(owner: Array, starts: Array) -> Array:
    """Positions that sort rows by customer, in their order."""
    result = np.empty(len(owner), np.int64)
    cursor = starts.copy()
    for j in range(len(owner)):
        result[cursor[owner[j]]] = j
        cursor[owner[j]] += 1
    return result


@njit("b1(i8[::1], i4[::1], i8[::1])", cache=True, nogil=True)
def sort_by_day(rows: Array, day: Array, starts: Array) -> bool:
    """Each customer's positions put in the order of their days, those of a day as they stand; False: too many moves."""
    moves = 0
    for i in range(len(starts) - 1):
        for j in range(starts[i] + 1, starts[i + 1]):
            row, k = rows[j], j
            while k > starts[i] and day[rows[k - 1]] > day[row]:
                rows[k] = rows[k - 1]
                k -= 1
            rows[k] = row
            moves += j - k
        if moves > 16 * len(rows):
            return False
    return True


@njit("Tuple((i8[::1], i4[::1]))(b1[::1])", cache=True, nogil=True)
def runs(differs: Array) -> tuple[Array, Array]:
    """Where runs of rows begin, and the run of each row; `differs` marks rows that are not like the one before."""
    n = len(differs)
    run_of, starts = np.empty(n, np.int32), np.empty(n + 1, np.int64)
    run = -1
    for j in range(n):
        run += differs[j]
        run_of[j] = run
        starts[run + 1] = j + 1
    starts[0] = 0
    return starts[: run + 2], run_of
