"""The one maximiser of all likelihoods of this room: Newton's steps on the logarithms of the parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clientscape.clv.histories import FloatArray

MIN_CUSTOMERS = 30  # fewer customers cannot carry three or four parameters

# Where the search ends, and where a parameter, of order one in scaled units, has already lost its meaning.
SEARCHED, MEANINGFUL = 1e4, 1e3
MAX_STEPS = 200
LONGEST_STEP = 3.0  # a factor of 20 in one parameter
# What a step may still gain at the maximum (a log-likelihood has fewer digits, its gradient has them), and beyond all
# meaning, where the climb has no end.
CLOSE, CLOSE_BEYOND = 1e-16, 1e-9
ROUNDING = 1e-12
FAR = 2.3  # a maximum this far from the start, in logarithms (tenfold), may have another one beside it

# Parameters -> mean log-likelihood of a customer, its gradient, and its matrix of second derivatives.
MeanLogLikelihood = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]


@dataclass(frozen=True)
class Maximum:
    """Where a likelihood is largest, and whether to believe it.

    The log-parameters, the mean log-likelihood there and its second derivatives by the log-parameters.
    """

    theta: FloatArray
    mean: float
    curvature: FloatArray
    status: str
    reason: str


def maximise(function: MeanLogLikelihood, names: Mapping[str, str], other_start: Sequence[float]) -> Maximum:
    """Climb to the maximum over positive parameters; `names` says what it means that one of them ran away.

    The parameters must be scaled to be of order one; the search starts at 1 for each of them and, where that leads
    far away, again at the logarithms `other_start`.
    """
    found = _climb(function, names, np.zeros(len(names)))
    if np.abs(found.theta).max() > FAR:
        other = _climb(function, names, np.array(other_start))
        found = other if other.mean > found.mean + CLOSE_BEYOND else found
    return found


def _climb(function: MeanLogLikelihood, names: Mapping[str, str], theta: FloatArray) -> Maximum:
    bound, longest, converged = np.log(SEARCHED), LONGEST_STEP, False
    mean, slope, curvature = _by_logarithms(function, theta)
    for _ in range(MAX_STEPS):
        step = _step(theta, slope, curvature, longest, bound)
        beyond = np.abs(theta).max() > np.log(MEANINGFUL)
        converged = bool(abs(slope @ step) < (CLOSE_BEYOND if beyond else CLOSE))
        if converged:
            break
        there = _by_logarithms(function, theta + step)
        if there[0] >= mean - ROUNDING * abs(mean):
            theta, (mean, slope, curvature) = theta + step, there
            longest = min(2 * longest, LONGEST_STEP)
        else:
            longest = float(np.linalg.norm(step)) / 4
    status, reason = _judged(theta, names, converged)
    return Maximum(theta, mean, curvature, status, reason)


def _by_logarithms(function: MeanLogLikelihood, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    parameters = np.exp(theta)
    mean, gradient, second = function(parameters)
    slope = gradient * parameters
    return mean, slope, second * np.outer(parameters, parameters) + np.diag(slope)


def _step(theta: FloatArray, slope: FloatArray, curvature: FloatArray, longest: float, bound: float) -> FloatArray:
    """Newton's step uphill, also where the likelihood is not concave, no longer than allowed and within the bounds."""
    free = (np.abs(theta) < bound) | (slope * theta < 0)
    bends, axes = np.linalg.eigh(curvature[np.ix_(free, free)])
    bends = np.maximum(np.abs(bends), 1e-10)
    step = np.zeros(theta.size)
    step[free] = axes @ ((slope[free] @ axes) / bends)
    step *= min(1.0, longest / max(float(np.linalg.norm(step)), 1e-300))
    return np.clip(theta + step, -bound, bound) - theta


def _judged(theta: FloatArray, names: Mapping[str, str], converged: bool) -> tuple[str, str]:
    away = np.flatnonzero(np.abs(theta) > np.log(MEANINGFUL))
    if away.size:
        which = ", ".join(f"{list(names)[i]} = {np.exp(theta[i]):.3g}" for i in away)
        why = list(names.values())[away[0]]
        return "boundary", f"In scaled units {which} ran to the edge of what it can be: {why}."
    if not converged:
        return "not_converged", f"The search for the maximum stopped early, after {MAX_STEPS} steps."
    return "ok", ""
