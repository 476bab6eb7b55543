"""Simple rules that every classifier stands beside, with the same face (Wübben, v. Wangenheim 2008)."""

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve

from clientscape.churn.classifiers import Classifier
from clientscape.churn.odds import log_odds, probabilities

Vector = NDArray[np.float64]


def recency() -> Classifier:
    """The longer ago the last order, the likelier: a logistic curve over recency alone [probability]."""
    return Recency()


def hiatus() -> Classifier:
    """Gone who has not ordered for longer than a cut learnt in training; each side gets its rate [probability]."""
    return Hiatus()


def overdue() -> Classifier:
    """The more of his own usual gaps the last order is ago, the likelier: a logistic curve over that [probability]."""
    return Overdue()


def last_change() -> Classifier:
    """The more spend fell from the horizon before to the last one, the likelier: a logistic curve [probability]."""
    return LastChange()


def below_usual() -> Classifier:
    """The less of his usual spend the last horizon had, the likelier: a logistic curve over that [probability]."""
    return BelowUsual()


def expected_orders() -> Classifier:
    """The fewer orders a lifetime model expects, the likelier: a logistic curve over their number [probability]."""
    return ExpectedOrders()


class Curve(ABC):
    """A logistic curve over one number of a customer; who has none counts as the training median.

    `feature` is the column whose value the number is about. Attributes after fit: `slope_` of the log-odds, `centre_`
    (the training mean), `level_` (log-odds there), `median_`.
    """

    feature: str

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Learn the curve."""
        number = self._number(X)
        self.median_ = _median(number, none=0.0)
        number = np.nan_to_num(number, nan=self.median_)
        self.centre_, spread = float(number.mean()), float(number.std()) or 1.0
        model = LogisticRegression().fit(((number - self.centre_) / spread)[:, np.newaxis], y)
        self.slope_, self.level_ = float(model.coef_[0, 0]) / spread, float(model.intercept_[0])
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast, (n, 2)."""
        return probabilities(self.decision_function(X))

    def decision_function(self, X: pd.DataFrame) -> Vector:
        """Log-odds of yes, (n,)."""
        return self.level_ + self.away(X)

    def away(self, X: pd.DataFrame) -> Vector:
        """What his number adds to the log-odds of a customer, beside who has the mean one, (n,)."""
        number = np.nan_to_num(self._number(X), nan=self.median_)
        return np.asarray(self.slope_ * (number - self.centre_))

    @abstractmethod
    def _number(self, X: pd.DataFrame) -> Vector:
        """The number, (n,); NaN where there is none."""


class Recency(Curve):
    """Over the logarithm of recency."""

    feature = "recency_days"

    def _number(self, X: pd.DataFrame) -> Vector:
        return np.asarray(np.log1p(_values(X, "recency_days")))


class Overdue(Curve):
    """Over the logarithm of recency in usual gaps; who has no gap yet is taken to have the training median's."""

    feature = "recency_days"

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Learn the usual gap, then the curve."""
        self.gap_days_ = _median(_values(X, "gap_days_median"), none=1.0)
        return super().fit(X, y)

    def _number(self, X: pd.DataFrame) -> Vector:
        gaps = np.nan_to_num(_values(X, "gap_days_median"), nan=self.gap_days_)
        return np.asarray(np.log(_values(X, "recency_days") / np.maximum(gaps, 1.0)))


class LastChange(Curve):
    """Over the spend of the last horizon less that before it, for each unit of both: -1 all gone, 1 all new."""

    feature = "spend_last_horizon"

    def _number(self, X: pd.DataFrame) -> Vector:
        last, before = (np.maximum(_values(X, name), 0.0) for name in ("spend_last_horizon", "spend_horizon_before"))
        both = last + before
        change = np.divide(last - before, both, out=np.zeros(len(X)), where=both != 0)
        return np.asarray(change, dtype=np.float64)


class BelowUsual(Curve):
    """Over the logarithm of the last horizon's spend in usual ones, and a tenth; who has none counts as the median."""

    feature = "spend_last_horizon"

    def _number(self, X: pd.DataFrame) -> Vector:
        last, usual = _values(X, "spend_last_horizon"), _values(X, "usual_value")
        ratio = np.divide(last, usual, out=np.full(len(X), np.nan), where=usual > 0)
        return np.asarray(np.log(np.maximum(ratio, 0.0) + 0.1))


class ExpectedOrders(Curve):
    """Over the logarithm of the expected orders and a tenth of one."""

    feature = "expected_orders"

    def _number(self, X: pd.DataFrame) -> Vector:
        return np.asarray(np.log(np.maximum(_values(X, "expected_orders"), 0.0) + 0.1))


class Hiatus:
    """One cut on recency_days, where Youden's J (true less false positive rate) is largest in training.

    Attributes after fit: `cut_days_`; `rates_` before and from the cut on, `base_rate_` of all.
    """

    feature = "recency_days"

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Find the cut."""
        y = np.asarray(y, dtype=bool)
        recency_days = _values(X, "recency_days")
        false_positive, true_positive, cuts = roc_curve(y, recency_days)
        self.cut_days_ = float(cuts[np.argmax(true_positive - false_positive)])
        gone = recency_days >= self.cut_days_
        self.base_rate_ = float(y.mean())
        self.rates_ = [float(y[side].mean()) if side.any() else self.base_rate_ for side in (~gone, gone)]
        return self

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Forecast, (n, 2)."""
        yes = self._rate(X)
        return np.column_stack([1 - yes, yes])

    def decision_function(self, X: pd.DataFrame) -> Vector:
        """Log-odds of yes, (n,)."""
        return log_odds(self._rate(X))

    @property
    def level_(self) -> float:
        """Log-odds of everyone."""
        return float(log_odds(self.base_rate_))

    def away(self, X: pd.DataFrame) -> Vector:
        """What his side of the cut adds to the log-odds of a customer, beside everyone, (n,)."""
        return self.decision_function(X) - self.level_

    def _rate(self, X: pd.DataFrame) -> Vector:
        gone = _values(X, "recency_days") >= self.cut_days_
        return np.where(gone, self.rates_[1], self.rates_[0])


def _values(X: pd.DataFrame, column: str) -> Vector:
    return X[column].to_numpy(float, na_value=np.nan)


def _median(values: Vector, *, none: float) -> float:
    """Median of the values that are known, or a stand-in where none is."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else none
