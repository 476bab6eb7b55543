"""Equal rows made one: a log has far fewer distinct histories than customers (CDNOW: 1,016 for 2,357)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from clientscape.clv.histories import BLOCK, FloatArray, IntArray

UNITS = (1, 7)  # times in days, and in weeks counted in days, are whole numbers over these
EXACT = 1 << 53  # whole numbers below this are exact as floats
DENSE = 4  # counting in a table beats sorting while the table has at most this many cells for each row


def merge(*columns: FloatArray, weights: FloatArray | None = None) -> tuple[list[FloatArray], FloatArray]:
    """Distinct rows of the columns in sorted order, and the summed weight of each; a row weighs 1 by default.

    Sorted rows make every sum over them independent of the order of the customers.
    """
    grid = _grid(columns)
    if grid is None:
        rows, place = _sorted(columns)
        return rows, np.bincount(place, weights).astype(np.float64)
    key = grid.keys(columns)
    if grid.cells <= DENSE * key.size:
        counts = np.bincount(key)
        found = np.flatnonzero(counts)
        n = counts[found] if weights is None else np.bincount(key, weights)[found]
    elif weights is None:
        found, n = np.unique(key, return_counts=True)
    else:
        found, place = np.unique(key, return_inverse=True)
        n = np.bincount(place, weights)
    return grid.rows(found), n.astype(np.float64)


def distinct(
    *columns: FloatArray, else_sort: bool = True
) -> tuple[list[FloatArray], Callable[[FloatArray], FloatArray]]:
    """Distinct rows of the columns in sorted order, and what hands a result for each of them back to each given row.

    Without `else_sort`, rows that are on no grid of whole numbers stay as they are: hardly any are equal, and to look
    for those costs more than it saves where a row is cheap.
    """
    grid = _grid(columns)
    if grid is None:
        if not else_sort:
            return list(columns), lambda results: results
        rows, place = _sorted(columns)
        return rows, lambda results: results[place]
    key = grid.keys(columns)
    if grid.cells > DENSE * key.size:
        found, place = np.unique(key, return_inverse=True)
        return grid.rows(found), lambda results: results[place]
    seen = np.zeros(grid.cells, dtype=bool)
    seen[key] = True
    found = np.flatnonzero(seen)

    def handed_back(results: FloatArray) -> FloatArray:
        table = np.empty(grid.cells)
        table[found] = results
        return table[key]

    return grid.rows(found), handed_back


@dataclass(frozen=True)
class _Axis:
    """Multiples of one over the unit, from the lowest on."""

    unit: int
    low: float
    size: int

    def numbers(self, values: FloatArray) -> FloatArray:
        return (values if self.unit == 1 else np.rint(values * self.unit)) - self.low

    def values(self, numbers: IntArray) -> FloatArray:
        return (numbers + self.low) / self.unit


@dataclass(frozen=True)
class _Grid:
    """All rows that the axes can make, numbered in their sorted order."""

    axes: list[_Axis]

    @property
    def cells(self) -> int:
        return prod(axis.size for axis in self.axes)

    def keys(self, columns: tuple[FloatArray, ...]) -> IntArray:
        """The number of each row."""
        keys = np.empty(columns[0].size, dtype=np.intp)
        for block in _blocks(keys.size):
            key = self.axes[0].numbers(columns[0][block])
            for column, axis in zip(columns[1:], self.axes[1:], strict=True):
                key = key * axis.size + axis.numbers(column[block])
            keys[block] = key
        return keys

    def rows(self, keys: IntArray) -> list[FloatArray]:
        """The columns of the rows with these numbers, equal to the bit to those that the numbers were made of."""
        numbers = np.unravel_index(keys, [axis.size for axis in self.axes])
        return [axis.values(column) for axis, column in zip(self.axes, numbers, strict=True)]


def _grid(columns: tuple[FloatArray, ...]) -> _Grid | None:
    """The smallest grid that holds the rows, None where there is none."""
    axes = [_axis(column) for column in columns]
    grid = _Grid([axis for axis in axes if axis])
    return grid if all(axes) and grid.cells < EXACT else None


def _axis(column: FloatArray) -> _Axis | None:
    for unit in UNITS:
        low, high = np.inf, -np.inf
        for block in _blocks(column.size):
            numbers = np.rint(column[block] if unit == 1 else column[block] * unit)
            if not ((numbers if unit == 1 else numbers / unit) == column[block]).all():
                break
            low, high = min(low, float(numbers.min())), max(high, float(numbers.max()))
        else:
            return _Axis(unit, low, int(high - low) + 1)
    return None


def _blocks(size: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, size, BLOCK))


def _sorted(columns: tuple[FloatArray, ...]) -> tuple[list[FloatArray], IntArray]:
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    first = np.ones(order.size, dtype=bool)
    first[1:] = np.any([column[1:] != column[:-1] for column in ordered], axis=0)
    place = np.empty(order.size, dtype=np.intp)
    place[order] = np.cumsum(first) - 1
    return [column[first] for column in ordered], place
