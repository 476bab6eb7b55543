"""A block of customers, its tables rolled up once: the second form of `rolled.py`, over arrays.

A test holds every one of these against its narwhals form, over all features. A column that no feature asks for is
never made.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from clientscape.features import kernels
from clientscape.features.events import Array, Part
from clientscape.features.rolled import KINDS, REACTIONS

Columns = Mapping[str, Array | Callable[[], Array]]


class Rows:
    """Rows sorted by customer; `valid` marks what is there in columns that may miss something.

    columns : arrays, or what makes them when they are asked for. made : what was computed from them.
    """

    def __init__(
        self,
        starts: Array,
        columns: Columns,
        valid: Mapping[str, Array] | None = None,
        words: Mapping[str, Array] | None = None,
    ) -> None:
        self.starts, self.columns, self.valid, self.words = starts, columns, valid or {}, words or {}
        self.made: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return int(self.starts[-1])

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made under a key, made now if it was not."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def column(self, name: str) -> Array:
        """A column by name."""
        found = self.columns[name]
        made: Array = self.once(("column", name), found) if callable(found) else found
        return made

    @property
    def owner(self) -> Array:
        """The position of each row's customer."""
        count = np.diff(self.starts)
        made: Array = self.once("owner", lambda: np.repeat(np.arange(len(count), dtype=np.int32), count))
        return made


class Runs:
    """Rows that follow each other and are alike in some keys, the customer first: what a roll-up makes one row of."""

    def __init__(self, of: Rows, *keys: Array) -> None:
        differs = np.ones(len(of), dtype=bool)
        if len(of):
            np.not_equal(keys[0][1:], keys[0][:-1], out=differs[1:])
            for key in keys[1:]:
                differs[1:] |= key[1:] != key[:-1]
            differs[of.starts[:-1][np.diff(of.starts) > 0]] = True
        self.differs = differs
        self.starts, self.run_of = kernels.runs(differs)
        self.first = self.starts[:-1]
        self.owners = np.append(self.run_of, len(self.first))[of.starts].astype(np.int64)

    def sizes(self) -> Array:
        """How many rows there are of each run."""
        return np.diff(self.starts)

    def sums(self, values: Array, where: Array | None = None) -> Array:
        """Each run's sum, of marked rows only where a mask is given."""
        values = np.ascontiguousarray(values, dtype=np.int64)
        passed = kernels.running(values) if where is None else kernels.running_where(values, where)
        return np.diff(passed[self.starts])

    def counts(self, where: Array) -> Array:
        """How many of each run's rows are marked."""
        return np.diff(kernels.running_counts(where)[self.starts])

    def least(self, values: Array) -> Array:
        """Each run's least value."""
        alike = not len(values) or not ((values[1:] != values[:-1]) & ~self.differs[1:]).any()
        found: Array = values[self.first] if alike else np.minimum.reduceat(values, self.first)
        return found


class Block:
    """Some customers' rows of all tables. `prices` is the usual price of each category by its position."""

    def __init__(self, tables: Mapping[str, Part], prices: Array | None) -> None:
        self.tables, self.prices = tables, prices
        self.n_customers = len(tables["transactions"].starts) - 1

    @cached_property
    def lines(self) -> Rows:
        """Order lines by customer and day."""
        table = self.tables["transactions"]
        return Rows(table.starts, table.columns, words=table.words)

    @cached_property
    def bought(self) -> Array:
        """Which lines are no returns."""
        return self.lines.column("amount_minor") >= 0

    @cached_property
    def spend_days(self) -> Rows:
        """A customer's day with any line."""
        lines, bought = self.lines, self.bought
        runs = Runs(lines, lines.column("day"))
        of = lines.column
        return Rows(
            runs.owners,
            {
                "day": of("day")[runs.first],
                "n_lines": runs.sizes,
                "n_returns": lambda: runs.counts(~bought),
                "amount_minor": lambda: runs.sums(of("amount_minor")),
                "margin_minor": lambda: runs.sums(of("margin_minor")),
                "bought_minor": lambda: runs.sums(of("amount_minor"), bought),
                "discount_minor": lambda: runs.sums(of("discount_minor"), bought),
                "coupon_minor": lambda: runs.sums(of("coupon_minor"), bought),
            },
        )

    @cached_property
    def product_days(self) -> Rows:
        """A customer's day with a product, and the days since he bought it before."""
        lines, day = self.lines, self.lines.column("day")
        names, n_names = self.names("product_id")
        if n_names > 16 * len(names) + 16:
            found, names = np.unique(np.append(names, np.int32(n_names)), return_inverse=True)
            names, n_names = names[:-1].astype(np.int32), len(found) - 1
        rows, since, again = kernels.sightings(names, day, lines.starts, n_names)
        starts = np.searchsorted(rows, lines.starts)
        return Rows(starts, {"day": day[rows], "unseen_days": since}, {"unseen_days": again})

    @cached_property
    def point_days(self) -> Rows:
        """A customer's day with a change of his account."""
        table = self.tables["points"]
        rows, points = Rows(table.starts, table.columns), table.columns["points_milli"]
        runs = Runs(rows, table.columns["day"])
        sums = {
            "earned_milli": lambda: runs.sums(points, points > 0),
            "spent_milli": lambda: -runs.sums(points, points < 0),
        }
        return Rows(runs.owners, {"day": table.columns["day"][runs.first], **sums})

    @cached_property
    def touches(self) -> Rows:
        """Touches, each counted under its kind; a channel is missing where none is told."""
        table = self.tables["touches"]
        kinds, kind = list(table.words["kind"]), table.columns["kind"]
        columns = {**table.columns, "n_reactions": np.zeros(len(kind), dtype=np.int64)}
        for name in KINDS:
            columns[f"n_{name}"] = (kind == (kinds.index(name) if name in kinds else len(kinds))).astype(np.int64)
            columns["n_reactions"] += columns[f"n_{name}"] if name in REACTIONS else 0
        words = {"channel": np.zeros(0, dtype=object), **table.words}
        columns.setdefault("channel", np.zeros(len(table.columns["day"]), dtype=np.int32))
        told = [name for name in ("channel", "category") if name in columns]
        valid: dict[str, Array] = {name: columns[name] < len(words[name]) for name in told}
        return Rows(table.starts, columns, valid, words)

    @cached_property
    def visits(self) -> Rows:
        """Touches that are visits."""
        touches = self.touches
        kinds = np.flatnonzero(touches.words["kind"] == "visited")
        at = np.flatnonzero(np.isin(touches.column("kind"), kinds))
        columns = {name: touches.column(name)[at] for name in ("day", "category") if name in touches.columns}
        return Rows(np.searchsorted(at, touches.starts), columns, words=touches.words)

    def counted(self, column: str) -> Array:
        """A column of numbers of the lines with a quantity, 0 elsewhere."""
        lines = self.lines
        made: Array = lines.once(
            ("counted", column), lambda: lines.column(column) * (lines.column("quantity_milli") > 0)
        )
        return made

    def names(self, column: str) -> tuple[Array, int]:
        """A text column of the lines as `groups` takes it, and how many words there are; returns carry none."""
        lines, n = self.lines, len(self.lines.words[column])
        made = lines.once(("names", column), lambda: np.where(self.bought, lines.column(column), n).astype(np.int32))
        return made, n
