"""How long known: the whole history that the source covers, also before the window."""

from typing import Annotated, Any

from annotated_types import Ge

from clientscape.features.expressions import count, when
from clientscape.window import Window

CELLS = "order_days_ever"


def known_days(age_days: Any) -> Any:
    """Days since the first order that is known [days]."""
    return age_days.max()


def n_order_days_ever(age_days: Any) -> Any:
    """Days with at least one order that are known [days]."""
    return count(age_days)


def is_new(age_days: Any, window: Window, *, days: Annotated[int, Ge(1)] = 90) -> Any:
    """1 for a new customer, whose first order is at most so many days ago, 0 for a returning one [0 or 1]."""
    return when(age_days.max() <= days, 1, 0) if window.whole().sees(days + 1) else None
