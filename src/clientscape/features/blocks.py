"""A block of customers, its tables rolled up once: the second form of `rolled.py`, over arrays.

A test holds every one of these against its narwhals form, over all features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from clientscape.features import kernels
from clientscape.features.events import Array, Events, changes, order_by, packed
from clientscape.features.rolled import CHOICES


@dataclass(frozen=True)
class Rows:
    """Rows sorted by customer; `valid` marks what is there in columns that may miss something."""

    owner: Array
    columns: Mapping[str, Array]
    valid: Mapping[str, Array] = field(default_factory=dict)
    words: Mapping[str, Array] = field(default_factory=dict)

    def where(self, keep: Array) -> "Rows":
        """The rows that a mask keeps."""
        if keep.all():
            return self
        at = np.flatnonzero(keep)
        columns = {name: values[at] for name, values in self.columns.items()}
        return Rows(self.owner[at], columns, {n: v[at] for n, v in self.valid.items()}, self.words)


class Block:
    """Some customers' rows of all tables. `prices` is the usual price of each category by its position."""

    def __init__(self, tables: Mapping[str, Events], prices: Array | None) -> None:
        self.tables, self.prices = tables, prices
        self.n_customers = len(tables["transactions"].starts) - 1

    @cached_property
    def lines(self) -> Rows:
        """Order lines by customer and day."""
        table = self.tables["transactions"]
        return Rows(table.owner, table.columns, words=table.words)

    @cached_property
    def bought(self) -> Array:
        """Which lines are no returns."""
        return self.lines.columns["amount_minor"] >= 0

    @cached_property
    def order_parts(self) -> Rows:
        """What an order had of one day, sorted by customer and day of it; `in_one_day` tells whether that is all."""
        owner, c = self.lines.owner, self.lines.columns
        ways = [way for way in CHOICES if way in c]
        starts = changes(owner, c["day"], c["order_id"])
        parts = {
            "day": c["day"][starts],
            "order_id": c["order_id"][starts],
            "hour": least(c["hour"], starts),
            "n_lines": np.diff(np.append(starts, len(owner))),
            "amount_minor": summed(c["amount_minor"], starts),
            "dearest": most(c["amount_minor"], starts),
            **{way: least(c[way], starts) for way in ways},
        }
        return Rows(owner[starts], parts, words=self.lines.words)

    @cached_property
    def in_one_part(self) -> bool:
        """Whether no order lies in several parts: days, or lines of a day with other orders between them."""
        owner, order = self.order_parts.owner, self.order_parts.columns["order_id"]
        one = packed(owner, order)
        if one is None:
            by = order_by(owner, order)
            return len(changes(owner[by], order[by])) == len(by)
        one.sort()
        return not (one[1:] == one[:-1]).any()

    @cached_property
    def orders_of_one_part(self) -> Rows:
        """Orders where each has but one part: with them no date needs to put orders together."""
        parts = self.order_parts
        return parts.where(parts.columns["dearest"] >= 0)

    @cached_property
    def spend_days(self) -> Rows:
        """A customer's day with any line."""
        owner, c = self.lines.owner, self.lines.columns
        starts = changes(owner, c["day"])
        n_bought = summed(self.bought.astype(np.int64), starts)
        n_lines = np.diff(np.append(starts, len(owner)))
        sums = {
            "amount_minor": c["amount_minor"],
            "bought_minor": np.where(self.bought, c["amount_minor"], 0),
            **{name: np.where(self.bought, c[name], 0) for name in ("discount_minor", "coupon_minor") if name in c},
            **({"margin_minor": c["margin_minor"]} if "margin_minor" in c else {}),
        }
        totals = {name: summed(values, starts) for name, values in sums.items()}
        days = {"day": c["day"][starts], "n_lines": n_lines, "n_returns": n_lines - n_bought}
        return Rows(owner[starts], {**days, **totals})

    @cached_property
    def category_days(self) -> Rows:
        """A customer's day with something bought from a category, by customer, category and day."""
        words = self.lines.words["category"]
        kept = self.lines.where(self.bought & (self.lines.columns["category"] < len(words)))
        owner, c = kept.owner, kept.columns
        order = order_by(owner, c["category"], c["day"])
        owner, category, day = owner[order], c["category"][order], c["day"][order]
        starts = changes(owner, category, day)
        sums = {"n_lines": np.diff(np.append(starts, len(owner)))}
        if "quantity_milli" in c:
            quantity, paid = c["quantity_milli"][order], c["amount_minor"][order]
            sums["quantity_milli"] = summed(np.maximum(quantity, 0), starts)
            sums["paid_minor"] = summed(np.where(quantity > 0, paid, 0), starts)
        keys = {"category": category[starts], "day": day[starts]}
        return Rows(owner[starts], {**keys, **sums}, words={"category": words})

    @cached_property
    def product_days(self) -> Rows:
        """A customer's day with a product, and the days since he bought it before."""
        words = self.lines.words["product_id"]
        kept = self.lines.where(self.bought & (self.lines.columns["product_id"] < len(words)))
        owner, c = kept.owner, kept.columns
        order = order_by(owner, c["product_id"], c["day"])
        owner, product, day = owner[order], c["product_id"][order], c["day"][order]
        starts = changes(owner, product, day)
        owner, product, day = owner[starts], product[starts], day[starts]
        again = np.zeros(len(owner), dtype=bool)
        again[1:] = (owner[1:] == owner[:-1]) & (product[1:] == product[:-1])
        return Rows(owner, {"day": day, "unseen_days": since_before(day)}, {"unseen_days": again})

    @cached_property
    def point_days(self) -> Rows:
        """A customer's day with a change of his account."""
        table = self.tables["points"]
        owner, points = table.owner, table.columns["points_milli"]
        starts = changes(owner, table.columns["day"])
        earned = summed(np.maximum(points, 0), starts)
        spent = summed(np.maximum(-points, 0), starts)
        return Rows(owner[starts], {"day": table.columns["day"][starts], "earned_milli": earned, "spent_milli": spent})

    @cached_property
    def touches(self) -> Rows:
        """Touches, each counted once; a channel is missing where none is told."""
        table = self.tables["touches"]
        columns = {**table.columns, "n_touches": np.ones(len(table.columns["day"]), dtype=np.int64)}
        words = {"channel": np.zeros(0, dtype=object), **table.words}
        columns.setdefault("channel", np.zeros(len(table.columns["day"]), dtype=np.int32))
        told = [name for name in ("channel", "category") if name in columns]
        valid: dict[str, Array] = {name: columns[name] < len(words[name]) for name in told}
        return Rows(table.owner, columns, valid, words)

    @cached_property
    def visits(self) -> Rows:
        """Touches that are visits."""
        kinds = self.touches.words["kind"]
        visited = np.isin(self.touches.columns["kind"], np.flatnonzero(kinds == "visited"))
        return self.touches.where(visited)


def summed(values: Array, starts: Array) -> Array:
    """The sums of the rows from each start to the next."""
    return kernels.sums(np.ascontiguousarray(values, dtype=np.int64), np.append(starts, len(values)))


def least(values: Array, starts: Array) -> Array:
    """The least values of the rows from each start to the next; there are no empty ones."""
    return np.minimum.reduceat(values, starts) if len(starts) else values[:0]


def most(values: Array, starts: Array) -> Array:
    """The largest values of the rows from each start to the next; there are no empty ones."""
    return np.maximum.reduceat(values, starts) if len(starts) else values[:0]


def since_before(day: Array) -> Array:
    """Days since the row before."""
    since = np.zeros(len(day), dtype=np.int64)
    np.subtract(day[1:], day[:-1], out=since[1:], casting="unsafe")
    return since
