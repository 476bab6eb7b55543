"""A block as it looks from a date: the second form of `cells.py`, over arrays.

A test holds every one of these against its narwhals form, over all features.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from clientscape.features import kernels
from clientscape.features.arrays import Column
from clientscape.features.blocks import Block, Rows, Runs
from clientscape.features.events import Array
from clientscape.features.orders import Orders, order_days
from clientscape.features.rolled import CHOICES
from clientscape.features.segments import Segments, Span
from clientscape.features.sorted import Ages, Kinds
from clientscape.window import Window


class Seen:
    """A block as it looks from a date: the cells of `cells.py`, each made when it is first asked for."""

    def __init__(self, block: Block, orders: Orders, window: Window) -> None:
        self.block, self.all_orders, self.window = block, orders, window
        self._made: dict[str, dict[str, Any]] = {}
        self.customers = np.arange(block.n_customers)

    def columns(self, table: str) -> dict[str, Any]:
        """A cell table by its name, as features take it."""
        if table not in self._made:
            self._made[table] = VIEWS[table](self)
        return self._made[table]

    @cached_property
    def orders(self) -> Rows:
        """All orders, as they stand on the date."""
        return self.all_orders.before(self.window.as_of_day)

    @cached_property
    def orders_seen(self) -> Span:
        """The orders begun within the window."""
        return self.span(self.orders)

    @cached_property
    def days_seen(self) -> Span:
        """The days within the window with an order."""
        return self.span(order_days(self.orders))

    def of_those_with_orders(self) -> "Seen":
        """The block with only the customers that have an order within the window."""
        some = Seen(self.block, self.all_orders, self.window)
        some.customers = np.flatnonzero(self.days_seen.high > self.days_seen.low)
        return some

    def span(self, rows: Rows, *, whole: bool = False) -> Span:
        """The rows of the past."""
        window = self.window.whole() if whole else self.window
        low, high = kernels.spans(window.past(rows.column("day")), rows.starts)
        return Span(low.take(self.customers), high.take(self.customers))

    def aged(self, rows: Rows, span: Span) -> dict[str, Any]:
        """The columns of rows, and their age in days."""
        segments = Segments(rows, span, rows.starts.take(self.customers))
        return {**columns_of(segments), "age_days": Ages(segments, self.window.as_of_day)}


def columns_of(segments: Segments) -> dict[str, Any]:
    """The columns of rows as features take them."""
    rows = segments.rows

    def column(name: str) -> Column:
        words = rows.words.get(name)
        return Column(lambda: rows.column(name), rows.valid.get(name), segments, words, key=name, fixed=True)

    return {name: column(name) for name in rows.columns}


def days_with_orders(seen: Seen) -> dict[str, Any]:
    """A customer's day with at least one order; `gap_days` is missing for the first day."""
    low, high = seen.days_seen
    made = seen.aged(order_days(seen.orders), seen.days_seen)
    made["gap_days"].span = Span(np.minimum(low + 1, high), high)
    return made


def order_days_ever(seen: Seen) -> dict[str, Any]:
    """A customer's day with at least one order, also before the window."""
    rows = order_days(seen.orders)
    return seen.aged(rows, seen.span(rows, whole=True))


def orders(seen: Seen) -> dict[str, Any]:
    """An order with its weekday and hour."""
    rows = seen.orders
    made = seen.aged(rows, seen.orders_seen)
    weekday = Column(lambda: (rows.column("day").astype(np.int64) + 3) % 7 + 1, key="weekday", fixed=True)
    weekday.segments = made["age_days"].segments
    return {**made, "weekday": weekday}


def choices(seen: Seen) -> dict[str, Any]:
    """A customer's channel, way of payment or store, with its orders."""
    made = seen.orders
    ways = sorted(way for way in CHOICES if way in made.columns)
    words = made.words[ways[0]]
    names = made.once("names", lambda: np.stack([made.column(way).astype(np.int32) for way in ways]))
    starts, choice, n_orders, top = kernels.grouped(names, *seen.orders_seen, len(words))
    rows = Rows(starts[:: len(ways)], {"choice": choice, "n_orders": n_orders, "is_top": top}, words={"choice": words})
    columns = everything(rows)
    return {**columns, "of": Kinds(columns["choice"].segments, ways, starts)}


