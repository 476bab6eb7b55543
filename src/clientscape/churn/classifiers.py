"""Classifiers: features in, probability of a label out; scikit-learn's own, put together for this data."""

from copy import copy
from typing import Annotated, Any, Protocol, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from clientscape.churn.odds import probabilities

# What can only raise the risk, whatever the label: of two customers who are alike otherwise, the one who has been
# silent for longer has left with the higher chance (Fader, Hardie, Lee 2005, eq. 7: P(alive) rises with t_x), and who
# leaves neither orders nor spends. The exception is a clockwork whose gaps are longer than the horizon.
# More expected orders do not always lower it: to fall below half of one's own level, or below the 10% quantile of
# one's own law, there must be a level, and who is expected to do next to nothing cannot do less.
RISING = frozenset({"recency_days", "overdue_ratio"})

FURTHEST = 3.0  # spreads from the mean that a linear model follows a feature


class Classifier(Protocol):
    """Learns a yes or no from features; `predict_proba` gives (n, 2), the second column the probability of yes.

    `decision_function` gives the log-odds of yes, (n,), where probabilities come so near to 0 or 1 that they say less.
    """

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Learn from features and outcomes."""

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast the probabilities of no and yes."""

    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast the log-odds of yes."""


def logistic(*, C: Annotated[float, Gt(0)] = 0.1, seed: int) -> Classifier:
    """Logistic regression on logarithms of features; missing is the median and a mark of its own [probability]."""
    model: Classifier = _logistic(C, seed)
    return model


def boosted_trees(
    *,
    max_iter: Annotated[int, Ge(1)] = 150,
    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.04,
    max_leaf_nodes: Annotated[int, Ge(2)] = 8,
    min_samples_leaf: Annotated[int, Ge(1)] = 40,
    l2_regularization: Annotated[float, Ge(0)] = 5.0,
    monotone: bool = True,
    seed: int,
) -> "Trees":
    """Small gradient boosted trees on histograms; missing is a value of its own (Friedman 2001) [probability].

    `monotone` forbids that risk falls while recency_days or overdue_ratio rise and all else stays.
    """
    trees = HistGradientBoostingClassifier(
        max_iter=max_iter,
        learning_rate=learning_rate,
        max_leaf_nodes=max_leaf_nodes,
        min_samples_leaf=min_samples_leaf,
        l2_regularization=l2_regularization,
        early_stopping=False,
        random_state=seed,
    )
    return Trees(trees, RISING if monotone else frozenset())


def stacked(*, folds: Annotated[int, Ge(2)] = 5, seed: int) -> Classifier:
    """`logistic` and `boosted_trees`, their log-odds weighted as they hold out of sample (Wolpert 1992) [probability].

    No weight is negative (Breiman 1996, "Stacked regressions").
    """
    return Stack(_logistic(0.1, seed), boosted_trees(seed=seed), folds)


class Trees:
    """Boosted trees whose forecast can only rise with some columns, wherever among the others these stand.

    Attributes after fit: `model_`, the trees.
    """

    def __init__(self, model: HistGradientBoostingClassifier, rising: frozenset[str]) -> None:
        self.model, self.rising = model, sorted(rising)

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Grow the trees; a column without any value counts as constant, which no tree splits."""
        signs = [int(column in self.rising) for column in X]
        known = X.fillna({column: 0.0 for column in X if X[column].isna().all()})
        self.model_ = clone(self.model).set_params(monotonic_cst=signs).fit(known, y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast, (n, 2)."""
        return probabilities(self.decision_function(X))

    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Log-odds of yes, (n,)."""
        return np.asarray(self.model_.decision_function(X))


class Stack:
    """A weighted sum of the log-odds of two models, learnt where neither had seen the outcome.

    Attributes after fit: `linear_` and `trees_`, fitted to all; `weights_` of both, `level_` [log-odds].
    """

    def __init__(self, linear: Pipeline, trees: Trees, folds: int) -> None:
        self.linear, self.trees, self.folds = linear, trees, folds

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Learn weights out of fold, then both models anew; rows of one customer should stand together."""
        y = np.asarray(y, dtype=bool)
        asked, said = self._out_of_fold(X, y)
        self.weights_, self.level_ = [0.5, 0.5], 0.0
        if 0 < y[asked].sum() < len(asked):
            self.weights_, self.level_ = _weights(said, y[asked])
        self.linear_, self.trees_ = self._both(X, y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast, (n, 2)."""
        return probabilities(self.decision_function(X))

    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Log-odds of yes, (n,)."""
        both = self.linear_.decision_function(X), self.trees_.decision_function(X)
        return np.asarray(self.level_ + self.weights_[0] * both[0] + self.weights_[1] * both[1])

    def _both(self, X: pd.DataFrame, y: NDArray[np.bool_]) -> tuple[Pipeline, Trees]:
        return clone(self.linear).fit(X, y), copy(self.trees).fit(X, y)

    def _out_of_fold(self, X: pd.DataFrame, y: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows, and the log-odds that models learnt on the other folds give them, (n, 2).

        Folds are stretches of rows, not drawn: the snapshots of one customer are no strangers to each other.
        """
        rows, said = [np.empty(0, dtype=np.int64)], [np.empty((0, 2))]
        for learnt, judged in KFold(min(self.folds, len(y))).split(X):
            if 0 < y[learnt].sum() < len(learnt):
                both = self._both(X.iloc[learnt], y[learnt])
                rows.append(judged)
                said.append(np.column_stack([model.decision_function(X.iloc[judged]) for model in both]))
        return np.concatenate(rows), np.concatenate(said)


def _logistic(C: float, seed: int) -> Pipeline:
    return make_pipeline(
        FunctionTransformer(_signed_log1p),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(_bounded),
        LogisticRegression(C=C, max_iter=1000, random_state=seed),
    )


def _signed_log1p(X: pd.DataFrame) -> NDArray[np.float64]:
    values = X.to_numpy(float, na_value=np.nan)
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _bounded(Z: NDArray[np.float64]) -> NDArray[np.float64]:
    """No value far out: the logarithm of nothing lies so far from all others that it would rule alone."""
    return np.clip(Z, -FURTHEST, FURTHEST)


def _weights(said: NDArray[np.float64], y: NDArray[np.bool_]) -> tuple[list[float], float]:
    """Weights and level that make the outcome likeliest; one that would be negative is 0, and the other learnt alone.

    scikit-learn's mild penalty stays: the two say nearly the same, and what they share should be split evenly.
    """
    used, weights = [0, 1], [0.0, 0.0]
    while used:
        model = LogisticRegression().fit(said[:, used], y)
        found = model.coef_[0]
        if (found >= 0).all():
            break
        used = [column for column, weight in zip(used, found, strict=True) if weight > 0]
    for column, weight in zip(used, found, strict=False):
        weights[column] = float(weight)
    return weights, float(model.intercept_[0])
