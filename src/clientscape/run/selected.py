"""The columns that the models of an experiment see: as few as possible, as many as needed.

Segments are described as of the window, forecasts learn at earlier dates: each list is chosen on what its models
learn from. Support is measured at origins whose horizon has ended by as_of; what is judged after it is never seen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pandas as pd

from clientscape.catalog import call
from clientscape.churn.examples import Examples
from clientscape.evaluate.selection import Measure, Verdict, distinct, importances, kept, supported
from clientscape.faults import Fault, refuse
from clientscape.run.asked import PARTS, Past, Question
from clientscape.run.config import Experiment
from clientscape.run.contests import CLASSIFICATION, numeric
from clientscape.run.names import uses
from clientscape.run.sections import Select
from clientscape.scorer.plan import CLASSIFIERS
from clientscape.scorer.risks import anybody, examples_of, label_of
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables
from clientscape.window import Window

FEWEST = {"segments": 2, "churn": 1, "decline": 1}  # a map of segments has two axes


@dataclass(frozen=True)
class Columns:
    """The lists of columns by what they are for (`segments`, `churn`, `decline`), with what became of each column.

    verdicts : a row a column: `used_by`, and the fields of `Verdict`; empty where nothing was asked to be selected.
    said : the choice in sentences.
    """

    lists: dict[str, list[str]]
    verdicts: pd.DataFrame
    said: Sequence[str]

    def of(self, part: str) -> list[str]:
        """What the models of a part see; labels that are judged beside the others are seen like decline."""
        return self.lists.get(part, self.lists["decline"])


def select_columns(experiment: Experiment, tables: Tables, now: Snapshot, questions: Sequence[Question]) -> Columns:
    """Choose the columns of segments and of each question; InputError where too few are left."""
    select = experiment.features.select
    questions = [question for question in questions if question.part in PARTS and not question.lacking]
    if select is None:
        lists = {"segments": experiment.segments.columns, **dict.fromkeys(PARTS, experiment.churn.columns)}
        return Columns({part: list(columns) for part, columns in lists.items()}, pd.DataFrame(), ())
    asked = {"segments": (now.table, experiment.segments.columns)}
    asked |= {question.part: (question.now.lessons[-1].X, experiment.churn.columns) for question in questions}
    numbers = {part: numeric(columns, table) for part, (table, columns) in asked.items()}
    verdicts = {part: distinct(asked[part][0], numbers[part], select.max_correlation) for part in asked}
    text = {part: [c for c in columns if c not in numbers[part]] for part, (_, columns) in asked.items()}
    refuse(_too_few({part: [*verdicts[part], *_kept_unseen(text[part])] for part in asked}))
    said: dict[str, list[str]] = {}
    if select.supported and questions:
        before = _before(questions[0].past, now.window.before())
        for question in questions:
            origins = _origins(tables, question, before, kept(verdicts[question.part]))
            judged = _supported(experiment, select, origins, kept(verdicts[question.part]))
            verdicts[question.part] = [judged.get(v.column, v) for v in verdicts[question.part]]
            said.setdefault(_how(origins), []).append(question.part)
    verdicts = {part: [*found, *_kept_unseen(text[part])] for part, found in verdicts.items()}
    rows = [{"used_by": part, **asdict(verdict)} for part, found in verdicts.items() for verdict in found]
    lists = dict.fromkeys(PARTS, experiment.churn.columns) | {part: kept(v) for part, v in verdicts.items()}
    return Columns(lists, pd.DataFrame(rows), _sentences(experiment, verdicts, said))


def _kept_unseen(columns: Sequence[str]) -> list[Verdict]:
    """Text stays: it has no rank to correlate by, and is no single column that could be shuffled."""
    return [Verdict(column, True, "") for column in columns]


def _supported(
    experiment: Experiment, select: Select, origins: Sequence[Examples], columns: list[str]
) -> dict[str, Verdict]:
    """Verdicts by column, measured with the first of churn.classifiers in the metric that chooses."""
    use, by = uses(experiment.churn.classifiers)[0], experiment.churn.choose_by
    make = partial(call, use, CLASSIFIERS, "classifiers", seed=experiment.seed)
    measure = Measure(make, CLASSIFICATION[by], by.endswith("_loss"), select.repeats, select.folds, experiment.seed)
    found = supported(importances(origins, columns, measure), select.at_least)
    return {verdict.column: verdict for verdict in found}


def _before(past: Past, then: Window) -> list[Snapshot]:
    """Snapshots one, two, ... horizons before the latest training date, as far as their past is covered."""
    taken, window = [], then.before()
    while not window.faults() and window.history_days >= window.horizon_days and anybody(past.tables, window):
        taken.append(past.at(window))
        window = window.before()
    return taken


def _origins(tables: Tables, question: Question, before: Sequence[Snapshot], columns: list[str]) -> list[Examples]:
    """Examples in the order of time, back to the first origin that lacks history, an outcome or a column's values."""
    origins = [question.now.lessons[-1]]
    for earlier in before:
        if earlier.window.history_days < label_of(question.use).history_horizons * earlier.window.horizon_days:
            break
        seen = examples_of(tables, earlier, question.use, question.past.experiment.memory_limit)
        if seen.y.all() or not seen.y.any() or seen.X[columns].isna().all().any():
            break
        origins.append(seen)
    return origins[::-1]


def _too_few(verdicts: dict[str, list[Verdict]]) -> list[Fault]:
    faults = []
    for part, found in verdicts.items():
        if len(kept(found)) < FEWEST[part]:
            path = "segments.columns" if part == "segments" else "churn.columns"
            why = "; ".join(f"{verdict.column}: {verdict.why}" for verdict in found if not verdict.kept)
            left = f"{len(kept(found))} of {len(found)} columns left for {part} ({why})"
            cure = "list columns that differ, raise features.select.max_correlation, or set features.select to null"
            faults.append(Fault(path, left, f"at least {FEWEST[part]} after features.select", cure))
    return faults


def _how(origins: Sequence[Examples]) -> str:
    """At which origins support was measured."""
    first, last = origins[0].window, origins[-1].window
    if len(origins) == 1:
        return f"in folds of customers at {last.as_of}, as the history allows one origin"
    between = f"{len(origins) - 1} times one horizon later, " if len(origins) > 2 else ""
    return f"out of time, {between}learnt from {first.as_of}, judged up to {last.as_of}"


def _sentences(experiment: Experiment, verdicts: dict[str, list[Verdict]], said: dict[str, list[str]]) -> list[str]:
    """How many columns stay and why the others went; how support was measured, with the parts that share a way."""
    counts = ", ".join(f"{part} {len(kept(found))} of {len(found)}" for part, found in verdicts.items())
    gone: list[Any] = [verdict for found in verdicts.values() for verdict in found if not verdict.kept]
    n_like = sum(bool(verdict.duplicate_of) for verdict in gone)
    n_weak = sum(verdict.why.startswith("no support") for verdict in gone)
    n_flat = len(gone) - n_like - n_weak
    dropped = f"{n_like} near-duplicates, {n_weak} without support, {n_flat} without two values"
    sentences = [f"Columns kept: {counts}; dropped: {dropped}."]
    if said:
        use, by = uses(experiment.churn.classifiers)[0], experiment.churn.choose_by
        ways = "; ".join(f"{' and '.join(parts)} {how}" for how, parts in said.items())
        told = "what came after earlier dates that are judged too had a say in it"
        sentences.append(f"Support is what {use} loses in {by} where a column is shuffled: {ways}; {told}.")
    return sentences
