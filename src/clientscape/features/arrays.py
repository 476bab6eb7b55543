"""Columns of arrays that a feature can be computed from: what narwhals expressions are on the other engines.

Rows are sorted by customer. A column of cells has a row for each cell; its sums, counts and extremes have a row
for each customer, also for one without cells. Missing values follow SQL: what is computed from one is missing, and a
condition that is missing does not hold.
"""

from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Segments:
    """Where each customer's cells begin: rows [starts[i], starts[i + 1]) are those of customer i."""

    def __init__(self, starts: Array) -> None:
        self.counts = np.diff(starts)
        self.filled = np.flatnonzero(self.counts)
        self.all_filled = len(self.filled) == len(self.counts)
        self.first = starts[:-1][self.filled]

    def reduce(self, ufunc: Any, values: Array, empty: Any) -> Array:
        """A ufunc over each customer's cells; `empty` for who has none."""
        if not len(self.filled):
            return np.full(len(self.counts), empty, dtype=values.dtype)
        reduced = ufunc.reduceat(values, self.first)
        if self.all_filled:
            return np.asarray(reduced)
        spread = np.full(len(self.counts), empty, dtype=values.dtype)
        spread[self.filled] = reduced
        return spread

    def owners(self) -> Array:
        """The customer's position of each cell."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


class Column:
    """Values of cells (`segments` given) or of customers, with a mask of those that are there (None: all are).

    Text is kept as positions in `words`, which are sorted, so that comparing positions compares words.
    """

    __array_ufunc__ = None  # numpy's scalars on the left leave the arithmetic to this class

    def __init__(
        self, values: Array, valid: Array | None = None, segments: Segments | None = None, words: Array | None = None
    ) -> None:
        self.values, self.valid, self.segments, self.words = values, valid, segments, words

    def _with(self, values: Array, *others: Any) -> "Column":
        valid, segments = self.valid, self.segments
        for other in others:
            if isinstance(other, Column):
                segments = segments or other.segments
                if other.valid is not None:
                    valid = other.valid if valid is None else valid & other.valid
        return Column(values, valid, segments)

    def _combine(self, operation: Callable[..., Array], other: Any) -> "Column":
        if isinstance(other, str):
            other = _position(self.words, other)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._with(operation(self.values, getattr(other, "values", other)), other)

    def _reflected(self, operation: Callable[..., Array], other: float) -> "Column":
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._with(operation(other, self.values))

    def __add__(self, other: Any) -> "Column":
        return self._combine(np.add, other)

    def __radd__(self, other: Any) -> "Column":
        return self._reflected(np.add, other)

    def __sub__(self, other: Any) -> "Column":
        return self._combine(np.subtract, other)

    def __rsub__(self, other: Any) -> "Column":
        return self._reflected(np.subtract, other)

    def __mul__(self, other: Any) -> "Column":
        return self._combine(np.multiply, other)

    def __rmul__(self, other: Any) -> "Column":
        return self._reflected(np.multiply, other)

    def __truediv__(self, other: Any) -> "Column":
        return self._combine(np.true_divide, other)

    def __rtruediv__(self, other: Any) -> "Column":
        return self._reflected(np.true_divide, other)

    def __floordiv__(self, other: Any) -> "Column":
        return self._combine(np.floor_divide, other)

    def __mod__(self, other: Any) -> "Column":
        return self._combine(np.mod, other)

    def __lt__(self, other: Any) -> "Column":
        return self._combine(np.less, other)

    def __le__(self, other: Any) -> "Column":
        return self._combine(np.less_equal, other)

    def __gt__(self, other: Any) -> "Column":
        return self._combine(np.greater, other)

    def __ge__(self, other: Any) -> "Column":
        return self._combine(np.greater_equal, other)

    def __eq__(self, other: Any) -> "Column":  # type: ignore[override]
        return self._combine(np.equal, other)

    def __ne__(self, other: Any) -> "Column":  # type: ignore[override]
        return self._combine(np.not_equal, other)

    __hash__ = None  # type: ignore[assignment]

    def __and__(self, other: Any) -> "Column":
        return self._logic(np.logical_and, other)

    def __or__(self, other: Any) -> "Column":
        return self._logic(np.logical_or, other)

    def __invert__(self) -> "Column":
        return self._with(np.logical_not(self.values))

    def _logic(self, operation: Callable[..., Array], other: Any) -> "Column":
        """And, or: a side that is missing counts as not holding, which is what a choice makes of it."""
        sides = (held(self), held(other) if isinstance(other, Column) else other)
        return Column(operation(*sides), None, self.segments or getattr(other, "segments", None))

    def cast(self, dtype: Any) -> "Column":
        """Whole numbers or floats, as narwhals names them."""
        return self._with(self.values.astype(np.int64 if dtype == nw.Int64 else np.float64))

    def clip(self, lower: float | None = None, upper: float | None = None) -> "Column":
        """Values within bounds."""
        return self._with(np.clip(self.values, lower, upper))

    def abs(self) -> "Column":
        """Sizes without signs."""
        return self._with(np.abs(self.values))

    def round(self) -> "Column":
        """To whole numbers."""
        return self._with(np.rint(self.values))

    def sqrt(self) -> "Column":
        """Square roots."""
        with np.errstate(invalid="ignore"):
            return self._with(np.sqrt(self.values))

    def log(self) -> "Column":
        """Natural logarithms."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._with(np.log(self.values))

    def is_null(self) -> "Column":
        """Where nothing is there."""
        absent = np.zeros(len(self.values), dtype=bool) if self.valid is None else ~self.valid
        return Column(absent, None, self.segments)

    def fill_null(self, value: float) -> "Column":
        """With a number for what is missing."""
        filled = self.values if self.valid is None else np.where(self.valid, self.values, value)
        return Column(filled, None, self.segments)

    def count(self) -> "Column":
        """How many values each customer has."""
        segments = self._cells()
        if self.valid is None:
            return Column(segments.counts.astype(np.int64))
        return Column(segments.reduce(np.add, self.valid.astype(np.int64), 0))

    def sum(self) -> "Column":
        """Each customer's sum; 0 for nothing."""
        values = self.values if self.valid is None else np.where(self.valid, self.values, 0)
        return Column(self._cells().reduce(np.add, values.astype(np.int64) if values.dtype.kind in "bi" else values, 0))

    def min(self) -> "Column":
        """Each customer's least value."""
        return self._extreme(np.minimum, 1)

    def max(self) -> "Column":
        """Each customer's largest value."""
        return self._extreme(np.maximum, -1)

    def median(self) -> "Column":
        """Each customer's median; of an even number of values the mean of the middle two."""
        segments = self._cells()
        owners, values = segments.owners(), self.values
        if self.valid is not None:
            owners, values = owners[self.valid], values[self.valid]
        ranked = _sorted_within(owners, values)
        counts = np.bincount(owners, minlength=len(segments.counts))
        ends = np.cumsum(counts)
        there = counts > 0
        low, high = (ends - counts + (counts - 1) // 2)[there], (ends - counts + counts // 2)[there]
        result = np.zeros(len(counts))
        result[there] = (ranked[low] + ranked[high]) / 2.0
        return Column(result, there)

    def _extreme(self, ufunc: Any, worst_sign: int) -> "Column":
        segments = self._cells()
        floats = self.values.dtype.kind == "f"
        worst = worst_sign * (np.inf if floats else np.iinfo(self.values.dtype).max)
        values = self.values if self.valid is None else np.where(self.valid, self.values, worst)
        there = segments.counts > 0 if self.valid is None else self.count().values > 0
        return Column(segments.reduce(ufunc, values, worst), there, words=self.words)

    def _cells(self) -> Segments:
        assert self.segments is not None, "a column of customers has nothing more to sum over"
        return self.segments


def choose(condition: Column, then: Any, otherwise: Any) -> Column:
    """`then` where a condition holds, else `otherwise`; nothing (None) is missing."""
    holds = held(condition)
    segments = condition.segments or getattr(then, "segments", None) or getattr(otherwise, "segments", None)
    words = getattr(then, "words", None)
    if otherwise is None:
        values = np.broadcast_to(getattr(then, "values", then), holds.shape)
        there = getattr(then, "valid", None)
        return Column(values, holds if there is None else holds & there, segments, words)
    values = np.where(holds, getattr(then, "values", then), getattr(otherwise, "values", otherwise))
    valids = [getattr(side, "valid", None) for side in (then, otherwise)]
    if all(valid is None for valid in valids):
        return Column(values, None, segments, words)
    return Column(values, np.where(holds, *(True if valid is None else valid for valid in valids)), segments, words)


def held(condition: Column) -> Array:
    """Where a condition holds; not where it is missing."""
    return np.asarray(condition.values if condition.valid is None else condition.values & condition.valid)


def _position(words: Array | None, word: str) -> int:
    """A word's position among the words; one past the last for a word that never occurs."""
    assert words is not None, "numbers were compared with a word"
    at = int(np.searchsorted(words, word))
    return at if at < len(words) and words[at] == word else len(words)


def _sorted_within(owners: Array, values: Array) -> Array:
    """Values sorted within each owner; owners ascend. Whole numbers are sorted as one number with their owner."""
    if len(values) and values.dtype.kind in "iu":
        low = int(values.min())
        bits = (int(values.max()) - low).bit_length()
        if bits + int(owners[-1]).bit_length() < 63:
            packed = (owners.astype(np.int64) << bits) | (values - low)
            packed.sort()
            return np.asarray((packed & ((1 << bits) - 1)) + low)
    return np.asarray(values[np.lexsort((values, owners))])
