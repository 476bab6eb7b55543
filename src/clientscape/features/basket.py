"""How much at a time: the customer's single orders."""

from typing import Any

import narwhals as nw

from clientscape.features.expressions import count, ratio, total, when

CELLS = "orders"


def order_value_mean(amount_minor: Any, age_days: Any, minor_units: int) -> Any:
    """Mean value of an order, returns inside it taken off [currency]."""
    return ratio(total(amount_minor), count(age_days)) / minor_units


def order_value_median(amount_minor: Any, minor_units: int) -> Any:
    """Median value of an order [currency]."""
    return amount_minor.median() / minor_units


def order_value_max(amount_minor: Any, minor_units: int) -> Any:
    """Value of the dearest order [currency]."""
    return amount_minor.max() / minor_units


def order_value_cv_ratio(amount_minor: Any, age_days: Any) -> Any:
    """Spread of the order values over their mean: 0 where all are equal; missing without spend [ratio]."""
    # n times the sum of squares less the squared sum: whole numbers, which floats hold exactly up to 2^53.
    n, all_of_them = count(age_days), total(amount_minor).cast(nw.Float64)
    amount = amount_minor.cast(nw.Float64)
    spread = n * (amount * amount).sum() - all_of_them * all_of_them
    return when(all_of_them > 0, when(spread > 0, spread, 0.0).sqrt() / all_of_them)


def order_lines_mean(n_lines: Any, age_days: Any) -> Any:
    """Lines of an order, on average [lines]."""
    return ratio(total(n_lines), count(age_days))