def spend_days(seen: Seen) -> dict[str, Any]:
    """A customer's day with any line, returns included."""
    return seen.aged(seen.block.spend_days, seen.span(seen.block.spend_days))


def categories(seen: Seen) -> dict[str, Any]:
    """A customer's category: lines bought, quantities, what was paid, and the usual price where one is known."""
    block, lines = seen.block, seen.block.lines
    names, n_names = block.names("category")
    span = seen.span(lines)
    starts, found, n_lines, top = kernels.grouped(names[None], *span, n_names)

    def total(values: Array) -> Array:
        summed: Array = kernels.group_sums(values, names, *span, starts, found, n_names)
        return summed

    columns: dict[str, Any] = {"category": found, "n_lines": n_lines, "is_top": top}
    if "quantity_milli" in lines.columns:
        columns["quantity_milli"] = lambda: total(block.counted("quantity_milli"))
        columns["paid_minor"] = lambda: total(block.counted("amount_minor"))
    valid = {}
    if block.prices is not None:
        columns["usual_price_minor"] = block.prices[found]
        valid["usual_price_minor"] = columns["usual_price_minor"] > 0
    return everything(Rows(starts, columns, valid, {"category": lines.words["category"]}))


def product_days(seen: Seen) -> dict[str, Any]:
    """A customer's day with a product; `unseen_days` is missing for the first time known."""
    return seen.aged(seen.block.product_days, seen.span(seen.block.product_days))


def point_days(seen: Seen) -> dict[str, Any]:
    """A customer's day with a change of his account, also before the window."""
    return seen.aged(seen.block.point_days, seen.span(seen.block.point_days, whole=True))


def touch_days(seen: Seen) -> dict[str, Any]:
    """Touches."""
    return seen.aged(seen.block.touches, seen.span(seen.block.touches))


def visit_days(seen: Seen) -> dict[str, Any]:
    """A customer's day with a visit, and the orders of that day."""
    visits, days = seen.block.visits, order_days(seen.orders)
    runs = Runs(visits, visits.column("day"))
    owner, day = visits.owner[runs.first], visits.column("day")[runs.first]
    known, asked = _owner_days(days.owner, days.column("day")), _owner_days(owner, day)
    at = np.searchsorted(known, asked)
    hit = np.append(known, -1)[at] == asked
    n_orders = np.append(days.column("n_orders"), 0)[at] * hit
    rows = Rows(runs.owners, {"day": day, "n_visits": runs.sizes, "n_orders": n_orders})
    return seen.aged(rows, seen.span(rows))


def visited_categories(seen: Seen) -> dict[str, Any]:
    """A customer's category of visits."""
    visits = seen.block.visits
    names = visits.column("category").astype(np.int32)
    starts, found, n_visits, top = kernels.grouped(names[None], *seen.span(visits), len(visits.words["category"]))
    columns = {"category": found, "n_visits": n_visits, "is_top": top}
    return everything(Rows(starts, columns, words={"category": visits.words["category"]}))


def customers(seen: Seen) -> dict[str, Any]:
    """A customer's attributes."""
    table = seen.block.tables["customers"]
    valid = {
        name: values < len(table.words[name]) if name in table.words else ~np.isnan(values.astype(float))
        for name, values in table.columns.items()
    }
    rows = Rows(table.starts, table.columns, valid, table.words)
    low, high = table.starts[:-1].take(seen.customers), table.starts[1:].take(seen.customers)
    return {"attributes": columns_of(Segments(rows, Span(low, high), low)).__getitem__}


VIEWS: Mapping[str, Any] = {
    "order_days": days_with_orders,
    **{
        view.__name__: view
        for view in (
            order_days_ever, orders, choices, spend_days, categories, product_days,
            point_days, touch_days, visit_days, visited_categories, customers,
        )
    },
}  # fmt: skip


def everything(rows: Rows) -> dict[str, Any]:
    """The columns of rows that were made for the date, all of them seen."""
    return columns_of(Segments(rows, Span(rows.starts[:-1], rows.starts[1:]), rows.starts[:-1]))


def _owner_days(owner: Array, day: Array) -> Array:
    """A customer's day as one number; rows by customer and day ascend."""
    return (owner.astype(np.int64) << 32) + day
