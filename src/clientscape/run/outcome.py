"""How an experiment ends: the choice, the scorer made of what won, the finished tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.evaluate.choice import Guard, choose, refused_by
from clientscape.evaluate.promotion import Verdict
from clientscape.features.build import left_out
from clientscape.report.items import Finished
from clientscape.run.asked import PARTS, Question
from clientscape.run.choices import OF_CLUSTERINGS
from clientscape.run.clusterings import Contest
from clientscape.run.config import Experiment
from clientscape.run.contests import Clustering, Trial
from clientscape.run.forecast_outcome import curves, exported_forecaster, forecast_notes, forecast_table, standings
from clientscape.run.names import rule_use, uses
from clientscape.run.origins import forecast_columns
from clientscape.run.promoted import promotion
from clientscape.run.risk_outcome import (
    explanations,
    exported,
    judgement_table,
    labels_table,
    policies_table,
    profit_table,
    risk_notes,
    risk_of,
    said_now,
)
from clientscape.run.risks import campaign_of
from clientscape.run.selected import Columns
from clientscape.run.understood import hand_down, portraits
from clientscape.run.win_back import list_of
from clientscape.scorer.forecasting import forecaster_of
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables


@dataclass(frozen=True)
class Outcome:
    """What an experiment ends with; without a scorer where the guards refused every segmentation.

    verdict : whether the scorer takes the champion's place.
    """

    finished: Finished
    scorer: Scorer | None
    verdict: Verdict


def conclude(
    contest: Contest,
    tables: Tables,
    columns: Columns,
    questions: Sequence[Question],
    trials: list[Trial],
    coordinates: NDArray[np.float64],
    former: Former,
) -> Outcome:
    """Choose, fit the scorer of what won, score the training customers, and lay out the tables."""
    experiment, now = contest.experiment, contest.ahead.now
    order = {candidate.name: i for i, candidate in enumerate(contest.candidates)}
    clustered = sorted((t for t in trials if t.contest == "segments"), key=lambda trial: order[trial.name])
    table, position, why = _judged(experiment, clustered)
    notes = [*_left_out(experiment, tables, now), *_notes(experiment, now, trials)]
    common: dict[str, Any] = {
        "question": experiment.question,
        "answer": why,
        "currency": tables.currency,
        "language": experiment.segments.language,
        "trials": table,
        "labelings": {trial.name: _clustering(trial).labels[contest.on_map] for trial in clustered},
        "on_map": contest.on_map,
        "baselines": _baselines(trials),
        "coordinates": coordinates,
        **_of_labels(experiment, questions, trials),
        "forecast": forecast_table(trials),
        "standings": standings(trials),
        "curves": curves(trials),
        "columns": columns.verdicts,
        "columns_said": columns.said,
    }
    if position is None:
        empty: dict[str, Any] = dict.fromkeys(("scores", "segments", "profile", "rfm", "reengage"), pd.DataFrame())
        return Outcome(Finished(notes=notes, **common, **empty), None, Verdict(False, why))
    found = _clustering(clustered[position])
    plan = _plan(experiment, columns, clustered[position], questions, trials, now)
    best = {part: exported(experiment, trials, part) for part in PARTS}
    scorer = _fitted(contest, tables, plan, trials, clustered[position], best)
    succession, said = hand_down(former, scorer, tables, scorer.score_snapshot(now, contest.ahead.then.letters))
    scores = scorer.score_snapshot(now, contest.ahead.then.letters)  # under the names that were handed down
    scorer.remember(now, contest.ahead.then, scores)
    verdict = promotion(former, scorer, scores, tables, best, contest.ahead)
    notes += [_foresight(contest, scorer, found), said, verdict.reason]
    portrayed = portraits(contest, tables, scorer, scores, found)
    listed = list_of(experiment, tables, scores)
    known = {"scores": scores, "succession": succession, "reengage": listed, **portrayed}
    return Outcome(Finished(notes=notes, **common, **known), scorer, verdict)


def _judged(experiment: Experiment, clustered: list[Trial]) -> tuple[pd.DataFrame, int | None, str]:
    """The table of the clusterings with who is refused and chosen, the position of the chosen, and why."""
    segments = experiment.segments
    guards = {metric: Guard(bounds.at_least, bounds.at_most) for metric, bounds in segments.guards.items() if bounds}
    table = _trial_table(clustered)
    position, why = choose(table, guards, segments.weights)
    refused = refused_by(table, guards)
    chosen = np.arange(len(table)) == position
    return table.assign(refused_by=refused, passed=refused == "", chosen=chosen), position, why


def _fitted(
    contest: Contest,
    tables: Tables,
    plan: Plan,
    trials: list[Trial],
    chosen: Trial,
    best: Mapping[str, Trial | None],
) -> Scorer:
    """The scorer of what won: clustering, classifiers (`best` by part), forecaster are the objects that were judged."""
    now, then = contest.ahead.now, contest.ahead.then
    judged = next((t.fitted for t in trials if t.contest == "forecast" and t.use == plan.forecaster), {})
    # Made anew only where the contest was not judged at the experiment's own window.
    forecaster = judged[now.window] if now.window in judged else forecaster_of(plan, tables, now)
    segmentation = contest.places[chosen.params["space"]], _clustering(chosen).clusterer
    learnt = {part: said_now(trial).learnt for part, trial in best.items() if trial is not None}
    return Scorer(plan).fit_snapshots(tables, now, then, learnt, forecaster, segmentation)


def _of_labels(experiment: Experiment, questions: Sequence[Question], trials: list[Trial]) -> dict[str, Any]:
    """The tables of churn and decline, as `Finished` has them."""
    importances, dependence = explanations(experiment, trials)
    return {
        "judgement": judgement_table(questions, trials),
        "labels": labels_table(experiment, questions, trials),
        "policies": policies_table(experiment, trials),
        "profits": profit_table(experiment, trials),
        "importances": importances,
        "dependence": dependence,
        "risk_said": list(risk_notes(experiment, questions, trials)),
    }


def _foresight(contest: Contest, scorer: Scorer, found: Clustering) -> str:
    """What the chosen segments foresee, and whether that was looked at when they were chosen."""
    before = np.asarray(scorer.parts["clusterer"].predict(scorer.coordinates(contest.ahead.then.table)))
    said = contest.ahead.beside_tiers(found.labels, before)
    if any("foresight" in metric or metric == "return_auc_score" for metric in contest.experiment.segments.weights):
        n = len(contest.candidates)
        said += f" This horizon had a say in the choice among {n} clusterings, which flatters the chosen one a little."
    return said


def _clustering(trial: Trial) -> Clustering:
    assert trial.clustering is not None  # a trial of this contest has one
    return trial.clustering


def _plan(
    experiment: Experiment,
    columns: Columns,
    chosen: Trial,
    questions: Sequence[Question],
    trials: list[Trial],
    now: Snapshot,
) -> Plan:
    """What the exported scorer is made of: the chosen clustering, and for each label the forecaster that won."""
    risks = {part: risk_of(experiment, questions, trials, part, columns.of(part)) for part in PARTS}
    lookback = experiment.window.lookback_days
    forecaster = exported_forecaster(experiment, trials, now.window)
    seen = forecast_columns(experiment, now) if forecaster else []
    used = {column for several in columns.lists.values() for column in several}
    used |= set(seen)
    return Plan(
        features=[use for use in uses(experiment.features.use) if use.name in used],
        lifetime=uses(experiment.lifetime)[0],
        segment_columns=columns.lists["segments"],
        space=next(use for use in uses(experiment.segments.spaces) if use.name == chosen.params["space"]),
        clusterer=chosen.use,
        rules=rule_use(experiment.rules),
        stages=rule_use(experiment.stages),
        churn=risks["churn"],
        decline=risks["decline"],
        campaign=campaign_of(experiment),
        risk_origins=experiment.churn.learn_from.origins,
        risk_every_days=experiment.churn.learn_from.every_days,
        lookback_days=None if lookback == "all" else lookback,
        horizon_days=experiment.window.horizon_days,
        memory_limit=experiment.memory_limit,
        seed=experiment.seed,
        forecaster=forecaster,
        forecast_columns=seen,
        forecast_origins=experiment.forecasts.learn_from.origins,
        forecast_every_days=experiment.forecasts.learn_from.every_days,
        segment_groups=[(list(g.columns), g.weight) for g in (experiment.segments.groups or {}).values()],
        language=experiment.segments.language,
        drift=experiment.drift.limits,
    )


def _trial_table(clustered: list[Trial]) -> pd.DataFrame:
    table = pd.DataFrame(
        [{"trial": t.name, "family": t.family, "space": t.params["space"], **t.metrics} for t in clustered]
    )
    # What is missing for all is a column too: a run that is taken up again has lost what was not a number.
    absent = dict.fromkeys((name for name in OF_CLUSTERINGS if name not in table), np.nan)
    return table.assign(**absent).astype({"n_segments": int})


def _baselines(trials: list[Trial]) -> pd.DataFrame:
    """A row a rule set, or plain grouping, beside which the clusterings stand: rules, metrics."""
    rows = [{"rules": t.name, **t.metrics} for t in trials if t.contest == "rules"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["rules", "n_segments", "foresight_score"])


def _left_out(experiment: Experiment, tables: Tables, now: Snapshot) -> list[str]:
    """The features that were asked for and that the shop cannot give."""
    missing = left_out(tables, uses(experiment.features.use), now.prices)
    named = ", ".join(f"{name} (no {what})" for name, what in missing.items())
    return [f"Features left out, as the shop's tables cannot give them: {named}."] if missing else []


def _notes(experiment: Experiment, now: Snapshot, trials: list[Trial]) -> list[str]:
    """What a reader must not overlook: models that do not fit, and who is ahead of a rule."""
    notes = []
    if now.lifetime.status != "ok":
        notes.append(f"The lifetime value model does not fit this log; {now.lifetime.status}.")
    dependent = now.lifetime.value_.status_reason_ if now.lifetime.value_.status_ == "ok" else ""
    if dependent:
        notes.append(dependent)
    return [*notes, *forecast_notes(experiment, trials, now.window)]
