"""What a forecaster learns from and is asked with: snapshots, with what came in the horizon after them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from clientscape.catalog import Use, call
from clientscape.clv.heuristics import LastPeriod
from clientscape.faults import Fault, refuse
from clientscape.features.build import activity
from clientscape.forecast.corrected import Corrected
from clientscape.scorer.plan import FORECASTERS, Plan
from clientscape.scorer.snapshot import LIFETIME_COLUMNS, Snapshot, take
from clientscape.tables import Tables
from clientscape.window import Window

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Came:
    """What customers of a snapshot did in its horizon: order days and spend [currency], each (n,)."""

    orders: Vector
    spend: Vector


def came(tables: Tables, snapshot: Snapshot, memory_limit: str = "1GB") -> Came:
    """What came in the horizon after a snapshot, which the source must cover."""
    future = activity(tables, snapshot.window.ahead(), snapshot.table["customer_id"], memory_limit=memory_limit)
    return Came(future["n_order_days"].to_numpy(float), future["spend"].to_numpy(float))


@dataclass(frozen=True)
class Lessons:
    """Snapshots of earlier dates, with what came after each."""

    seen: Sequence[Snapshot]
    came: Sequence[Came]


def lessons(
    tables: Tables, now: Snapshot, origins: Sequence[Window], uses: Sequence[Use], memory_limit: str
) -> Lessons:
    """What earlier windows teach about a snapshot.

    What was expected then must be of the kind that is expected now: by the same models, or the rules in their place. A
    date without customers, or at which a model did not fit yet, is left out; so is a horizon of another length where
    the rate of the last one is what is expected.
    """
    day, span = tables.transactions["day"].to_numpy(), now.window.horizon_days
    by_last = isinstance(now.lifetime.orders_, LastPeriod)
    usable = [w for w in origins if w.past(day).any() and not (by_last and w.horizon_days != span)]
    taken = (take(tables, w, uses, now.lifetime.again(), fit=True, memory_limit=memory_limit) for w in usable)
    seen = [snapshot for snapshot in taken if snapshot.lifetime.status == "ok"]
    return Lessons(seen, [came(tables, snapshot, memory_limit) for snapshot in seen])


def expected_spend(said: Mapping[str, Any]) -> Vector:
    """Spend to expect by what a lifetime model says, before margin and discount [currency]; 0 without a value."""
    orders, each = (np.asarray(said[name], dtype=np.float64) for name in ("expected_orders", "expected_order_value"))
    return np.nan_to_num(orders * each)


def expected(snapshot: Snapshot, horizon_days: int | None = None) -> pd.DataFrame:
    """What the lifetime model of a snapshot says of its customers, as forecasters take it.

    Over the snapshot's horizon, or over another one.
    """
    said: Mapping[str, Any] = {name: snapshot.table[name] for name in LIFETIME_COLUMNS}
    if horizon_days is not None:
        said = snapshot.lifetime.predict(snapshot.letters_of_table, float(horizon_days))
    return pd.DataFrame(
        {
            "expected_orders": np.asarray(said["expected_orders"], dtype=np.float64),
            "expected_spend": expected_spend(said),
            "expected_value": np.asarray(said["expected_value"], dtype=np.float64),
            "p_alive": np.asarray(said["p_alive"], dtype=np.float64),
            "horizon_days": float(horizon_days or snapshot.window.horizon_days),
        }
    )


def taught(forecaster: Corrected, columns: Sequence[str], lessons: Lessons) -> Corrected:
    """The forecaster, fitted to all lessons together."""
    X = pd.concat([snapshot.table[list(columns)] for snapshot in lessons.seen], ignore_index=True)
    known = pd.concat([expected(snapshot) for snapshot in lessons.seen], ignore_index=True)
    orders, spend = (np.concatenate([getattr(each, what) for each in lessons.came]) for what in ("orders", "spend"))
    return forecaster.fit(X, known, orders, spend)


def forecaster_of(plan: Plan, tables: Tables, now: Snapshot) -> Corrected | None:
    """The forecaster of a plan, taught by the dates before a snapshot; None where the plan has none."""
    if plan.forecaster is None:
        return None
    origins = now.window.origins(plan.forecast_origins, plan.forecast_every_days)
    learnt = lessons(tables, now, origins, plan.features, plan.memory_limit)
    if not learnt.seen:
        found = f"no date before {now.window.as_of} to learn from"
        expects = "one whose past the source covers and whose log the lifetime model fits"
        cure = "choose a later as_of, a shorter lookback_days, or no forecaster"
        refuse([Fault("forecaster", found, expects, cure)])
    made = call(plan.forecaster, FORECASTERS, "forecaster", seed=plan.seed)
    with threadpool_limits(1):
        return taught(made, plan.forecast_columns, learnt)


def forecast(forecaster: Corrected, columns: Sequence[str], snapshot: Snapshot) -> dict[str, Vector]:
    """What a fitted forecaster says of the customers of a snapshot."""
    return forecaster.predict(snapshot.table[list(columns)], expected(snapshot))
