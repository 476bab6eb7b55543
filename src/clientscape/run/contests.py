"""The trials of an experiment: every candidate on the same rows, judged by the same numbers."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientscape.catalog import Function, Use, ask_all, call, entry, functions
from clientscape.churn import labels as churn_labels
from clientscape.churn.examples import contest, examples
from clientscape.clv import lifetime as lifetimes
from clientscape.evaluate import classification, clustering, forecast
from clientscape.features.build import activity
from clientscape.run.choices import CHOICES
from clientscape.run.config import Experiment, uses
from clientscape.scorer.snapshot import Snapshot
from clientscape.tables import Tables

CLASSIFICATION = functions(classification)
SIMPLE_LIFETIME = "same_rate"  # what every lifetime model stands beside


@dataclass(frozen=True)
class Trial:
    """One candidate of one contest: what it is, how it did."""

    contest: str
    name: str
    family: str
    params: dict[str, Any]
    metrics: dict[str, float]
    description: str
    use: Use
    labels: NDArray[np.int64] | None = field(default=None, repr=False)

    def key(self, *context: str) -> str:
        """Hash of the trial's spec and of what it ran on: data, code, seed [hex, 16 characters]."""
        spec = json.dumps([self.contest, self.name, self.params, *context], sort_keys=True, default=str)
        return hashlib.sha256(spec.encode()).hexdigest()[:16]


def clusterings(experiment: Experiment, now: Snapshot, judged: NDArray[np.float64], truth: Any) -> Iterator[Trial]:
    """Every clusterer in every space; `judged` are the coordinates in which all are compared."""
    segments = experiment.segments
    raw = now.table[segments.columns].to_numpy(float)
    for space_use in uses(segments.spaces):
        space = call(space_use, CHOICES["segments.spaces"][0], "spaces").fit(raw)
        X = space.transform(raw)
        for use in uses(segments.clusterers):
            began = time.perf_counter()
            fitted = call(use, CHOICES["segments.clusterers"][0], "clusterers", seed=experiment.seed).fit(X)
            seconds = time.perf_counter() - began
            given = {"X": judged, "labels": fitted.labels_} | ({} if truth is None else {"truth": truth})
            metrics = ask_all(functions(clustering), given, seed=experiment.seed)
            own = clustering.silhouette_score(X, fitted.labels_, seed=experiment.seed)
            meaning = _meaning(use, CHOICES["segments.clusterers"][0])
            yield Trial(
                "segments",
                f"{use.name} {space_use.name}",
                use.use,
                {"space": space_use.name, "clusterer": use.use, **use.settings, "columns": ", ".join(segments.columns)},
                {**metrics, "own_space_silhouette_score": own, "fit_seconds": seconds},
                f"`{use}`: {meaning}, in the space `{space_use}`, judged in `{uses(segments.judge_space)[0]}`.",
                use,
                fitted.labels_,
            )


def forecasts_of_labels(experiment: Experiment, tables: Tables, now: Snapshot, then: Snapshot) -> Iterator[Trial]:
    """Every classifier and simple rule on both labels: learnt one horizon earlier, judged after as_of."""
    for part in ("churn", "decline"):
        use = label_use(experiment, part)
        label = call(use, functions(churn_labels), "labels")
        train, test = (examples(tables, s.window, s.table, s.past, label) for s in (then, now))
        candidates = classifier_uses(experiment)
        forecasts = contest(
            {c.name: call(c, _classifiers(), "classifiers", seed=experiment.seed) for c in candidates},
            train,
            test,
            experiment.churn.columns,
        )
        for candidate in candidates:
            metrics = ask_all(CLASSIFICATION, {"outcome": test.y, "p": forecasts[candidate.name]})
            rule = candidate.use in CHOICES["churn.baselines"][0]
            spec = {
                "label": use.use,
                "label_spec": str(use),
                "kind": "simple rule" if rule else "model",
                "use": candidate.use,
            }
            facts = {"n_train": len(train.y), "n_test": len(test.y), "train_base_rate": float(train.y.mean())}
            what = f"{_meaning(candidate, _classifiers())}. Label: {_meaning(use, CHOICES['churn.churn_label'][0])}."
            when = f"Learnt at {then.window.as_of}, judged at {now.window.as_of}."
            yield Trial(
                part,
                f"{candidate.name} {use.use}",
                candidate.name,
                {**spec, **candidate.settings},
                {**metrics, **facts},
                f"{what} {when}",
                candidate,
            )


def forecasts_of_amounts(experiment: Experiment, tables: Tables, now: Snapshot, simple: Snapshot) -> Iterator[Trial]:
    """The lifetime model and the rule that everyone goes on as before, on order days and spend of the horizon."""
    future = activity(tables, now.window.ahead(), now.table["customer_id"])
    for use, snapshot in zip(uses([experiment.lifetime, SIMPLE_LIFETIME]), (now, simple), strict=True):
        status = snapshot.lifetime.status
        metrics: dict[str, float] = {}
        for what, actual in (("orders", "n_order_days"), ("value", "spend")):
            given = {
                "actual": future[actual].to_numpy(float),
                "predicted": snapshot.table[f"expected_{what}"].to_numpy(float),
            }
            metrics |= {f"{what}_{name}": value for name, value in ask_all(functions(forecast), given).items()}
        meaning = _meaning(use, functions(lifetimes))
        family = use.use if status == "ok" else f"{use.use} (by fallback)"
        params = {"use": use.use, **use.settings, "status": status}
        yield Trial("lifetime", str(use), family, params, metrics, f"{meaning}. Status: {status}.", use)


def label_use(experiment: Experiment, part: str) -> Use:
    """The label that a part (`churn` or `decline`) is about."""
    return uses(experiment.churn.churn_label if part == "churn" else experiment.churn.decline_label)[0]


def classifier_uses(experiment: Experiment) -> list[Use]:
    """Models and simple rules, in the order of the config."""
    return [*uses(experiment.churn.classifiers), *uses(experiment.churn.baselines)]


def _classifiers() -> Mapping[str, Function]:
    return {**CHOICES["churn.classifiers"][0], **CHOICES["churn.baselines"][0]}


def _meaning(use: Use, choices: Mapping[str, Function]) -> str:
    return entry(use.use, choices[use.use]).meaning
