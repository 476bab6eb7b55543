"""Numbers about forecasts of amounts, judged on a horizon that the model never saw.

actual and predicted are (n,): a non-negative amount for each customer; x is (n,), his repeat order days before.
"""

import numpy as np
import pandas as pd
import sklearn.metrics as skm
from numpy.typing import NDArray

from clientscape.evaluate.buckets import buckets

Vector = NDArray[np.float64]


def mean_absolute_loss(actual: Vector, predicted: Vector) -> float:
    """Mean absolute error; never alone, as predicting nothing is hard to beat by it [unit of the forecast]."""
    return float(skm.mean_absolute_error(actual, predicted))


def root_mean_squared_loss(actual: Vector, predicted: Vector) -> float:
    """Root of the mean squared error [unit of the forecast]."""
    return float(np.sqrt(np.mean((actual - predicted) ** 2)))


def correlation_score(actual: Vector, predicted: Vector) -> float:
    """Pearson's r between forecast and outcome; missing for a constant [-1..1]."""
    if np.ptp(predicted) == 0 or np.ptp(actual) == 0:
        return np.nan
    return float(np.corrcoef(actual, predicted)[0, 1])


def rank_correlation_score(actual: Vector, predicted: Vector) -> float:
    """Spearman's rho between forecast and outcome; missing for a constant [-1..1]."""
    return correlation_score(_ranks(actual), _ranks(predicted))


def gini_score(actual: Vector, predicted: Vector) -> float:
    """How well the ranking finds the outcome: 0 for chance, 1 for the true ranking; ties count by their mean [-1..1].

    Gini's coefficient of the outcome along the ranking over that along the true one, for each of which it is twice
    the covariance of amount and rank over the mean amount and n (Lerman & Yitzhaki 1984).
    """
    if np.ptp(actual) == 0 or np.ptp(predicted) == 0:
        return np.nan if np.ptp(actual) == 0 else 0.0
    away = actual - actual.mean()
    return float((away @ _ranks(predicted)) / (away @ _ranks(actual)))


def total_ratio(actual: Vector, predicted: Vector) -> float:
    """Sum of the forecasts over the sum of the outcomes; 1 is right [ratio]."""
    return float(predicted.sum() / actual.sum()) if actual.sum() else np.nan


def top_decile_score(actual: Vector, predicted: Vector) -> float:
    """Share of the outcome on the tenth with the highest forecasts; ties at the cut count by their mean [share]."""
    n = max(1, len(predicted) // 10)
    cut = np.sort(predicted)[-n]
    above, at = predicted > cut, predicted == cut
    found = actual[above].sum() + (n - above.sum()) * actual[at].mean()
    return float(found / actual.sum()) if actual.sum() else np.nan


def calibration_loss(actual: Vector, predicted: Vector, x: Vector) -> float:
    """How far mean forecast and mean outcome lie apart in a bucket of x, on average [unit of the forecast]."""
    _, at = buckets(x)
    return float(np.abs(np.bincount(at, predicted - actual)).sum() / len(x))


def _ranks(values: Vector) -> Vector:
    return np.asarray(pd.Series(values).rank(), dtype=np.float64)
