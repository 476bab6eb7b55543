"""What an experiment asks that its data cannot answer: told before the first trial."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clientscape.faults import Fault
from clientscape.run.asked import Question
from clientscape.run.asked import judged_windows as risks_at
from clientscape.run.config import Experiment
from clientscape.run.names import uses
from clientscape.run.origins import judged_windows as amounts_at
from clientscape.run.risks import campaign_of
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables
from clientscape.window import Window

FEWEST_CUSTOMERS = 30


def window_faults(experiment: Experiment, window: Window) -> list[Fault]:
    """A horizon that is not covered, no past one horizon earlier, dates that cannot be judged or stand twice."""
    faults = window.faults(with_future=True)
    if faults:
        return faults
    faults = window.before().faults("window (one horizon before as_of)")
    several = {
        "forecasts.judged_at": amounts_at(experiment, window),
        "churn.judged_also_at": risks_at(experiment, window),
    }
    for path, judged in several.items():
        for at in dict.fromkeys(judged):
            faults += at.faults(f"{path} {at.as_of}", with_future=True)
            if (n := judged.count(at)) > 1:
                found = f"{at.as_of} with {at.horizon_days} days {n} times"
                expected = "each date and horizon once, window.as_of not among churn.judged_also_at"
                faults.append(Fault(path, found, expected, "remove the others"))
    return faults


def snapshot_faults(experiment: Experiment, now: Snapshot, then: Snapshot) -> list[Fault]:
    """Too few customers, columns that are no numbers, columns of forecasts that the shop cannot give."""
    faults = []
    most = max((int(use.settings.get("n_segments", 0)) for use in uses(experiment.segments.clusterers)), default=0)
    least = max(FEWEST_CUSTOMERS, 2 * most)
    for snapshot in (now, then):
        if (n := len(snapshot.table)) < least:
            expected = f"at least {least} with an order in the window"
            cure = "use a larger source, a longer lookback_days or fewer n_segments"
            faults.append(Fault(f"customers at {snapshot.window.as_of}", str(n), expected, cure))
    measured = min(len(now.table), experiment.segments.refits.customers) // 2  # a half is fitted by itself
    if measured < most:
        cure = "raise segments.refits.customers, use a larger source or fewer n_segments"
        expected = f"at least {most} in each half, one for each segment"
        faults.append(Fault("segments.refits.customers", f"halves of {measured} customers", expected, cure))
    asked = {
        "segments.columns": experiment.segments.columns,
        "churn.columns": experiment.churn.columns,
        "forecasts.columns": experiment.forecasts.columns or [],
    }
    for path, columns in asked.items():
        for column in (column for column in columns if column in now.table):
            faults += _value_faults(f"{path}: {column}", [s.table.get(column) for s in (now, then)], path)
    for column in (column for column in asked["forecasts.columns"] if column not in now.table):
        cure = "remove it, or bring the table or column that it is made of"
        faults.append(Fault(f"forecasts.columns: {column}", "nothing to make it of", "a column of this shop", cure))
    return faults


def _value_faults(where: str, seen: "Sequence[pd.Series[Any] | None]", path: str) -> list[Fault]:
    """Text where only numbers can be reckoned with, and what no number can be reckoned with."""
    kind = next(values.dtype for values in seen if values is not None)
    if not pd.api.types.is_numeric_dtype(kind):
        cure = "remove it here; it may stay in `features.use`"
        told = [Fault(where, f"{kind}", "a column of numbers", cure)]
        return told if path == "forecasts.columns" else []  # elsewhere its levels have columns of their own
    endless = sum(int(np.isinf(values.to_numpy(float)).sum()) for values in seen if values is not None)
    cure = "correct the feature, or leave it out"
    return [Fault(where, f"{endless} infinite", "numbers, or missing", cure)] if endless else []


def judged_faults(experiment: Experiment, tables: Tables, window: Window) -> list[Fault]:
    """Dates with too few customers to judge a forecast on."""
    faults = []
    for at in amounts_at(experiment, window):
        n = tables.transactions.loc[at.past(tables.transactions["day"]), "customer_id"].nunique()
        if n < FEWEST_CUSTOMERS:
            expected, cure = f"at least {FEWEST_CUSTOMERS} with an order in the window", "choose a later date"
            faults.append(Fault(f"forecasts.judged_at {at.as_of}", f"{n} customers", expected, cure))
    return faults


def capacity_faults(experiment: Experiment, questions: Sequence[Question]) -> list[Fault]:
    """More contacts than there are customers to contact."""
    asked = [question for question in questions if question.part == "decline" and not question.lacking]
    return [
        fault for question in asked for fault in campaign_of(experiment).faults(n_eligible=len(question.now.test.y))
    ]


def column_faults(lists: Mapping[str, Sequence[str]], now: Snapshot, then: Snapshot) -> list[Fault]:
    """Columns that the shop cannot give, or that are missing for all customers who were to be described by them."""
    faults = []
    for snapshot in (now, then):
        at = f"customers at {snapshot.window.as_of}"
        for part, columns in lists.items():
            path = "segments.columns" if part == "segments" else "churn.columns"
            for column in columns:
                if column not in snapshot.table:
                    cure = "remove it, bring the table or column that it is made of, or set features.select"
                    faults.append(Fault(f"{path}: {column}", "nothing to make it of", "a column of this shop", cure))
                elif snapshot.table[column].isna().all():
                    cure = "remove it, or ask for a span that the window covers"
                    if column == "p_alive":
                        cure = f"remove it: {snapshot.lifetime.status}"
                    faults.append(Fault(f"{path}: {column}", f"nothing but missing for the {at}", "values", cure))
    return list(dict.fromkeys(faults))  # both forecasts may ask for the same
