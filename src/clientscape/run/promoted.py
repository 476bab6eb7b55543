"""Whether a new model takes the champion's place: both are judged on the same customers at the same dates."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

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
from clientscape.run.risks import Said
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.tables import Tables

DECIDING = "average_precision_score"
OF_AMOUNTS = "root_mean_squared_loss"
COLUMN = {"churn": "p_churn", "decline": "p_decline"}


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
        return Verdict(former.lost, f"{said}: {former.why_none}.")
    known = _Champion(former.scorer, tables)
    parts = [_of_label(part, known, scorer, best[part], ahead.experiment.seed) for part in PARTS]
    return verdict([*parts, _of_orders(known, scores, ahead), _of_segments(known, scorer, scores, ahead)])


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


def _of_label(part: str, known: _Champion, scorer: Scorer, best: Trial | None, seed: int) -> Part:
    """Both forecasts of a label, at the window's own date, if the champion has not learnt from it."""
    own, other = scorer.plan.risks[part], known.scorer.plan.risks[part]
    if best is None:
        return Part(part, lacking=f"the new model has no forecast of it ({own.lacking})")
    if other.classifier is None:
        return Part(part, lacking=f"the champion has no forecast of it ({other.lacking})", alone=True)
    asked = (own.label, scorer.plan.horizon_days), (other.label, known.scorer.plan.horizon_days)
    if asked[0] != asked[1]:
        said = [f"{label} over {days} days" for label, days in asked]
        lacking = f"it is {said[0]} and the champion's is {said[1]}: give the alias `champion` by hand if that is meant"
        return Part(part, lacking=lacking)
    # At the window's own date alone: at the others the new forecast was chosen, which would flatter it.
    judged, why = _both(said_now(best), known, COLUMN[part])
    return Part(part, lacking=why) if judged is None else _part(part, DECIDING, CLASSIFICATION[DECIDING], judged, seed)


def _both(said: Said, known: _Champion, column: str) -> tuple[Judged | None, str]:
    """The customers of a date for whom both have a forecast; None where the champion has none, and why."""
    scores = known.says(said.judged.window.as_of)
    if isinstance(scores, str):
        return None, scores
    ids = said.judged.test.X["customer_id"].to_numpy(object)
    other = scores[column].reindex(ids).to_numpy(float)
    has = np.isfinite(other)
    if not said.judged.test.y[has].any():
        return None, f"of the customers whom both forecast nobody declined at {said.judged.name}"
    return Judged(ids[has], said.judged.test.y[has], said.p[has], other[has]), ""


def _of_orders(known: _Champion, scores: pd.DataFrame, ahead: Horizons) -> Part:
    """Both forecasts of order days in the horizon after the new model's date."""
    window = ahead.now.window
    theirs = known.says(window.as_of)
    if isinstance(theirs, str):
        return Part("orders", lacking=theirs)
    if (days := known.scorer.plan.horizon_days) != window.horizon_days:
        return Part("orders", lacking=f"they are over {window.horizon_days} days and the champion's over {days}")
    ids = scores["customer_id"].to_numpy(object)
    other = theirs["expected_orders"].reindex(ids).to_numpy(float)
    has = np.isfinite(other)
    rows = Judged(ids[has], ahead.came.orders[has], scores["expected_orders"].to_numpy(float)[has], other[has])
    metric: Function = functions(forecast)[OF_AMOUNTS]
    return _part("orders", OF_AMOUNTS, metric, rows, ahead.experiment.seed)


def _of_segments(known: _Champion, scorer: Scorer, scores: pd.DataFrame, ahead: Horizons) -> Part:
    """How much of the log spend of the horizon the segments of both foresee."""
    theirs, theirs_before = known.says(ahead.now.window.as_of), known.scored(ahead.then.window.as_of)
    if isinstance(theirs, str) or isinstance(theirs_before, str):
        return Part("segments", lacking=next(said for said in (theirs, theirs_before) if isinstance(said, str)))
    ids, ids_before = (s.table["customer_id"].to_numpy(object) for s in (ahead.now, ahead.then))
    before, came = log_amounts(ahead.came_before.spend), log_amounts(ahead.came.spend)
    own_before = np.asarray(scorer.parts["clusterer"].predict(scorer.coordinates(ahead.then.table)))
    own_now = np.asarray(scorer.parts["clusterer"].predict(scorer.coordinates(ahead.now.table)))
    now, earlier = (
        placed["segment_id"].reindex(who, fill_value=0).to_numpy()
        for placed, who in ((theirs, ids), (theirs_before, ids_before))
    )
    rows = Judged(ids, came, learnt(own_now, own_before, before), learnt(now, earlier, before))
    return _part("segments", "foresight_score", explained_share, rows, ahead.experiment.seed)


def _part(name: str, called: str, metric: Function, rows: Judged, seed: int) -> Part:
    """Both sides by a metric, with the interval of their difference."""
    ahead = paired_interval_over(metric, [rows], seed=seed)
    champion, challenger = (metric(rows.outcome, p) for p in (rows.other, rows.p))
    return Part(name, called, called.endswith("_loss"), champion, challenger, ahead.low, ahead.high)
