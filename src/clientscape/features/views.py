"""A block as it looks from a date: the second form of `cells.py`, over arrays.

A test holds every one of these against its narwhals form, over all features.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from clientscape.features.blocks import Block, Rows, least, most, since_before, summed
from clientscape.features.events import Array, changes, order_by
from clientscape.features.rolled import CHOICES
from clientscape.window import Window


class Seen:
    """A block as it looks from a date: the cells of `cells.py`, each made when it is first asked for."""

    def __init__(self, block: Block, window: Window) -> None:
        self.block, self.window, self.n_customers = block, window, block.n_customers
        self._made: dict[str, Rows] = {}

    def rows(self, table: str) -> Rows:
        """A cell table by its name."""
        if table not in self._made:
            self._made[table] = VIEWS[table](self)
        return self._made[table]

    @cached_property
    def orders_ever(self) -> Rows:
        """All orders begun before as_of, with what they had by then."""
        block, past = self.block, self.window.whole().past
        if block.in_one_part:
            return block.orders_of_one_part.where(past(block.orders_of_one_part.columns["day"]))
        parts = block.order_parts.where(past(block.order_parts.columns["day"]))
        c = parts.columns
        order = order_by(parts.owner, c["order_id"], c["day"], c["hour"])
        owner = parts.owner[order]
        starts = changes(owner, c["order_id"][order])
        first = [name for name in ("day", *CHOICES) if name in c]
        together = {
            **{name: least(c[name][order], starts) for name in first},
            "hour": c["hour"][order][starts],
            "dearest": most(c["dearest"][order], starts),
            **{name: summed(c[name][order], starts) for name in ("n_lines", "amount_minor")},
        }
        made = Rows(owner[starts], together, words=parts.words).where(together["dearest"] >= 0)
        again = order_by(made.owner, made.columns["day"])
        return Rows(made.owner[again], {name: v[again] for name, v in made.columns.items()}, words=made.words)

    @cached_property
    def orders_in_window(self) -> Rows:
        """Orders begun within the window."""
        return self.orders_ever.where(self.window.past(self.orders_ever.columns["day"]))

    def aged(self, rows: Rows, *, whole: bool = False) -> Rows:
        """The rows of the past, with their age in days."""
        window = self.window.whole() if whole else self.window
        past = rows.where(window.past(rows.columns["day"]))
        return Rows(past.owner, {**past.columns, "age_days": self.ages(past)}, past.valid, past.words)

    def ages(self, rows: Rows) -> Array:
        """Days from each row to as_of."""
        return self.window.as_of_day - rows.columns["day"].astype(np.int64)


def order_days(seen: Seen) -> Rows:
    """A customer's day with at least one order; `gap_days` is missing for the first day."""
    days = _days_of(seen, seen.orders_in_window)
    same = np.zeros(len(days.owner), dtype=bool)
    same[1:] = days.owner[1:] == days.owner[:-1]
    return Rows(days.owner, {**days.columns, "gap_days": since_before(days.columns["day"])}, {"gap_days": same})


def order_days_ever(seen: Seen) -> Rows:
    """A customer's day with at least one order, also before the window."""
    return _days_of(seen, seen.orders_ever)


def orders(seen: Seen) -> Rows:
    """An order with its weekday and hour."""
    made = seen.orders_in_window
    weekday = (made.columns["day"] + 3) % 7 + 1
    return Rows(made.owner, {**made.columns, "age_days": seen.ages(made), "weekday": weekday})


def choices(seen: Seen) -> Rows:
    """A customer's channel, way of payment or store, with its orders."""
    made, stacked = seen.orders_in_window, []
    of_words = np.array(sorted(CHOICES), dtype=object)
    ways = [way for way in CHOICES if way in made.columns]
    for way in ways:
        known = made.where(made.columns[way] < len(made.words[way]))
        order = order_by(known.owner, known.columns[way])
        owner, choice = known.owner[order], known.columns[way][order]
        starts = changes(owner, choice)
        n_orders = np.diff(np.append(starts, len(owner)))
        of = np.full(len(starts), int(np.searchsorted(of_words, way)))
        top = _tops(owner[starts], n_orders)
        stacked.append((owner[starts], of, choice[starts], n_orders, top))
    owner, of, choice, n_orders, top = (np.concatenate(part) for part in zip(*stacked, strict=True))
    order = np.argsort(owner, kind="stable")
    columns = {"of": of, "choice": choice, "n_orders": n_orders, "is_top": top}
    words = {"of": of_words, "choice": made.words[ways[0]]}
    return Rows(owner[order], {name: values[order] for name, values in columns.items()}, words=words)


def spend_days(seen: Seen) -> Rows:
    """A customer's day with any line, returns included."""
    return seen.aged(seen.block.spend_days)


