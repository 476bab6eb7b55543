"""The tables that cross the floors, and their contracts: checked once, never repaired."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from clientscape.columns import column_faults, rows
from clientscape.exact import (
    EXACT,
    amount_faults,
    exact_events,
    floats,
    in_pieces,
    minor_digits,
    per_day,
    ticks,
)
from clientscape.faults import Fault, refuse
from clientscape.window import Covers, day_number

# column -> what it holds; a name with a question mark may be absent
CONTRACTS: dict[str, dict[str, str]] = {
    "transactions": {
        "customer_id": "id",
        "order_id": "id",
        "ordered_at": "time",
        "amount": "money",
        "quantity?": "number",
        "product_id?": "text",
        "category?": "text",
        "discount?": "number",
        "coupon?": "number",
        "margin?": "number",
        "channel?": "text",
        "payment_method?": "text",
        "store?": "text",
        "currency?": "text",
    },
    "customers": {"customer_id": "id"},
    "touches": {
        "customer_id": "id",
        "at": "time",
        "kind": "kind",
        "channel?": "text",
        "campaign_id?": "text",
        "category?": "text",
        "value?": "number",
    },
    "points": {"customer_id": "id", "at": "time", "points": "number", "reason?": "text"},
}

SCORES = {
    "as_of": "time",
    "customer_id": "text",
    "segment_id": "count",
    "segment": "text",
    "segment_confidence": "share",
    "rfm_segment": "text",
    "stage": "text",
    "expected_orders": "amount",
    "expected_value": "amount",
    "p_alive": "share",
    "p_churn": "share",
    "p_decline": "share",
    "value_at_risk": "amount",
    "expected_profit": "money",
    "flagged": "flag",
    "reasons": "text",
    "status": "text",
    "model_version": "text",
    "run_id": "text",
}

BOUNDS = {"share": (0.0, 1.0), "amount": (0.0, np.inf), "count": (0.0, np.inf)}


@dataclass(frozen=True)
class Tables:
    """A shop's tables after their contracts, and what the source says about them.

    Money is exact: instead of `amount` (and `discount`, `coupon`, `margin`) transactions have the int64
    `amount_minor` ... in the smallest unit of the currency, where nothing was written 0; instead of `quantity`
    the int64 `quantity_milli`; points have `points_milli`. `day` is the local day [days since 1970-01-01] in all
    three tables of events, `hour` the local hour of a transaction. Every `ordered_at` and `at` is local
    wall-clock time in the shop's zone, without a zone. `records` tells what the shop writes down at all: kinds of
    touches (`touches.sent`) and `times of day`; what it does not is missing, never 0. `row_is` tells what a row of
    the source's transactions is: `line`, `order` ...; empty where nobody said.
    """

    transactions: pd.DataFrame
    covers: Covers
    currency: str
    customers: pd.DataFrame | None = None
    touches: pd.DataFrame | None = None
    points: pd.DataFrame | None = None
    name: str = field(default="", compare=False)
    records: frozenset[str] = frozenset()
    row_is: str = ""

    @property
    def minor_units(self) -> int:
        """Smallest units in one currency unit: 100 cents in a euro."""
        return int(10 ** minor_digits(self.currency))


def check_tables(
    frames: Mapping[str, pd.DataFrame],
    *,
    covers: Covers,
    currency: str,
    name: str = "input",
    may_be_empty: bool = False,
) -> Tables:
    """Tables out of raw frames by name, or one InputError with every fault of every table.

    may_be_empty : a table may have no rows, as one that holds a share of the customers may.
    """
    faults = [
        fault
        for table, frame in frames.items()
        if len(frame) or not may_be_empty
        for fault in _table_faults(table, frame, f"{name}: {table}", currency, covers)
    ]
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        faults.append(Fault(f"{name}: currency", repr(currency), "an ISO 4217 code such as EUR", "write the code"))
    if "transactions" not in frames:
        faults.append(Fault(name, "no transactions", "a table of order lines", "map one under tables.transactions"))
    refuse(faults)
    plain = {table: _plain(table, frame) for table, frame in frames.items()}
    exact = {t: frame if t == "customers" else exact_events(frame, currency) for t, frame in plain.items()}
    customers, touches, points = (exact.get(table) for table in ("customers", "touches", "points"))
    return Tables(exact["transactions"], covers, currency, customers, touches, points, name, _records(exact))


def check_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores that meet their contract: columns in order, each customer once, shares in [0, 1], no negative amount."""
    faults = []
    if list(scores.columns) != list(SCORES):
        faults.append(Fault("scores", f"columns {list(scores.columns)}", f"{list(SCORES)}", "report this as a bug"))
    if "customer_id" in scores and (twice := scores["customer_id"].duplicated().to_numpy()).any():
        found = rows(twice, scores["customer_id"])
        faults.append(Fault("scores.customer_id", found, "each customer once", "report this as a bug"))
    bounded = {column: BOUNDS[kind] for column, kind in SCORES.items() if kind in BOUNDS and column in scores}
    for column, (low, high) in bounded.items():
        values = scores[column].to_numpy(float)
        if (bad := (values < low) | (values > high)).any():
            found = rows(bad, scores[column])
            faults.append(Fault(f"scores.{column}", found, f"{low:g} to {high:g}", "report this as a bug"))
    refuse(faults)
    return scores


