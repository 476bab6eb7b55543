"""Days that a log lacks, or has only in part: told by the same weekdays around them."""

import math
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
MOSTLY_OPEN = 0.5  # share of the weeks in which a weekday has lines
ONE_IN = 1e-6
MEDIAN_OF_CHI2 = 0.4549
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

    Usual is the median of the same weekday, four times before and four after, as far as the log has them; of a weekday
    with lines in most weeks, empty days do not count, so that a gap of many weeks is found whole, and days on which a
    shop is always closed are none. A day is missing, whole or in part, that has fewer lines than `day_share` of what
    is usual, and fewer by more than five times what days differ by here: by the median absolute residual of the square
    roots, whose spread is about the same for few lines and for many. Missing are also empty days in a row that chance
    would not leave empty together: what is usual of all of them tells what a single one is too little for.
    """
    y = lines.to_numpy(float)
    weekday = np.arange(len(y)) % WEEK
    mostly = np.array([float(np.mean(y[weekday == day] > 0)) if (weekday == day).any() else 0.0 for day in range(WEEK)])
    empty = (y == 0) & (mostly >= MOSTLY_OPEN)[weekday]
    usual = _usual(y, empty)
    missing = _missing(y, usual, day_share) | _empty_together(y, usual, empty)
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


def _empty_together(y: NDArray[np.float64], usual: NDArray[np.float64], empty: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Empty days in a row, closed weekdays between them left aside, that chance leaves empty once in a million times.

    Lines come in orders: counts are taken as Poisson of so many lines at once as their variance is above their mean
    (quasi-Poisson, Wedderburn 1974), by the median of a chi-squared of one degree.
    """
    open_days = (y > 0) & (usual > 0)
    if not open_days.any():
        return np.zeros(len(y), dtype=bool)
    squares = (y[open_days] - usual[open_days]) ** 2 / usual[open_days]
    at_once = max(1.0, float(np.median(squares)) / MEDIAN_OF_CHI2)
    looked_at = np.flatnonzero(empty | open_days)
    run = np.cumsum(~empty[looked_at])  # days of one run have one number, with the day before it
    expected = np.bincount(run, weights=np.where(empty, np.nan_to_num(usual), 0.0)[looked_at])
    found = np.zeros(len(y), dtype=bool)
    found[looked_at] = empty[looked_at] & (expected[run] / at_once > -math.log(ONE_IN))
    return found
