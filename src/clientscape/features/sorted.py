"""Columns by which a customer's rows are sorted: their conditions hold in a span of rows, and need no look at each."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clientscape.features.arrays import Column
from clientscape.features.events import Array
from clientscape.features.segments import Segments, Span


class Ages(Column):
    """Days from each row to a date; as rows ascend by day, a condition on their age holds in a span of them."""

    def __init__(self, segments: Segments, as_of_day: int) -> None:
        days = segments.rows.column("day")
        super().__init__(lambda: as_of_day - days.astype(np.int64), None, segments, key="age_days")
        self.as_of_day, self.days = as_of_day, days

    def _compare(self, operation: Callable[..., Array], other: Any) -> Column:
        name = operation.__name__
        if not isinstance(other, int) or name in ("equal", "not_equal"):
            return super()._compare(operation, other)
        cells, day = self._cells(), self.as_of_day - other + (name in ("less", "greater_equal"))
        cut = cells.once(("since", day), False, lambda: cells.since(day))
        younger = name in ("less", "less_equal")
        span = Span(cut, cells.span.high) if younger else Span(cells.span.low, cut)
        return Column(None, None, cells, span=span, closed=True)

    def _extreme(self, kernel: Any, worst_sign: int) -> Column:
        low, high = self._cells().span
        there = high > low
        if not len(self.days):
            return Column(np.zeros(len(low), dtype=np.int64), there)
        at = np.where(there, high - 1 if worst_sign > 0 else low, 0)
        return Column(self.as_of_day - self.days.take(at).astype(np.int64), there)


class Kinds(Column):
    """What kind each row is of, a word; each customer has the rows of the first kind first, and so on."""

    def __init__(self, segments: Segments, kinds: Sequence[str], starts: Array) -> None:
        sizes = np.diff(starts)
        in_turn = np.tile(np.arange(len(kinds)), len(sizes) // len(kinds))
        words = np.array(kinds, dtype=object)
        super().__init__(lambda: np.repeat(in_turn, sizes), None, segments, words, key="kind", fixed=True)
        self.kinds, self.starts = list(kinds), starts

    def _compare(self, operation: Callable[..., Array], other: Any) -> Column:
        if operation.__name__ != "equal" or other not in self.kinds:
            return super()._compare(operation, other)
        n, at = len(self.kinds), self.kinds.index(other)
        span = Span(self.starts[:-1][at::n], self.starts[1:][at::n])
        return Column(None, None, self.segments, span=Span(*map(np.ascontiguousarray, span)), closed=True)
