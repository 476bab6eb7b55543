"""The formulas of the features in pandas: from one kind of rows each, one row a customer of `people`."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.window import Window

Array = NDArray[Any]
Columns = dict[str, Any]
NONE = 32_767  # the code of a missing word: larger than any other, so that a minimum passes over it


def from_days(days: pd.DataFrame, ever: pd.DataFrame, people: pd.Index, window: Window) -> Columns:
    """Recency, frequency, rhythm, acquaintance and the letters, from order days in the window and ever."""
    age = window.as_of_day - days["day"].to_numpy()
    customer = days["customer"].to_numpy()
    again = np.append(False, customer[1:] == customer[:-1])
    gap = np.where(again, np.diff(days["day"].to_numpy(), prepend=0), 0)
    n_orders, amount = days["n_orders"].to_numpy(), days["amount"].to_numpy()
    counted: Columns = {"n": 1, "n_orders": n_orders, "gap": gap, "gap_squared": gap * gap}
    counted |= {"amount": amount, "later_amount": np.where(again, amount, 0)}
    counted |= {"later_last": (again & (age <= window.horizon_days)).astype(np.int64)}
    counted |= {f"days_{d}": (age <= d).astype(np.int64) for d in (30, 60, 90, 180)}
    counted |= {f"orders_{d}": np.where(age <= d, n_orders, 0) for d in (30, 90)}
    s = _sums(counted, customer)
    grouped = pd.Series(age).groupby(customer, sort=False)
    recency, tenure = grouped.min().to_numpy(), grouped.max().to_numpy()
    gaps = pd.Series(np.where(again, gap, np.nan)).groupby(customer, sort=False)
    median = gaps.median().to_numpy()
    n_gaps = s["n"] - 1
    found: Columns = {
        "recency_days": recency,
        "tenure_days": tenure,
        "n_orders": s["n_orders"],
        "n_order_days": s["n"],
        "gap_days_mean": _ratio(s["gap"], n_gaps),
        "gap_days_median": median,
        "gap_days_max": gaps.max().to_numpy(),
        "gap_days_squared_mean": _ratio(s["gap_squared"], n_gaps),
        "overdue_ratio": recency / np.maximum(median, 1),
        "order_days_per_month": s["n"] * 30 / np.maximum(tenure, 30),
        "x": n_gaps,
        "t_x": tenure - recency,
        "T": tenure - 1,
        "m_x": _ratio(s["later_amount"], n_gaps) / 100,
        "m_all": s["amount"] / s["n"] / 100,
        "last_rate": s["later_last"] / window.horizon_days,
    }
    variance = found["gap_days_squared_mean"] - found["gap_days_mean"] ** 2
    found["gap_cv_ratio"] = np.sqrt(np.maximum(variance, 0)) / found["gap_days_mean"]
    return found | _lately(s, window) | _ever(ever, people, window)


def _lately(s: dict[str, Array], window: Window) -> Columns:
    found: Columns = {}
    for d in (30, 90):
        last, both = s[f"days_{d}"], s[f"days_{2 * d}"]
        found[f"orders_last_{d}"] = _if(window.sees(d), s[f"orders_{d}"])
        found[f"order_days_last_{d}"] = _if(window.sees(d), last)
        found[f"order_days_change_{d}"] = _if(window.sees(2 * d), _ratio(2 * last - both, both))
    return found


def _ever(ever: pd.DataFrame, people: pd.Index, window: Window) -> Columns:
    grouped = ever.groupby("customer", sort=False)["day"]
    known = window.as_of_day - _aligned(grouped.min(), people)
    return {
        "known_days": known,
        "n_order_days_ever": _aligned(grouped.size(), people),
        "is_new": _if(window.whole().sees(91), known <= 90),
    }


def from_spend(days: pd.DataFrame, people: pd.Index, window: Window) -> Columns:
    """Value, prices and trend, from days with any line."""
    days = days[days["customer"].isin(people)] if days["customer"].nunique() > len(people) else days
    age, amount = window.as_of_day - days["day"].to_numpy(), days["amount"].to_numpy()

    def within(low: int, high: int) -> Array:
        return np.where((age > low) & (age <= high), amount, 0)

    summed: Columns = {name: days[name].to_numpy() for name in ("amount", "bought", "discount", "n_lines", "n_returns")}
    spans = [(0, 30), (30, 60), (0, 90), (90, 180), (180, 270), (270, 360), (365, 395), (365, 455)]
    summed |= {f"{low}_{high}": within(low, high) for low, high in spans}
    summed["slope"] = np.where(age <= 360, amount * (11 - (age - 1) // 30 * 2), 0)
    customer = days["customer"].to_numpy()
    s = _sums(summed, customer)
    by_day = pd.Series(amount).groupby(customer, sort=False)
    before = s["bought"] + s["discount"]
    found: Columns = {
        "spend_total": s["amount"] / 100,
        "spend_day_max": by_day.max().to_numpy() / 100,
        "spend_day_median": by_day.median().to_numpy() / 100,
        "discount_share": _ratio(s["discount"], before),
        "return_value_ratio": _ratio(s["bought"] - s["amount"], s["bought"]),
        "return_line_share": s["n_returns"] / s["n_lines"],
        "spend_slope": _if(window.sees(360), s["slope"] / 28_600),
        "months_since_best_quarter": _if(window.sees(360), _best_quarter(s)),
    }
    for d in (30, 90):
        last, year = s[f"0_{d}"], s[f"365_{365 + d}"]
        found[f"spend_last_{d}"] = _if(window.sees(d), last / 100)
        found[f"spend_change_{d}"] = _if(window.sees(2 * d), _change(last, s[f"{d}_{2 * d}"]))
        found[f"spend_year_ago_{d}"] = _if(window.sees(365 + d), year / 100)
        found[f"spend_year_change_{d}"] = _if(window.sees(365 + d), _change(last, year))
    return found


def _best_quarter(s: dict[str, Array]) -> Array:
    quarters = np.stack([s["0_90"], s["90_180"], s["180_270"], s["270_360"]])
    return np.where(quarters.max(axis=0) > 0, quarters.argmax(axis=0) * 3.0, np.nan)


def from_orders(orders: pd.DataFrame, people: pd.Index) -> Columns:
    """Baskets and habits, from orders."""
    customer, amount = orders["customer"].to_numpy(), orders["amount"].to_numpy()
    weekday, hour = (orders["day"].to_numpy() + 3) % 7, orders["hour"].to_numpy()
    flags = {"weekend": (weekday >= 5).astype(np.int64), "evening": (hour >= 17).astype(np.int64)}
    s = _sums({"n": 1, "amount": amount, "n_lines": orders["n_lines"].to_numpy(), **flags}, customer)
    squares = pd.Series(amount.astype(float) ** 2).groupby(customer, sort=False).sum().to_numpy()
    by_order = pd.Series(amount).groupby(customer, sort=False)
    total = s["amount"].astype(float)
    spread = np.maximum(s["n"] * squares - total * total, 0)
    return {
        "order_value_mean": s["amount"] / s["n"] / 100,
        "order_value_median": by_order.median().to_numpy() / 100,
        "order_value_max": by_order.max().to_numpy() / 100,
        "order_value_cv_ratio": _ratio(np.sqrt(spread), total),
        "order_lines_mean": s["n_lines"] / s["n"],
        "weekend_share": s["weekend"] / s["n"],
        "hour_share": s["evening"] / s["n"],
        "favourite_weekday": _favourite(customer, weekday, 7, people)["code"] + 1,
    }


def from_ways(orders: pd.DataFrame, way: str, people: pd.Index, words: pd.Index) -> Columns:
    """The ways of one kind: how many, the favourite, its share."""
    known = orders[orders[way] != NONE]
    top = _favourite(known["customer"].to_numpy(), known[way].to_numpy(), len(words), people)
    return {
        f"n_used_{way}": top["n"].fillna(0),
        f"favourite_{way}": _worded(top["code"], words),
        f"favourite_share_{way}": top["most"] / top["total"],
    }


def from_categories(bought: pd.DataFrame, people: pd.Index, usual: Array, words: pd.Index) -> Columns:
    """Assortment and price tier, from the lines bought in a category."""
    counted = bought["quantity"].to_numpy() > 0
    rows = {"n_lines": 1, "quantity": bought["quantity"].clip(lower=0), "paid": bought["amount"].where(counted, 0)}
    cells = pd.DataFrame(rows).groupby(bought["key"], sort=False).sum()
    key, lines = cells.index.to_numpy(), cells["n_lines"].to_numpy()
    worth = cells["quantity"].to_numpy() * np.nan_to_num(usual[key % len(words)])
    parts = {
        "n": 1,
        "n_lines": lines,
        "paid": np.where(worth > 0, cells["paid"].to_numpy(), 0),
        "worth": worth,
        "terms": lines * np.log(lines),
        "score": lines * len(words) + (len(words) - 1 - key % len(words)),
    }
    grouped = pd.DataFrame(parts).groupby(key // len(words), sort=False)
    s = grouped[["n", "n_lines", "paid", "worth", "terms"]].sum().reindex(people)
    score = grouped["score"].max().reindex(people)
    return {
        "n_categories": s["n"].fillna(0).to_numpy(),
        "category_entropy": np.maximum(np.log(s["n_lines"]) - s["terms"] / s["n_lines"], 0).to_numpy(),
        "favourite_category": _worded(len(words) - 1 - score % len(words), words),
        "favourite_category_share": (score // len(words) / s["n_lines"]).to_numpy(),
        "price_tier_ratio": _ratio(s["paid"].to_numpy() * 1000, s["worth"].to_numpy()),
    }


def from_products(days: pd.DataFrame, people: pd.Index, window: Window) -> Columns:
    """New products and the same again, from days with a product."""
    age, unseen = window.as_of_day - days["day"].to_numpy(), days["unseen"].to_numpy()
    first = np.isnan(unseen)
    new = first | (age + unseen > window.past_days)
    recent = age <= 90
    flags = {
        "n": np.ones(len(age), dtype=np.int64),
        "products": new,
        "recent": recent & (first | (age + unseen > 90)),
        "new": recent & new,
    }
    summed = pd.DataFrame({name: flag.astype(np.int64) for name, flag in flags.items()})
    s = summed.groupby(days["customer"].to_numpy(), sort=False).sum().reindex(people)
    return {
        "n_products": s["products"].fillna(0).to_numpy(),
        "new_product_share": _if(window.sees(90), _ratio(s["new"].to_numpy(), s["recent"].to_numpy())),
        "repeat_product_share": _ratio((s["n"] - s["products"]).to_numpy(), s["n"].to_numpy()),
    }


def _favourite(customer: Array, code: Array, n_words: int, people: pd.Index) -> pd.DataFrame:
    """How many words a customer has, of how many rows, the most frequent word (the first of several), its rows."""
    counts = pd.Series(1, index=range(len(code))).groupby(customer * n_words + code, sort=False).size()
    key, number = counts.index.to_numpy(), counts.to_numpy()
    score = number * n_words + (n_words - 1 - key % n_words)
    grouped = pd.DataFrame({"n": 1, "total": number, "score": score}).groupby(key // n_words, sort=False)
    best = grouped["score"].max()
    top = grouped[["n", "total"]].sum().assign(most=best // n_words, code=n_words - 1 - best % n_words)
    return top.reindex(people).reset_index(drop=True)


def _sums(columns: Columns, customer: Array) -> dict[str, Array]:
    """Each customer's sums; customers stand side by side."""
    summed = pd.DataFrame(columns, index=range(len(customer))).groupby(customer, sort=False).sum()
    return {str(name): values.to_numpy() for name, values in summed.items()}


def _aligned(values: pd.Series, people: pd.Index) -> Array:
    aligned: Array = values.reindex(people).to_numpy()
    return aligned


def _worded(code: pd.Series, words: pd.Index) -> pd.Categorical:
    return pd.Categorical.from_codes(code.fillna(-1).to_numpy(np.int32), categories=words)


def _if(seen: bool, values: Array) -> Any:
    return values if seen else np.nan


def _ratio(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _change(last: Array, before: Array) -> Array:
    return np.where((last >= 0) & (before >= 0), _ratio(last - before, last + before), np.nan)
