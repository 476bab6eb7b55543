"""Numbers about what segments made at a date tell of the horizon after it; each asks by name for what it needs.

groups (n,), the segment of each customer at as_of, -1 (unplaced) being one more group; orders (n,), his order days and
spend (n,) [currency] in the horizon after as_of. groups_before, orders_before, spend_before (m,) are the same of the
customers known one horizon earlier, placed by the same fitted model: their horizon ends at as_of, so what is learnt
from them was known then. Groups may be numbers or names. Returns count as no spend. Spend is compared as log1p, as a
few big buyers would else decide. All are missing where nobody is told apart: for a single group, for equal outcomes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from clientscape.evaluate.classification import roc_auc_score
from clientscape.evaluate.forecast import gini_score
from clientscape.evaluate.groups import Groups, Vector, clipped, explained_share, learnt, log_amounts


def foresight_spend_score(groups: Groups, spend: Vector) -> float:
    """Share of the variance of log spend in the horizon that lies between the groups: eta squared (Fisher 1925) [0..1].

    The groups' means are those of the horizon itself, so it flatters many small groups; see `foresight_score`.
    """
    return _eta_squared(groups, log_amounts(spend))


def foresight_orders_score(groups: Groups, orders: Vector) -> float:
    """Share of the variance of log order days in the horizon that lies between the groups: eta squared [0..1]."""
    return _eta_squared(groups, log_amounts(orders))


def foresight_score(groups: Groups, spend: Vector, groups_before: Groups, spend_before: Vector) -> float:
    """Share of log spend in the horizon that the groups' means of one horizon earlier explain [-inf..1].

    1 - SS(actual - mean of the group before) / SS(actual - mean of all actual). A group that nobody was in before
    forecasts the mean of all before. Below 0 where the old means are worse than one number for all, known afterwards.
    """
    actual = log_amounts(spend)
    if not _tells(groups, actual) or not len(groups_before):
        return np.nan
    return explained_share(actual, learnt(groups, groups_before, log_amounts(spend_before)))


def return_auc_score(groups: Groups, orders: Vector, groups_before: Groups, orders_before: Vector) -> float:
    """Chance that one who orders is in a group with a higher rate of return before than one who does not [0..1]."""
    came = np.asarray(orders) > 0
    if not _tells(groups, came) or not len(groups_before):
        return np.nan
    return roc_auc_score(came, learnt(groups, groups_before, np.asarray(orders_before) > 0))


def foresight_gini_score(groups: Groups, spend: Vector, groups_before: Groups, spend_before: Vector) -> float:
    """How well ranking customers by their group's mean spend before finds the spend; see `gini_score` [-1..1]."""
    actual = clipped(spend)
    if not _tells(groups, actual) or not len(groups_before):
        return np.nan
    return gini_score(actual, learnt(groups, groups_before, clipped(spend_before)))


def migrating_share(groups_both_before: Groups, groups_both_now: Groups) -> float:
    """Share of the customers known at both dates whose group changed; both (k,), row by row the same ones [share]."""
    if not len(groups_both_now):
        return np.nan
    return float(np.mean(np.asarray(groups_both_before) != np.asarray(groups_both_now)))


def own_forecast_score(
    expected_spend: Vector, spend: Vector, expected_spend_before: Vector, spend_before: Vector
) -> float:
    """Share of log spend in the horizon that each customer's own forecast explains, as `foresight_score` [-inf..1].

    Log spend on expected spend is learnt one horizon earlier by isotonic regression (Barlow et al. 1972), so that a
    forecast need only rank well. A segmentation's score is read as a multiple of it.
    """
    actual = log_amounts(spend)
    if not _tells(expected_spend, actual) or not len(expected_spend_before):
        return np.nan
    learnt = IsotonicRegression(out_of_bounds="clip").fit(expected_spend_before, log_amounts(spend_before))
    return explained_share(actual, np.asarray(learnt.predict(expected_spend), dtype=np.float64))


def _eta_squared(groups: Groups, actual: Vector) -> float:
    return max(0.0, explained_share(actual, learnt(groups, groups, actual))) if _tells(groups, actual) else np.nan


def _tells(groups: Groups, actual: NDArray[Any]) -> bool:
    """Whether there is something to tell apart, and something that tells."""
    return len(np.unique(groups)) > 1 and len(np.unique(actual)) > 1
