"""The loyalty account: points earned and spent."""

from typing import Annotated, Any

from annotated_types import Ge

from clientscape.features.expressions import number_of, total
from clientscape.window import Window

CELLS = "point_days"


def points_earned(age_days: Any, earned_milli: Any, window: Window) -> Any:
    """Points earned within the window [points]."""
    return total(earned_milli, age_days <= window.past_days) / 1000


def points_spent(age_days: Any, spent_milli: Any, window: Window) -> Any:
    """Points spent within the window [points]."""
    return total(spent_milli, age_days <= window.past_days) / 1000


def points_balance(earned_milli: Any, spent_milli: Any) -> Any:
    """Points earned less points spent, over all that is known [points]."""
    return (total(earned_milli) - total(spent_milli)) / 1000


def points_spent_last(age_days: Any, spent_milli: Any, window: Window, *, days: Annotated[int, Ge(1)] = 30) -> Any:
    """Points spent in the last so many days; missing where the window is shorter [points]."""
    return total(spent_milli, age_days <= days) / 1000 if window.sees(days) else None


def redemption_days(age_days: Any, spent_milli: Any, window: Window) -> Any:
    """Days within the window on which points were spent [days]."""
    return number_of((spent_milli > 0) & (age_days <= window.past_days))
