"""The rows of a table that a date sees, and what was computed from them: nothing is computed twice."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np

from clientscape.features import kernels
from clientscape.features.blocks import Rows
from clientscape.features.events import Array, order_by


class Span(NamedTuple):
    """Of each customer the rows [low, high)."""

    low: Array
    high: Array

    def __and__(self, other: "Span") -> "Span":
        low = np.maximum(self.low, other.low)
        return Span(low, np.maximum(np.minimum(self.high, other.high), low))


class Segments:
    """Rows of each customer that a date sees, of a table whose rows are there for all dates.

    What does not depend on the date is kept with the table, in `rows`, for the next date.
    begins : where each customer's rows begin, seen or not.
    """

    def __init__(self, rows: Rows, span: Span, begins: Array) -> None:
        self.rows, self.span, self.begins = rows, span, begins
        self.made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, fixed: bool, make: Callable[[], Any]) -> Any:
        """What was made under a key, made now if it was not; `fixed` is what does not depend on the date."""
        if key is None:
            return make()
        made = self.rows.made if fixed else self.made
        if key not in made:
            made[key] = make()
        return made[key]

    def since(self, day: int) -> Array:
        """Of each customer the first row that is not before a day."""
        passed = kernels.running_counts(self.rows.column("day") < day)  # quicker than to search in each customer's few
        return self.span.low + (passed.take(self.span.high) - passed.take(self.span.low))  # type: ignore[no-any-return]

    def marked(self, span: Span) -> Array:
        """A mask of the rows of a span."""
        return kernels.within(len(self.rows), *span)  # type: ignore[no-any-return]

    def ranked(self, key: Hashable, fixed: bool, values: Array) -> Array:
        """Each customer's rows by value."""
        made: Array = self.once(("ranked", key) if key else None, fixed, lambda: order_by(self.rows.owner, values))
        return made

    def all_marked(self) -> Array:
        """A mask of all rows."""
        made: Array = self.once("all", True, lambda: np.ones(len(self.rows), dtype=bool))
        return made
