"""Questions to a log, several at a time: on one engine, over one reading and sorting of the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clientscape.catalog import Use, find
from clientscape.exact import EXACT
from clientscape.faults import Fault, refuse
from clientscape.features import portable, walk
from clientscape.features.engines import ENGINES
from clientscape.features.plan import Asked, Step, lacking, steps
from clientscape.tables import Tables
from clientscape.window import Window

WALK = "walk"


@dataclass(frozen=True)
class Ask:
    """A question to a log: features as of a date, of those with an order in the window, or of all who ever ordered."""

    window: Window
    uses: Sequence[Use]
    everyone: bool = False


def described(
    tables: Tables,
    asks: Sequence[Ask],
    *,
    customers: "pd.Series[str] | None" = None,
    prices: pd.DataFrame | None = None,
    engine: str,
    memory_limit: str,
    progress: Callable[[int, int], None] | None = None,
) -> list[pd.DataFrame]:
    """A frame for each question: customer_id, sorted, and the features that the shop's tables can give."""
    find(engine, {WALK: walk.describe, **ENGINES}, "engine")
    asked = planned(tables, asks, prices)
    frames = log_of(tables, asked, prices)
    if engine == WALK:
        who = None if customers is None else customers.drop_duplicates()
        return walk.describe(frames, asked, minor_units=tables.minor_units, customers=who, progress=progress)
    if customers is not None:
        frames["asked"] = customers.drop_duplicates().to_frame("customer_id")
    found = []
    with ENGINES[engine](frames, memory_limit) as (native, log):
        for frame in portable.describe(log, native, asked, minor_units=tables.minor_units):
            found.append(native.collect(frame.sort("customer_id")))
            if progress:
                progress(len(found), len(asked))
    return found


def planned(tables: Tables, asks: Sequence[Ask], prices: pd.DataFrame | None) -> list[Asked]:
    """The steps of each question, without what the shop's tables cannot give."""
    plans = []
    for ask in asks:
        absent = left_out(tables, ask.uses, prices)
        plan = steps([use for use in ask.uses if use.name not in absent])
        plans.append(Asked(ask.window, plan, ask.everyone))
    return plans


def log_of(tables: Tables, asked: Sequence[Asked], prices: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """The tables that some questions need, by name, with the attributes that they ask for."""
    frames = _frames(tables, prices)
    if tables.customers is not None:
        frames["customers"] = _attributes(tables.customers, [step for each in asked for step in each.plan])
    return frames


def has(tables: Tables, prices: pd.DataFrame | None = None) -> set[str]:
    """What a shop has, as features name their needs: tables, `table.column`, `prices`."""
    plain = {exact: column for column, (exact, _) in EXACT.items()}
    frames = _frames(tables, prices)
    columns = {f"{name}.{plain.get(c, c)}" for name, frame in frames.items() for c in frame.columns}
    recorded = {what for what in tables.records if "." not in what or what.partition(".")[0] in frames}
    return columns | recorded | set(frames)


def left_out(tables: Tables, uses: Sequence[Use], prices: pd.DataFrame | None) -> dict[str, str]:
    """The features that a shop's tables and the prices handed in cannot give, by name, with what they lack."""
    return lacking(uses, has(tables, prices))


def _frames(tables: Tables, prices: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    known = {
        "transactions": tables.transactions,
        "customers": tables.customers,
        "touches": tables.touches,
        "points": tables.points,
        "prices": prices,
    }
    return {name: frame for name, frame in known.items() if frame is not None}


def _attributes(customers: pd.DataFrame, plan: Sequence[Step]) -> pd.DataFrame:
    """The columns of customers that a plan asks for: numbers (dates as day numbers, yes and no as 1 and 0) or text."""
    asked = {step.settings["column"]: step for step in plan if "column" in step.settings}
    made: dict[str, Any] = {"customer_id": customers["customer_id"]}
    faults = []
    for name, step in asked.items():
        values = customers[name]
        if is_date := pd.api.types.is_datetime64_any_dtype(values.dtype):
            days = values.to_numpy().astype("datetime64[D]")
            made[name] = np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(float))
        elif pd.api.types.is_numeric_dtype(values.dtype):  # also yes and no
            made[name] = values.to_numpy(float, na_value=np.nan)
        else:
            made[name] = values.astype("str")
        if step.function.__name__ == "days_since" and not is_date:
            cure = f"map it as `{name}::TIMESTAMP`, or choose a column of dates"
            faults.append(Fault(f"features.{step.name}", f"a column of {values.dtype}", "a column of dates", cure))
    refuse(faults)
    return pd.DataFrame(made)
