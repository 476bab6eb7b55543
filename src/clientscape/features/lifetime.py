"""The letters of the lifetime value models, over the whole history (Fader, Hardie, Lee 2005, section 2)."""

import narwhals as nw

CELLS = "order_days"


def x(n_order_days: nw.Expr) -> nw.Expr:
    """Order days after the first one [days]."""
    return n_order_days - 1


def t_x(tenure_days: nw.Expr, recency_days: nw.Expr) -> nw.Expr:
    """From the first order day to the last [days]."""
    return tenure_days - recency_days


def T(tenure_days: nw.Expr) -> nw.Expr:  # noqa: N802 - the papers' letter
    """From the first order day to as_of [days]."""
    return tenure_days


def m_x(amount_minor: nw.Expr, gap_days: nw.Expr, minor_units: int) -> nw.Expr:
    """Mean value of the order days after the first; missing where there is none [currency]."""
    repeat = nw.when(~gap_days.is_null()).then(amount_minor).otherwise(0).sum().cast(nw.Int64)
    return repeat / gap_days.count() / minor_units
