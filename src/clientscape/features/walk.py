"""The walk: the same features over arrays sorted by customer, a block of customers at a time, all dates on the way.

The log is sorted once; then each block is rolled up once, small enough to stay in the processor's cache, and looked
at from every date. What a block gives does not depend on the others.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from clientscape.features.arrays import Column
from clientscape.features.blocks import Block
from clientscape.features.events import Array, Coded, Events, coded, events, occurring, owners
from clientscape.features.orders import Orders
from clientscape.features.plan import Asked, Step
from clientscape.features.rolled import CHOICES
from clientscape.features.views import Seen
from clientscape.window import Window

BLOCK_LINES = 1 << 18
EVENTS = ("transactions", "touches", "points", "customers")
LINE_COLUMNS = ("day", "order_id", "amount_minor")
LINE_COLUMNS_OF = {  # by cells, or by a column of theirs
    "hour": ("hour",),
    "discount_minor": ("discount_minor",),
    "coupon_minor": ("coupon_minor",),
    "margin_minor": ("margin_minor",),
    "quantity_milli": ("quantity_milli",),
    "categories": ("category",),
    "product_days": ("product_id",),
    "choices": CHOICES,
}
TOUCH_COLUMNS = ("day", "kind", "channel", "category")
POINT_COLUMNS = ("day", "points_milli")

Progress = Callable[[int, int], None]


def describe(
    frames: Mapping[str, pd.DataFrame],
    asked: Sequence[Asked],
    *,
    minor_units: int,
    customers: "pd.Series[str] | None" = None,
    progress: Progress | None = None,
) -> list[pd.DataFrame]:
    """For each question a frame of customer_id and the features of its plan; see `portable.describe`.

    frames : the shop's tables by name. progress : told how many of how many customers are done.
    """
    who = {name: coded(frames[name]["customer_id"]) for name in EVENTS if name in frames}
    ids = occurring(who["transactions"] if customers is None else coded(customers))
    together = list({step.name: step for each in asked for step in each.plan}.values())
    tables = _tables(frames, who, ids, together, before=max(each.window.as_of_day for each in asked))
    prices = _prices(frames.get("prices"), tables["transactions"].texts.get("category"))
    bounds = tables["transactions"].bounds
    results = [Results(len(ids), each.plan) for each in asked]
    for k, (first, end) in enumerate(itertools.pairwise(bounds)):
        block = Block({name: table.of(k) for name, table in tables.items()}, prices)
        orders = Orders(block)
        for each, result in zip(asked, results, strict=True):
            seen = Seen(block, orders, each.window)
            seen = seen if each.everyone else seen.of_those_with_orders()
            result.add(_features(seen, each.window, each.plan, minor_units), seen.customers + first)
        if progress:
            progress(int(end), len(ids))
    return [result.frame(ids) for result in results]


def _tables(
    frames: Mapping[str, pd.DataFrame], who: Mapping[str, Coded], ids: Array, plan: Sequence[Step], *, before: int
) -> dict[str, Events]:
    """What the plan's cells are made of, as arrays in buckets of customers."""
    asked = {step.cells for step in plan} | {name for step in plan for name in step.needs}
    wanted = {"transactions": list(LINE_COLUMNS), "touches": list(TOUCH_COLUMNS), "points": list(POINT_COLUMNS)}
    wanted["transactions"] += [name for key, names in LINE_COLUMNS_OF.items() if key in asked for name in names]
    wanted["customers"] = [step.settings["column"] for step in plan if step.cells == "customers"]
    owned = {name: owners(frames[name], of, ids, before=before) for name, of in who.items()}
    bounds = _bounds(owned["transactions"][1][:-1])
    tables = {}
    for name, (owner, starts) in owned.items():
        columns = [column for column in dict.fromkeys(wanted[name]) if column in frames[name]]
        tables[name] = events(frames[name], owner, starts, columns, bounds=bounds, shared=CHOICES)
    return tables


def _prices(prices: pd.DataFrame | None, categories: Coded | None) -> Array | None:
    """The usual price of each category by its position, 0 where none is known."""
    if prices is None or categories is None:
        return None
    known = prices.set_index("category")["usual_price_minor"]
    return np.append(known.reindex(categories.words).fillna(0).to_numpy(np.int64), 0)


def _bounds(starts: Array) -> Array:
    """Bounds between blocks of customers of about so many lines together; one customer is never divided."""
    bounds, last = [0], len(starts) - 1
    while bounds[-1] < last:
        end = int(np.searchsorted(starts, starts[bounds[-1]] + BLOCK_LINES, side="right")) - 1
        bounds.append(min(max(end, bounds[-1] + 1), last))
    return np.array(bounds)


def _features(seen: Seen, window: Window, plan: Sequence[Step], minor_units: int) -> dict[str, Column]:
    """All features of a block's customers at a date."""
    given = {"window": window, "minor_units": minor_units}
    made: dict[str, Any] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for step in plan:
            made[step.name] = step.computed(seen.columns(step.cells) if step.cells else made, given)
    nothing = Column(np.full(len(seen.customers), np.nan))
    return {name: nothing if column is None else column for name, column in made.items()}


class Results:
    """What has been found for a date: rows of customers as they are added, numbers as float64 with NaN."""

    def __init__(self, n_customers: int, plan: Sequence[Step]) -> None:
        self.who = np.empty(n_customers, dtype=np.int64)
        self.size = 0
        self.numbers = {step.name: np.empty(n_customers) for step in plan}
        self.words: dict[str, Array] = {}

    def add(self, features: Mapping[str, Column], who: Array) -> None:
        """Features of some customers, by their position among all."""
        rows = slice(self.size, self.size + len(who))
        self.who[rows] = who
        for name, column in features.items():
            self.numbers[name][rows] = column.values
            if column.valid is not None:
                np.copyto(self.numbers[name][rows], np.nan, where=~column.valid)
            if column.words is not None:
                self.words[name] = column.words
        self.size = rows.stop

    def frame(self, ids: Array) -> pd.DataFrame:
        """All rows; empties what was found."""
        columns: dict[str, Any] = {"customer_id": _text(ids, self.who[: self.size])}
        for name in list(self.numbers):
            found = self.numbers.pop(name)[: self.size]
            columns[name] = _named(self.words[name], found) if name in self.words else found
        return pd.DataFrame(columns, copy=False)


def _named(words: Array, found: NDArray[Any]) -> Any:
    """Words by their positions; NaN is missing."""
    missing = np.isnan(found)
    return _text(words, np.where(missing, 0, found).astype(np.int64), missing)


def _text(words: Array, at: Array, missing: Array | None = None) -> Any:
    """Words by their positions, as a column of text."""
    if not len(words):
        words = np.array([""], dtype=object)
    taken = pa.array(words, pa.large_string()).take(pa.array(at, mask=missing))
    return pd.array(taken, dtype="str")
