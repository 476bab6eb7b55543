"""The orders of a block and the days with orders: rolled up once, and anew for a date that divides an order."""

from functools import cached_property, partial

import numpy as np

from clientscape.features.blocks import Block, Columns, Rows, Runs
from clientscape.features.events import Array, order_by, packed
from clientscape.features.rolled import CHOICES


class Orders:
    """A block's orders."""

    def __init__(self, block: Block) -> None:
        self.block = block

    def before(self, as_of_day: int) -> Rows:
        """Orders by customer and day, as they stood on a date; those begun on it or later are of no meaning."""
        if self.in_one_part:
            return self.single
        made = self.whole
        if ((made.column("day") < as_of_day) & (made.column("last_day") >= as_of_day)).any():
            return together(self.parts, np.flatnonzero(self.parts.column("day") < as_of_day))
        return made

    @cached_property
    def parts(self) -> Rows:
        """What an order had of one day, sorted by customer and day of it."""
        lines = self.block.lines
        of, day, order = lines.column, lines.column("day"), lines.column("order_id")
        runs = Runs(lines, day, order)
        names = [name for name in ("hour", *CHOICES) if name in lines.columns]
        columns: Columns = {
            "day": day[runs.first],
            "order_id": lambda: order[runs.first],
            "n_lines": runs.sizes,
            "n_bought": lambda: runs.counts(self.block.bought),
            "amount_minor": lambda: runs.sums(of("amount_minor")),
            **{name: partial(lambda name: runs.least(of(name)), name) for name in names},
        }
        return Rows(runs.owners, columns, words=lines.words)

    @cached_property
    def in_one_part(self) -> bool:
        """Whether no order lies in several parts: days, or lines of a day with other orders between them."""
        owner, order = self.parts.owner, self.parts.column("order_id")
        one = packed(owner, order)
        if one is None:
            by = order_by(owner, order)
            return not ((owner[by][1:] == owner[by][:-1]) & (order[by][1:] == order[by][:-1])).any()
        one.sort()
        return not (one[1:] == one[:-1]).any()

    @cached_property
    def single(self) -> Rows:
        """Orders where each has but one part."""
        parts = self.parts
        keep = parts.column("n_bought") > 0
        if keep.all():
            return parts
        at = np.flatnonzero(keep)
        columns = {name: partial(lambda name: parts.column(name)[at], name) for name in parts.columns}
        return Rows(np.searchsorted(at, parts.starts), columns, words=parts.words)

    @cached_property
    def whole(self) -> Rows:
        """Orders where some have several parts, put together whenever they are."""
        return together(self.parts, np.arange(len(self.parts)))


def together(parts: Rows, at: Array) -> Rows:
    """Orders of some parts: an order has the day and hour of its first line, and of each choice the first by name."""
    first = [name for name in ("day", "hour") if name in parts.columns]
    owner = parts.owner[at]
    order = order_by(owner, *(parts.column(name)[at] for name in ("order_id", *first)))
    by = at[order]
    runs = Runs(Rows(np.searchsorted(owner, np.arange(len(parts.starts))), {}), parts.column("order_id")[by])
    kept = np.flatnonzero(runs.sums(parts.column("n_bought")[by]) > 0)
    day = parts.column("day")[by][runs.first][kept]
    again = kept[order_by(owner[order][runs.first][kept], day)]

    def of(name: str) -> Array:
        return parts.column(name)[by]

    def made(name: str) -> Array:
        if name in ("n_lines", "amount_minor"):
            return runs.sums(of(name))[again]
        if name == "last_day":
            return -runs.least(-of("day"))[again]
        return (runs.least(of(name)) if name in CHOICES else of(name)[runs.first])[again]

    names = [name for name in parts.columns if name not in ("order_id", "n_bought")]
    columns = {name: partial(made, name) for name in (*names, "last_day")}
    return Rows(np.searchsorted(kept, runs.owners), columns, words=parts.words)


def order_days(orders: Rows) -> Rows:
    """Days with at least one order; a customer's first gap is of no meaning."""
    return orders.once("days", lambda: _days_of(orders))  # type: ignore[no-any-return]


def _days_of(orders: Rows) -> Rows:
    runs = Runs(orders, orders.column("day"))
    day = orders.column("day")[runs.first]
    columns = {
        "day": day,
        "n_orders": runs.sizes,
        "amount_minor": lambda: runs.sums(orders.column("amount_minor")),
        "gap_days": lambda: np.diff(day.astype(np.int64), prepend=day[:1].astype(np.int64)),
    }
    return Rows(runs.owners, columns)
