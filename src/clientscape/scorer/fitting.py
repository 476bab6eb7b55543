"""What a scorer learns at a date, part by part."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from clientscape.catalog import call, functions
from clientscape.evaluate.profile import deviations
from clientscape.faults import refuse
from clientscape.scorer.plan import LIFETIMES, Plan
from clientscape.scorer.refusals import lesson_faults
from clientscape.scorer.risks import (
    Learnt,
    YearAgo,
    examples_of,
    label_of,
    lesson_windows,
    taught,
    windows_of,
    year_ago,
)
from clientscape.scorer.ruled import ruled
from clientscape.scorer.snapshot import Snapshot, take
from clientscape.segment import clusterers, identity, rules, spaces
from clientscape.segment.coordinates import Coordinates, Group, legible
from clientscape.tables import Tables
from clientscape.window import Window

CLUSTERERS = functions(clusterers)


def taken(plan: Plan, tables: Tables, window: Window) -> Snapshot:
    """The customers at a window, with the plan's lifetime model fitted there."""
    model = call(plan.lifetime, LIFETIMES, "lifetime")
    return take(tables, window, plan.features, model, fit=True, memory_limit=plan.memory_limit)


def segments_of(plan: Plan, now: Snapshot, judged: tuple[Coordinates, Any] | None) -> dict[str, Any]:
    """Space, clusterer and names of segments; the first two as they were judged, or fitted here."""
    space, clusterer = judged or _segmented(plan, now)
    labels = clusterer.predict(space.transform(now.table))
    value = now.table["expected_value"].groupby(labels).mean()
    profile = deviations(legible(now.table, plan.segment_columns), pd.Series(labels))
    names = identity.identify(profile, value, plan.language)
    return {"space": space, "clusterer": clusterer, "segment_names": names}


def _segmented(plan: Plan, now: Snapshot) -> tuple[Coordinates, Any]:
    """The plan's space and clusterer, fitted."""
    groups = [Group(columns, weight) for columns, weight in plan.segment_groups]
    space = Coordinates(call(plan.space, functions(spaces), "space"), plan.segment_columns, groups).fit(now.table)
    return space, call(plan.clusterer, CLUSTERERS, "clusterer", seed=plan.seed).fit(space.transform(now.table))


def rules_of(plan: Plan, now: Snapshot, earlier: pd.DataFrame) -> dict[str, Any]:
    """The plan's rule sets, fitted; `earlier` are the letters one horizon before."""
    table = ruled(now, earlier)
    asked = {"rules": plan.rules, "stages": plan.stages}
    return {part: call(use, functions(rules), part, seed=plan.seed).fit(table) for part, use in asked.items()}


def taught_by(plan: Plan, tables: Tables, now: Snapshot, then: Snapshot) -> dict[str, Learnt]:
    """The classifiers of the plan, taught by the dates before a snapshot."""
    memory = plan.memory_limit
    known = {then.window: then}
    found = {}
    for part, risk in plan.risks.items():
        if risk.classifier is None:
            continue
        label = label_of(risk.label)
        asked = lesson_windows(tables, now.window, plan.risk_origins, plan.risk_every_days, label)
        refuse(lesson_faults(part, now.window, asked))
        known |= {window: taken(plan, tables, window) for window in asked if window not in known}
        lessons = [examples_of(tables, known[window], risk.label, memory) for window in asked]
        ago = year_ago(tables, now.window, lessons, risk.label, memory) if risk.calibrate else YearAgo()
        found[part] = taught(risk, lessons, ago, plan.seed)
    return found


def least_history_days(plan: Plan, parts: Mapping[str, Any], then: Window, learnt: Mapping[str, Learnt]) -> int:
    """Days of history without which numbers would be small rather than missing."""
    if plan.lookback_days is None:
        return min(origin.history_days for origin in (then, *windows_of(learnt.values())))
    needed = max(parts[f"{part}_label"].history_horizons for part in ("churn", "decline"))
    return max(plan.lookback_days, int(needed) * plan.horizon_days)
