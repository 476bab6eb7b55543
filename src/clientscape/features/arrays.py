"""Columns of arrays that a feature can be computed from: what narwhals expressions are on the other engines.

A column of cells has a row for each cell; its sums, counts and extremes have a row for each customer, also for one
without cells. Missing values follow SQL: what is computed from one is missing, and a condition that is missing does
not hold. What is computed row by row is computed when it is needed, and once (see `segments`).
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from clientscape.features import kernels
from clientscape.features.events import Array
from clientscape.features.operators import Operators
from clientscape.features.segments import Segments, Span

Values = Array | Callable[[], Array] | None


class Column(Operators):
    """Values of cells (`segments` given) or of customers, with a mask of those that are there (None: all are).

    Text is kept as positions in `words`, which are sorted, so that comparing positions compares words.
    key, fixed : what values and mask are called, and whether they are the same for every date.
    span : the rows outside of it are missing, or, in a condition that is `closed`, do not hold; values of None hold
    in all of them.
    """

    def __init__(
        self,
        values: Values,
        valid: Array | None = None,
        segments: Segments | None = None,
        words: Array | None = None,
        *,
        key: Hashable = None,
        fixed: bool = False,
        span: Span | None = None,
        closed: bool = False,
    ) -> None:
        self._values, self.valid, self.segments, self.words = values, valid, segments, words
        self.key, self.fixed, self.span, self.closed = key, fixed, span, closed

    @property
    def values(self) -> Array:
        """The values, computed when they are first asked for."""
        if self._values is None:
            self._values = self._cells().marked(self._seen())
        elif callable(self._values):
            self._values = self._cells().once(self.key, self.fixed, self._values)
        return self._values  # type: ignore[return-value]

    def _combine(self, operation: Callable[..., Array], other: Any) -> "Column":
        return by_row(lambda a, b: operation(_wide(a), _wide(b)), operation.__name__, self, other)

    def _reflected(self, operation: Callable[..., Array], other: float) -> "Column":
        return by_row(lambda a, b: operation(a, _wide(b)), operation.__name__, other, self)

    def _compare(self, operation: Callable[..., Array], other: Any) -> "Column":
        other = _position(self.words, other) if isinstance(other, str) else other
        return by_row(operation, operation.__name__, self, other)

    def __and__(self, other: Any) -> "Column":
        """Both hold. A side that is missing counts as not holding, which is what a choice makes of it."""
        sides = [self, other if isinstance(other, Column) else Column(other)]
        masks = [side.mask() for side in sides if side._values is not None]
        made = by_row(np.logical_and, "and", *masks) if len(masks) == 2 else masks[0] if masks else Column(None)
        made.segments, made.span, made.closed = self.segments or made.segments, common(sides), True
        return made

    def __or__(self, other: Any) -> "Column":
        """One of them holds; see `__and__`."""
        return by_row(np.logical_or, "or", self.whole(), other.whole() if isinstance(other, Column) else other)

    def __invert__(self) -> "Column":
        return by_row(np.logical_not, "not", self)

    def mask(self) -> "Column":
        """Where a condition holds within its span."""
        if self.valid is None:
            return Column(self._values, None, self.segments, key=self.key, fixed=self.fixed)
        valid = self.valid
        return computed(lambda: self.values & valid, ("held", self.key), [self])

    def whole(self) -> "Column":
        """Where a condition holds, in all rows."""
        if self.span is None:
            return self.mask()
        return Column(held(self), None, self.segments)

    def cast(self, dtype: Any) -> "Column":
        """Whole numbers or floats, as narwhals names them."""
        kind = np.int64 if dtype == nw.Int64 else np.float64
        return by_row(lambda values: values.astype(kind), kind.__name__, self)

    def clip(self, lower: float | None = None, upper: float | None = None) -> "Column":
        """Values within bounds."""
        return by_row(np.clip, "clip", self, lower, upper)

    def round(self) -> "Column":
        """To whole numbers."""
        return by_row(np.rint, "round", self)

    def sqrt(self) -> "Column":
        """Square roots."""
        return by_row(np.sqrt, "sqrt", self)

    def log(self) -> "Column":
        """Natural logarithms."""
        return by_row(np.log, "log", self)

    def is_null(self) -> "Column":
        """Where nothing is there."""
        return computed(lambda: ~self.there(), None if self.span else ("null", self.key), [self])

    def count(self) -> "Column":
        """How many values each customer has."""
        if self.valid is None:
            low, high = self._seen()
            return Column(high - low)
        there = Column(self.valid, None, self.segments, key=self._named("valid"), fixed=self.fixed, span=self.span)
        return there.sum()

    def sum(self) -> "Column":
        """Each customer's sum, of a condition the rows in which it holds; 0 for nothing."""
        return self.count() if self._values is None else self._summed(self._mask_of_valid(), self._seen())

    def sum_where(self, condition: "Column") -> "Column":
        """Each customer's sum over the rows in which a condition holds."""
        span = common([self, condition]) or self._cells().span
        masks = [self._mask_of_valid(), None if condition._values is None else condition.mask()]
        kept = [mask for mask in masks if mask is not None]
        return self._summed(by_row(np.logical_and, "and", *kept) if len(kept) == 2 else kept[0] if kept else None, span)

    def min(self) -> "Column":
        """Each customer's least value."""
        return self._extreme(kernels.minima, 1)

    def max(self) -> "Column":
        """Each customer's largest value."""
        return self._extreme(kernels.maxima, -1)

    def median(self) -> "Column":
        """Each customer's median; of an even number of values the mean of the middle two."""
        cells, values, span = self._cells(), _exact(self.values), self._seen()
        ranked, starts, sizes = cells.ranked(self.key, self.fixed, values), cells.begins, span.high - span.low
        if self.valid is not None:
            ranked, starts = ranked[self.valid[ranked]], kernels.running_counts(self.valid)[starts]
            sizes = kernels.counts_where(self.valid, *span)
        return Column(kernels.medians(values, ranked, starts, *span, sizes), sizes > 0)

    def _mask_of_valid(self) -> "Column | None":
        if self.valid is None:
            return None
        return Column(self.valid, None, self.segments, key=self._named("valid"), fixed=self.fixed)

    def _summed(self, keep: "Column | None", span: Span) -> "Column":
        """Sums over marked rows of a span; of whole numbers from running ones, which serve any span."""
        cells, fixed = self._cells(), self.fixed and (keep is None or keep.fixed)
        names = (self.key, keep.key if keep else "all")
        key = None if None in names else ("running", *names)
        passed = cells.once(key, fixed, lambda: _running(self.values, keep))
        if passed is not None:
            return Column(passed.take(span.high) - passed.take(span.low))
        values = _exact(self.values)
        return Column(kernels.sums_where(values, keep.values, *span) if keep else kernels.sums(values, *span))

    def _extreme(self, kernel: Any, worst_sign: int) -> "Column":
        cells, values, span = self._cells(), _exact(self.values), self._seen()
        worst = worst_sign * (np.inf if values.dtype.kind == "f" else np.iinfo(np.int64).max)
        keep = cells.all_marked() if self.valid is None else self.valid
        return Column(kernel(values, keep, *span, worst), self.count().values > 0, words=self.words)

    def _named(self, what: str) -> Hashable:
        return None if self.key is None else (what, self.key)

    def there(self) -> Array:
        """Which rows are not missing."""
        there = np.ones(len(self.values), dtype=bool) if self.valid is None else self.valid
        return there if self.span is None else there & self._cells().marked(self.span)

    def _cells(self) -> Segments:
        assert self.segments is not None, "a column of customers has nothing more to sum over"
        return self.segments

    def _seen(self) -> Span:
        return self.span or self._cells().span


