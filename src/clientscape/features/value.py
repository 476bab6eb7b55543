"""How much: money, returns taken off."""

import narwhals as nw

CELLS = "spend_days"


def spend_total(amount_minor: nw.Expr, minor_units: int) -> nw.Expr:
    """Spend within the window, returns taken off [currency]."""
    return amount_minor.sum().cast(nw.Int64) / minor_units


def spend_day_max(amount_minor: nw.Expr, minor_units: int) -> nw.Expr:
    """Spend of the customer's dearest day within the window [currency]."""
    return amount_minor.max() / minor_units


def spend_per_order_day(spend_total: nw.Expr, n_order_days: nw.Expr) -> nw.Expr:
    """Spend for each day with an order [currency]."""
    return spend_total / n_order_days
