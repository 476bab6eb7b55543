"""Money, quantities and times as whole numbers: sums of them are the same in any order, to the bit."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from clientscape.columns import rows
from clientscape.faults import Fault

PIECE = 1 << 15  # rows

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


def minor_digits(currency: str) -> int:
    """Digits after the decimal point of a currency, by ISO 4217."""
    return MINOR_DIGITS.get(currency, 2)


def amount_faults(values: pd.Series, where: str, currency: str) -> Iterator[Fault]:
    """Amounts with more digits than the currency has, too large to be exact, or all 0."""
    amounts, digits = floats(values), minor_digits(currency)
    scale = 10**digits
    # A binary fraction misses its decimal by far less than this; a third digit by far more.
    if (fine := in_pieces(lambda part: np.abs(part * scale - np.rint(part * scale)) > 1e-4, amounts, bool)).any():
        found = f"{fine.sum()} amounts with more digits ({rows(fine, values)})"
        yield Fault(where, found, f"at most {digits} for {currency}", f"map `round(amount, {digits})`")
    if (huge := in_pieces(lambda part: np.abs(part * scale) > 2**53, amounts, bool)).any():
        yield Fault(where, rows(huge, values), "amounts below 2^53 minor units", "correct them")
    if not amounts.any():
        yield Fault(where, "0 in every row", "amounts that differ from 0", "map the column that holds the money")


def in_pieces(operation: Callable[[Any], Any], values: Any, kind: Any) -> Any:
    """What an operation makes of each value; piece by piece, which stays in the processor's cache."""
    made = np.empty(len(values), dtype=kind)
    for first in range(0, len(values), PIECE):
        made[first : first + PIECE] = operation(values[first : first + PIECE])
    return made


def floats(values: pd.Series) -> Any:
    """Numbers as floats, NaN where nothing is."""
    return values.to_numpy(float, na_value=np.nan)


def _whole(values: pd.Series, times: int) -> Any:
    """Numbers as whole ones of a smaller unit, 0 where nothing is."""
    return in_pieces(lambda part: np.rint(np.where(np.isnan(part), 0.0, part) * times), floats(values), np.int64)


def ticks(times: pd.Series) -> Any:
    """Local times as whole numbers."""
    return times.to_numpy().view(np.int64)


def per_day(times: pd.Series) -> int:
    """Ticks in a day of a column of times."""
    return 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[str(times.dt.unit)]


def exact_events(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Events without faults, with whole numbers for money, quantities, points, days and an order's hour."""
    exact = frame.copy(deep=False)
    for column, (name, scale) in EXACT.items():
        if column in exact:
            exact[name] = _whole(exact.pop(column), scale or 10 ** minor_digits(currency))
    time = exact["ordered_at" if "ordered_at" in exact else "at"]
    day_long, at = per_day(time), ticks(time)
    exact["day"] = in_pieces(lambda part: part // day_long, at, np.int32)
    if time.name == "ordered_at":
        exact["hour"] = in_pieces(lambda part: part % day_long // (day_long // 24), at, np.int8)
    return exact
