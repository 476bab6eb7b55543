"""How an experiment ends: the choice, the scorer made of what won, the finished tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.activate.reengage import reengage
from clientscape.evaluate.choice import Guard, choose, refused_by
from clientscape.features.build import left_out
from clientscape.report.items import Finished
from clientscape.run.choices import OF_CLUSTERINGS
from clientscape.run.clusterings import Contest
from clientscape.run.config import Experiment
from clientscape.run.contests import Clustering, Trial, beside_the_rule, label_use, winner
from clientscape.run.forecast_outcome import curves, exported_forecaster, forecast_notes, forecast_table, standings
from clientscape.run.names import rule_use, uses
from clientscape.run.selected import Columns
from clientscape.run.understood import hand_down, portraits
from clientscape.scorer.forecasting import forecaster_of
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables

KINDS = ("model", "simple rule")


@dataclass(frozen=True)
class Outcome:
    """What an experiment ends with; without a scorer where the guards refused every segmentation."""

    finished: Finished
    scorer: Scorer | None


def conclude(
    contest: Contest,
    tables: Tables,
    columns: Columns,
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
        "judgement": _judgement_table(trials),
        "forecast": forecast_table(trials),
        "standings": standings(trials),
        "curves": curves(trials),
        "columns": columns.verdicts,
        "columns_said": columns.said,
    }
    if position is None:
        empty: dict[str, Any] = dict.fromkeys(("scores", "segments", "profile", "rfm", "reengage"), pd.DataFrame())
        return Outcome(Finished(notes=notes, **common, **empty), None)
    found, scorer = _clustering(clustered[position]), _fitted(contest, tables, columns, trials, clustered[position])
    succession, said = hand_down(former, scorer, tables, scorer.score_snapshot(now, contest.ahead.then.letters))
    scores = scorer.score_snapshot(now, contest.ahead.then.letters)  # under the names that were handed down
    notes += [_foresight(contest, scorer, found), said]
    portrayed = portraits(contest, tables, scorer, scores, found)
    known = {"scores": scores, "succession": succession, "reengage": reengage(scores), **portrayed}
    return Outcome(Finished(notes=notes, **common, **known), scorer)


def _judged(experiment: Experiment, clustered: list[Trial]) -> tuple[pd.DataFrame, int | None, str]:
    """The table of the clusterings with who is refused and chosen, the position of the chosen, and why."""
    segments = experiment.segments
    guards = {metric: Guard(bounds.at_least, bounds.at_most) for metric, bounds in segments.guards.items() if bounds}
    table = _trial_table(clustered)
    position, why = choose(table, guards, segments.weights)
    refused = refused_by(table, guards)
    chosen = np.arange(len(table)) == position
    return table.assign(refused_by=refused, passed=refused == "", chosen=chosen), position, why


def _fitted(contest: Contest, tables: Tables, columns: Columns, trials: list[Trial], chosen: Trial) -> Scorer:
    """The scorer of what won: the clustering and the forecaster are the objects that were judged."""
    now, then = contest.ahead.now, contest.ahead.then
    plan = _plan(contest.experiment, columns, chosen, trials, now)
    judged = next((t.fitted for t in trials if t.contest == "forecast" and t.use == plan.forecaster), {})
    # Made anew only where the contest was not judged at the experiment's own window.
    forecaster = judged[now.window] if now.window in judged else forecaster_of(plan, tables, now)
    segmentation = contest.places[chosen.params["space"]], _clustering(chosen).clusterer
    return Scorer(plan).fit_snapshots(tables, now, then, forecaster, segmentation)


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


def _plan(experiment: Experiment, columns: Columns, chosen: Trial, trials: list[Trial], now: Snapshot) -> Plan:
    """What the exported scorer is made of: the chosen clustering, and for each label the forecaster that won."""
    by = experiment.churn.choose_by
    winners = {part: winner((t for t in trials if t.contest == part), by) for part in ("churn", "decline")}
    lookback = experiment.window.lookback_days
    forecaster = exported_forecaster(experiment, trials, now.window)
    seen = [column for column in experiment.forecast_columns if forecaster and column in now.table]
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
        churn_columns=columns.lists["churn"],
        decline_columns=columns.lists["decline"],
        churn_label=label_use(experiment, "churn"),
        churn_classifier=winners["churn"].use,
        decline_label=label_use(experiment, "decline"),
        decline_classifier=winners["decline"].use,
        flag_top_share=experiment.flag_top_share,
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


def _judgement_table(trials: list[Trial]) -> pd.DataFrame:
    judged = [trial for trial in trials if trial.contest in ("churn", "decline")]
    return pd.DataFrame(
        [{"label": t.params["label"], "forecaster": t.family, "kind": t.params["kind"], **t.metrics} for t in judged]
    )


def _left_out(experiment: Experiment, tables: Tables, now: Snapshot) -> list[str]:
    """The features that were asked for and that the shop cannot give."""
    missing = left_out(tables, uses(experiment.features.use), now.prices)
    named = ", ".join(f"{name} (no {what})" for name, what in missing.items())
    return [f"Features left out, as the shop's tables cannot give them: {named}."] if missing else []


def _notes(experiment: Experiment, now: Snapshot, trials: list[Trial]) -> list[str]:
    """What a reader must not overlook: models that do not fit, and whether they are ahead of a rule."""
    notes = []
    if now.lifetime.status != "ok":
        notes.append(f"The lifetime value model does not fit this log; {now.lifetime.status}.")
    dependent = now.lifetime.value_.status_reason_ if now.lifetime.value_.status_ == "ok" else ""
    if dependent:
        notes.append(dependent)
    against = (_against_the_rule(experiment.churn.choose_by, part, trials) for part in ("churn", "decline"))
    return [*notes, *against, *forecast_notes(experiment, trials, now.window)]


def _against_the_rule(by: str, contest: str, trials: list[Trial]) -> str:
    """Whether the best model of a contest is ahead of the best simple rule beyond chance."""
    entered = [trial for trial in trials if trial.contest == contest]
    model, rule = (winner((t for t in entered if t.params["kind"] == kind), by) for kind in KINDS)
    interval = model.metrics["above_rule_low"], model.metrics["above_rule_high"]
    both = (model.family, model.metrics[by]), (rule.family, rule.metrics[by])
    return f"{model.params['label']}: the best model {beside_the_rule(by, *both, interval, 'on one horizon')}"
