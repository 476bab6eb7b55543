"""Time: the one place where a log is cut into past and future, half open."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from clientscape.faults import Fault

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days from 1970-01-01 to a local date [days]; tables carry local days as such integers."""
    return (day - EPOCH).days


@dataclass(frozen=True)
class Covers:
    """The days that a source covers: from `first` up to, not including, `end` (local dates)."""

    first: date
    end: date

    def __str__(self) -> str:
        return f"{self.first} to {self.end - timedelta(days=1)}"


@dataclass(frozen=True)
class Window:
    """A past and a future around a local date; every cut is half open, so no day is in both.

        covers.first     start              as_of              end
             |----history---|-----past--------|-----future------|
                            <-lookback_days-->  <-horizon_days->

    `lookback_days=None` takes the whole history. The column that is handed to a cut holds local day
    numbers and may be anything that compares and combines with `&`: a NumPy array, a pandas Series,
    a narwhals expression.
    """

    as_of: date
    covers: Covers
    lookback_days: int | None = None
    horizon_days: int = 90

    @property
    def as_of_day(self) -> int:
        """The as-of date as a day number [days since 1970-01-01]."""
        return day_number(self.as_of)

    @property
    def start(self) -> date:
        """First local date of the past."""
        return self.covers.first if self.lookback_days is None else self.as_of - timedelta(days=self.lookback_days)

    @property
    def end(self) -> date:
        """The first local date after the future."""
        return self.as_of + timedelta(days=self.horizon_days)

    @property
    def past_days(self) -> int:
        """Length of the past [days]."""
        return (self.as_of - self.start).days

    @property
    def history_days(self) -> int:
        """Length of what the source covers before the as-of date [days]."""
        return (self.as_of - self.covers.first).days

    def sees(self, days: int) -> bool:
        """Whether the last so many days lie within the past, and within what the source covers."""
        return days <= min(self.past_days, self.history_days)

    def past(self, day: Any) -> Any:
        """Mask of `start <= day < as_of`; the only cut through time that there is."""
        return (day >= day_number(self.start)) & (day < self.as_of_day)

    def whole(self) -> "Window":
        """The same date with the whole history as its past, as lifetime value models see it."""
        return replace(self, lookback_days=None)

    def recent(self) -> "Window":
        """The same date with one horizon as its past: what the horizon ahead is compared with."""
        return replace(self, lookback_days=self.horizon_days)

    def ahead(self) -> "Window":
        """The window whose past is this one's future: `as_of <= day < as_of + horizon`."""
        return replace(self, as_of=self.end, lookback_days=self.horizon_days)

    def before(self) -> "Window":
        """The same window one horizon earlier: its future ends where this one's begins."""
        return replace(self, as_of=self.as_of - timedelta(days=self.horizon_days))

    def origins(self, n: int, every_days: int) -> list["Window"]:
        """Up to n earlier windows to learn from, the latest first; the horizon of each ends by as_of.

            |----history----|                    a third of the history at least
                            |--horizon--->|      the earliest
                                 |--horizon--->| every_days later, and so on
                                               as_of

        Their horizons are as long as this one's, or as long as they can be: at most a third of the history is taken
        for the latest. One whose past the source does not cover is left out, and all before it.
        """
        third = self.history_days // 3
        found: list[Window] = []
        for step in range(n if third else 0):
            back = min(self.horizon_days, third) + step * every_days
            if self.history_days - back < third:
                break
            as_of = self.as_of - timedelta(days=back)
            earlier = replace(self, as_of=as_of, horizon_days=min(self.horizon_days, back))
            if earlier.faults():
                break
            found.append(earlier)
        return found

    def lessons(self, n: int, every_days: int, least_horizons: int = 1) -> list["Window"]:
        """Up to n earlier windows with this one's horizon, which ends by as_of: the latest first.

                      |--horizon--->|      the latest: what came after it is known by as_of
                 |--horizon--->|           every_days before, and so on
                                  as_of

        One whose past the source does not cover, or less than so many horizons of history, ends the list.
        """
        found: list[Window] = []
        for step in range(n):
            earlier = replace(self, as_of=self.as_of - timedelta(days=self.horizon_days + step * every_days))
            if earlier.faults() or earlier.history_days < least_horizons * self.horizon_days:
                break
            found.append(earlier)
        return found

    def faults(self, where: str = "window", *, with_future: bool = False) -> list[Fault]:
        """What the source cannot answer about this window; `with_future` asks for the horizon to be covered too."""
        covers, found = self.covers, []
        if not covers.first < self.as_of <= covers.end:
            found.append(
                Fault(
                    f"{where}.as_of",
                    str(self.as_of),
                    f"a date after {covers.first} and at most {covers.end} (the source covers {covers})",
                    "choose an as_of inside what the source covers, or correct its `covers`",
                )
            )
            return found
        # Numbers of days are compared, not dates: a date outside the years 1 to 9999 cannot be had.
        if self.lookback_days is not None and self.lookback_days > self.history_days:
            found.append(
                Fault(
                    f"{where}.lookback_days",
                    f"{self.lookback_days} before {self.as_of}",
                    f"nothing before {covers.first}, the first day that the source covers",
                    f"set lookback_days to at most {self.history_days}, or to `all`",
                )
            )
        if with_future and self.horizon_days > (covers.end - self.as_of).days:
            fits = self.horizon_days < (covers.end - covers.first).days
            earlier = f"as_of to at most {covers.end - timedelta(days=self.horizon_days)}, or " if fits else ""
            found.append(
                Fault(
                    f"{where}.horizon_days",
                    f"{self.horizon_days} after {self.as_of}",
                    f"an end at or before {covers.end}, where the source ends",
                    f"set {earlier}a shorter horizon_days",
                )
            )
        return found
