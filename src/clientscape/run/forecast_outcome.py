"""How the contest of forecasts of orders and spend ends: its tables, what they say, and which one is exported."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from clientscape.catalog import Use
from clientscape.run.config import Experiment
from clientscape.run.contests import Trial, beside_the_rule, winner
from clientscape.run.names import uses
from clientscape.run.origins import LEARNED, RULE, Entrant, judged_windows, origin_name
from clientscape.window import Window

# What is shown of each forecaster, in this order.
SHOWN = (
    "orders_mean_absolute_loss",
    "median_orders_mean_absolute_loss",
    "orders_root_mean_squared_loss",
    "orders_correlation_score",
    "orders_rank_correlation_score",
    "orders_total_ratio",
    "orders_top_decile_score",
    "orders_gini_score",
    "orders_calibration_loss",
    "spend_root_mean_squared_loss",
    "spend_total_ratio",
    "spend_gini_score",
)
STANDING = (
    "mean_absolute_loss",
    "root_mean_squared_loss",
    "correlation_score",
    "rank_correlation_score",
    "gini_score",
    "top_decile_score",
    "total_ratio",
)


def forecast_table(trials: Sequence[Trial]) -> pd.DataFrame:
    """A row a forecaster, as judged at the first date: forecaster, kind, SHOWN."""
    return pd.DataFrame(
        [
            {"forecaster": _label(t), "kind": t.params["kind"], **{name: t.metrics[name] for name in SHOWN}}
            for t in _entered(trials)
        ]
    )


def standings(trials: Sequence[Trial]) -> pd.DataFrame:
    """A row for each forecaster and date: forecaster, kind, as_of, horizon_days, STANDING; the first date first.

    Without the models that a rule stands in for, but for the one that was asked for: they are that rule.
    """
    rows = []
    for trial in _themselves(trials):
        for i, origin in enumerate(trial.params["judged_at"].split(", ")):
            as_of, _, days = origin.partition(" ")
            prefix = f"{origin}/" if i else ""
            if f"{prefix}orders_{STANDING[0]}" not in trial.metrics:
                continue
            row = {"forecaster": _label(trial), "kind": trial.params["kind"], "as_of": as_of}
            row |= {"horizon_days": int(days.removesuffix("d"))}
            rows.append(row | {name: trial.metrics[f"{prefix}orders_{name}"] for name in STANDING})
    return pd.DataFrame(rows)


def curves(trials: Sequence[Trial]) -> dict[str, dict[str, pd.DataFrame]]:
    """What the pictures of each forecaster show: trial -> calibration, tracking, capture, grid.

    For the same forecasters as in `standings`.
    """
    return {trial.name: trial.tables for trial in _themselves(trials)}


def exported_forecaster(experiment: Experiment, trials: Sequence[Trial], window: Window) -> Use | None:
    """The forecaster that scores will carry; None where none is better than the lifetime model that was asked for.

    Judged at the experiment's own window, or at the first date where that window is not judged.
    """
    by = _deciding(experiment, window)
    asked = str(uses(experiment.lifetime)[0])
    entered = [t for t in _entered(trials) if t.name == asked or t.params["kind"] == LEARNED]
    first = winner(sorted(entered, key=lambda trial: trial.name != asked), by)
    return first.use if first.params["kind"] == LEARNED else None


def forecast_notes(experiment: Experiment, trials: Sequence[Trial], window: Window) -> Iterator[str]:
    """What a reader must know of the contest: who is ahead of the rules beyond chance, and by which measure."""
    entered = _themselves(trials)
    metric = experiment.forecasts.choose_by
    by = f"orders_{metric}"
    rules = [trial for trial in entered if trial.params["kind"] == RULE]
    others = [trial for trial in entered if trial.params["kind"] != RULE]
    if others:
        first, rule = winner(others, by), winner(rules, by)
        interval = first.metrics[f"above_rule_{metric}_low"], first.metrics[f"above_rule_{metric}_high"]
        both = (_label(first), first.metrics[by]), (_label(rule), rule.metrics[by])
        when = f"as of {first.params['judged_at'].split(', ')[0]}"
        yield f"Order days: the best forecast {beside_the_rule(metric, *both, interval, when)}"
    absent = [use for use in uses(experiment.forecasts.learned) if str(use) not in {trial.name for trial in entered}]
    if absent:
        yield (
            f"Not in the contest: {', '.join(map(str, absent))}. No date before the first that is judged could be "
            "learnt from: one whose past the source covers, and whose log the lifetime model fits."
        )
    yield _no_winner(entered)
    exported = exported_forecaster(experiment, trials, window)
    yield f"Scores carry what `{exported or uses(experiment.lifetime)[0]}` expects."


def _no_winner(entered: Sequence[Trial]) -> str:
    """Who is best by each measure: seldom one forecaster."""
    measures = {
        "absolute error": "orders_mean_absolute_loss",
        "absolute error of the median": "median_orders_mean_absolute_loss",
        "squared error": "orders_root_mean_squared_loss",
        "ranking (Gini)": "orders_gini_score",
    }
    winners = {said: winner(entered, by) for said, by in measures.items()}
    winners["total"] = min(entered, key=lambda t: abs(np.nan_to_num(t.metrics["orders_total_ratio"], nan=9.0) - 1))
    told = ", ".join(f"{said} {_label(trial)}" for said, trial in winners.items())
    return f"Best by measure: {told}."


def _deciding(experiment: Experiment, window: Window) -> str:
    """The metric that decides about the export, with the prefix of its date."""
    judged = judged_windows(experiment, window)
    prefix = f"{origin_name(window)}/" if window in judged[1:] else ""
    return f"{prefix}orders_{experiment.forecasts.choose_by}"


def _entered(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.contest == "forecast"]


def _themselves(trials: Sequence[Trial]) -> list[Trial]:
    first, *others = _entered(trials)
    return [first, *(trial for trial in others if trial.params["status"] == "ok")]


def _label(trial: Trial) -> str:
    name = Entrant(trial.use, trial.params["kind"]).label
    return name if trial.params["status"] == "ok" else f"{name} (by fallback)"
