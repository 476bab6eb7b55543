"""Simple rules that every classifier stands beside, with the same face (Wübben, v. Wangenheim 2008)."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer

from clientscape.churn.classifiers import Classifier


def recency() -> Classifier:
    """The longer ago the last order, the likelier: a logistic curve over recency alone [probability]."""
    only = make_column_transformer((PowerTransformer(), ["recency_days"]))
    model: Classifier = make_pipeline(only, LogisticRegression())
    return model


def hiatus() -> Classifier:
    """Gone who has not ordered for longer than a cut learnt in training; each side gets its rate [probability]."""
    return _Hiatus()


class _Hiatus:
    """One cut on recency_days, where Youden's J (true less false positive rate) is largest in training."""

    def fit(self, X: pd.DataFrame, y: NDArray[np.bool_]) -> Self:
        recency_days = X["recency_days"].to_numpy(float)
        false_positive, true_positive, cuts = roc_curve(y, recency_days)
        self.cut_days_ = float(cuts[np.argmax(true_positive - false_positive)])
        gone = recency_days >= self.cut_days_
        self.rates_ = [float(y[side].mean()) if side.any() else float(y.mean()) for side in (~gone, gone)]
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        gone = X["recency_days"].to_numpy(float) >= self.cut_days_
        yes = np.where(gone, self.rates_[1], self.rates_[0])
        return np.column_stack([1 - yes, yes])
