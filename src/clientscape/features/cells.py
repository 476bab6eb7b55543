"""Cells: what the rolled-up log looks like from a date, small tables that features aggregate.

A cell's `age_days` is the number of days from it to as_of: 1 is the last day that may be seen. No feature touches a
date; what is older than the window or not yet known never reaches it. Each function asks by argument name for tables
of `rolled.py`, for `orders_ever` or `prices`; its columns stand in `COLUMNS`, and what a column needs of the shop in
`NEEDS`.
"""

import narwhals as nw

from clientscape.features.rolled import CHOICES, HOURS, KINDS, Frame
from clientscape.window import Window

COLUMNS = {
    "order_days": ("age_days", "n_orders", "amount_minor", "gap_days"),
    "order_days_ever": ("age_days", "n_orders", "amount_minor"),
    "orders": ("age_days", "hour", "weekday", "amount_minor", "n_lines"),
    "choices": ("of", "choice", "n_orders", "is_top"),
    "spend_days": (
        "age_days", "amount_minor", "bought_minor", "n_lines", "n_returns",
        "discount_minor", "coupon_minor", "margin_minor",
    ),
    "categories": ("category", "n_lines", "is_top", "quantity_milli", "paid_minor", "usual_price_minor"),
    "product_days": ("age_days", "unseen_days"),
    "point_days": ("age_days", "earned_milli", "spent_milli"),
    "touch_days": ("age_days", "channel", "n_reactions", *(f"n_{kind}" for kind in KINDS)),
    "visit_days": ("age_days", "n_visits", "n_orders"),
    "visited_categories": ("category", "n_visits", "is_top"),
    "customers": ("attributes",),
}  # fmt: skip

# Cells, or one of their columns -> what a shop must have; what is not named here every log has.
NEEDS = {
    "categories": "transactions.category",
    "quantity_milli": "transactions.quantity",
    "paid_minor": "transactions.quantity",
    "usual_price_minor": "prices",
    "product_days": "transactions.product_id",
    "discount_minor": "transactions.discount",
    "coupon_minor": "transactions.coupon",
    "margin_minor": "transactions.margin",
    "point_days": "points",
    "touch_days": "touches",
    **{f"n_{kind}": f"touches.{kind}" for kind in KINDS},
    "visit_days": "touches.visited",
    "visited_categories": "touches.category",
    "hour": "times of day",
    "customers": "customers",
}


