"""Whether a new model takes the champion's place: both are judged on the same customers at the same dates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Function, functions
from clientscape.evaluate import forecast
from clientscape.evaluate.compare import Judged, paired_interval_over
from clientscape.evaluate.groups import explained_share, learnt, log_amounts
from clientscape.evaluate.promotion import Part, Verdict, verdict
from clientscape.faults import InputError
from clientscape.run.asked import PARTS
from clientscape.run.contests import CLASSIFICATION, Trial
from clientscape.run.foreseen import Horizons
from clientscape.run.risk_outcome import said_now
from clientscape.scorer.forecasting import Came
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan
from clientscape.tables import Tables
from clientscape.window import Window

DECIDING = "average_precision_score"
OF_AMOUNTS = "root_mean_squared_loss"
COLUMN = {"churn": "p_churn", "decline": "p_decline"}


@dataclass(frozen=True)
class Forecast:
    """Of the customers who are asked about a label, (n,): the forecast, and for whom it came true."""

    customers: NDArray[Any]
    outcome: NDArray[np.bool_]
    p: NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """Customers at a date with the segments that a model places them in, and what came in the horizon after it."""

    window: Window
    customers: NDArray[Any]
    segments: NDArray[Any]
    came: Came


@dataclass(frozen=True)
class Challenger:
    """What a model said at a date that it has not learnt from, and one horizon earlier; with what came.

    labels : its forecast by part, None where it has none. expected_orders : of the customers of `now`.
    """

    plan: Plan
    now: Seen
    then: Seen
    labels: Mapping[str, Forecast | None]
    expected_orders: NDArray[np.float64]


def promotion(
    former: Former,
    scorer: Scorer,
    scores: pd.DataFrame,
    tables: Tables,
    best: Mapping[str, Trial | None],
    ahead: Horizons,
) -> Verdict:
    """The verdict on a new scorer; `best` are its forecasts of labels, scores those of the training customers."""
    if former.scorer is None:
        said = "Promoted, as nobody can score with the old one" if former.lost else "Not compared"
        return Verdict(former.lost, f"{said}: {former.why_none}.", former.version)
    now, then = (
        Seen(
            at.window,
            at.table["customer_id"].to_numpy(object),
            np.asarray(scorer.parts["clusterer"].predict(scorer.coordinates(at.table))),
            came,
        )
        for at, came in ((ahead.now, ahead.came), (ahead.then, ahead.came_before))
    )
    # At the window's own date alone: at the others the new forecast was chosen, which would flatter it.
    labels = {part: None if trial is None else _of_trial(trial) for part, trial in best.items()}
    challenger = Challenger(scorer.plan, now, then, labels, scores["expected_orders"].to_numpy(float))
    return replace(judged(challenger, former.scorer, tables), against=former.version)


def judged(challenger: Challenger, champion: Scorer, tables: Tables) -> Verdict:
    """The verdict on a challenger beside a champion, which scores the same tables at the same dates."""
    known = _Champion(champion, tables)
    parts = [_of_label(part, known, challenger) for part in PARTS]
    return verdict([*parts, _of_orders(known, challenger), _of_segments(known, challenger)])


class _Champion:
    """What the champion says at a date that it has not learnt from, by customer; asked once for each date."""

    def __init__(self, scorer: Scorer, tables: Tables) -> None:
        self.scorer, self.tables = scorer, tables
        self.learnt_until = date.fromisoformat(scorer.facts["as_of"])
        self._said: dict[date, pd.DataFrame | str] = {}

    def says(self, as_of: date) -> pd.DataFrame | str:
        """Its scores, or why there are none."""
        if as_of < self.learnt_until:
            return f"the champion learnt from what was known on {self.learnt_until}, after {as_of}"
        return self.scored(as_of)

    def scored(self, as_of: date) -> pd.DataFrame | str:
        """Its scores at any date, from what it may have learnt there too, or why there are none."""
        if as_of not in self._said:
            try:
                self._said[as_of] = self.scorer.score(self.tables, as_of).set_index("customer_id")
            except InputError as error:
                self._said[as_of] = f"the champion cannot score these customers ({error.faults[0]})"
        return self._said[as_of]


def _of_trial(trial: Trial) -> Forecast:
    """What a candidate of a contest said at the window's own date."""
    said = said_now(trial)
    return Forecast(said.judged.test.X["customer_id"].to_numpy(object), said.judged.test.y, said.p)


