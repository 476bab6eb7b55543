"""Which way: the last days against those before. A month is 30 days, a quarter 90, a year 365."""

from typing import Annotated, Any

from annotated_types import Ge

from clientscape.features.expressions import largest, ratio, total, when
from clientscape.window import Window

CELLS = "spend_days"
MONTH, QUARTER, YEAR = 30, 90, 365
MONTHS = 12


def spend_last(
    age_days: Any, amount_minor: Any, minor_units: int, window: Window, *, days: Annotated[int, Ge(1)]
) -> Any:
    """Spend in the last so many days; missing where the window is shorter [currency]."""
    return total(amount_minor, age_days <= days) / minor_units if window.sees(days) else None


def spend_change(age_days: Any, amount_minor: Any, window: Window, *, days: Annotated[int, Ge(1)]) -> Any:
    """Spend of the last so many days against as many before; -1 all gone, 1 all new; missing without any [-1..1]."""
    if not window.sees(2 * days):
        return None
    last = total(amount_minor, age_days <= days)
    before = total(amount_minor, (age_days > days) & (age_days <= 2 * days))
    return _change(last, before)


def spend_year_ago(
    age_days: Any, amount_minor: Any, minor_units: int, window: Window, *, days: Annotated[int, Ge(1)]
) -> Any:
    """Spend in the same so many days a year earlier; missing where the window is shorter [currency]."""
    if not window.sees(YEAR + days):
        return None
    return total(amount_minor, (age_days > YEAR) & (age_days <= YEAR + days)) / minor_units


def spend_year_change(age_days: Any, amount_minor: Any, window: Window, *, days: Annotated[int, Ge(1)]) -> Any:
    """Spend of the last so many days against the same days a year earlier; missing without any [-1..1]."""
    if not window.sees(YEAR + days):
        return None
    last = total(amount_minor, age_days <= days)
    return _change(last, total(amount_minor, (age_days > YEAR) & (age_days <= YEAR + days)))


def spend_slope(age_days: Any, amount_minor: Any, minor_units: int, window: Window) -> Any:
    """Slope of a straight line through the monthly spend of the last 360 days [currency per month]."""
    if not window.sees(MONTHS * MONTH):
        return None
    # Least squares over months 0..11: weights 11 - 2 month, over 2 x 143, the sum of squared distances from 5.5.
    weight = (MONTHS - 1) - (age_days - 1) // MONTH * 2
    return total(amount_minor * weight, age_days <= MONTHS * MONTH) / (2.0 * 143 * minor_units)


def months_since_best_quarter(age_days: Any, amount_minor: Any, window: Window) -> Any:
    """Months since the end of the best of the last four quarters; missing without spend in them [months]."""
    if not window.sees(4 * QUARTER):
        return None
    spends = [total(amount_minor, (age_days > n * QUARTER) & (age_days <= (n + 1) * QUARTER)) for n in range(4)]
    best = largest(*spends)
    since = when(spends[0] == best, 0, when(spends[1] == best, 3, when(spends[2] == best, 6, 9)))
    return when(best > 0, since)


def _change(last: Any, before: Any) -> Any:
    return when((last >= 0) & (before >= 0), ratio(last - before, last + before))
