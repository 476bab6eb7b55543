"""Probabilities as log-odds and back: the scale on which weights add up."""

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-12  # nothing is surer: log-odds stay finite


def log_odds(p: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Natural logarithm of p over 1 - p, any shape; no further from 0 than that of `LEAST` [log-odds]."""
    near = np.clip(p, LEAST, 1.0 - LEAST)
    return np.asarray(np.log(near) - np.log1p(-near))


def probabilities(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of no and yes, (n, 2), of log-odds of yes (n,)."""
    return np.exp(-np.logaddexp(0.0, np.column_stack([odds, -odds])))
