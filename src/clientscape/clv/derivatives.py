"""Mean log-likelihoods of merged histories with their first and second derivatives by the parameters.

A history is alive at T with L(alive) = orders while alive * chance to have stayed, or its customer has dropped
out; the three parts of ln L = ln L(alive) + ln(1 + odds of dropout) come from three functions and are put together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln, zeta

from clientscape.clv.histories import FloatArray, IntArray

# A value, its gradient and its matrix of second derivatives.
Derivatives = tuple[float, FloatArray, FloatArray]


@dataclass(frozen=True)
class Merged:
    """Histories [n], the share of customers that each stands for, and their distinct counts [c]."""

    x: FloatArray
    t_x: FloatArray
    T: FloatArray
    share: FloatArray
    count: FloatArray  # the distinct values of x, since functions of them are dear
    place: IntArray  # of each history in them
    share_of_count: FloatArray


def merged(x: FloatArray, t_x: FloatArray, T: FloatArray, share: FloatArray) -> Merged:
    """Histories with their distinct counts."""
    count, place = np.unique(x, return_inverse=True)
    return Merged(x, t_x, T, share, count, place, np.bincount(place, share).astype(np.float64))


def trigamma(z: npt.ArrayLike) -> FloatArray:
    """Second derivative of ln Gamma."""
    return np.asarray(zeta(2.0, z))


def orders_while_alive(r: float, alpha: float, log: Merged) -> Derivatives:
    """Of ln [Gamma(r + x) / Gamma(r) alpha^r (alpha + T)^-(r + x)], by r and alpha."""
    at_all, count = log.share_of_count, log.count
    k, rest = log.share * (r + log.x), 1 / (alpha + log.T)
    life = np.log1p(log.T / alpha)
    mean_life, mean_rest = float(log.share @ life), float(log.share @ rest)
    orders = float(at_all @ (gammaln(r + count) - gammaln(r))) - float(at_all @ count) * float(np.log(alpha))
    by_r = float(at_all @ (digamma(r + count) - digamma(r))) - mean_life
    by_both = 1 / alpha - mean_rest
    by_rr = float(at_all @ (trigamma(r + count) - trigamma(r)))
    gradient = np.array([by_r, r / alpha - float(k @ rest)])
    second = np.array([[by_rr, by_both], [by_both, float(k @ rest**2) - r / alpha**2]])
    return orders - float(k @ life), gradient, second


def one_plus_odds(
    share: FloatArray, log_odds: FloatArray, features: FloatArray, bends: Callable[[FloatArray], FloatArray]
) -> Derivatives:
    """Of ln(1 + odds), from the log-odds [n], their gradient [4, n] and a weighted sum of their second derivatives."""
    odds = np.exp(-np.abs(log_odds))
    value = float(share @ (np.maximum(log_odds, 0) + np.log1p(odds)))
    gone = share * np.where(log_odds > 0, 1, odds) / (1 + odds)
    spread = gone / (1 + odds) * np.where(log_odds > 0, odds, 1)
    return value, features @ gone, (features * spread) @ features.T + bends(gone)


def together(orders: Derivatives, stay: Derivatives, gone: Derivatives) -> Derivatives:
    """Sum of a part that hangs on the first two parameters, one on the last two, and one on all four."""
    gradient = np.concatenate([orders[1], stay[1]]) + gone[1]
    second = gone[2].copy()
    second[:2, :2] += orders[2]
    second[2:, 2:] += stay[2]
    return orders[0] + stay[0] + gone[0], gradient, second