def _table_faults(table: str, frame: pd.DataFrame, where: str, currency: str, covers: Covers) -> Iterator[Fault]:
    contract = CONTRACTS[table]
    must = [column for column in contract if not column.endswith("?")]
    for column in must:
        if column not in frame:
            has = ", ".join(map(str, frame.columns)) or "none"
            yield Fault(f"{where}.{column}", f"no such column (columns: {has})", "the column", "add or map it")
    if not len(frame):
        yield Fault(where, "no rows", "at least one row", "check the file, and what the cleaning rules set aside")
        return
    for column, kind in contract.items():
        if (bare := column.rstrip("?")) in frame:
            faults = list(column_faults(frame[bare], kind, f"{where}.{bare}", must=bare in must))
            yield from faults or _shop_faults(bare, frame[bare], f"{where}.{bare}", currency, covers)
    if table == "customers":
        for attribute in (c for c in frame if isinstance(frame[c].dtype, pd.DatetimeTZDtype)):
            cure = "convert them to the shop's zone, and drop it"
            yield Fault(f"{where}.{attribute}", f"type {frame[attribute].dtype}", "local times without a zone", cure)
    if table == "customers" and "customer_id" in frame and (twice := frame["customer_id"].duplicated()).any():
        found = f"customers that stand twice ({rows(twice.to_numpy(), frame['customer_id'])})"
        yield Fault(f"{where}.customer_id", found, "one row each", "merge or drop them")


def _shop_faults(column: str, values: pd.Series, where: str, currency: str, covers: Covers) -> Iterator[Fault]:
    """What the shop's currency and the days that it covers rule out in a column that is sound by itself."""
    if column == "amount":
        yield from amount_faults(values, where, currency)
    elif column in EXACT:
        scale = EXACT[column][1] or 10 ** minor_digits(currency)
        if (huge := in_pieces(lambda part: np.abs(part * scale) > 2**53, floats(values), bool)).any():
            yield Fault(where, rows(huge, values), "numbers that whole ones of 2^53 can hold", "correct them")
    elif column == "currency" and (other := (values != currency).to_numpy() & values.notna().to_numpy()).any():
        found = f"{other.sum()} rows of another ({rows(other, values)})"
        yield Fault(where, found, f"{currency} only", "convert the amounts or set the rows aside")
    elif column == "ordered_at":
        first, end = (day_number(day) * per_day(values) for day in (covers.first, covers.end))
        if (outside := in_pieces(lambda part: (part < first) | (part >= end), ticks(values), bool)).any():
            found = f"{outside.sum()} orders outside ({rows(outside, values)})"
            cure = "correct `covers`, or set the rows aside by a rule"
            yield Fault(where, found, f"orders within what the source covers, {covers}", cure)


def _records(exact: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """What a shop writes down, beyond its columns: see `Tables.records`."""
    kinds = exact["touches"]["kind"].unique() if "touches" in exact else ()
    times = {"times of day"} if exact["transactions"]["hour"].any() else set()
    return frozenset({f"touches.{kind}" for kind in kinds} | times)


def _plain(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Names as text, orders' unless they are whole numbers; unknown columns go, but for attributes of customers."""
    known = [column.rstrip("?") for column in CONTRACTS[table]]
    kept = frame if table == "customers" else frame[[column for column in known if column in frame]]
    contract = {column.rstrip("?"): kind for column, kind in CONTRACTS[table].items()}
    names = [column for column, kind in contract.items() if kind in ("id", "text") and column in kept]
    return kept.assign(**{column: _identities(kept[column]) for column in names}).reset_index(drop=True)


def _identities(ids: pd.Series) -> pd.Series:
    """Names as text, whether in a column of text or as categories; numbers of orders as they are."""
    if isinstance(ids.dtype, pd.CategoricalDtype):
        words = ids.cat.categories
        return ids if words.dtype == "str" else ids.cat.rename_categories(list(words.astype("str")))
    if ids.name == "order_id" and pd.api.types.is_integer_dtype(ids.dtype):
        return ids
    return ids.astype("str")
