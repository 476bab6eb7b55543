"""The letters of the lifetime value models, over the whole history (Fader, Hardie, Lee 2005, section 2)."""

from typing import Any

from clientscape.features.expressions import count, number_of, ratio, total
from clientscape.window import Window

CELLS = "order_days"


def x(n_order_days: Any) -> Any:
    """Order days after the first one [days]."""
    return n_order_days - 1


def t_x(tenure_days: Any, recency_days: Any) -> Any:
    """From the first order day to the last [days]."""
    return tenure_days - recency_days


def T(tenure_days: Any) -> Any:  # noqa: N802 - the papers' letter
    """From the first order day to the day before as_of, the last one that is known [days]."""
    return tenure_days - 1


def m_x(amount_minor: Any, gap_days: Any, minor_units: int) -> Any:
    """Mean value of the order days after the first; missing where there is none [currency]."""
    return ratio(total(amount_minor, ~gap_days.is_null()), count(gap_days)) / minor_units


def m_all(amount_minor: Any, age_days: Any, minor_units: int) -> Any:
    """Mean value of all order days [currency]."""
    return ratio(total(amount_minor), count(age_days)) / minor_units


def last_rate(age_days: Any, gap_days: Any, window: Window) -> Any:
    """Order days after the first one in the last horizon, for each of its days [order days a day]."""
    return number_of((age_days <= window.horizon_days) & ~gap_days.is_null()) / window.horizon_days
