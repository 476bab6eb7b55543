"""What the shop knows of the customer, as it stands today: the table of customers carries no dates of change."""

from typing import Any

from clientscape.features.expressions import when
from clientscape.window import Window

CELLS = "customers"


def attribute(attributes: Any, *, column: str) -> Any:
    """A column of customers, text or number; yes and no are 1 and 0, dates days since 1970 [as given]."""
    return attributes(column).max()


def days_since(attributes: Any, window: Window, *, column: str) -> Any:
    """Days since a date in a column of customers, that of joining say; missing where it is not before as_of [days]."""
    age_days = window.as_of_day - attributes(column).max()
    return when(age_days > 0, age_days)
