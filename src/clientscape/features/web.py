"""Visits, with and without an order on the same day."""

from typing import Any

from clientscape.features.expressions import count, number_of, ratio, total

CELLS = "visit_days"


def n_visits(n_visits: Any) -> Any:
    """Visits within the window [visits]."""
    return total(n_visits)


def visit_days_without_order(n_orders: Any) -> Any:
    """Days within the window with a visit and no order [days]."""
    return number_of(n_orders == 0)


def visit_day_order_share(n_orders: Any) -> Any:
    """Share of the days with a visit that saw an order; missing without visits [share]."""
    return ratio(number_of(n_orders > 0), count(n_orders))
