"""How often: orders and order days."""

from typing import Annotated

import narwhals as nw
from annotated_types import Ge

from clientscape.window import Window

CELLS = "order_days"


def n_orders(n_orders: nw.Expr) -> nw.Expr:
    """Orders within the window [orders]."""
    return n_orders.sum().cast(nw.Int64)


def n_order_days(age_days: nw.Expr) -> nw.Expr:
    """Days with at least one order within the window [days]."""
    return age_days.count().cast(nw.Int64)


def order_days_last(age_days: nw.Expr, window: Window, *, days: Annotated[int, Ge(1)]) -> nw.Expr | None:
    """Days with at least one order in the last so many days; missing where the window is shorter [days]."""
    if days > window.past_days:
        return None
    return (age_days <= days).cast(nw.Int64).sum().cast(nw.Int64)
