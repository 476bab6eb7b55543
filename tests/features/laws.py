"""What may be done to a shop without changing what is said of a customer, and what it does change."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

TABLES = ("transactions", "customers", "touches", "points")
WEEKS_LATER = 35
MONEY = ("amount_minor", "discount_minor", "coupon_minor", "margin_minor")


def each(tables, change):
    """The tables, each one changed."""
    given = {name: getattr(tables, name) for name in TABLES}
    return replace(tables, **{name: change(f).reset_index(drop=True) for name, f in given.items() if f is not None})


def in_lines(tables, change):
    """The tables with other order lines."""
    return replace(tables, transactions=change(tables.transactions).reset_index(drop=True))


def of(tables, who):
    """What the tables hold of one customer."""
    return each(tables, lambda frame: frame[frame["customer_id"] == who])


def reordered(tables, window):
    return each(tables, lambda frame: frame.sample(frac=1, random_state=3)), window


def with_a_stranger(tables, window):
    """One more customer, who did all that all others did, and in a shop of his own too."""

    def more(frame):
        his = frame.assign(customer_id="stranger")
        if "category" in frame:
            his["category"] = "!" + his["category"]
        return pd.concat([frame, his if "day" in frame else his[:1]])

    return each(tables, more), window


def with_lines_split(tables, window):
    """Every line in two lines of the same order."""

    def split(lines):
        whole = lines[[column for column in lines if column in (*MONEY, "quantity_milli")]]
        half = whole // 2
        return pd.concat([lines.assign(**half), lines.assign(**whole - half)])

    return in_lines(tables, split), window


def with_other_order_ids(tables, window):
    return in_lines(tables, lambda lines: lines.assign(order_id="X" + lines["order_id"].str[::-1])), window


def with_numbers_of_orders(tables, window):
    """Whole numbers, which are far from each other, for order ids of text."""

    def numbered(lines):
        number = pd.factorize(lines["order_id"])[0].astype(np.int64)
        return lines.assign(order_id=np.where(number % 2, 1, -1) * (number * 10**9 + 2**61))

    return in_lines(tables, numbered), window


def with_all_days_later(tables, window, days=WEEKS_LATER):
    """Whole weeks later, as weekdays are told."""
    later = timedelta(days=days)

    def move(frame):
        times = frame.select_dtypes("datetime")
        moved = frame.assign(**{name: times[name] + later for name in times})
        return moved.assign(day=moved["day"] + np.int32(days)) if "day" in moved else moved

    covers = replace(window.covers, first=window.covers.first + later, end=window.covers.end + later)
    moved = replace(each(tables, move), covers=covers)
    return moved, replace(window, as_of=window.as_of + later, covers=covers)


def with_money_doubled(tables, window):
    def double(lines):
        return lines.assign(**{name: lines[name] * 2 for name in MONEY if name in lines})

    return in_lines(tables, double), window


def with_text_as_categories(tables, window):
    """All text in categories, in an order that is not the words'."""

    def packed(frame):
        text = [name for name in frame if pd.api.types.is_string_dtype(frame[name])]
        return frame.assign(**{n: pd.Categorical(frame[n], frame[n].dropna().unique()[::-1]) for n in text})

    return each(tables, packed), window


LAWS = (
    reordered,
    with_a_stranger,
    with_lines_split,
    with_other_order_ids,
    with_numbers_of_orders,
    with_all_days_later,
    with_money_doubled,
    with_text_as_categories,
)


def doubled(values):
    return values * 2


# What a law does change, by name of the use; what is money by its unit besides.
CHANGES = {
    with_lines_split: {"order_lines_mean": doubled},  # it counts lines
    with_all_days_later: {"attribute_joined_on": lambda days: days + WEEKS_LATER},  # a date as it is
    with_money_doubled: {"price_tier_ratio": doubled},  # the usual prices stay
}
MONEY_UNITS = {"currency", "currency per month"}
# Logarithms of twice as many lines: equal by mathematics, not to the bit.
NEARLY = {with_lines_split: ["category_entropy"]}
