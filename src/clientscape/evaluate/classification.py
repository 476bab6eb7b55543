"""Numbers about the probability of a label, judged on customers whose horizon the classifier never saw.

outcome is (n,) of True and False; p is (n,), the forecast probability of True.
"""

import numpy as np
import sklearn.metrics as skm
from numpy.typing import NDArray


def roc_auc_score(outcome: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
    """Chance that a random yes is ranked above a random no; above 0.9 look for a leak first [0..1]."""
    return float(skm.roc_auc_score(outcome, p)) if 0 < outcome.mean() < 1 else np.nan


def average_precision_score(outcome: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
    """Precision averaged over the yes cases from the top of the ranking; chance gives the base rate [0..1]."""
    return float(skm.average_precision_score(outcome, p)) if outcome.any() else np.nan


def base_rate(outcome: NDArray[np.bool_]) -> float:
    """Share of yes [share]."""
    return float(outcome.mean())


def brier_loss(outcome: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
    """Mean squared error of the probabilities (Brier 1950) [0..1]."""
    return float(skm.brier_score_loss(outcome, p))


def lift_at_10_score(outcome: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
    """Rate of yes among the tenth ranked highest, over the base rate; ties at the cut count by their mean [ratio]."""
    if not outcome.any():
        return np.nan
    n = max(1, len(p) // 10)
    cut = np.sort(p)[-n]
    above, at = p > cut, p == cut
    found = outcome[above].sum() + (n - above.sum()) * outcome[at].mean()
    return float(found / n / outcome.mean())
