"""How often: orders and order days."""

from typing import Annotated, Any

from annotated_types import Ge

from clientscape.features.expressions import count, number_of, ratio, total
from clientscape.window import Window

CELLS = "order_days"


def n_orders(n_orders: Any) -> Any:
    """Orders within the window [orders]."""
    return total(n_orders)


def n_order_days(age_days: Any) -> Any:
    """Days with at least one order within the window [days]."""
    return count(age_days)


def orders_last(age_days: Any, n_orders: Any, window: Window, *, days: Annotated[int, Ge(1)]) -> Any:
    """Orders in the last so many days; missing where the window is shorter [orders]."""
    return total(n_orders, age_days <= days) if window.sees(days) else None


def order_days_last(age_days: Any, window: Window, *, days: Annotated[int, Ge(1)]) -> Any:
    """Days with at least one order in the last so many days; missing where the window is shorter [days]."""
    return number_of(age_days <= days) if window.sees(days) else None


def order_days_change(age_days: Any, window: Window, *, days: Annotated[int, Ge(1)]) -> Any:
    """Order days of the last so many days against as many before; missing without any [-1..1]."""
    if not window.sees(2 * days):
        return None
    last = number_of(age_days <= days)
    both = number_of(age_days <= 2 * days)
    return ratio(last * 2 - both, both)
