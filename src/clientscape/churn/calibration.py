"""Calibration: a correction of log-odds that was learnt at one date, helped at a later one, and is used after that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.churn.classifiers import Classifier
from clientscape.churn.examples import Examples, pooled
from clientscape.churn.odds import log_odds, probabilities
from clientscape.churn.origins import Make, ended_by, said_at, two_sided

Kind = Literal["none", "level", "sigmoid", "year_ago"]
Vector = NDArray[np.float64]

NAMES = {
    "none": "as it is",
    "level": "with another level",
    "sigmoid": "with another slope and level",
    "year_ago": "at the level of the year before",
}
AS_IT_IS = (1.0, 0.0)
DOUBT = 1.0  # in customers: how much speaks for leaving forecasts as they are before any outcome is seen


class Calibrated:
    """A classifier whose log-odds are stretched by a slope and shifted by a level."""

    def __init__(self, model: Classifier, slope: float = 1.0, level: float = 0.0) -> None:
        self.model, self.slope, self.level = model, slope, level

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Fit the classifier; slope and level stay."""
        self.model = self.model.fit(X, y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast, (n, 2); untouched without a correction."""
        if (self.slope, self.level) == AS_IT_IS:
            return self.model.predict_proba(X)
        return probabilities(self.decision_function(X))

    def decision_function(self, X: pd.DataFrame) -> Vector:
        """Log-odds of yes, (n,)."""
        return np.asarray(self.slope * self.model.decision_function(X) + self.level)


@dataclass(frozen=True)
class Calibration:
    """A correction: log-odds become slope times themselves plus level; `said` tells a reader how that was found."""

    kind: Kind
    slope: float
    level: float
    said: str


def calibration(
    make: Make,
    origins: Sequence[Examples],
    columns: Sequence[str],
    *,
    year_ago_rate: float | None = None,
    year_ago_rate_before: float | None = None,
) -> Calibration:
    """The correction that helped most at the latest of the dates to learn from, if one did beyond its standard error.

        teach            judge            test
          |---horizon--->|---horizon--->|     corrections are learnt at `teach`, judged by log loss at `judge`,
                         |--learnt--->|       and the kind that wins is learnt anew at `judge`

    Forecasts at either date are those of a classifier that learnt from horizons that had ended by then. Kinds: `level`;
    `sigmoid`, slope and level (Platt 1999); `year_ago`, the level that moves the base rate of the examples to the rate
    of yes a year before the horizon in question: `year_ago_rate` before that of the test, `year_ago_rate_before` before
    that of the latest date, without which it cannot be judged. origins are in the order of time.
    """
    judge = origins[-1]
    before = ended_by(origins, judge.window)
    if not two_sided(before) or not two_sided([judge]):
        return Calibration("none", *AS_IT_IS, _too_short(origins))
    judged = said_at(make, before, judge.X, columns)
    teach = before[-1]
    found: dict[Kind, tuple[float, float]] = {"none": AS_IT_IS}
    used: dict[Kind, tuple[float, float]] = {"none": AS_IT_IS}
    if two_sided(ended_by(origins, teach.window)) and two_sided([teach]):
        taught = said_at(make, ended_by(origins, teach.window), teach.X, columns)
        found |= _corrections(taught, teach.y)
        used |= _corrections(judged, judge.y)
    if year_ago_rate is not None and year_ago_rate_before is not None:
        found["year_ago"] = 1.0, _shift(year_ago_rate_before, before)
        used["year_ago"] = 1.0, _shift(year_ago_rate, origins)
    if len(found) == 1:
        return Calibration("none", *AS_IT_IS, _too_short(origins))
    losses = {kind: _losses(slope * judged + level, judge.y) for kind, (slope, level) in found.items()}
    kind = _best(losses)
    return Calibration(kind, *used[kind], _told(kind, losses, teach, judge, used[kind]))


def _corrections(odds: Vector, y: NDArray[np.bool_]) -> dict[Kind, tuple[float, float]]:
    """Level alone, and slope with level, that make outcomes likeliest; no slope that would turn the ranking round."""
    level, sigmoid = (_likeliest(odds, y, with_slope=with_slope) for with_slope in (False, True))
    return {"level": level, "sigmoid": sigmoid} if sigmoid[0] > 0 else {"level": level, "sigmoid": level}


def _likeliest(odds: Vector, y: NDArray[np.bool_], *, with_slope: bool) -> tuple[float, float]:
    """Slope and level by Newton's method, drawn to 1 and 0 by a little doubt, so that they are finite in any case."""
    A = np.column_stack([np.ones(len(odds)), odds])[:, : 1 + with_slope]
    away = np.zeros(A.shape[1])
    for _ in range(100):
        p = probabilities(odds + A @ away)[:, 1]
        gradient = A.T @ (p - y) + DOUBT * away
        curvature = (A * (p * (1 - p))[:, np.newaxis]).T @ A + DOUBT * np.eye(len(away))
        step = np.linalg.solve(curvature, gradient)
        away = away - step / max(1.0, float(np.abs(step).max()))  # far off, the curve is too flat to trust it
        if np.abs(step).max() < 1e-12:
            break
    return (1.0 + float(away[1]) if with_slope else 1.0), float(away[0])


def _shift(rate: float, learnt: Sequence[Examples]) -> float:
    return float(log_odds(rate) - log_odds(float(pooled(learnt).y.mean())))


def _losses(odds: Vector, y: NDArray[np.bool_]) -> Vector:
    """Log loss of each customer."""
    return np.asarray(np.logaddexp(0.0, np.where(y, -odds, odds)))


def _best(losses: dict[Kind, Vector]) -> Kind:
    """The kind that wins: each has to beat the winner before it by more than the standard error of the difference."""
    best: Kind = "none"
    for kind in losses:
        gain = losses[best] - losses[kind]
        if gain.mean() > gain.std() / np.sqrt(len(gain)):
            best = kind
    return best


def _too_short(origins: Sequence[Examples]) -> str:
    days, dates = origins[-1].window.horizon_days, ", ".join(str(seen.window.as_of) for seen in origins)
    return (
        "Not calibrated: a correction is learnt at one date and judged at a later one, by what was learnt before each; "
        f"that takes three dates to learn from that lie {days} days apart, with both outcomes; there are {dates}."
    )


def _told(kind: Kind, losses: dict[Kind, Vector], teach: Examples, judge: Examples, used: tuple[float, float]) -> str:
    """How the kinds did, and what came of it."""
    numbers = ", ".join(f"{loss.mean():.4f} {NAMES[name]}" for name, loss in losses.items())
    learnt = f" (learnt at {teach.window.as_of})" if "level" in losses else ""
    judged = f"log loss at {judge.window.as_of}: {numbers}{learnt}"
    if kind == "none":
        return f"Not calibrated, as no correction helped beyond its standard error; {judged}."
    anew = "" if kind == "year_ago" else f", learnt anew at {judge.window.as_of}"
    return f"Calibrated {NAMES[kind]}, log-odds times {used[0]:.3g} {used[1]:+.3g}{anew}; {judged}."