def categories(seen: Seen) -> Rows:
    """A customer's category: lines bought, quantities, what was paid, and the usual price where one is known."""
    days = seen.block.category_days
    past = days.where(seen.window.past(days.columns["day"]))
    made = _per_name(past, "category", [name for name in past.columns if name not in ("category", "day")])
    columns = {**made.columns, "is_top": _tops(made.owner, made.columns["n_lines"])}
    if seen.block.prices is None:
        return Rows(made.owner, columns, words=days.words)
    usual = seen.block.prices[made.columns["category"]]
    columns["usual_price_minor"] = usual
    return Rows(made.owner, columns, {"usual_price_minor": usual > 0}, days.words)


def product_days(seen: Seen) -> Rows:
    """A customer's day with a product; `unseen_days` is missing for the first time known."""
    return seen.aged(seen.block.product_days)


def point_days(seen: Seen) -> Rows:
    """A customer's day with a change of his account, also before the window."""
    return seen.aged(seen.block.point_days, whole=True)


def touch_days(seen: Seen) -> Rows:
    """Touches."""
    return seen.aged(seen.block.touches)


def visit_days(seen: Seen) -> Rows:
    """A customer's day with a visit, and the orders of that day."""
    visits = seen.aged(seen.block.visits)
    starts = changes(visits.owner, visits.columns["day"])
    owner, day = visits.owner[starts], visits.columns["day"][starts]
    ordered = seen.rows("order_days")
    days, asked = _owner_days(ordered.owner, ordered.columns["day"]), _owner_days(owner, day)
    at = np.searchsorted(days, asked)
    hit = np.append(days, -1)[at] == asked
    n_orders = np.where(hit, np.append(ordered.columns["n_orders"], 0)[at], 0)
    columns = {
        "age_days": visits.columns["age_days"][starts],
        "n_visits": np.diff(np.append(starts, len(visits.owner))),
        "n_orders": n_orders,
    }
    return Rows(owner, columns)


def visited_categories(seen: Seen) -> Rows:
    """A customer's category of visits."""
    visits = seen.aged(seen.block.visits)
    known = visits.where(visits.valid["category"])
    order = order_by(known.owner, known.columns["category"])
    ordered = Rows(known.owner[order], {name: values[order] for name, values in known.columns.items()})
    made = _per_name(ordered, "category", ["n_touches"])
    n_visits = made.columns["n_touches"]
    columns = {"category": made.columns["category"], "n_visits": n_visits, "is_top": _tops(made.owner, n_visits)}
    return Rows(made.owner, columns, words=visits.words)


def customers(seen: Seen) -> Rows:
    """A customer's attributes."""
    table = seen.block.tables["customers"]
    valid = {
        name: values < len(table.words[name]) if name in table.words else ~np.isnan(values.astype(float))
        for name, values in table.columns.items()
    }
    return Rows(table.owner, table.columns, valid, table.words)


VIEWS: Mapping[str, Any] = {
    view.__name__: view
    for view in (
        order_days, order_days_ever, orders, choices, spend_days, categories, product_days,
        point_days, touch_days, visit_days, visited_categories, customers,
    )
}  # fmt: skip


def _days_of(seen: Seen, orders: Rows) -> Rows:
    """Days with at least one order, of orders by customer and day."""
    owner, day = orders.owner, orders.columns["day"]
    starts = changes(owner, day)
    days = Rows(
        owner[starts],
        {
            "day": day[starts],
            "n_orders": np.diff(np.append(starts, len(owner))),
            "amount_minor": summed(orders.columns["amount_minor"], starts),
        },
    )
    return Rows(days.owner, {**days.columns, "age_days": seen.ages(days)})


def _per_name(rows: Rows, name: str, sums: list[str]) -> Rows:
    """Sums for each customer and name, of rows by customer and name."""
    starts = changes(rows.owner, rows.columns[name])
    sums_of = {column: summed(rows.columns[column], starts) for column in sums}
    return Rows(rows.owner[starts], {name: rows.columns[name][starts], **sums_of})


def _owner_days(owner: Array, day: Array) -> Array:
    """A customer's day as one number; rows by customer and day ascend."""
    return (owner.astype(np.int64) << 32) + day


def _tops(owner: Array, number: Array) -> Array:
    """Marks each customer's first row with his largest number."""
    if not len(owner):
        return np.zeros(0, dtype=bool)
    starts = changes(owner)
    most = np.repeat(np.maximum.reduceat(number, starts), np.diff(np.append(starts, len(owner))))
    at = np.flatnonzero(number == most)
    top = np.zeros(len(owner), dtype=bool)
    top[at[changes(owner[at])]] = True
    return top
