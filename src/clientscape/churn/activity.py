"""What customers did before a date, as labels need it: by horizon, in the last year, and the season of the shop."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Use
from clientscape.features.build import Ask, answers
from clientscape.tables import Tables
from clientscape.window import Window

YEAR = 365
SEASON_BOUNDS = (0.5, 2.0)  # beyond them it is rather a shop that began, or a promotion
USES = (Use("n_order_days"), Use("spend_total"))
Vector = NDArray[np.float64]


def past_of(
    tables: Tables, window: Window, customers: "pd.Series[str]", known: pd.DataFrame, *, memory_limit: str = "1GB"
) -> pd.DataFrame:
    """What is known at as_of of the activity of customers, a row for each in their order; nothing looks ahead.

    known holds their letters by customer_id (see `features.build.letters`). Returns are taken off all spend.

    Returns
    -------
    DataFrame of shape (n_customers, 14): the columns of `own_past`, and what the whole log or single lines tell,

    - spend_late_year [currency] : of the later half of `days_year`.
    - season_spend, season_orders [ratio] : the same in all rows, see `_season`.
    """
    told = answers(tables, asks(window), memory_limit=memory_limit)
    return with_crowd(own_past(window, customers, known, told), tables, window, customers, told)


def asks(window: Window, *, season: bool = True) -> dict[str, Ask]:
    """What `own_past` is made of, and the season if it is wanted, as questions to a log."""
    spans = {"recent": window.recent(), "year": replace(window, lookback_days=YEAR)}
    if window.history_days >= 2 * window.horizon_days:
        spans["before"] = window.before().recent()
    of_all = _season_spans(window) if season else {}
    return {name: Ask(span, USES, everyone=name in spans) for name, span in (spans | of_all).items()}


def own_past(
    window: Window, customers: "pd.Series[str]", known: pd.DataFrame, told: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """What is known of customers from their own lines alone; `told` are the answers to `asks`.

    Returns
    -------
    DataFrame of shape (n_customers, 11):

    - n_order_days [days], spend [currency] : within the horizon before as_of.
    - n_order_days_before, spend_before : within the one before that; missing where the source does not cover it whole.
    - order_days_ever [days] : in all.
    - days_known [days] : from his first order day to as_of.
    - days_year [days] : those of the last 365 in which he was known; the next two are of them.
    - order_days_year, spend_year.
    - horizon_days, log_days [days] : the same in all rows; the second is how much the source covers before as_of.
    """
    order_days, spend = _aligned(told, [name for name in ("recent", "year", "before") if name in told], customers)
    ever = known.reindex(customers.to_numpy())
    days_known = ever["T"].to_numpy(float) + 1
    covered = "before" in told
    return pd.DataFrame(
        {
            "n_order_days": order_days[:, 0],
            "spend": spend[:, 0],
            "n_order_days_before": order_days[:, 2] if covered else np.nan,
            "spend_before": spend[:, 2] if covered else np.nan,
            "order_days_ever": ever["x"].to_numpy(float) + 1,
            "days_known": days_known,
            "days_year": np.minimum(days_known, YEAR),
            "order_days_year": order_days[:, 1],
            "spend_year": spend[:, 1],
            "horizon_days": float(window.horizon_days),
            "log_days": float(window.history_days),
        }
    )


def with_crowd(
    past: pd.DataFrame,
    tables: Tables,
    window: Window,
    customers: "pd.Series[str]",
    told: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """The past with what labels are fitted by beside it: the later half of the year, and the season of the log."""
    season_spend, season_orders = _season(window, told)
    late = _spend_late(tables, window, customers, past["days_year"].to_numpy(float) // 2)
    return past.assign(spend_late_year=late, season_spend=season_spend, season_orders=season_orders)


def within(
    tables: Tables, windows: Sequence[Window], customers: "pd.Series[str]", *, memory_limit: str = "1GB"
) -> tuple[Vector, Vector]:
    """Order days [days] and spend [currency] of customers within each window, both (n_customers, n_windows)."""
    ordered = sorted(dict.fromkeys(windows), key=lambda window: window.as_of)
    told = {str(n): Ask(window, USES, everyone=True) for n, window in enumerate(ordered)}
    found = answers(tables, told, memory_limit=memory_limit)
    return _aligned(found, [str(ordered.index(window)) for window in windows], customers)


def _aligned(
    told: Mapping[str, pd.DataFrame], names: Sequence[str], customers: "pd.Series[str]"
) -> tuple[Vector, Vector]:
    """Order days and spend of customers in some answers of everyone, both (n_customers, n_names); 0 for nothing."""
    who = pd.Index(told[names[0]]["customer_id"]).get_indexer(pd.Index(customers))
    order_days, spend = (
        np.column_stack([np.append(told[name][use.name].fillna(0.0).to_numpy(), 0.0)[who] for name in names])
        for use in USES
    )
    return order_days, spend


def _spend_late(tables: Tables, window: Window, customers: "pd.Series[str]", days: Vector) -> Vector:
    """Spend of each customer in his own last so many days, half a year at most [currency]."""
    lines = tables.transactions
    lines = lines[replace(window, lookback_days=YEAR // 2).past(lines["day"]).to_numpy()]
    who = pd.Index(customers).get_indexer(pd.Index(lines["customer_id"]))
    age_days = window.as_of_day - lines["day"].to_numpy(np.int64)
    late = (who >= 0) & (age_days <= np.append(days, 0.0)[who])
    sums = np.bincount(who[late], weights=lines["amount_minor"].to_numpy(float)[late], minlength=len(customers))
    return np.asarray(sums / tables.minor_units)


def _season(window: Window, told: Mapping[str, pd.DataFrame]) -> tuple[float, float]:
    """How far the horizon was above an even share of its year, a year ago: of spend, and of order days [ratio].

                      as_of - 365                                     as_of
        |--------------|--horizon-->|---------------|                  |--horizon-->
        <------------- 365 days around it --------->

    The ratio to a centred mean (Macaulay 1931): a trend cancels. 1 where the source does not cover these days.
    """
    if "around" not in told:
        return 1.0, 1.0
    ratios = []
    for use in ("spend_total", "n_order_days"):
        there, usual = (float(told[name][use].sum()) for name in ("ago", "around"))
        share = there * YEAR / (usual * window.horizon_days) if usual > 0 else 1.0
        ratios.append(float(np.clip(share, *SEASON_BOUNDS)))
    return ratios[0], ratios[1]


def _season_spans(window: Window) -> dict[str, Window]:
    """The horizon a year ago, and the year around it; nothing where the source does not cover them."""
    horizon = window.horizon_days
    ago = replace(window, as_of=window.as_of - timedelta(days=YEAR - horizon), lookback_days=horizon)
    around = replace(ago, as_of=ago.as_of + timedelta(days=(YEAR - horizon) // 2), lookback_days=YEAR)
    return {} if horizon >= YEAR or around.faults() else {"ago": ago, "around": around}
