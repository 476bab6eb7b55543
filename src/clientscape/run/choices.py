"""Which functions each key of an experiment may name, and which settings the experiment itself hands in."""

from collections.abc import Mapping

from clientscape.catalog import Function, functions, inputs
from clientscape.churn import baselines, classifiers, labels
from clientscape.clv import lifetime
from clientscape.evaluate import classification, clustering, forecast, foresight, stability
from clientscape.evaluate.choice import SUBSAMPLED
from clientscape.features.build import CATALOGUE
from clientscape.scorer.plan import FORECASTERS, LIFETIMES, RULES
from clientscape.scorer.snapshot import LIFETIME_COLUMNS
from clientscape.segment import clusterers, maps, rules, spaces

SEED = ("seed",)

CHOICES = {
    "features.use": (CATALOGUE, ()),
    "lifetime": (LIFETIMES, ()),
    "forecasts.models": (functions(lifetime), ()),
    "forecasts.rules": (RULES, ()),
    "forecasts.learned": (FORECASTERS, SEED),
    "segments.spaces": (functions(spaces), ()),
    "segments.judge_space": (functions(spaces), ()),
    "segments.clusterers": (functions(clusterers), SEED),
    "rules": (functions(rules), SEED),
    "segments.beside": (functions(rules), SEED),
    "stages": (functions(rules), SEED),
    "churn.churn_label": (functions(labels), ()),
    "churn.decline_label": (functions(labels), ()),
    "churn.also": (functions(labels), ()),
    "churn.classifiers": (functions(classifiers), SEED),
    "churn.baselines": (functions(baselines), SEED),
    "map": (functions(maps), SEED),
}


def _ranking(metrics: Mapping[str, Function]) -> dict[str, Function]:
    """Those whose name tells which way is better; the others are facts, by which nothing can be chosen."""
    return {name: metric for name, metric in metrics.items() if name.endswith(("_score", "_loss"))}


# Of a clustering, as a config names them: what was measured on a sample stands under the same name.
OF_CLUSTERINGS = {
    name: metric
    for name, metric in functions(clustering, stability, foresight).items()
    if not name.startswith(SUBSAMPLED) and "expected_spend" not in inputs(metric)
}

METRICS = {
    "segments.choose_by": _ranking(OF_CLUSTERINGS),
    "segments.guards": OF_CLUSTERINGS,
    "churn.choose_by": _ranking(functions(classification)),
    "forecasts.choose_by": {name: f for name, f in _ranking(functions(forecast)).items() if "x" not in inputs(f)},
}

# Columns of a snapshot that are not features.
COLUMNS_BESIDE_FEATURES = LIFETIME_COLUMNS
