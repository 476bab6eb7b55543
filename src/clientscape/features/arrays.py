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

from clientscape.features import kernels

Array = NDArray[Any]


class Segments:
    """Where each customer's cells begin: rows [starts[i], starts[i + 1]) are those of customer i."""

    def __init__(self, starts: Array) -> None:
        self.starts, self.counts = starts, np.diff(starts)

    def only(self, keep: Array) -> Array:
        """The starts of the same customers' rows among those that are kept."""
        starts = np.zeros(len(self.starts), dtype=np.int64)
        np.cumsum(kernels.counts_where(keep, self.starts), out=starts[1:])
        return starts


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
        return Column(segments.counts if self.valid is None else kernels.counts_where(self.valid, segments.starts))

    def sum(self) -> "Column":
        """Each customer's sum, of a condition the rows in which it holds; 0 for nothing."""
        starts = self._cells().starts
        if self.values.dtype == bool:
            return Column(kernels.counts_where(held(self), starts))
        if self.valid is None:
            return Column(kernels.sums(_wide(self.values), starts))
        return Column(kernels.sums_where(_wide(self.values), self.valid, starts))

    def sum_where(self, condition: "Column") -> "Column":
        """Each customer's sum over the rows in which a condition holds."""
        keep = held(condition) if self.valid is None else held(condition) & self.valid
        return Column(kernels.sums_where(_wide(self.values), keep, self._cells().starts))

    def min(self) -> "Column":
        """Each customer's least value."""
        return self._extreme(kernels.minima, 1)

    def max(self) -> "Column":
        """Each customer's largest value."""
        return self._extreme(kernels.maxima, -1)

    def median(self) -> "Column":
        """Each customer's median; of an even number of values the mean of the middle two."""
        segments = self._cells()
        values, starts = _wide(self.values), segments.starts
        if self.valid is not None:
            values, starts = values[np.flatnonzero(self.valid)], segments.only(self.valid)
        return Column(kernels.medians(values, starts), np.diff(starts) > 0)

    def _extreme(self, kernel: Any, worst_sign: int) -> "Column":
        segments, values = self._cells(), _wide(self.values)
        worst = worst_sign * (np.inf if values.dtype.kind == "f" else np.iinfo(np.int64).max)
        there = segments.counts > 0
        if self.valid is not None:
            values, there = np.where(self.valid, values, worst), self.count().values > 0
        return Column(kernel(values, segments.starts, worst), there, words=self.words)

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


def _wide(values: Array) -> Array:
    """Numbers as the compiled code takes them."""
    return np.ascontiguousarray(values, dtype=np.float64 if values.dtype.kind == "f" else np.int64)
