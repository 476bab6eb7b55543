"""What customers did before a date, as labels need it: by horizon, in the last year, and the season of the shop."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Use
from clientscape.features.build import features
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
    DataFrame of shape (n_customers, 14):

    - n_order_days [days], spend [currency] : within the horizon before as_of.
    - n_order_days_before, spend_before : within the one before that; missing where the source does not cover it whole.
    - order_days_ever [days] : in all.
    - days_known [days] : from his first order day to as_of.
    - days_year [days] : those of the last 365 in which he was known; the next three are of them.
    - order_days_year, spend_year, spend_late_year : the last one of their later half.
    - horizon_days, log_days [days], season_spend, season_orders [ratio] : the same in all rows; the second is how much
      the source covers before as_of, of the others see `_season`.
    """
    recent, before = window.recent(), window.before().recent()
    covered = window.history_days >= 2 * window.horizon_days
    windows = [recent, replace(window, lookback_days=YEAR), before if covered else recent]
    order_days, spend = within(tables, windows, customers, memory_limit=memory_limit)
    ever = known.reindex(customers.to_numpy())
    days_known = ever["T"].to_numpy(float) + 1
    days_year = np.minimum(days_known, YEAR)
    season_spend, season_orders = _season(tables, window, memory_limit)
    return pd.DataFrame(
        {
            "n_order_days": order_days[:, 0],
            "spend": spend[:, 0],
            "n_order_days_before": order_days[:, 2] if covered else np.nan,
            "spend_before": spend[:, 2] if covered else np.nan,
            "order_days_ever": ever["x"].to_numpy(float) + 1,
            "days_known": days_known,
            "days_year": days_year,
            "order_days_year": order_days[:, 1],
            "spend_year": spend[:, 1],
            "spend_late_year": _spend_late(tables, window, customers, days_year // 2),
            "horizon_days": float(window.horizon_days),
            "log_days": float(window.history_days),
            "season_spend": season_spend,
            "season_orders": season_orders,
        }
    )


def within(
    tables: Tables, windows: Sequence[Window], customers: "pd.Series[str]", *, memory_limit: str = "1GB"
) -> tuple[Vector, Vector]:
    """Order days [days] and spend [currency] of customers within each window, both (n_customers, n_windows)."""
    ordered = sorted(dict.fromkeys(windows), key=lambda window: window.as_of)
    done = features(tables, ordered, USES, customers=customers, memory_limit=memory_limit)
    n = len(done) // len(ordered)
    who = pd.Index(done["customer_id"].iloc[:n]).get_indexer(pd.Index(customers))
    by_window = done[[use.name for use in USES]].fillna(0.0).to_numpy().reshape(len(ordered), n, len(USES))
    order_days, spend = by_window[[ordered.index(window) for window in windows]][:, who].transpose(2, 1, 0)
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


def _season(tables: Tables, window: Window, memory_limit: str) -> tuple[float, float]:
    """How far the horizon was above an even share of its year, a year ago: of spend, and of order days [ratio].

                      as_of - 365                                     as_of
        |--------------|--horizon-->|---------------|                  |--horizon-->
        <------------- 365 days around it --------->

    The ratio to a centred mean (Macaulay 1931): a trend cancels. 1 where the source does not cover these days.
    """
    horizon = window.horizon_days
    ago = replace(window, as_of=window.as_of - timedelta(days=YEAR - horizon), lookback_days=horizon)
    around = replace(ago, as_of=ago.as_of + timedelta(days=(YEAR - horizon) // 2), lookback_days=YEAR)
    if horizon >= YEAR or around.faults():
        return 1.0, 1.0
    spans = [features(tables, span, USES, memory_limit=memory_limit) for span in (ago, around)]
    ratios = []
    for use in ("spend_total", "n_order_days"):
        there, usual = (float(span[use].sum()) for span in spans)
        share = there * YEAR / (usual * horizon) if usual > 0 else 1.0
        ratios.append(float(np.clip(share, *SEASON_BOUNDS)))
    return ratios[0], ratios[1]
