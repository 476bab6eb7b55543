"""The experiment: the only function that reads the config; it knows no MLflow and writes nothing."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from clientscape.catalog import find
from clientscape.faults import Fault, InputError, refuse
from clientscape.processes import processes
from clientscape.run.amounts import forecasts_of_amounts
from clientscape.run.asked import Question, ask
from clientscape.run.choices import CHOICES
from clientscape.run.clusterings import Contest, clusterings
from clientscape.run.config import Experiment
from clientscape.run.contests import Clustering, Trial, snapshot
from clientscape.run.doing import Doing
from clientscape.run.foreseen import beside, beside_uses, horizons
from clientscape.run.names import uses
from clientscape.run.origins import entrants
from clientscape.run.outcome import Outcome, conclude
from clientscape.run.refusals import capacity_faults, column_faults, judged_faults, snapshot_faults, window_faults
from clientscape.run.risks import candidates_of, forecasts_of_labels
from clientscape.run.selected import select_columns
from clientscape.scorer.former import Former
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables
from clientscape.window import Window

Matrix = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Prepared:
    """What comes before the trials: how many there will be, and the table that they all see."""

    n_trials: int
    table: pd.DataFrame


def run_experiment(
    experiment: Experiment, tables: Tables, done: Mapping[str, Clustering] | None = None, former: Former | None = None
) -> Iterator[Prepared | Doing | Trial | Outcome]:
    """Yield what was prepared, what goes on, each trial as it is done, and at last the outcome.

    All that the data cannot answer is refused before the first thing is yielded. Clusterings in `done` (by the name of
    their trial) are not made again; the former model's champion hands its ids down.
    """
    window = window_of(experiment, tables)
    refuse(window_faults(experiment, window))
    with threadpool_limits(1):
        now, then = (snapshot(experiment, tables, w) for w in (window, window.before()))
        refuse([*snapshot_faults(experiment, now, then), *judged_faults(experiment, tables, window)])
        truth = _truth(experiment, tables, now)
        questions = ask(experiment, tables, now, then)
        refuse(capacity_faults(experiment, questions))
        columns = select_columns(experiment, tables, now, questions)
        refuse(column_faults(columns.lists, now, then))
        contest = Contest(experiment, horizons(experiment, tables, now, then), columns.lists["segments"], truth)
        refuse(_equal_faults(contest))
        yield Prepared(_count(experiment, questions), now.table)
        # A process of its own beside the sweep: the first map compiles for up to a minute.
        with _drawn(experiment, contest) as drawing:
            trials: list[Trial] = []
            for step in itertools.chain(
                clusterings(contest, done or {}),
                *(forecasts_of_labels(experiment, q, columns.of(q.part)) for q in questions if not q.lacking),
                forecasts_of_amounts(experiment, tables, questions[0].past.snapshots, window),
            ):
                if isinstance(step, Trial):
                    trials.append(step)
                yield step
            for trial in beside(experiment, contest.ahead):
                trials.append(trial)
                yield trial
            yield Doing("map")
            coordinates = drawing.result()
        yield conclude(contest, tables, columns, questions, trials, coordinates, former or Former())


def _equal_faults(contest: Contest) -> list[Fault]:
    """Customers who are all the same: nothing can tell segments of them apart, and no map has a direction."""
    if np.ptp(contest.judged, axis=0).any():
        return []
    found = f"all {len(contest.judged)} customers equal in {', '.join(contest.columns)}"
    return [Fault("segments.columns", found, "columns in which customers differ", "choose others, or a longer past")]


@contextmanager
def _drawn(experiment: Experiment, contest: Contest) -> Iterator["Future[Matrix]"]:
    """The map of the customers, or of a sample of them, being drawn in a process of its own."""
    drawing = uses(experiment.map)[0]
    draw = find(drawing.use, CHOICES["map"][0], "map")
    if experiment.segments.workers == 1:  # all in this process
        done: Future[Matrix] = Future()
        done.set_result(draw(contest.judged[contest.on_map], **drawing.settings, seed=experiment.seed))
        yield done
        return
    with processes(1) as aside:
        yield aside.submit(draw, contest.judged[contest.on_map], **drawing.settings, seed=experiment.seed)


def window_of(experiment: Experiment, tables: Tables) -> Window:
    """The window that an experiment asks for, over what the source covers."""
    asked = experiment.window
    lookback = None if asked.lookback_days == "all" else asked.lookback_days
    return Window(asked.as_of, tables.covers, lookback, asked.horizon_days)


def _count(experiment: Experiment, questions: Sequence[Question]) -> int:
    """How many trials there will be, but for tries of a search, of which equal ones are made once."""
    clustered = len(uses(experiment.segments.spaces)) * len(uses(experiment.segments.clusterers))
    risks = len(candidates_of(experiment)) * sum(not question.lacking for question in questions)
    return clustered + risks + len(entrants(experiment)) + len(beside_uses(experiment))


def _truth(experiment: Experiment, tables: Tables, now: Snapshot) -> Matrix | None:
    """The known segment of each customer of a snapshot, where the config names a column for it."""
    column = experiment.segments.truth
    if column is None:
        return None
    known = tables.customers if tables.customers is not None else pd.DataFrame(columns=["customer_id"])
    if column not in known.columns.drop("customer_id"):
        has = ", ".join(known.columns.drop("customer_id"))
        raise InputError(
            [Fault("segments.truth", f"`{column}`", f"a column of customers ({has})", "correct it, or set null")]
        )
    return known.set_index("customer_id")[column].reindex(now.table["customer_id"]).fillna("?").to_numpy(object)
