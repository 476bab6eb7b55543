"""When: weekdays and hours, of orders by their first line, in the shop's own zone."""

from typing import Annotated, Any

from annotated_types import Ge, Le

from clientscape.features.expressions import count, largest, number_of, ratio, when

CELLS = "orders"
WEEKDAYS = range(1, 8)


def weekend_share(weekday: Any) -> Any:
    """Share of the orders on Saturday or Sunday [share]."""
    return ratio(number_of(weekday >= 6), count(weekday))


def favourite_weekday(weekday: Any) -> Any:
    """The weekday with the most orders, 1 Monday to 7 Sunday; the first in the week of several [weekday]."""
    counts = [number_of(weekday == day) for day in WEEKDAYS]
    most = largest(*counts)
    favourite: Any = WEEKDAYS[-1]
    for day in reversed(WEEKDAYS[:-1]):
        favourite = when(counts[day - 1] == most, day, favourite)
    return when(most > 0, favourite)


def hour_share(hour: Any, *, first: Annotated[int, Ge(0), Le(23)] = 17, end: Annotated[int, Ge(1), Le(24)] = 24) -> Any:
    """Share of the orders from one hour of the day up to, not including, another [share]."""
    return ratio(number_of((hour >= first) & (hour < end)), count(hour))
