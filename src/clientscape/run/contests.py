"""The trials of an experiment: every candidate on the same rows, judged by the same numbers."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Function, Use, ask_all, call, entry, functions
from clientscape.churn import labels as churn_labels
from clientscape.churn.examples import Examples, contest, examples
from clientscape.evaluate import classification
from clientscape.evaluate.compare import paired_interval
from clientscape.run.choices import CHOICES
from clientscape.run.config import Experiment
from clientscape.run.names import uses
from clientscape.scorer.plan import BASELINES, CLASSIFIERS, LIFETIMES
from clientscape.scorer.snapshot import NEEDED, Snapshot, take
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

    clustering : what a clustering found. tables, said, fitted : of a forecast of amounts, what its pictures show, what
    it says, and the forecaster as it was made at each date.
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


@dataclass(frozen=True)
class Question:
    """A label, with the examples to learn it from (one horizon earlier) and to be judged on."""

    part: str
    use: Use
    then: Snapshot
    train: Examples
    test: Examples


def ask(experiment: Experiment, tables: Tables, now: Snapshot, then: Snapshot) -> list[Question]:
    """The questions of an experiment, churn and decline."""
    asked = []
    for part in ("churn", "decline"):
        use = label_use(experiment, part)
        label = call(use, functions(churn_labels), "labels")
        train, test = (examples(tables, s.window, s.table, s.past, label) for s in (then, now))
        asked.append(Question(part, use, then, train, test))
    return asked


def forecasts_of_labels(
    experiment: Experiment, question: Question, columns: Sequence[str], when: str
) -> Iterator[Trial]:
    """Every classifier over the columns and simple rule on a label: learnt one horizon earlier, judged after as_of."""
    use, train, test = question.use, question.train, question.test
    candidates = classifier_uses(experiment)
    sees = {c.name: list(NEEDED if _is_rule(c) else columns) for c in candidates}
    made = {c.name: call(c, CLASSIFIERS, "classifiers", seed=experiment.seed) for c in candidates}
    forecasts = contest(made, train, test, sees)
    metrics = {name: ask_all(CLASSIFICATION, {"outcome": test.y, "p": p}) for name, p in forecasts.items()}
    by = experiment.churn.choose_by
    best_rule = best((c.name for c in candidates if _is_rule(c)), lambda name: metrics[name][by], by)
    for candidate in candidates:
        name, rule = candidate.name, _is_rule(candidate)
        if not rule:
            judges = CLASSIFICATION[by], test.y, forecasts[name], forecasts[best_rule]
            low, high = paired_interval(*judges, seed=experiment.seed)
            metrics[name] |= {"above_rule_low": low, "above_rule_high": high}
        spec = {"label": use.use, "label_spec": str(use), "kind": "simple rule" if rule else "model"}
        facts = {"n_train": len(train.y), "n_test": len(test.y), "train_base_rate": float(train.y.mean())}
        what = f"{meaning(candidate, CLASSIFIERS)}. Label: {meaning(use, CHOICES['churn.churn_label'][0])}."
        yield Trial(
            question.part,
            f"{name} {use.use}",
            name,
            {**spec, "use": candidate.use, **candidate.settings, "columns": ", ".join(sees[name])},
            {**metrics[name], **facts},
            f"{what} {when}",
            candidate,
        )


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
    ahead = high < 0 if by.endswith("_loss") else low > 0
    verdict = "ahead of" if ahead else "not ahead beyond chance of"
    numbers = f"{by} {first[1]:.3f} and {rule[1]:.3f}, 95% interval of the difference {low:+.3f} to {high:+.3f}, {when}"
    if np.isnan(rule[1]):
        verdict, numbers = "beside", f"{by} {first[1]:.3f}, which the rule does not have"
    return f"({first[0]}) is {verdict} the best simple rule ({rule[0]}): {numbers}."


def label_use(experiment: Experiment, part: str) -> Use:
    """The label that a part (`churn` or `decline`) is about."""
    return uses(experiment.churn.churn_label if part == "churn" else experiment.churn.decline_label)[0]


def classifier_uses(experiment: Experiment) -> list[Use]:
    """Models and simple rules, in the order of the config."""
    return [*uses(experiment.churn.classifiers), *uses(experiment.churn.baselines)]


def _is_rule(use: Use) -> bool:
    return use.use in BASELINES


def meaning(use: Use, choices: Mapping[str, Function]) -> str:
    """What a use is, in a sentence."""
    return entry(use.use, choices[use.use]).meaning
