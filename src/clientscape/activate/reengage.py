"""Whom to win back: what is at stake, who is flagged, and the list."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]

COLUMNS = (
    "customer_id",
    "value_at_risk",
    "p_decline",
    "p_churn",
    "segment",
    "rfm_segment",
    "stage",
    "expected_orders",
    "expected_value",
    "status",
)

# What a reader can use; the ranking is made before.
DIGITS = {"value_at_risk": 2, "p_decline": 4, "p_churn": 4, "expected_orders": 2, "expected_value": 2}


def still_spent_share(before: Vector, after: Vector, declined: NDArray[np.bool_]) -> float:
    """What decliners still spend: their spend in the horizon over their spend in the horizon before [share]."""
    total = float(before[declined].sum())
    return min(1.0, max(0.0, float(after[declined].sum()) / total)) if total > 0 else 0.0


def value_at_risk(p_decline: Vector, usual_value: Vector, still_spent: float) -> Vector:
    """Expected loss: p_decline times the usual value over a horizon that decliners no longer spend [currency]."""
    return np.asarray(p_decline * np.maximum(usual_value, 0.0) * (1.0 - still_spent))


def flag_threshold(values: Vector, share: float) -> float:
    """What the top share of the eligible are above, at least 0; frozen, it flags any customer by himself [currency].

    It lies half-way to the next value below, so that no customer's flag hangs on the last bit of his value.
    """
    known = values[~np.isnan(values)]
    reached = float(np.quantile(known, 1.0 - share, method="higher")) if len(known) else np.inf
    below = float(known[known < reached].max(initial=0.0))
    return max((reached + below) / 2, np.finfo(float).tiny)  # nobody is flagged for nothing


def reengage(scores: pd.DataFrame) -> pd.DataFrame:
    """The flagged, ranked by what is at stake (then by id): the list that marketing takes."""
    flagged = scores[scores["flagged"].to_numpy(bool)]
    ranked = flagged.sort_values(["value_at_risk", "customer_id"], ascending=[False, True], kind="stable")
    table = ranked[list(COLUMNS)].reset_index(drop=True).round(DIGITS)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table
