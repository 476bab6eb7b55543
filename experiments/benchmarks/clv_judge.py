"""Whether two fits reach the same likelihood and two forecasts say the same, by one measure for both."""

from collections.abc import Mapping

import clv_ours
import numpy as np
from clv_histories import Array, Histories


def log_likelihood(model: str, values: Mapping[str, float], h: Histories) -> float:
    """Clientscape's log-likelihood of all customers under these parameters, whoever estimated them."""
    at = clv_ours.at(model, values)
    if model == "GammaGamma":
        use = (h.x > 0) & (h.m_x > 0)
        return float(at.log_likelihood(h.x[use], h.m_x[use]).sum())
    return float(at.log_likelihood(h.x, h.t_x, h.T).sum())


def forecasts(model: str, values: Mapping[str, float], h: Histories, horizon: float) -> dict[str, Array]:
    """What clientscape forecasts under these parameters."""
    told = clv_ours.forecasts(model, clv_ours.at(model, values), h, horizon)
    return {what: call() for what, call in told.items()}


def largest_difference(mine: Array, other: Array) -> float:
    """The largest difference of two forecasts of a customer, relative to the larger of the two; NaN are left out."""
    known = np.isfinite(mine) & np.isfinite(other)
    apart, size = np.abs(mine - other)[known], np.maximum(np.abs(mine), np.abs(other))[known]
    return float(np.divide(apart, size, out=np.zeros(size.shape), where=size > 0).max(initial=0.0))
