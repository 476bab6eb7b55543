"""The same features in pandas, as one writes them who knows it well.

Ids and words are codes, several keys are one number, lines are sorted once so that each grouping finds its rows side by
side, and one grouping serves all features of a kind. What does not depend on the date is made once (`Rolled`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas_formulas import NONE, from_categories, from_days, from_orders, from_products, from_spend, from_ways
from task import WAYS

from clientscape.window import Window

Array = NDArray[Any]
DAYS = 1 << 15  # more than any day number, fewer than a short integer holds
PER_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Rolled:
    """What does not depend on the date; all rows sorted by customer.

    orders : orders of one day. parts : what orders of several days had of each.
    """

    customers: pd.Index
    words: dict[str, pd.Index]
    orders: pd.DataFrame
    parts: pd.DataFrame
    spend_days: pd.DataFrame
    bought: pd.DataFrame
    products: pd.DataFrame


def features(frame: pd.DataFrame, windows: Sequence[Window], prices: pd.DataFrame) -> pd.DataFrame:
    """The features of every customer with an order in the window, for each window; sorted by date and customer."""
    rolled = _rolled(frame, max(window.as_of_day for window in windows))
    usual = prices.set_index("category")["usual_price_minor"].reindex(rolled.words["category"]).to_numpy(float)
    found = [_described(rolled, window, usual) for window in windows]
    return pd.concat(found, ignore_index=True)


def _described(rolled: Rolled, window: Window, usual: Array) -> pd.DataFrame:
    ever = _orders_before(rolled, window)
    orders = ever[window.past(ever["day"])]
    days = _order_days(orders)
    people = pd.Index(days["customer"].unique())
    columns: dict[str, Any] = {
        **from_days(days, _order_days(ever), people, window),
        **from_spend(rolled.spend_days[window.past(rolled.spend_days["day"])], people, window),
        **from_orders(orders, people),
        **from_categories(rolled.bought[window.past(rolled.bought["day"])], people, usual, rolled.words["category"]),
        **from_products(rolled.products[window.past(rolled.products["day"])], people, window),
        **{k: v for way in WAYS for k, v in from_ways(orders, way, people, rolled.words[way]).items()},
    }
    columns["spend_per_order_day"] = columns["spend_total"] / columns["n_order_days"]
    as_of = pd.Timestamp(window.as_of).as_unit("us")
    return pd.DataFrame({"as_of": as_of, "customer_id": rolled.customers[people], **columns})


def _rolled(frame: pd.DataFrame, before: int) -> Rolled:
    lines, words = _lines(frame, before)
    is_bought = lines["amount"].to_numpy() >= 0
    parts = _parts(lines)
    several = (parts["customer"] * (parts["order_id"].max() + 1) + parts["order_id"]).duplicated(keep=False)
    kept = ~several & (parts["dearest"] >= 0)
    bought = lines.loc[is_bought, ["customer", "day", "category", "product_id", "quantity", "amount"]]
    return Rolled(
        customers=words.pop("customer_id"),
        words=words,
        orders=parts[kept].drop(columns=["order_id", "dearest"]),
        parts=parts[several],
        spend_days=_spend_days(lines, is_bought),
        bought=_by_category(bought, len(words["category"])),
        products=_product_days(bought),
    )


def _lines(frame: pd.DataFrame, before: int) -> tuple[pd.DataFrame, dict[str, pd.Index]]:
    """Lines before a day, by customer, day and order, all of them numbers; and the sorted words of the codes."""
    moment = frame["ordered_at"].to_numpy("datetime64[us]").view(np.int64) // PER_HOUR
    codes, words = {}, {}
    for name in ("customer_id", "product_id", "category", *WAYS):
        ordered = frame[name].cat.reorder_categories(frame[name].cat.categories.sort_values())
        codes[name], words[name] = ordered.cat.codes.to_numpy(), ordered.cat.categories
    customer, order_id = codes.pop("customer_id").astype(np.int64), frame["order_id"].to_numpy()
    in_time = np.flatnonzero(moment < before * 24)
    n_orders, n_days = int(order_id.max()) + 1, int(moment.max()) // 24 + 1
    assert n_orders * n_days * len(words["customer_id"]) < 2**63, "customer, day and order are no single number"
    key = (customer * n_days + moment // 24) * n_orders + order_id
    at = in_time[np.argsort(key[in_time])]
    lines = pd.DataFrame(
        {
            "key": key[at],
            "customer": customer[at],
            "order_id": order_id[at],
            "day": moment[at] // 24,
            "hour": moment[at] % 24,
            **{name: _minor(frame[name].to_numpy()[at], 100) for name in ("amount", "discount")},
            "quantity": _minor(frame["quantity"].to_numpy()[at], 1000),
            **{name: np.where(code[at] < 0, NONE, code[at].astype(np.int16)) for name, code in codes.items()},
        }
    )
    return lines, words


def _minor(values: Array, scale: int) -> Array:
    return np.rint(values * scale).astype(np.int64)


def _parts(lines: pd.DataFrame) -> pd.DataFrame:
    """What an order had of one day."""
    grouped = lines.groupby("key", sort=False)
    first = grouped[["customer", "order_id", "day"]].first()
    least = grouped[["hour", *WAYS]].min()
    amount = grouped["amount"]
    parts = {"n_lines": grouped.size(), "amount": amount.sum(), "dearest": amount.max()}
    return pd.concat([first, least, pd.DataFrame(parts)], axis=1).reset_index(drop=True)


def _spend_days(lines: pd.DataFrame, is_bought: Array) -> pd.DataFrame:
    """A customer's day with any line."""
    sums = pd.DataFrame(
        {
            "amount": lines["amount"],
            "bought": np.where(is_bought, lines["amount"], 0),
            "discount": np.where(is_bought, lines["discount"], 0),
            "n_lines": 1,
            "n_returns": (~is_bought).astype(np.int64),
        }
    )
    days = sums.groupby((lines["customer"] * DAYS + lines["day"]).to_numpy(), sort=False).sum()
    return _with_keys(days)


