"""Contacts, and what the customer made of them: through one channel where it is named, else through all."""

from typing import Annotated, Any

from annotated_types import Ge

from clientscape.features.expressions import ratio, total, when
from clientscape.window import Window

CELLS = "touch_days"


def n_contacts(n_sent: Any, channel: Any, *, through: str | None = None) -> Any:
    """Contacts received within the window [contacts]."""
    return _number(n_sent, channel, through)


def contacts_last(age_days: Any, n_sent: Any, window: Window, *, days: Annotated[int, Ge(1)] = 30) -> Any:
    """Contacts received in the last so many days, the pressure; missing where the window is shorter [contacts]."""
    return total(n_sent, age_days <= days) if window.sees(days) else None


def open_ratio(n_opened: Any, n_sent: Any, channel: Any, *, through: str | None = None) -> Any:
    """Opens for each contact received; missing without contacts [ratio]."""
    return ratio(_number(n_opened, channel, through), _number(n_sent, channel, through))


def click_ratio(n_clicked: Any, n_sent: Any, channel: Any, *, through: str | None = None) -> Any:
    """Clicks for each contact received; missing without contacts [ratio]."""
    return ratio(_number(n_clicked, channel, through), _number(n_sent, channel, through))


def redeem_ratio(n_redeemed: Any, n_sent: Any, channel: Any, *, through: str | None = None) -> Any:
    """Redemptions for each contact received, more than 1 where a contact had several coupons [ratio]."""
    return ratio(_number(n_redeemed, channel, through), _number(n_sent, channel, through))


def reaction_recency_days(age_days: Any, n_reactions: Any) -> Any:
    """Days since the last opening, click, redemption or answer; missing without any in the window [days]."""
    return when(n_reactions > 0, age_days).min()


def n_referrals(n_referred: Any) -> Any:
    """Other customers referred within the window [referrals]."""
    return total(n_referred)


def is_unsubscribed(n_unsubscribed: Any) -> Any:
    """1 for who unsubscribed within the window, else 0 [0 or 1]."""
    return when(total(n_unsubscribed) > 0, 1, 0)


def _number(touches: Any, channel: Any, through: str | None) -> Any:
    return total(touches) if through is None else total(touches, channel == through)