def by_row(operation: Callable[..., Array], name: str, *operands: Any) -> Column:
    """A column computed row by row from columns and numbers; missing where one of them is."""
    operands = tuple(o.whole() if isinstance(o, Column) and o.closed else o for o in operands)
    columns = [o for o in operands if isinstance(o, Column)]
    key = (name, *(o.key if isinstance(o, Column) else (type(o), o) for o in operands))
    made = computed(
        lambda: operation(*(o.values if isinstance(o, Column) else o for o in operands)),
        key,
        columns,
    )
    for column in columns:
        if column.valid is not None:
            made.valid = column.valid if made.valid is None else made.valid & column.valid
    made.span = common(columns)
    return made


def computed(make: Callable[[], Array], key: Hashable, columns: Sequence[Column]) -> Column:
    """A column of what is computed from others: of cells when it is asked for, of customers at once."""
    segments = next((column.segments for column in columns if column.segments is not None), None)
    if segments is None:
        return Column(make())
    named, fixed = all(column.key is not None for column in columns), all(column.fixed for column in columns)
    return Column(make, None, segments, key=key if named else None, fixed=fixed)


def common(columns: Iterable[Column]) -> Span | None:
    """The rows that all spans have in common."""
    span: Span | None = None
    for column in columns:
        if column.span is not None and column.span is not span:
            span = column.span if span is None else span & column.span
    return span


def held(condition: Column) -> Array:
    """Where a condition holds; not where it is missing."""
    holds = condition.values if condition.valid is None else condition.values & condition.valid
    return holds if condition.span is None else holds & condition._cells().marked(condition.span)


def _running(values: Array, keep: Column | None) -> Array | None:
    """Running sums, of a condition counts; None for floats, whose sums depend on the rows before."""
    if values.dtype.kind == "f":
        return None
    if values.dtype == bool:
        return kernels.running_counts(values & keep.values if keep else values)  # type: ignore[no-any-return]
    whole = _exact(values)
    return kernels.running_where(whole, keep.values) if keep else kernels.running(whole)  # type: ignore[no-any-return]


def _position(words: Array | None, word: str) -> int:
    """A word's position among the words; one past the last for a word that never occurs."""
    assert words is not None, "numbers were compared with a word"
    at = int(np.searchsorted(words, word))
    return at if at < len(words) and words[at] == word else len(words)


def _wide(values: Any) -> Any:
    """Whole numbers of 64 bits, which sums and products of narrower ones need."""
    narrow = isinstance(values, np.ndarray) and values.dtype.kind in "iu" and values.dtype.itemsize < 8
    return values.astype(np.int64) if narrow else values


def _exact(values: Array) -> Array:
    """Numbers as the compiled code takes them."""
    return np.ascontiguousarray(values, dtype=np.float64 if values.dtype.kind == "f" else np.int64)