def _by_category(bought: pd.DataFrame, n_categories: int) -> pd.DataFrame:
    """Lines bought in a category, by customer and category."""
    known = bought[bought["category"] != NONE]
    key = (known["customer"] * n_categories + known["category"]).to_numpy()
    columns = {"key": key, **{name: known[name].to_numpy() for name in ("day", "quantity", "amount")}}
    order = np.argsort(key)
    return pd.DataFrame({name: values[order] for name, values in columns.items()})


def _product_days(bought: pd.DataFrame) -> pd.DataFrame:
    """A customer's day with a product, and the days since he bought it before (NaN for the first time)."""
    known = bought[bought["product_id"] != NONE]
    customer, product, day = (known[name].to_numpy() for name in ("customer", "product_id", "day"))
    key = np.sort((customer * (NONE + 1) + product) * DAYS + day)
    key = key[np.append(True, key[1:] != key[:-1])]
    day = key % DAYS
    again = np.append(False, key[1:] // DAYS == key[:-1] // DAYS)
    unseen = np.where(again, np.diff(day, prepend=0), np.nan)
    return pd.DataFrame({"customer": key // (DAYS * (NONE + 1)), "day": day, "unseen": unseen})


def _orders_before(rolled: Rolled, window: Window) -> pd.DataFrame:
    """All orders begun before as_of, with what they had by then."""
    orders = rolled.orders[rolled.orders["day"] < window.as_of_day]
    parts = rolled.parts[rolled.parts["day"] < window.as_of_day]
    if parts.empty:
        return orders
    # Sorted by day within a customer, so that the first part has the order's day and hour.
    grouped = parts.groupby(["customer", "order_id"], sort=False)
    sums = grouped[["n_lines", "amount"]].sum()
    together = pd.concat([grouped[["day", "hour"]].first(), grouped[list(WAYS)].min(), sums], axis=1)
    together = together[grouped["dearest"].max() >= 0].reset_index()
    both = pd.concat([orders, together[orders.columns]], ignore_index=True)
    return both.iloc[np.argsort((both["customer"] * DAYS + both["day"]).to_numpy(), kind="stable")]


def _order_days(orders: pd.DataFrame) -> pd.DataFrame:
    """A customer's day with at least one order."""
    grouped = orders.groupby((orders["customer"] * DAYS + orders["day"]).to_numpy(), sort=False)
    return _with_keys(pd.DataFrame({"n_orders": grouped.size(), "amount": grouped["amount"].sum()}))


def _with_keys(days: pd.DataFrame) -> pd.DataFrame:
    key = days.index.to_numpy()
    return days.reset_index(drop=True).assign(customer=key // DAYS, day=key % DAYS)
