"""Classifiers: features in, probability of a label out; scikit-learn's own, put together for this data."""

from typing import Annotated, Any, Protocol, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer


class Classifier(Protocol):
    """Learns a yes or no from features; `predict_proba` gives (n, 2), the second column the probability of yes."""

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Learn from features and outcomes."""

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast the probabilities of no and yes."""


def logistic(*, C: Annotated[float, Gt(0)] = 0.1, seed: int) -> Classifier:
    """Logistic regression on features bent to symmetry (Yeo, Johnson 2000) [probability]."""
    model: Classifier = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        PowerTransformer(),
        LogisticRegression(C=C, max_iter=1000, random_state=seed),
    )
    return model


def boosted_trees(
    *, max_iter: Annotated[int, Ge(1)] = 150, learning_rate: Annotated[float, Gt(0)] = 0.04, seed: int
) -> Classifier:
    """Small gradient boosted trees on histograms; missing is a value of its own (Friedman 2001) [probability]."""
    model: Classifier = HistGradientBoostingClassifier(
        max_iter=max_iter,
        learning_rate=learning_rate,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    )
    return model
