"""How far a customer's own rate is to be believed: variances within and between customers (Buehlmann, Straub 1970).

A customer's rate X over w days has the variance s / w around his true one, true rates differ by the variance a. The
best linear guess of the true one is Z X + (1 - Z) m with Z = w / (w + s / a) and m the mean (Buehlmann 1967).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def halves_variance(total: "pd.Series[float]", late: "pd.Series[float]", days: Vector) -> float:
    """Variance s of a day within customers, from the two halves of each one's days; 0 for nobody [unit^2 per day].

    total, late : (n,) sums over all days and over the later half of them, `days // 2`. The mean over customers of
    sum_j w_j (X_j - X)^2, j = 1, 2: the estimator of Buehlmann and Straub (1970) for two periods.
    """
    if not len(days):
        return 0.0
    weights = np.stack([days - days // 2, days // 2])
    halves = np.stack([total - late, late]) / weights
    return float((weights * (halves - total.to_numpy(float) / days) ** 2).sum(axis=0).mean())


def between_variance(rates: Vector, days: Vector, within: float) -> float:
    """Variance a of true rates between customers; below 0 where chance explains more than there is [unit^2].

    rates, days : (n,). a = (sum w (X - m)^2 - (n - 1) s) / (sum w - sum w^2 / sum w), unbiased (Buehlmann, Straub
    1970); 0 for fewer than two customers.
    """
    if len(rates) < 2:
        return 0.0
    mean = np.average(rates, weights=days)
    spread = float((days * (rates - mean) ** 2).sum()) - (len(rates) - 1) * within
    return spread / float(days.sum() - (days**2).sum() / days.sum())
