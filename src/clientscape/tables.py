"""The tables that cross the floors, and their contracts: checked once, never repaired."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clientscape.columns import column_faults, rows
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
    "flagged": "flag",
    "status": "text",
    "model_version": "text",
    "run_id": "text",
}

PIECE = 1 << 15  # rows

BOUNDS = {"share": (0.0, 1.0), "amount": (0.0, np.inf), "count": (0.0, np.inf)}

# What becomes whole numbers: new name, and how many to one; None is the currency's minor unit.
EXACT: dict[str, tuple[str, int | None]] = {
    "amount": ("amount_minor", None),
    "discount": ("discount_minor", None),
    "coupon": ("coupon_minor", None),
    "margin": ("margin_minor", None),
    "quantity": ("quantity_milli", 1000),
    "points": ("points_milli", 1000),
}

# Digits after the point by ISO 4217, where they are not two.
MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


@dataclass(frozen=True)
class Tables:
    """A shop's tables after their contracts, and what the source says about them.

    Money is exact: instead of `amount` (and `discount`, `coupon`, `margin`) transactions have the int64
    `amount_minor` ... in the smallest unit of the currency, where nothing was written 0; instead of `quantity`
    the int64 `quantity_milli`; points have `points_milli`. `day` is the local day [days since 1970-01-01] in all
    three tables of events, `hour` the local hour of a transaction. Every `ordered_at` and `at` is local
    wall-clock time in the shop's zone, without a zone. `records` tells what the shop writes down at all: kinds of
    touches (`touches.sent`) and `times of day`; what it does not is missing, never 0.
    """

    transactions: pd.DataFrame
    covers: Covers
    currency: str
    customers: pd.DataFrame | None = None
    touches: pd.DataFrame | None = None
    points: pd.DataFrame | None = None
    name: str = field(default="", compare=False)
    records: frozenset[str] = frozenset()

    @property
    def minor_units(self) -> int:
        """Smallest units in one currency unit: 100 cents in a euro."""
        return int(10 ** minor_digits(self.currency))


def minor_digits(currency: str) -> int:
    """Digits after the decimal point of a currency, by ISO 4217."""
    return MINOR_DIGITS.get(currency, 2)


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
    exact = {table: _exact(table, frame, 10 ** minor_digits(currency)) for table, frame in frames.items()}
    return Tables(covers=covers, currency=currency, name=name, records=_records(exact), **exact)


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
        yield from _amount_faults(values, where, currency)
    elif column in EXACT:
        scale = EXACT[column][1] or 10 ** minor_digits(currency)
        if (huge := _in_pieces(lambda part: np.abs(part * scale) > 2**53, _floats(values), bool)).any():
            yield Fault(where, rows(huge, values), "numbers that whole ones of 2^53 can hold", "correct them")
    elif column == "currency" and (other := (values != currency).to_numpy() & values.notna().to_numpy()).any():
        found = f"{other.sum()} rows of another ({rows(other, values)})"
        yield Fault(where, found, f"{currency} only", "convert the amounts or set the rows aside")
    elif column == "ordered_at":
        first, end = (day_number(day) * _per_day(values) for day in (covers.first, covers.end))
        if (outside := _in_pieces(lambda part: (part < first) | (part >= end), _ticks(values), bool)).any():
            found = f"{outside.sum()} orders outside ({rows(outside, values)})"
            cure = "correct `covers`, or set the rows aside by a rule"
            yield Fault(where, found, f"orders within what the source covers, {covers}", cure)


def _amount_faults(values: pd.Series, where: str, currency: str) -> Iterator[Fault]:
    amounts, digits = _floats(values), minor_digits(currency)
    scale = 10**digits
    # A binary fraction misses its decimal by far less than this; a third digit by far more.
    if (fine := _in_pieces(lambda part: np.abs(part * scale - np.rint(part * scale)) > 1e-4, amounts, bool)).any():
        found = f"{fine.sum()} amounts with more digits ({rows(fine, values)})"
        yield Fault(where, found, f"at most {digits} for {currency}", f"map `round(amount, {digits})`")
    if (huge := _in_pieces(lambda part: np.abs(part * scale) > 2**53, amounts, bool)).any():
        yield Fault(where, rows(huge, values), "amounts below 2^53 minor units", "correct them")
    if not amounts.any():
        yield Fault(where, "0 in every row", "amounts that differ from 0", "map the column that holds the money")


def _in_pieces(operation: Callable[[Any], Any], values: Any, kind: Any) -> Any:
    """What an operation makes of each value; piece by piece, which stays in the processor's cache."""
    made = np.empty(len(values), dtype=kind)
    for first in range(0, len(values), PIECE):
        made[first : first + PIECE] = operation(values[first : first + PIECE])
    return made


def _floats(values: pd.Series) -> Any:
    """Numbers as floats, NaN where nothing is."""
    return values.to_numpy(float, na_value=np.nan)


def _whole(values: pd.Series, times: int) -> Any:
    """Numbers as whole ones of a smaller unit, 0 where nothing is."""
    return _in_pieces(lambda part: np.rint(np.where(np.isnan(part), 0.0, part) * times), _floats(values), np.int64)


def _ticks(times: pd.Series) -> Any:
    """Local times as whole numbers."""
    return times.to_numpy().view(np.int64)


def _per_day(times: pd.Series) -> int:
    """Ticks in a day of a column of times."""
    return 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[str(times.dt.unit)]


def _exact(table: str, frame: pd.DataFrame, minor_units: int) -> pd.DataFrame:
    """A table without faults, with whole numbers for money, quantities, points and days."""
    exact = _plain(table, frame)
    for column, (name, scale) in EXACT.items():
        if table != "customers" and column in exact:
            exact[name] = _whole(exact.pop(column), scale or minor_units)
    if time := next((kind for kind in ("ordered_at", "at") if kind in exact and table != "customers"), None):
        per_day, ticks = _per_day(exact[time]), _ticks(exact[time])
        exact["day"] = _in_pieces(lambda part: part // per_day, ticks, np.int32)
        if table == "transactions":
            exact["hour"] = _in_pieces(lambda part: part % per_day // (per_day // 24), ticks, np.int8)
    return exact


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
