"""Contacts, and what the customer made of them: through one channel where it is named, else through all."""

from typing import Annotated, Any

from annotated_types import Ge

from clientscape.features.expressions import number_of, ratio, total, when
from clientscape.window import Window

CELLS = "touch_days"


def n_contacts(kind: Any, channel: Any, n_touches: Any, *, through: str | None = None) -> Any:
    """Contacts received within the window [contacts]."""
    return _number(kind, channel, n_touches, "sent", through)


def contacts_last(age_days: Any, kind: Any, n_touches: Any, window: Window, *, days: Annotated[int, Ge(1)] = 30) -> Any:
    """Contacts received in the last so many days, the pressure; missing where the window is shorter [contacts]."""
    return total(n_touches, (kind == "sent") & (age_days <= days)) if window.sees(days) else None


def open_ratio(kind: Any, channel: Any, n_touches: Any, *, through: str | None = None) -> Any:
    """Opens for each contact received; missing without contacts [ratio]."""
    return _per_contact(kind, channel, n_touches, "opened", through)


def click_ratio(kind: Any, channel: Any, n_touches: Any, *, through: str | None = None) -> Any:
    """Clicks for each contact received; missing without contacts [ratio]."""
    return _per_contact(kind, channel, n_touches, "clicked", through)


def redeem_ratio(kind: Any, n_touches: Any) -> Any:
    """Redemptions for each contact received, through any channel; missing without contacts [ratio]."""
    return ratio(total(n_touches, kind == "redeemed"), total(n_touches, kind == "sent"))


def reaction_recency_days(age_days: Any, kind: Any) -> Any:
    """Days since the last opening, click, redemption or answer; missing without any in the window [days]."""
    reacted = (kind == "opened") | (kind == "clicked") | (kind == "redeemed") | (kind == "answered")
    return when(reacted, age_days).min()


def n_referrals(kind: Any, n_touches: Any) -> Any:
    """Other customers referred within the window [referrals]."""
    return total(n_touches, kind == "referred")


def is_unsubscribed(kind: Any) -> Any:
    """1 for who unsubscribed within the window, else 0 [0 or 1]."""
    return when(number_of(kind == "unsubscribed") > 0, 1, 0)


def _number(kind: Any, channel: Any, n_touches: Any, of: str, through: str | None) -> Any:
    counted = kind == of if through is None else (kind == of) & (channel == through)
    return total(n_touches, counted)


def _per_contact(kind: Any, channel: Any, n_touches: Any, of: str, through: str | None) -> Any:
    return ratio(_number(kind, channel, n_touches, of, through), _number(kind, channel, n_touches, "sent", through))
