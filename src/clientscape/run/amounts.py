"""The contest of forecasts of orders and spend: lifetime models, simple rules and what learns from features.

All are judged on the same customers, at one date or several, on a horizon that none of them saw.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import ask_all, functions
from clientscape.clv.worth import Lifetime
from clientscape.evaluate import curves, forecast
from clientscape.evaluate.compare import paired_interval
from clientscape.forecast.corrected import Corrected
from clientscape.run.config import Experiment
from clientscape.run.contests import Trial, meaning, winner
from clientscape.run.doing import Doing
from clientscape.run.names import uses
from clientscape.run.origins import (
    LEARNED,
    MODEL,
    RULE,
    Entrant,
    Origin,
    entrants,
    judged_windows,
    origin_name,
    origin_of,
)
from clientscape.scorer.plan import FORECASTERS, LIFETIMES
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables
from clientscape.window import Window

METRICS = functions(forecast)
COMPARED = ("root_mean_squared_loss", "correlation_score", "gini_score")
DRAWS = 200  # of a bootstrap
FORESIGHT = "perfect foresight"  # the curve that no forecast can be above
Vector = NDArray[np.float64]


def forecasts_of_amounts(
    experiment: Experiment, tables: Tables, known: Mapping[Window, Snapshot], window: Window
) -> Iterator[Trial | Doing]:
    """Every forecaster, judged at every date; `known` are snapshots that were taken before."""
    origins = []
    for at in judged_windows(experiment, window):
        yield Doing(f"forecasts as of {at.as_of}")
        origins.append(origin_of(experiment, tables, known, at))
    trials = []
    for entrant in entrants(experiment):
        yield Doing(f"forecasts: {entrant.label}")
        trials.append(_judged(entrant, origins))
    yield from _compared(experiment, [trial for trial in trials if trial.said], origins[0])


def _judged(entrant: Entrant, origins: Sequence[Origin]) -> Trial:
    """One forecaster at all origins; the first gives the plain metrics and the tables, the others have a prefix."""
    metrics: dict[str, float] = {}
    found: dict[str, pd.DataFrame] = {}
    status, said, made = "ok", {}, {}
    for i, origin in enumerate(origins):
        fitted = origin.fitted(entrant)
        if fitted is None:
            continue
        says = origin.says(fitted)
        made[origin.snapshot.window] = fitted
        prefix = f"{origin.name}/" if i else ""
        metrics |= {f"{prefix}{name}": value for name, value in _metrics(origin, says).items()}
        if i == 0:
            status = getattr(fitted, "status", "ok")
            said, found = says, _tables(entrant, origin, fitted, says)
    choices = FORECASTERS if entrant.kind == LEARNED else LIFETIMES
    family = entrant.use.use if status == "ok" else f"{entrant.use.use} (by fallback)"
    params = {"use": entrant.use.use, **entrant.use.settings, "kind": entrant.kind, "status": status}
    params["judged_at"] = ", ".join(map(origin_name, made))
    if entrant.kind == LEARNED:
        params |= {"columns": ", ".join(origins[0].columns), "learnt_at": ", ".join(origins[0].learnt_at)}
        params["corrects"] = f"{uses(origins[0].experiment.lifetime)[0]}, {origins[0].snapshot.lifetime.status}"
    about = f"{meaning(entrant.use, choices)}. Status: {status}."
    named = "forecast", str(entrant.use), family
    return Trial(*named, params, metrics, about, entrant.use, tables=found, said=said, fitted=made)


def _metrics(origin: Origin, says: Mapping[str, Vector]) -> dict[str, float]:
    came = {"orders": origin.came.orders, "spend": np.maximum(origin.came.spend, 0.0)}
    found: dict[str, float] = {}
    for what, actual in came.items():
        given = {"actual": actual, "predicted": says[f"expected_{what}"], "x": origin.x}
        found |= {f"{what}_{name}": value for name, value in ask_all(METRICS, given).items()}
    return found | {
        "median_orders_mean_absolute_loss": forecast.mean_absolute_loss(came["orders"], says["median_orders"])
    }


def _tables(
    entrant: Entrant, origin: Origin, fitted: "Lifetime | Corrected", says: Mapping[str, Vector]
) -> dict[str, pd.DataFrame]:
    """What the pictures of a forecaster show."""
    actual, orders, window = origin.came.orders, says["expected_orders"], origin.snapshot.window
    found = {
        "calibration": curves.calibration(origin.x, actual, orders),
        "capture": curves.capture(actual, orders),
        "tracking": _tracking(origin, fitted),
        "grid": pd.DataFrame(),
    }
    if isinstance(fitted, Lifetime):
        known_days = float(origin.snapshot.letters["T"].max())
        most = float(np.quantile(origin.x, 0.999))
        found["grid"] = curves.frequency_recency(fitted, known_days, most, float(window.horizon_days))
    names = {"forecaster": entrant.label, "kind": entrant.kind}
    named = {name: table.assign(**names) if len(table) else table for name, table in found.items()}
    bound = curves.capture(actual, actual).assign(forecaster=FORESIGHT, kind=MODEL)
    return named | {"capture": pd.concat([named["capture"], bound], ignore_index=True)}


def _tracking(origin: Origin, fitted: "Lifetime | Corrected") -> pd.DataFrame:
    """Order days of all customers together, expected and actual, by week after the date."""
    total = [float(origin.says(fitted, 7 * week)["expected_orders"].sum()) for week in origin.weeks]
    return pd.DataFrame({"week": origin.weeks, "actual": origin.came_by, "expected": total})


def _compared(experiment: Experiment, trials: Sequence[Trial], origin: Origin) -> Iterator[Trial]:
    """The trials with how far each is ahead of the best rule, and of the lifetime model that was asked for."""
    choose_by = experiment.forecasts.choose_by
    rule = winner((trial for trial in trials if trial.params["kind"] == RULE), f"orders_{choose_by}")
    asked = next(trial for trial in trials if trial.name == str(uses(experiment.lifetime)[0]))

    def interval(trial: Trial, other: Trial, metric: str) -> tuple[float, float]:
        both = trial.said["expected_orders"], other.said["expected_orders"]
        return paired_interval(METRICS[metric], origin.came.orders, *both, n_draws=DRAWS, seed=experiment.seed)

    for trial in trials:
        wanted = [] if trial.params["kind"] == RULE else [("rule", rule, choose_by)]
        if trial.params["kind"] == LEARNED:
            wanted += [("lifetime", asked, metric) for metric in dict.fromkeys((choose_by, *COMPARED))]
        for against, other, metric in wanted:
            low, high = interval(trial, other, metric)
            trial.metrics.update({f"above_{against}_{metric}_low": low, f"above_{against}_{metric}_high": high})
        yield trial
