"""The log rolled up once, before any as-of date is known: each table's rows have a `day`, and nothing looks ahead.

`log` holds narwhals frames by table name. Lines with a negative amount are returns: they count in what is spent, not
in what is bought.
"""

from collections.abc import Mapping
from typing import Any

import narwhals as nw

Frame = nw.LazyFrame[Any]
Log = Mapping[str, Frame]

KINDS = ("sent", "opened", "clicked", "redeemed", "referred", "unsubscribed", "answered")  # visits have their own
REACTIONS = ("opened", "clicked", "redeemed", "answered")
CHOICES = ("channel", "payment_method", "store")
HOURS = 24
BOUGHT = nw.col("amount_minor") >= 0


def order_parts(log: Log) -> Frame:
    """What an order had of one day: almost always all of it; `moment` is the hour of its first line since 1970."""
    lines = log["transactions"]
    moment = nw.col("day").cast(nw.Int64) * HOURS + nw.col("hour")
    ways = [nw.col(way).min() for way in CHOICES if way in _columns(lines)]
    return (
        lines.with_columns(moment.alias("moment"))
        .group_by("customer_id", "order_id", "day")
        .agg(
            nw.col("moment").min(),
            nw.len().cast(nw.Int64).alias("n_lines"),
            _sum("amount_minor"),
            nw.col("amount_minor").max().alias("dearest"),
            *ways,
        )
    )


def line_days(log: Log) -> Frame:
    """A customer's day with any line: spend net of returns, what was bought, discounts and margin where they are."""
    lines = log["transactions"]
    bought = {name: _sum(name, BOUGHT) for name in ("discount_minor", "coupon_minor") if name in _columns(lines)}
    margin = [_sum("margin_minor")] if "margin_minor" in _columns(lines) else []
    return lines.group_by("customer_id", "day").agg(
        _sum("amount_minor"),
        _sum("amount_minor", BOUGHT).alias("bought_minor"),
        nw.len().cast(nw.Int64).alias("n_lines"),
        _number(~BOUGHT).alias("n_returns"),
        *bought.values(),
        *margin,
    )


def category_days(log: Log) -> Frame:
    """A customer's day with something bought from a category; quantities and what was paid where both are known."""
    lines = log["transactions"].filter(BOUGHT, ~nw.col("category").is_null())
    priced = []
    if "quantity_milli" in _columns(lines):
        counted = nw.col("quantity_milli") > 0
        priced = [_sum("quantity_milli", counted), _sum("amount_minor", counted).alias("paid_minor")]
    return lines.group_by("customer_id", "category", "day").agg(nw.len().cast(nw.Int64).alias("n_lines"), *priced)


def product_days(log: Log) -> Frame:
    """A customer's day with a product, and the day on which he had bought it before."""
    lines = log["transactions"].filter(BOUGHT, ~nw.col("product_id").is_null())
    days = lines.select("customer_id", "product_id", "day").unique()
    before = nw.col("day").shift(1).over("customer_id", "product_id", order_by="day")
    return days.with_columns(before.alias("previous_day")).drop("product_id")


def point_days(log: Log) -> Frame:
    """A customer's day with a change of his account: points earned and spent."""
    points = nw.col("points_milli")
    return (
        log["points"]
        .group_by("customer_id", "day")
        .agg(
            _sum("points_milli", points > 0).alias("earned_milli"),
            (_sum("points_milli", points < 0) * -1).alias("spent_milli"),
        )
    )


def touch_days(log: Log) -> Frame:
    """A customer's day with touches through a channel: how many of each kind, and how many reactions."""
    touches = log["touches"]
    if "channel" not in _columns(touches):
        touches = touches.with_columns(nw.lit(None, nw.String).alias("channel"))
    return touches.group_by("customer_id", "day", "channel").agg(
        *(_number(nw.col("kind") == kind).alias(f"n_{kind}") for kind in KINDS),
        _number(nw.col("kind").is_in(REACTIONS)).alias("n_reactions"),
    )


def visit_days(log: Log) -> Frame:
    """A customer's day with a visit."""
    visits = log["touches"].filter(nw.col("kind") == "visited")
    return visits.group_by("customer_id", "day").agg(nw.len().cast(nw.Int64).alias("n_visits"))


def visited_category_days(log: Log) -> Frame:
    """A customer's day with a visit of a category."""
    visits = log["touches"].filter(nw.col("kind") == "visited", ~nw.col("category").is_null())
    return visits.group_by("customer_id", "category", "day").agg(nw.len().cast(nw.Int64).alias("n_visits"))


def customers(log: Log) -> Frame:
    """A customer's attributes."""
    return log["customers"]


def _columns(frame: Frame) -> list[str]:
    return frame.collect_schema().names()


def _sum(column: str, where: nw.Expr | None = None) -> nw.Expr:
    values = nw.col(column) if where is None else nw.when(where).then(nw.col(column)).otherwise(0)
    return values.sum().cast(nw.Int64).alias(column)


def _number(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(1).otherwise(0).sum().cast(nw.Int64)
