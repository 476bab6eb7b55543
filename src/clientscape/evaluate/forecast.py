"""Numbers about forecasts of amounts, judged on a horizon that the model never saw.

actual and predicted are (n,): a non-negative amount for each customer.
"""

import numpy as np
import sklearn.metrics as skm
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def mean_absolute_loss(actual: Vector, predicted: Vector) -> float:
    """Mean absolute error; never alone, as predicting nothing is hard to beat by it [unit of the forecast]."""
    return float(skm.mean_absolute_error(actual, predicted))


def root_mean_squared_loss(actual: Vector, predicted: Vector) -> float:
    """Root of the mean squared error [unit of the forecast]."""
    return float(skm.root_mean_squared_error(actual, predicted))


def correlation_score(actual: Vector, predicted: Vector) -> float:
    """Pearson's r between forecast and outcome; missing for a constant [-1..1]."""
    if np.ptp(predicted) == 0 or np.ptp(actual) == 0:
        return np.nan
    return float(np.corrcoef(actual, predicted)[0, 1])


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
