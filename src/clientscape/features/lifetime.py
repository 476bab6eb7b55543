"""The letters of the lifetime value models, over the whole history (Fader, Hardie, Lee 2005, section 2)."""

from typing import Any

from clientscape.features.expressions import count, ratio, total

CELLS = "order_days"


def x(n_order_days: Any) -> Any:
    """Order days after the first one [days]."""
    return n_order_days - 1


def t_x(tenure_days: Any, recency_days: Any) -> Any:
    """From the first order day to the last [days]."""
    return tenure_days - recency_days


def T(tenure_days: Any) -> Any:  # noqa: N802 - the papers' letter
    """From the first order day to as_of [days]."""
    return tenure_days


def m_x(amount_minor: Any, gap_days: Any, minor_units: int) -> Any:
    """Mean value of the order days after the first; missing where there is none [currency]."""
    return ratio(total(amount_minor, ~gap_days.is_null()), count(gap_days)) / minor_units