def orders_before(order_parts: Frame, window: Window) -> Frame:
    """All orders begun before as_of, with what they had by then: day, hour and ways of the order, its value.

    The lines of one order belong to the day of its first line. An order of nothing but returns is no order: it
    reduces the spend, not the recency.
    """
    ways = [nw.col(way).min() for way in CHOICES if way in order_parts.collect_schema().names()]
    sums = [nw.col(name).sum().cast(nw.Int64) for name in ("n_lines", "amount_minor")]
    return (
        order_parts.filter(window.whole().past(nw.col("day")))
        .group_by("customer_id", "order_id")
        .agg(nw.col("moment").min(), nw.col("dearest").max(), *sums, *ways)
        .filter(nw.col("dearest") >= 0)
        .with_columns((nw.col("moment") // HOURS).alias("day"), (nw.col("moment") % HOURS).alias("hour"))
    )


def order_days(orders_ever: Frame, window: Window) -> Frame:
    """A customer's day with at least one order; `gap_days` is missing for the first day."""
    days = _days_of(orders_ever, window)
    gap = nw.col("day") - nw.col("day").shift(1).over("customer_id", order_by="day")
    return _aged(days.with_columns(gap.alias("gap_days")), window)


def order_days_ever(orders_ever: Frame, window: Window) -> Frame:
    """A customer's day with at least one order, also before the window."""
    return _aged(_days_of(orders_ever, window.whole()), window)


def orders(orders_ever: Frame, window: Window) -> Frame:
    """An order; `weekday` is 1 for Monday to 7 for Sunday."""
    weekday = (nw.col("day") + 3) % 7 + 1  # 1970-01-01 was a Thursday
    return _aged(orders_ever.filter(window.past(nw.col("day"))).with_columns(weekday.alias("weekday")), window)


def choices(orders_ever: Frame, window: Window) -> Frame:
    """A customer's channel, way of payment or store (`of`), with its orders; `is_top` marks the most."""
    made = orders_ever.filter(window.past(nw.col("day")))
    known = made.collect_schema().names()
    stacked = [
        made.filter(~nw.col(way).is_null())
        .group_by("customer_id", way)
        .agg(nw.len().cast(nw.Int64).alias("n_orders"))
        .select("customer_id", nw.lit(way).alias("of"), nw.col(way).alias("choice"), "n_orders")
        for way in CHOICES
        if way in known
    ]
    return _topped(nw.concat(stacked), "n_orders", "choice", "of")


def spend_days(line_days: Frame, window: Window) -> Frame:
    """A customer's day with any line, returns included: amount_minor is net."""
    return _aged(line_days.filter(window.past(nw.col("day"))), window)


def categories(category_days: Frame, prices: Frame | None, window: Window) -> Frame:
    """A customer's category: lines bought; with usual prices also quantities, and what was paid."""
    seen = category_days.filter(window.past(nw.col("day")))
    sums = [name for name in ("n_lines", "quantity_milli", "paid_minor") if name in seen.collect_schema().names()]
    total = seen.group_by("customer_id", "category").agg(nw.col(name).sum().cast(nw.Int64) for name in sums)
    if prices is not None:
        total = total.join(prices, on="category", how="left")
    return _topped(total, "n_lines", "category")


def product_days(product_days: Frame, window: Window) -> Frame:
    """A customer's day with a product; `unseen_days` since he bought it before, missing for the first time known."""
    seen = product_days.filter(window.past(nw.col("day")))
    return _aged(seen.with_columns((nw.col("day") - nw.col("previous_day")).alias("unseen_days")), window)


def point_days(point_days: Frame, window: Window) -> Frame:
    """A customer's day with a change of his account, also before the window: a balance is made of all of them."""
    return _aged(point_days.filter(window.whole().past(nw.col("day"))), window)


def touch_days(touch_days: Frame, window: Window) -> Frame:
    """A customer's day with touches through a channel, counted by kind."""
    return _aged(touch_days.filter(window.past(nw.col("day"))), window)


def visit_days(visit_days: Frame, orders_ever: Frame, window: Window) -> Frame:
    """A customer's day with a visit, and the orders of that day."""
    seen = visit_days.filter(window.past(nw.col("day")))
    ordered = _days_of(orders_ever, window).select("customer_id", "day", "n_orders")
    both = seen.join(ordered, on=["customer_id", "day"], how="left")
    return _aged(both.with_columns(nw.col("n_orders").fill_null(0)), window)


def visited_categories(visited_category_days: Frame, window: Window) -> Frame:
    """A customer's category of visits; `is_top` marks the most."""
    seen = visited_category_days.filter(window.past(nw.col("day")))
    total = seen.group_by("customer_id", "category").agg(nw.col("n_visits").sum().cast(nw.Int64))
    return _topped(total, "n_visits", "category")


def customers(customers: Frame) -> Frame:
    """A customer's attributes."""
    return customers


def _days_of(orders: Frame, window: Window) -> Frame:
    return (
        orders.filter(window.past(nw.col("day")))
        .group_by("customer_id", "day")
        .agg(nw.len().cast(nw.Int64).alias("n_orders"), nw.col("amount_minor").sum().cast(nw.Int64))
    )


def _aged(cells: Frame, window: Window) -> Frame:
    return cells.with_columns((nw.lit(window.as_of_day) - nw.col("day")).cast(nw.Int64).alias("age_days"))


def _topped(cells: Frame, by: str, name: str, *within: str) -> Frame:
    """With `is_top`, which marks a customer's largest, the first by name of several."""
    place = nw.col(name).cum_count().over("customer_id", *within, order_by=["_fewer", name])
    ranked = cells.with_columns((nw.col(by) * -1).alias("_fewer"))
    return ranked.with_columns((place == 1).alias("is_top")).drop("_fewer")