def _of_label(part: str, known: _Champion, challenger: Challenger) -> Part:
    """Both forecasts of a label, if the champion has not learnt from the date."""
    own, other, said = challenger.plan.risks[part], known.scorer.plan.risks[part], challenger.labels[part]
    if said is None:
        return Part(part, lacking=f"the new model has no forecast of it ({own.lacking})")
    if other.classifier is None:
        return Part(part, lacking=f"the champion has no forecast of it ({other.lacking})", alone=True)
    asked = (own.label, challenger.plan.horizon_days), (other.label, known.scorer.plan.horizon_days)
    if asked[0] != asked[1]:
        ours, theirs = (f"{label} over {days} days" for label, days in asked)
        cure = "`clientscape promote --because` overrules if that is meant"
        return Part(part, lacking=f"it is {ours} and the champion's is {theirs}: {cure}")
    as_of = challenger.now.window.as_of
    scores = known.says(as_of)
    if isinstance(scores, str):
        return Part(part, lacking=scores)
    theirs_p = scores[COLUMN[part]].reindex(said.customers).to_numpy(float)
    has = np.isfinite(theirs_p)
    if not said.outcome[has].any():
        return Part(part, lacking=f"of the customers whom both forecast nobody declined at {as_of}")
    rows = Judged(said.customers[has], said.outcome[has], said.p[has], theirs_p[has])
    return _part(part, DECIDING, CLASSIFICATION[DECIDING], rows, challenger.plan.seed)


def _of_orders(known: _Champion, challenger: Challenger) -> Part:
    """Both forecasts of order days in the horizon after the date."""
    now = challenger.now
    theirs = known.says(now.window.as_of)
    if isinstance(theirs, str):
        return Part("orders", lacking=theirs)
    if (days := known.scorer.plan.horizon_days) != now.window.horizon_days:
        return Part("orders", lacking=f"they are over {now.window.horizon_days} days and the champion's over {days}")
    other = theirs["expected_orders"].reindex(now.customers).to_numpy(float)
    has = np.isfinite(other)
    rows = Judged(now.customers[has], now.came.orders[has], challenger.expected_orders[has], other[has])
    metric: Function = functions(forecast)[OF_AMOUNTS]
    return _part("orders", OF_AMOUNTS, metric, rows, challenger.plan.seed)


def _of_segments(known: _Champion, challenger: Challenger) -> Part:
    """How much of the log spend of the horizon the segments of both foresee."""
    now, then = challenger.now, challenger.then
    placed, placed_before = known.says(now.window.as_of), known.scored(then.window.as_of)
    if isinstance(placed, str) or isinstance(placed_before, str):
        return Part("segments", lacking=next(said for said in (placed, placed_before) if isinstance(said, str)))
    before, came = log_amounts(then.came.spend), log_amounts(now.came.spend)
    theirs, theirs_before = (
        scores["segment_id"].reindex(at.customers, fill_value=0).to_numpy()
        for scores, at in ((placed, now), (placed_before, then))
    )
    said = (learnt(now.segments, then.segments, before), learnt(theirs, theirs_before, before))
    rows = Judged(now.customers, came, *said)
    return _part("segments", "foresight_score", explained_share, rows, challenger.plan.seed)


def _part(name: str, called: str, metric: Function, rows: Judged, seed: int) -> Part:
    """Both sides by a metric, with the interval of their difference."""
    ahead = paired_interval_over(metric, [rows], seed=seed)
    champion, challenger = (metric(rows.outcome, p) for p in (rows.other, rows.p))
    return Part(name, called, called.endswith("_loss"), champion, challenger, ahead.low, ahead.high)
