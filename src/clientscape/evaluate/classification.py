"""Numbers about the probability of a label, judged on customers whose horizon the classifier never saw.

outcome is (n,) of True and False; p is (n,), the forecast probability of True. n_capacity is how many customers can be
contacted; more than there are means all. active is (n,), who ordered within the horizon before; unseen is (n,), whose
spend there did not show a decline yet. A number that is not defined is missing.
"""

import numpy as np
import sklearn.metrics as skm
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Vector = NDArray[np.float64]

BINS = 10  # of the calibration error
SUREST = 1e-6  # no forecast is taken to be surer: no rate that it rests on was seen in more than a million customers


def roc_auc_score(outcome: Mask, p: Vector) -> float:
    """Chance that a random yes is ranked above a random no; above 0.9 look for a leak first [0..1]."""
    return float(skm.roc_auc_score(outcome, p)) if outcome.any() and not outcome.all() else np.nan


def average_precision_score(outcome: Mask, p: Vector) -> float:
    """Precision averaged over the yes cases from the top of the ranking; chance gives the base rate [0..1]."""
    return float(skm.average_precision_score(outcome, p)) if outcome.any() else np.nan


def base_rate(outcome: Mask) -> float:
    """Share of yes [share]."""
    return float(outcome.mean())


def brier_loss(outcome: Mask, p: Vector) -> float:
    """Mean squared error of the probabilities (Brier 1950) [0..1]."""
    return float(skm.brier_score_loss(outcome, p))


def log_loss(outcome: Mask, p: Vector) -> float:
    """Mean surprise at what came: minus the logarithm of its probability, one in a million at least [nats].

    -mean(log q), q = p of a yes and 1 - p of a no (Good 1952): what a maximum of likelihood makes small.
    """
    said = np.clip(np.where(outcome, p, 1.0 - p), SUREST, 1.0 - SUREST)
    return float(-np.log(said).mean())


def calibration_loss(outcome: Mask, p: Vector) -> float:
    """How far mean probability and rate of yes lie apart in a tenth of the customers by p, on average [0..1].

    The expected calibration error sum_b n_b / n |rate_b - mean p_b| (Naeini, Cooper & Hauskrecht 2015) over ten bins
    of equal counts; equal p stay together.
    """
    lower = np.searchsorted(np.sort(p), p)  # how many are lower
    bins = lower * BINS // len(p)
    return float(np.abs(np.bincount(bins, weights=p - outcome)).sum() / len(p))


def lift_at_10_score(outcome: Mask, p: Vector) -> float:
    """Rate of yes among the tenth ranked highest, over the base rate; ties at the cut count by their mean [ratio]."""
    return lift_at_capacity_score(outcome, p, max(1, len(p) // 10))


def lift_at_capacity_score(outcome: Mask, p: Vector, n_capacity: int) -> float:
    """Rate of yes among those who can be contacted, over the base rate; ties count by their mean [ratio]."""
    return precision_at_capacity_score(outcome, p, n_capacity) / base_rate(outcome) if outcome.any() else np.nan


def precision_at_capacity_score(outcome: Mask, p: Vector, n_capacity: int) -> float:
    """Rate of yes among those who can be contacted, the highest p first; ties count by their mean [share]."""
    n = min(n_capacity, len(p))
    return _found(outcome, p, n) / n if n > 0 else np.nan


def recall_at_capacity_score(outcome: Mask, p: Vector, n_capacity: int) -> float:
    """Share of all yes cases that are among those who can be contacted; ties count by their mean [share]."""
    return _found(outcome, p, min(n_capacity, len(p))) / float(outcome.sum()) if outcome.any() else np.nan


def active_roc_auc_score(outcome: Mask, p: Vector, active: Mask) -> float:
    """ROC AUC among those who ordered within the horizon before, of whom recency says least [0..1]."""
    return roc_auc_score(outcome[active], p[active])


def unseen_roc_auc_score(outcome: Mask, p: Vector, unseen: Mask) -> float:
    """ROC AUC among those whose spend does not show a decline yet: what is foreseen, not merely seen [0..1]."""
    return roc_auc_score(outcome[unseen], p[unseen])


def _found(outcome: Mask, p: Vector, n: int) -> float:
    """How many of the n ranked highest are a yes; of those who tie at the cut their mean."""
    if n < 1:
        return 0.0
    cut = np.sort(p)[-n]
    above, at = p > cut, p == cut
    return float(outcome[above].sum() + (n - above.sum()) * outcome[at].mean())
