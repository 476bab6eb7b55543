"""The walk: the same features over arrays sorted by customer, a block of customers at a time, all dates on the way.

The log is sorted once; then each block is rolled up once, small enough to stay in the processor's cache, and looked
at from every date. What a block gives does not depend on the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.features.arrays import Column, Segments
from clientscape.features.blocks import Block, Rows
from clientscape.features.events import Array, Coded, Events, coded, events, occurring
from clientscape.features.plan import Step
from clientscape.features.rolled import CHOICES
from clientscape.features.views import Seen
from clientscape.window import Window

BLOCK_LINES = 1 << 16
EVENTS = ("transactions", "touches", "points", "customers")
LINE_COLUMNS = ("day", "order_id", "hour", "amount_minor", "discount_minor", "coupon_minor", "margin_minor")
LINE_COLUMNS_OF = {
    "categories": ("category", "quantity_milli"),
    "product_days": ("product_id",),
    "choices": CHOICES,
}
TOUCH_COLUMNS = ("day", "kind", "channel", "category")
POINT_COLUMNS = ("day", "points_milli")

Progress = Callable[[int, int], None]


def describe(
    frames: Mapping[str, pd.DataFrame],
    windows: Sequence[Window],
    plan: Sequence[Step],
    *,
    minor_units: int,
    customers: "pd.Series[str] | None" = None,
    progress: Progress | None = None,
) -> list[pd.DataFrame]:
    """For each window a frame of customer_id and the features of the plan; see `portable.describe`.

    frames : the shop's tables by name. progress : told how many of how many customers are done.
    """
    who = {name: coded(frames[name]["customer_id"]) for name in EVENTS if name in frames}
    ids = occurring(who["transactions"] if customers is None else coded(customers))
    tables = _tables(frames, who, ids, plan, before=max(window.as_of_day for window in windows))
    prices = _prices(frames.get("prices"), tables["transactions"].words.get("category"))
    found: list[list[dict[str, Column]]] = [[] for _ in windows]
    present: list[list[Array]] = [[] for _ in windows]
    for first, end in _blocks(tables["transactions"].starts):
        block = Block({name: table.of(first, end) for name, table in tables.items()}, prices)
        for window, made, there in zip(windows, found, present, strict=True):
            seen = Seen(block, window)
            rows = (
                np.arange(end - first)
                if customers is not None
                else np.flatnonzero(np.bincount(seen.rows("order_days").owner))
            )
            values = _features(seen, window, plan, minor_units)
            made.append({name: _taken(column, rows) for name, column in values.items()})
            there.append(rows + first)
        if progress:
            progress(end, len(ids))
    return [_frame(ids, there, made, plan) for there, made in zip(present, found, strict=True)]


def _tables(
    frames: Mapping[str, pd.DataFrame], who: Mapping[str, Coded], ids: Array, plan: Sequence[Step], *, before: int
) -> dict[str, Events]:
    """What the plan's cells are made of, as arrays."""
    asked = {step.cells for step in plan}
    wanted = {"transactions": list(LINE_COLUMNS), "touches": list(TOUCH_COLUMNS), "points": list(POINT_COLUMNS)}
    wanted["transactions"] += [name for table in LINE_COLUMNS_OF if table in asked for name in LINE_COLUMNS_OF[table]]
    wanted["customers"] = [step.settings["column"] for step in plan if step.cells == "customers"]
    tables = {}
    for name, owners in who.items():
        columns = [column for column in dict.fromkeys(wanted[name]) if column in frames[name]]
        tables[name] = events(frames[name], owners, ids, columns, before=before, shared=CHOICES)
    return tables


def _prices(prices: pd.DataFrame | None, words: Array | None) -> Array | None:
    """The usual price of each category by its position, 0 where none is known."""
    if prices is None or words is None:
        return None
    known = prices.set_index("category")["usual_price_minor"]
    return np.append(known.reindex(words).fillna(0).to_numpy(np.int64), 0)


def _blocks(starts: Array) -> Iterator[tuple[int, int]]:
    """Customers [first, end) of about so many lines together; one customer is never divided."""
    first, last = 0, len(starts) - 1
    while first < last:
        end = int(np.searchsorted(starts, starts[first] + BLOCK_LINES, side="right")) - 1
        end = min(max(end, first + 1), last)
        yield first, end
        first = end


def _features(seen: Seen, window: Window, plan: Sequence[Step], minor_units: int) -> dict[str, Column]:
    """All features of a block's customers at a date."""
    given = {"window": window, "minor_units": minor_units}
    made: dict[str, Any] = {}
    views: dict[str, dict[str, Any]] = {}
    for step in plan:
        if step.cells and step.cells not in views:
            views[step.cells] = _columns(seen.rows(step.cells), seen.n_customers)
        made[step.name] = step.computed(views[step.cells] if step.cells else made, given)
    nothing = Column(np.full(seen.n_customers, np.nan))
    return {name: nothing if column is None else column for name, column in made.items()}


def _columns(rows: Rows, n_customers: int) -> dict[str, Any]:
    """The columns of cells as features take them."""
    starts = np.zeros(n_customers + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows.owner, minlength=n_customers), out=starts[1:])
    segments = Segments(starts)
    columns: dict[str, Any] = {
        name: Column(values, rows.valid.get(name), segments, rows.words.get(name))
        for name, values in rows.columns.items()
    }
    return {"attributes": columns.__getitem__, **columns}


def _taken(column: Column, who: Array) -> Column:
    valid = None if column.valid is None else column.valid[who]
    values: NDArray[Any] = column.values[who]
    return Column(values, valid, words=column.words)


def _frame(
    ids: Array, there: Sequence[Array], made: Sequence[Mapping[str, Column]], plan: Sequence[Step]
) -> pd.DataFrame:
    """One frame out of the blocks' columns."""
    who = np.concatenate(there) if there else np.zeros(0, dtype=np.int64)
    columns = {step.name: _joined([block[step.name] for block in made]) for step in plan}
    return pd.DataFrame({"customer_id": pd.array(ids[who], dtype="str"), **columns})


def _joined(parts: Sequence[Column]) -> Any:
    """Numbers as float64 with NaN, text as str."""
    words = next((part.words for part in parts if part.words is not None), None)
    values = [part.values if part.valid is None else np.where(part.valid, part.values, -1) for part in parts]
    if words is not None:
        found = np.append(words, [None])[np.concatenate(values)] if values else np.zeros(0, dtype=object)
        return pd.array(found, dtype="str")
    numbers = [
        part.values.astype(float) if part.valid is None else np.where(part.valid, part.values, np.nan) for part in parts
    ]
    return np.concatenate(numbers) if numbers else np.zeros(0)
