"""How much: money, returns taken off."""

from typing import Any

from clientscape.features.expressions import ratio, total, when

CELLS = "spend_days"


def spend_total(amount_minor: Any, minor_units: int) -> Any:
    """Spend within the window, returns taken off [currency]."""
    return total(amount_minor) / minor_units


def spend_day_max(amount_minor: Any, minor_units: int) -> Any:
    """Spend of the customer's dearest day within the window [currency]."""
    return amount_minor.max() / minor_units


def spend_day_median(amount_minor: Any, minor_units: int) -> Any:
    """Median spend of a day on which anything was bought or returned [currency]."""
    return amount_minor.median() / minor_units


def spend_per_order_day(spend_total: Any, n_order_days: Any) -> Any:
    """Spend for each day with an order [currency]."""
    return ratio(spend_total, n_order_days)


def margin_total(margin_minor: Any, minor_units: int) -> Any:
    """Margin within the window, that of returns taken off [currency]."""
    return total(margin_minor) / minor_units


def margin_share(margin_minor: Any, amount_minor: Any) -> Any:
    """Margin over spend within the window; missing without spend [share]."""
    spend = total(amount_minor)
    return when(spend > 0, ratio(total(margin_minor), spend))
