"""Sums, extremes and medians of consecutive rows, compiled: what the walk spends its time on.

Segment i is rows [starts[i], starts[i + 1]); it may be empty. Numba keeps the compiled code beside this file.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]
SHORT = 48  # up to so many values an insertion sort is the quickest


@njit(["i8[::1](i8[::1], i8[::1])", "f8[::1](f8[::1], i8[::1])"], cache=True, nogil=True)
def sums(values: Array, starts: Array) -> Array:
    """The sum of each segment; 0 for an empty one."""
    n = len(starts) - 1
    result = np.zeros(n, values.dtype)
    for i in range(n):
        total = values.dtype.type(0)
        for j in range(starts[i], starts[i + 1]):
            total += values[j]
        result[i] = total
    return result


@njit(["i8[::1](i8[::1], b1[::1], i8[::1])", "f8[::1](f8[::1], b1[::1], i8[::1])"], cache=True, nogil=True)
def sums_where(values: Array, keep: Array, starts: Array) -> Array:
    """The sum of the marked rows of each segment."""
    n = len(starts) - 1
    result = np.zeros(n, values.dtype)
    for i in range(n):
        total = values.dtype.type(0)
        for j in range(starts[i], starts[i + 1]):
            total += values[j] * keep[j]
        result[i] = total
    return result


@njit("i8[::1](b1[::1], i8[::1])", cache=True, nogil=True)
def counts_where(keep: Array, starts: Array) -> Array:
    """How many rows of each segment are marked."""
    n = len(starts) - 1
    result = np.zeros(n, np.int64)
    for i in range(n):
        count = 0
        for j in range(starts[i], starts[i + 1]):
            count += keep[j]
        result[i] = count
    return result


@njit(["i8[::1](i8[::1], i8[::1], i8)", "f8[::1](f8[::1], i8[::1], f8)"], cache=True, nogil=True)
def minima(values: Array, starts: Array, empty: Any) -> Array:
    """The least value of each segment."""
    n = len(starts) - 1
    result = np.full(n, empty, values.dtype)
    for i in range(n):
        least = empty
        for j in range(starts[i], starts[i + 1]):
            least = min(least, values[j])
        result[i] = least
    return result


@njit(["i8[::1](i8[::1], i8[::1], i8)", "f8[::1](f8[::1], i8[::1], f8)"], cache=True, nogil=True)
def maxima(values: Array, starts: Array, empty: Any) -> Array:
    """The largest value of each segment."""
    n = len(starts) - 1
    result = np.full(n, empty, values.dtype)
    for i in range(n):
        most = empty
        for j in range(starts[i], starts[i + 1]):
            most = max(most, values[j])
        result[i] = most
    return result


@njit(["f8[::1](i8[::1], i8[::1])", "f8[::1](f8[::1], i8[::1])"], cache=True, nogil=True)
def medians(values: Array, starts: Array) -> Array:
    """The median of each segment, of an even number the mean of the middle two; 0 for an empty one."""
    n = len(starts) - 1
    result = np.zeros(n, np.float64)
    short = np.empty(SHORT, values.dtype)
    for i in range(n):
        low, high = starts[i], starts[i + 1]
        size = high - low
        if size == 0:
            continue
        if size > SHORT:
            ranked = np.sort(values[low:high])
            result[i] = (ranked[(size - 1) // 2] + ranked[size // 2]) / 2.0
            continue
        for j in range(size):
            value = values[low + j]
            k = j
            while k > 0 and short[k - 1] > value:
                short[k] = short[k - 1]
                k -= 1
            short[k] = value
        result[i] = (short[(size - 1) // 2] + short[size // 2]) / 2.0
    return result
