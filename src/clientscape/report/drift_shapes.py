"""Bars of the drift page, as places on a drawing: the page needs no plotting library, as the scoring job has none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

WIDTH, HEIGHT = 1035.0, 236.0  # of the days' drawing [px]
LEFT, TOP, BOTTOM = 52.0, 34.0, 24.0  # left for the numbers, above for the missing days, below for the months
LONGEST = 400  # days that are drawn, the latest
LEAST_APART = 72.0  # of two words on one line [px]
MISSING = "missing"


@dataclass(frozen=True)
class Bar:
    """A bar on a drawing [px], what it is (`then`, `now`, `day`, `lacks`), and what is told of it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    told: str


@dataclass(frozen=True)
class Mark:
    """A word at a place of a drawing [px]."""

    at: float
    text: str


@dataclass(frozen=True)
class Days:
    """Lines per day as bars, above the missing ones what they lack; `recent` is where the days begin that count."""

    bars: list[Bar]
    lines: list[Mark]  # at a height
    months: list[Mark]
    missing: list[Mark]
    recent: float


def histogram(
    bins: Sequence[str], then: Sequence[float], now: Sequence[float], width: float, height: float
) -> list[Bar]:
    """Shares of customers by bin: wide bars for those at training, narrow ones in front for those of tonight.

    Missing values are left to words: most of a score may be missing, and would hide what has moved in the rest.
    """
    known = [row for row in zip(bins, then, now, strict=True) if row[0] != MISSING]
    step = width / max(len(known), 1)
    highest = max((share for _, *shares in known for share in shares), default=0.0) or 1.0
    drawn = []
    for k, (name, before, after) in enumerate(known):
        told = f"{name}: {before:.1%} at training, {after:.1%} tonight"
        for kind, share, part in (("then", before, 0.86), ("now", after, 0.36)):
            tall, left = height * share / highest, step * (k + (1 - part) / 2)
            drawn.append(
                Bar(round(left, 1), round(height - tall, 1), round(step * part, 1), round(tall, 1), kind, told)
            )
    return drawn


def days_drawn(days: pd.DataFrame, recent_days: int) -> Days:
    """The lines of each day: columns day, lines, usual, missing; one row at least."""
    days = days.iloc[-LONGEST:]
    step = (WIDTH - LEFT) / len(days)
    tops = days["lines"].where(~days["missing"], days[["lines", "usual"]].max(axis=1))
    each = _round_step(float(tops.max()))
    highest = each * max(math.ceil(float(tops.max()) / each), 1)
    tall = HEIGHT - TOP - BOTTOM

    def bar(at: int, low: float, high: float, kind: str, told: str) -> Bar:
        x, y = LEFT + at * step, TOP + tall * (1 - high / highest)
        return Bar(round(x, 1), round(y, 1), round(step * 0.82, 2), round(tall * (high - low) / highest, 1), kind, told)

    bars = []
    for at, (day, lines, usual, missing) in enumerate(
        days[["day", "lines", "usual", "missing"]].itertuples(index=False)
    ):
        told = f"{day:%A} {day}: {lines:,} lines" + ("" if math.isnan(usual) else f", usual are {usual:,.0f}")
        bars.append(bar(at, 0.0, lines, "day", told))
        if missing:
            bars.append(bar(at, lines, usual, "lacks", told))
    recent = LEFT + max(len(days) - recent_days, 0) * step
    lines_at = [
        Mark(round(TOP + tall * (1 - k * each / highest), 1), f"{k * each:,.0f}")
        for k in range(int(highest / each) + 1)
    ]
    return Days(bars, lines_at, _months(days["day"], step), _missing(days, step), round(recent, 1))


def _round_step(highest: float) -> float:
    """A round whole number that goes into another five times at most."""
    if highest <= 5:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return max(1.0, next(power * part for part in (0.25, 0.5, 1.0, 2.0) if highest / (power * part) <= 5))


def _months(days: "pd.Series[date]", step: float) -> list[Mark]:
    """The first days of months, as many as have room."""
    firsts = [(at, day) for at, day in enumerate(days) if day.day == 1]
    every = next(n for n in (1, 2, 3, 6, 12) if n == 12 or 30 * step * n >= LEAST_APART)
    return [
        Mark(round(LEFT + at * step, 1), f"{day:%b %Y}" if day.month == 1 or (at, day) == firsts[0] else f"{day:%b}")
        for at, day in firsts
        if (day.month - 1) % every == 0
    ]


def _missing(days: pd.DataFrame, step: float) -> list[Mark]:
    """The first day of each gap, from the latest back; without a word where it would cover that of a later one."""
    marks: list[Mark] = []
    covered = math.inf
    missing = set(days.loc[days["missing"], "day"])
    for at, day in reversed(list(enumerate(days["day"]))):
        if day not in missing or day - timedelta(days=1) in missing:
            continue
        place = round(LEFT + (at + 0.41) * step, 1)
        has_room = covered - place >= LEAST_APART
        covered = place if has_room else covered
        marks.append(Mark(place, f"{day.day} {day:%b}" if has_room else ""))
    return marks
