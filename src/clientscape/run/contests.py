"""The trials of an experiment: every candidate on the same rows, judged by the same numbers."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Function, Use, call, entry, functions
from clientscape.evaluate import classification
from clientscape.run.config import Experiment
from clientscape.run.names import uses
from clientscape.scorer.plan import LIFETIMES
from clientscape.scorer.snapshot import Snapshot, take
from clientscape.tables import Tables
from clientscape.window import Window

CLASSIFICATION = functions(classification)


@dataclass(frozen=True)
class Clustering:
    """What a clustering found.

    clusterer : fitted. labels : (n,). jaccards : (draws, segments), how much of each came back. kept : whether it was
    finished by an execution that broke off.
    """

    clusterer: Any
    labels: NDArray[np.int64]
    jaccards: NDArray[np.float64]
    metrics: Mapping[str, float]
    kept: bool = False


@dataclass(frozen=True)
class Trial:
    """One candidate of one contest: what it is, how it did.

    clustering : what a clustering found. tables, said, fitted : of a forecast, what its pictures show, what it says,
    and the forecaster as it was made at each date.
    """

    contest: str
    name: str
    family: str
    params: dict[str, Any]
    metrics: dict[str, float]
    description: str
    use: Use
    clustering: "Clustering | None" = field(default=None, repr=False)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    said: dict[str, NDArray[np.float64]] = field(default_factory=dict, repr=False)
    fitted: dict[Window, Any] = field(default_factory=dict, repr=False)

    def key(self, *context: str) -> str:
        """Hash of the trial's spec and of what it ran on [hex, 16 characters]."""
        spec = json.dumps([self.contest, self.name, self.params, *context], sort_keys=True, default=str)
        return hashlib.sha256(spec.encode()).hexdigest()[:16]


def snapshot(experiment: Experiment, tables: Tables, window: Window) -> Snapshot:
    """What is known of every customer at a window, its lifetime model fitted there."""
    lifetime = call(uses(experiment.lifetime)[0], LIFETIMES, "lifetime")
    memory = experiment.memory_limit
    return take(tables, window, uses(experiment.features.use), lifetime, fit=True, memory_limit=memory)


def numeric(columns: Iterable[str], table: pd.DataFrame) -> list[str]:
    """Those that are not text; one that the table lacks counts as a number."""
    kinds = {column: column not in table or pd.api.types.is_numeric_dtype(table[column].dtype) for column in columns}
    return [column for column, is_number in kinds.items() if is_number]


def best(names: Iterable[str], value: Callable[[str], float], by: str) -> str:
    """The name with the best value of a metric; among equals the first, a missing value last."""
    sign = -1.0 if by.endswith("_loss") else 1.0
    return max(names, key=lambda name: np.nan_to_num(sign * value(name), nan=-np.inf))


def winner(trials: Iterable[Trial], by: str) -> Trial:
    """The best of some trials by a metric; among equals the first."""
    entered = {trial.name: trial for trial in trials}
    return entered[best(entered, lambda name: entered[name].metrics.get(by, np.nan), by)]


def beside_the_rule(
    by: str, first: tuple[str, float], rule: tuple[str, float], interval: tuple[float, float], when: str
) -> str:
    """Whether the best of a contest is ahead of the best simple rule beyond chance; each by name and value."""
    low, high = interval
    ahead, behind = (high < 0, low > 0) if by.endswith("_loss") else (low > 0, high < 0)
    verdict = "ahead of" if ahead else "behind" if behind else "not ahead beyond chance of"
    numbers = f"{by} {first[1]:.3f} and {rule[1]:.3f}, 95% interval of the difference {low:+.3f} to {high:+.3f}, {when}"
    if np.isnan(rule[1]):
        verdict, numbers = "beside", f"{by} {first[1]:.3f}, which the rule does not have"
    return f"({first[0]}) is {verdict} the best simple rule ({rule[0]}): {numbers}."


def meaning(use: Use, choices: Mapping[str, Function]) -> str:
    """What a use is, in a sentence."""
    return entry(use.use, choices[use.use]).meaning
