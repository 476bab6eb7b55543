"""The peer: a night's scores in pandas in one go, `python scoring_pandas.py LOG MODEL OUT`.

The whole log is read at once, features are as one writes them who knows pandas well (see `peers_pandas`); the model
part is clientscape's own, asked once for all customers.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from made_log import COVERS, Array
from pandas_formulas import from_days
from scoring_model import AS_OF

from clientscape.features.build import LETTERS
from clientscape.scorer.store import open_folder
from clientscape.window import Window

COLUMNS = ("customer_id", "order_id", "ordered_at", "amount")
DAYS = 1 << 15  # more than any day number
YEAR = 365
OF_DAYS = (
    *("recency_days", "tenure_days", "n_orders", "n_order_days", "order_days_last_30", "order_days_last_90"),
    *("gap_days_mean", "gap_days_median", "gap_cv_ratio", "overdue_ratio", "order_days_per_month"),
)
SPANS = ((0, 30), (0, 45), (45, 90), (0, 90), (90, 180), (0, YEAR))  # ages of spend [days]


def main() -> None:
    """Score the log as the command line says."""
    log, model, out = map(Path, sys.argv[1:])
    stored = open_folder(model)
    window = Window(AS_OF, COVERS, stored.scorer.plan.lookback_days, stored.scorer.plan.horizon_days)
    _, scores = stored.scorer.scored(told(log, window), window)
    scores.assign(model_version=stored.version, run_id=stored.run_id).to_parquet(out, index=False)


def told(log: Path, window: Window) -> dict[str, pd.DataFrame]:
    """What a scorer asks of a log (see `Scorer.questions`), for windows that see the whole history."""
    assert window.lookback_days is None, "only the whole history is described here"
    customers, lines = _lines(log, window)
    days = _order_days(lines)
    people = pd.Index(days["customer"].unique())
    spend = _spend(lines, window)
    of_people = {name: values[people] for name, values in spend.items()}
    table = _table(from_days(days, days.iloc[:0], people, window), of_people)
    ids = {"customer_id": pd.Series(customers[people]).astype("str")}
    known = pd.DataFrame({**ids, **{name: table.pop(name) for name in LETTERS}})
    everyone = pd.Series(customers).astype("str")
    found = {"table": pd.DataFrame({"as_of": pd.Timestamp(window.as_of).as_unit("us"), **ids, **table})}
    return found | {"letters": known} | _spans(days, spend, window, everyone)


def _lines(log: Path, window: Window) -> tuple[pd.Index, pd.DataFrame]:
    """The ids of all customers, sorted; lines by customer and order, with ids, days and money as whole numbers."""
    frame = pd.read_parquet(log, columns=list(COLUMNS))
    who = frame["customer_id"].astype("category")
    who = who.cat.reorder_categories(who.cat.categories.sort_values())
    day = frame["ordered_at"].to_numpy("datetime64[D]").astype(np.int64)
    customer, order_id = who.cat.codes.to_numpy(np.int64), frame["order_id"].to_numpy()
    key = customer * (int(order_id.max()) + 1) + order_id
    at = np.argsort(key)
    at = at[day[at] < window.as_of_day]
    amount = np.rint(frame["amount"].to_numpy() * 100).astype(np.int64)
    lines = pd.DataFrame({"key": key[at], "customer": customer[at], "day": day[at], "amount": amount[at]})
    return who.cat.categories, lines


def _order_days(lines: pd.DataFrame) -> pd.DataFrame:
    """A customer's day with at least one order, by customer and day; an order has the day of its first line."""
    grouped = lines.groupby("key", sort=False)
    amount = grouped["amount"]
    orders = pd.DataFrame(
        {"customer": grouped["customer"].first(), "day": grouped["day"].min(), "amount": amount.sum()}
    )
    orders = orders[amount.max() >= 0]  # without those of returns only
    by_day = orders.groupby((orders["customer"] * DAYS + orders["day"]).to_numpy())["amount"]
    days = by_day.agg(["size", "sum"]).rename(columns={"size": "n_orders", "sum": "amount"})
    key = days.index.to_numpy()
    return days.reset_index(drop=True).assign(customer=key // DAYS, day=key % DAYS)


def _spend(lines: pd.DataFrame, window: Window) -> dict[str, Array]:
    """Spend of each customer by age, (n_customers,), and that of his dearest day [smallest unit]."""
    by_day = lines.groupby((lines["customer"] * DAYS + lines["day"]).to_numpy())["amount"].sum()
    amount, customer = by_day.to_numpy(), by_day.index.to_numpy() // DAYS
    age = window.as_of_day - by_day.index.to_numpy() % DAYS
    columns = {f"{low}_{high}": np.where((age > low) & (age <= high), amount, 0) for low, high in SPANS}
    grouped = pd.DataFrame({"all": amount, **columns}).groupby(customer)
    dearest = pd.Series(amount).groupby(customer).max().to_numpy()
    return {"dearest": dearest, **{str(name): values.to_numpy() for name, values in grouped.sum().items()}}


def _table(columns: dict[str, Any], spend: dict[str, Array]) -> dict[str, Any]:
    """The features of the plans by name, and the letters."""
    total = spend["all"] / 100
    return {
        **{name: columns[name] for name in (*OF_DAYS, *LETTERS)},
        "spend_total": total,
        "spend_day_max": spend["dearest"] / 100,
        "spend_per_order_day": total / columns["n_order_days"],
        "spend_last_30": spend["0_30"] / 100,
        "spend_last_90": spend["0_90"] / 100,
        "spend_change_45": _change(spend["0_45"], spend["45_90"]),
        "spend_change_90": _change(spend["0_90"], spend["90_180"]),
    }


def _spans(
    days: pd.DataFrame, spend: dict[str, Array], window: Window, everyone: "pd.Series[str]"
) -> dict[str, pd.DataFrame]:
    """Order days and spend of everyone in the last horizon, the one before it, and the last year."""
    age, n = window.as_of_day - days["day"].to_numpy(), len(everyone)
    h = window.horizon_days
    found = {}
    for name, (low, high) in {"recent": (0, h), "before": (h, 2 * h), "year": (0, YEAR)}.items():
        counts = np.bincount(days["customer"].to_numpy()[(age > low) & (age <= high)], minlength=n)
        known = {"n_order_days": counts.astype(float), "spend_total": spend[f"{low}_{high}"] / 100}
        found[name] = pd.DataFrame({"customer_id": everyone, **known})
    return found


def _change(last: Array, before: Array) -> Array:
    known = (last >= 0) & (before >= 0) & (last + before > 0)
    change: Array = np.divide(last - before, last + before, out=np.full(len(last), np.nan), where=known)
    return change


if __name__ == "__main__":
    main()
