"""Which way: the last days against those before."""

from typing import Annotated

import narwhals as nw
from annotated_types import Ge

from clientscape.window import Window

CELLS = "spend_days"


def spend_last(
    age_days: nw.Expr, amount_minor: nw.Expr, minor_units: int, window: Window, *, days: Annotated[int, Ge(1)]
) -> nw.Expr | None:
    """Spend in the last so many days; missing where the window is shorter [currency]."""
    if days > window.past_days:
        return None
    return _spend(age_days <= days, amount_minor) / minor_units


def spend_change(
    age_days: nw.Expr, amount_minor: nw.Expr, window: Window, *, days: Annotated[int, Ge(1)]
) -> nw.Expr | None:
    """Spend of the last so many days against as many before; -1 all gone, 1 all new; missing without any [-1..1]."""
    if 2 * days > window.past_days:
        return None
    last = _spend(age_days <= days, amount_minor)
    before = _spend((age_days > days) & (age_days <= 2 * days), amount_minor)
    return nw.when((last >= 0) & (before >= 0) & (last + before > 0)).then((last - before) / (last + before))


def _spend(inside: nw.Expr, amount_minor: nw.Expr) -> nw.Expr:
    return nw.when(inside).then(amount_minor).otherwise(0).sum().cast(nw.Int64)
