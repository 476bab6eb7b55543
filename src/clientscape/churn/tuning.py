"""A small search for a classifier's settings, inside the dates that it may learn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientscape.catalog import Use, call, functions, settings
from clientscape.churn import classifiers
from clientscape.churn.examples import Examples
from clientscape.churn.odds import probabilities
from clientscape.churn.origins import ended_by, said_at, two_sided

CLASSIFIERS = functions(classifiers)
Metric = Callable[[NDArray[np.bool_], NDArray[np.float64]], float]


@dataclass(frozen=True)
class Tuned:
    """A use with the settings that did best, and every different try: its settings, and what the metric said."""

    use: Use
    tried: list[tuple[dict[str, Any], float]] = field(default_factory=list)


def tune(
    use: Use,
    space: Mapping[str, Sequence[Any]],
    origins: Sequence[Examples],
    columns: Sequence[str],
    metric: Metric,
    *,
    is_loss: bool,
    n_trials: int,
    seed: int,
) -> Tuned:
    """Settings by what they do at the latest date, after learning from those whose horizon had ended by then.

    space gives the values that each setting may take; those of the use itself, or its defaults, are the first try, and
    stay unless another one is better. The others are drawn by a tree-structured Parzen estimator (Bergstra et al.
    2011). Without an earlier horizon that had ended nothing is tried. origins are in the order of time.
    """
    judge = origins[-1]
    before = ended_by(origins, judge.window)
    if not two_sided(before) or not two_sided([judge]):
        return Tuned(use)
    known = settings(CLASSIFIERS[use.use])
    own = {key: use.settings.get(key, known[key]) for key in space}

    def value(chosen: Mapping[str, Any]) -> float:
        asked = Use(use.use, {**use.settings, **chosen})
        make = partial(call, asked, CLASSIFIERS, "classifiers", seed=seed)
        return metric(judge.y, probabilities(said_at(make, before, judge.X, columns))[:, 1])

    tried = _search(value, own, space, is_loss, n_trials, seed)
    best = _best([found for _, found in tried], is_loss)
    complete = [({**use.settings, **chosen}, found) for chosen, found in tried]
    return Tuned(Use(use.use, complete[best][0]) if best else use, complete)


def _search(
    value: Callable[[Mapping[str, Any]], float],
    own: Mapping[str, Any],
    space: Mapping[str, Sequence[Any]],
    is_loss: bool,
    n_trials: int,
    seed: int,
) -> list[tuple[dict[str, Any], float]]:
    """Different settings in the order in which they were tried, own first; what was tried before costs no fit."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(sampler=sampler, direction="minimize" if is_loss else "maximize")
    choices: dict[str, optuna.distributions.BaseDistribution] = {
        key: optuna.distributions.CategoricalDistribution(list(dict.fromkeys([own[key], *values])))
        for key, values in space.items()
    }
    study.enqueue_trial(dict(own))
    tried: dict[tuple[Any, ...], tuple[dict[str, Any], float]] = {}
    for _ in range(n_trials):
        trial = study.ask(choices)
        key = tuple(trial.params[name] for name in choices)
        if key not in tried:
            tried[key] = dict(trial.params), value(trial.params)
        found = tried[key][1]
        if np.isnan(found):
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, found)
    return list(tried.values())


def _best(values: Sequence[float], is_loss: bool) -> int:
    """Place of the best value; of equal ones the first, and a missing one last."""
    sign = -1.0 if is_loss else 1.0
    return max(range(len(values)), key=lambda i: np.nan_to_num(sign * values[i], nan=-np.inf))
