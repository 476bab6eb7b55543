"""Cells: the log rolled up once into small tables that features aggregate.

A cell's `age_days` is the number of days from it to as_of: 1 is the last day that may be seen. No feature
touches a date; what is older than the window or not yet known never reaches it.
"""

from typing import Any

import narwhals as nw

from clientscape.window import Window


def order_days(transactions: nw.LazyFrame[Any], window: Window) -> nw.LazyFrame[Any]:
    """A customer's day with at least one order: age_days, n_orders, amount_minor, gap_days.

    The lines of one order belong to the day of its first line, also where that is before the window. An order of
    nothing but returns is no order: it reduces the spend (see `spend_days`), not the recency. `gap_days` is missing
    for the first day.
    """
    orders = (
        transactions.filter(window.whole().past(nw.col("day")))
        .group_by("customer_id", "order_id")
        .agg(
            nw.col("day").min(),
            nw.col("amount_minor").sum().cast(nw.Int64),
            nw.col("amount_minor").max().alias("dearest"),
        )
        .filter(nw.col("dearest") >= 0, window.past(nw.col("day")))
    )
    days = orders.group_by("customer_id", "day").agg(
        nw.len().cast(nw.Int64).alias("n_orders"), nw.col("amount_minor").sum().cast(nw.Int64)
    )
    gap = nw.col("day") - nw.col("day").shift(1).over("customer_id", order_by="day")
    return _with_age(days.with_columns(gap.alias("gap_days")), window)


def spend_days(transactions: nw.LazyFrame[Any], window: Window) -> nw.LazyFrame[Any]:
    """A customer's day with any line, returns included: age_days, amount_minor (net)."""
    days = (
        transactions.filter(window.past(nw.col("day")))
        .group_by("customer_id", "day")
        .agg(nw.col("amount_minor").sum().cast(nw.Int64))
    )
    return _with_age(days, window)


def _with_age(cells: nw.LazyFrame[Any], window: Window) -> nw.LazyFrame[Any]:
    return cells.with_columns((nw.lit(window.as_of_day) - nw.col("day")).cast(nw.Int64).alias("age_days")).drop("day")
