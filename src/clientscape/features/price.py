"""At which price: discounts, coupons, returns."""

from typing import Any

from clientscape.features.expressions import ratio, total, when

CELLS = "spend_days"


def discount_share(bought_minor: Any, discount_minor: Any) -> Any:
    """Discounts over what was bought at its price before them; returns left out [share]."""
    given = total(discount_minor)
    before = total(bought_minor) + given
    return when(before > 0, ratio(given, before))


def coupon_share(bought_minor: Any, discount_minor: Any, coupon_minor: Any) -> Any:
    """What coupons paid over what was bought at its price before discounts; returns left out [share]."""
    before = total(bought_minor) + total(discount_minor)
    return when(before > 0, ratio(total(coupon_minor), before))


def return_value_ratio(bought_minor: Any, amount_minor: Any) -> Any:
    """Value returned over value bought in the window, more than 1 where older goods came back [ratio]."""
    bought = total(bought_minor)
    return when(bought > 0, ratio(bought - total(amount_minor), bought))


def return_line_share(n_lines: Any, n_returns: Any) -> Any:
    """Share of the lines that are returns [share]."""
    return ratio(total(n_returns), total(n_lines))
