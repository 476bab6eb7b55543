"""The one maximiser of all likelihoods of this room: L-BFGS-B on the logarithms of the parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from clientscape.clv.histories import FloatArray

MIN_CUSTOMERS = 30  # fewer customers cannot carry three or four parameters

# Where the search ends, and where a parameter, of order one in scaled units, has already lost its meaning.
SEARCHED, MEANINGFUL = 1e4, 1e3

# Log-parameters -> mean log-likelihood of a customer, and its gradient.
MeanLogLikelihood = Callable[[FloatArray], tuple[float, FloatArray]]


@dataclass(frozen=True)
class Maximum:
    """Where a likelihood is largest: the log-parameters, the mean log-likelihood there, and whether to believe it."""

    theta: FloatArray
    mean: float
    status: str
    reason: str


def maximise(function: MeanLogLikelihood, names: Mapping[str, str]) -> Maximum:
    """Climb to the maximum over positive parameters; `names` says what it means that one of them ran away.

    The parameters must be scaled to be of order one; the search starts at 1 for each of them.
    """

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        mean, gradient = function(theta)
        return -mean, -gradient

    bound, n = np.log(SEARCHED), len(names)
    found = minimize(
        loss,
        np.zeros(n),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-bound, bound)] * n,
        options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500},
    )
    theta, mean = np.asarray(found.x, dtype=np.float64), -float(found.fun)
    away = np.flatnonzero(np.abs(theta) > np.log(MEANINGFUL))
    if away.size:
        which = ", ".join(f"{list(names)[i]} = {np.exp(theta[i]):.3g}" for i in away)
        why = list(names.values())[away[0]]
        return Maximum(theta, mean, "boundary", f"In scaled units {which} ran to the edge of what it can be: {why}.")
    # L-BFGS-B also stops, with a complaint, where rounding leaves no step uphill: that is the maximum.
    if not found.success and np.max(np.abs(found.jac)) > 1e-5:
        return Maximum(theta, mean, "not_converged", f"The search for the maximum stopped early: {found.message}.")
    return Maximum(theta, mean, "ok", "")
