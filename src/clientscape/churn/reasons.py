"""Why a classifier says what it says of a customer: exact additive contributions, and the strongest of them."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from clientscape.churn.baselines import Curve, Hiatus
from clientscape.churn.calibration import Calibrated
from clientscape.churn.classifiers import Classifier, Stack, Trees
from clientscape.churn.shapley import shapley
from clientscape.churn.themes import beside, is_bad_news, theme_of

Matrix = NDArray[np.float64]
Parts = tuple[float, Matrix]
LEAST = 0.05  # log-odds: what raises the odds by less than a twentieth is no reason
DIGITS = 6  # significant ones of a number that is written


@dataclass(frozen=True)
class Reason:
    """What raises a customer's risk: a feature, his value of it, how much it and its like add [log-odds].

    beside : other numbers of his that tell what the value means (see `themes.beside`).
    """

    feature: str
    value: float
    contribution: float
    beside: dict[str, float] = field(default_factory=dict)


def contributions(model: Classifier, X: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    """What each column adds to the log-odds of each customer, (n, n_columns), and the log-odds that all start from.

    Start and row sums give exactly the model's forecast. Of a linear model a column adds coefficient times distance
    from the training mean, on the transformed scale and with the mark for missing; of trees its Shapley value; a simple
    rule has one number only. Error: TypeError for a model of another kind.
    """
    start, parts = _parts(model, X)
    return start, pd.DataFrame(parts, index=X.index, columns=X.columns)


def strongest(contributions: pd.DataFrame, X: pd.DataFrame, *, n: int = 3) -> list[tuple[Reason, ...]]:
    """Of each customer at most n reasons that raise his risk, by a twentieth of the odds at least, the strongest first.

    Features that tell the same are one reason, of their sum, told by the one that adds most of those that are bad news,
    or of all where none is (see `themes`). X holds the values, and may hold more columns than contributions: they are
    used to tell what is usual for him.
    """
    features = [str(column) for column in contributions]
    members: dict[str, list[int]] = {}
    for at, feature in enumerate(features):
        members.setdefault(theme_of(feature), []).append(at)
    parts = contributions.to_numpy(float)
    groups = list(members.values())
    sums = np.column_stack([parts[:, at].sum(axis=1) for at in groups])
    ranked = np.argsort(-sums, axis=1, kind="stable")[:, :n]
    known = {str(name): values.to_numpy(float, na_value=np.nan) for name, values in X.select_dtypes("number").items()}
    found = []
    for row, order in enumerate(ranked):
        own = {name: float(values[row]) for name, values in known.items()}
        told = []
        for theme in (theme for theme in order if sums[row, theme] >= LEAST):
            raising = [at for at in groups[theme] if parts[row, at] > 0]
            bad = [at for at in raising if is_bad_news(features[at], own)]
            tellers = bad or raising
            name = features[tellers[int(parts[row, tellers].argmax())]]
            told.append(Reason(name, own[name], float(sums[row, theme]), beside(name, own)))
        found.append(tuple(told))
    return found


def importance(contributions: pd.DataFrame) -> pd.DataFrame:
    """How much each feature moves the log-odds of customers on average; the strongest first.

    A row a feature: feature, mean_absolute_contribution [log-odds].
    """
    means = contributions.abs().mean().sort_values(ascending=False, kind="stable")
    return pd.DataFrame({"feature": means.index.astype("str"), "mean_absolute_contribution": means.to_numpy(float)})


def written(reasons: Iterable[Reason]) -> str:
    """Reasons as JSON, numbers with six significant digits, missing ones as null."""
    return json.dumps([_rounded(vars(reason)) for reason in reasons], allow_nan=False)


def read(text: str) -> tuple[Reason, ...]:
    """The reasons that `written` wrote; none of an empty text."""
    return tuple(_reason(**one) for one in json.loads(text or "[]"))


@singledispatch
def _parts(model: object, X: pd.DataFrame) -> Parts:
    raise TypeError(f"no contributions are known of a {type(model).__name__}")


@_parts.register
def _(model: Calibrated, X: pd.DataFrame) -> Parts:
    start, parts = _parts(model.model, X)
    return model.slope * start + model.level, model.slope * parts


@_parts.register
def _(model: Pipeline, X: pd.DataFrame) -> Parts:
    linear, imputer = model[-1], model.named_steps["simpleimputer"]
    weighted = model[:-1].transform(X) * linear.coef_[0]
    parts = weighted[:, : X.shape[1]].copy()
    for mark, column in enumerate(imputer.indicator_.features_, start=X.shape[1]):
        parts[:, column] += weighted[:, mark]
    return float(linear.intercept_[0]), parts


@_parts.register
def _(model: Trees, X: pd.DataFrame) -> Parts:
    return shapley(model.model_, X.to_numpy(float, na_value=np.nan))


@_parts.register
def _(model: Stack, X: pd.DataFrame) -> Parts:
    both = [_parts(one, X) for one in (model.linear_, model.trees_)]
    start = model.level_ + sum(weight * own for weight, (own, _) in zip(model.weights_, both, strict=True))
    return start, np.asarray(sum(weight * parts for weight, (_, parts) in zip(model.weights_, both, strict=True)))


@_parts.register(Curve)
@_parts.register(Hiatus)
def _(model: Curve | Hiatus, X: pd.DataFrame) -> Parts:
    parts = np.zeros(X.shape)
    parts[:, list(X.columns).index(model.feature)] = model.away(X)
    return model.level_, parts


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.{DIGITS}g}")
    return value


def _reason(feature: str, value: float | None, contribution: float, beside: dict[str, float]) -> Reason:
    return Reason(feature, np.nan if value is None else float(value), float(contribution), beside)
