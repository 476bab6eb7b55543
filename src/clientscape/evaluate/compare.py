"""Whether one forecast is better than another beyond chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clientscape.evaluate.classification import average_precision_score, roc_auc_score

Vector = NDArray[np.float64]
Counts = NDArray[np.int64]
Metric = Callable[[Any, Vector], float]


@dataclass(frozen=True)
class Judged:
    """What two forecasts said at one date, and what came: all (n,), a row a customer.

    customers : who they are, by numbers or names that mean the same customers at all dates.
    """

    customers: NDArray[Any]
    outcome: NDArray[np.bool_] | Vector
    p: Vector
    other: Vector


class Difference(NamedTuple):
    """How far one forecast is ahead of another by a metric: over several dates, and at each [metric's unit].

    mean : over the dates. low, high : its interval. by_origin : in the order of the dates.
    """

    mean: float
    low: float
    high: float
    by_origin: tuple[float, ...]


def paired_interval(
    metric: Metric,
    outcome: NDArray[np.bool_] | Vector,
    p: Vector,
    other: Vector,
    *,
    n_draws: int = 300,
    share: float = 0.95,
    seed: int,
) -> tuple[float, float]:
    """Interval of `metric(outcome, p) - metric(outcome, other)` over customers drawn anew (Efron 1979) [metric's unit].

    Both forecasts are judged on the same draw, as they err on the same customers. All (n,); missing where
    the metric is on every draw.
    """
    rng = np.random.default_rng(seed)
    draws = (rng.integers(0, len(outcome), len(outcome)) for _ in range(n_draws))
    gains = np.array([metric(outcome[i], p[i]) - metric(outcome[i], other[i]) for i in draws])
    return _interval(gains, share)


def paired_interval_over(
    metric: Metric, origins: Sequence[Judged], *, n_draws: int = 300, share: float = 0.95, seed: int
) -> Difference:
    """Mean over several dates of `metric(outcome, p) - metric(outcome, other)`, with its interval.

    A customer who is drawn comes with his rows at all dates, as he is the same man at each: the bootstrap of clusters
    (Cameron, Gelbach & Miller 2008). A date at which the metric is missing does not count. Draws in which it is missing
    at another date are left out; all is missing where none is left.
    """
    exact = [metric(at.outcome, at.p) - metric(at.outcome, at.other) for at in origins]
    counted = [(at, gain) for at, gain in zip(origins, exact, strict=True) if not np.isnan(gain)]
    if not counted:
        return Difference(np.nan, np.nan, np.nan, tuple(exact))
    known, rows = np.unique(np.concatenate([at.customers for at, _ in counted]), return_inverse=True)
    rows_at = np.split(rows, np.cumsum([len(at.customers) for at, _ in counted])[:-1])
    sides = [(_told(metric, at.outcome, at.p), _told(metric, at.outcome, at.other)) for at, _ in counted]
    rng = np.random.default_rng(seed)
    gains = np.empty(n_draws)
    for draw in range(n_draws):
        drawn = np.bincount(rng.integers(0, len(known), len(known)), minlength=len(known))
        each = [first(drawn[at]) - second(drawn[at]) for (first, second), at in zip(sides, rows_at, strict=True)]
        gains[draw] = np.mean(each)
    mean = float(np.mean([gain for _, gain in counted]))
    return Difference(mean, *_interval(gains, share), tuple(exact))


def _interval(gains: Vector, share: float) -> tuple[float, float]:
    gains = gains[~np.isnan(gains)]
    if not len(gains):
        return np.nan, np.nan
    low, high = np.quantile(gains, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def _told(metric: Metric, outcome: NDArray[Any], p: Vector) -> Callable[[Counts], float]:
    """The metric as a function of how often each row was drawn, (n,)."""
    if metric in WEIGHTED:
        return _Ranking(outcome, p, WEIGHTED[metric])

    def told(drawn: Counts) -> float:
        i = np.repeat(np.arange(len(p)), drawn)
        return metric(outcome[i], p[i]) if len(i) else np.nan

    return told


class _Ranking:
    """A metric of a ranking that is sorted once, whatever its rows weigh."""

    def __init__(self, outcome: NDArray[np.bool_], p: Vector, metric: Callable[[Vector, Vector], float]) -> None:
        self.order = np.argsort(-p, kind="stable")
        self.yes = outcome[self.order]
        self.last_of_equals = np.flatnonzero(np.diff(p[self.order], append=np.nan) != 0)
        self.metric = metric

    def __call__(self, weights: NDArray[Any]) -> float:
        weights = weights[self.order]
        found, seen = (np.cumsum(of)[self.last_of_equals] for of in (weights * self.yes, weights))
        return self.metric(found, seen - found)


def _average_precision(found: NDArray[Any], wrong: NDArray[Any]) -> float:
    """From how many of yes and of no are ranked down to each place."""
    if found[-1] == 0:
        return np.nan
    precision = found / np.maximum(found + wrong, np.finfo(float).tiny)
    return float(np.diff(found, prepend=0) @ precision / found[-1])


def _roc_auc(found: NDArray[Any], wrong: NDArray[Any]) -> float:
    if found[-1] == 0 or wrong[-1] == 0:
        return np.nan
    middle = found - np.diff(found, prepend=0) / 2
    return float(np.diff(wrong, prepend=0) @ middle / found[-1] / wrong[-1])


WEIGHTED: dict[Metric, Callable[[Any, Any], float]] = {
    average_precision_score: _average_precision,
    roc_auc_score: _roc_auc,
}
