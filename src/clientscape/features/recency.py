"""How long ago: recency and tenure."""

from typing import Any

CELLS = "order_days"


def recency_days(age_days: Any) -> Any:
    """Days since the last order; an order on the day before as_of gives 1 [days]."""
    return age_days.min()


def tenure_days(age_days: Any) -> Any:
    """Days since the first order within the window [days]."""
    return age_days.max()
