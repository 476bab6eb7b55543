"""Days that a log lacks, or has only in part: told by the same weekdays around them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.window import EPOCH, Window, day_number

WEEK = 7
NEAREST = 4  # same weekdays before, and as many after
AT_LEAST = 2  # of them, or nothing is usual
BEYOND_NOISE = 5.0  # spreads of the log's own days
LEAST_SPREAD = 0.5  # of the square root of a number of lines, if they came one by one by chance (Bartlett 1936)


def lines_per_day(day: NDArray[np.int64] | pd.Series, window: Window) -> pd.Series:
    """Lines on each day of a window's past, by day number [days since 1970-01-01]; parts of a log add up.

    day : (n,), the day of each line of the log, or of a part of it.
    """
    first = max(day_number(window.start), day_number(window.covers.first))
    n_days = max(window.as_of_day - first, 0)
    days = np.asarray(day, dtype=np.int64)
    seen = days[np.asarray(window.past(days)) & (days >= first)]
    index = pd.RangeIndex(first, first + n_days, name="day")
    return pd.Series(np.bincount(seen - first, minlength=n_days), index, dtype=np.int64, name="lines")


def judged_days(lines: pd.Series, day_share: float) -> pd.DataFrame:
    """What `lines_per_day` found, a row a day: day (date), lines, usual [lines], missing.

    Usual is the median of the same weekday, four times before and four after, as far as the log has them, without the
    empty days that are missing: so the days on which a shop is always closed are none, and a gap of many weeks is
    found whole, from its ends. A day is missing, whole or in part, that has fewer lines than `day_share` of what is
    usual, and fewer by more than five times what days differ by here: by the median absolute residual of the square
    roots, whose spread is about the same for few lines and for many.
    """
    y = lines.to_numpy(float)
    missing = np.zeros(len(y), dtype=bool)
    while True:
        usual = _usual(y, missing & (y == 0))
        found = missing | _missing(y, usual, day_share)
        if (found == missing).all():
            break
        missing = found
    days = [EPOCH + pd.Timedelta(days=int(day)).to_pytimedelta() for day in lines.index]
    return pd.DataFrame({"day": days, "lines": lines.to_numpy(), "usual": usual, "missing": missing})


def closed(days: "pd.Series[Any]", closed: Sequence[str]) -> "pd.Series[bool]":
    """Which dates are among those given as 2026-04-03 or, of every year, as 12-25."""
    return pd.Series([str(day) in closed or str(day)[5:] in closed for day in days], days.index, dtype=bool)


def _usual(y: NDArray[np.float64], left_out: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The median of the nearest same weekdays that are not left out; nan where fewer than two are known."""
    usual = np.full(len(y), np.nan)
    for weekday in range(min(WEEK, len(y))):
        at = np.arange(weekday, len(y), WEEK)
        kept = at[~left_out[at]]
        known = np.pad(y[kept], NEAREST, constant_values=np.nan)
        # Places in `known`: NEAREST ahead of those in `kept`.
        before = np.searchsorted(kept, at, "left")[:, None] + np.arange(NEAREST)
        after = np.searchsorted(kept, at, "right")[:, None] + np.arange(NEAREST, 2 * NEAREST)
        near = known[np.hstack([before, after])]
        enough = (~np.isnan(near)).sum(axis=1) >= AT_LEAST
        usual[at[enough]] = np.nanmedian(near[enough], axis=1)
    return usual


def _missing(y: NDArray[np.float64], usual: NDArray[np.float64], day_share: float) -> NDArray[np.bool_]:
    """Days with too few lines, beyond noise."""
    away = np.sqrt(y) - np.sqrt(usual)
    open_days = away[usual > 0]
    if not len(open_days):
        return np.zeros(len(y), dtype=bool)
    spread = max(LEAST_SPREAD, 1.4826 * float(np.median(np.abs(open_days - np.median(open_days)))))
    return np.asarray((y < day_share * usual) & (away < -BEYOND_NOISE * spread))
