"""Pareto/NBD: orders of customers who drop out at any time (Schmittlein, Morrison & Colombo 1987).

While a customer lives, he orders at a rate ~ Gamma(r, alpha); he drops out at a rate ~ Gamma(s, beta). "Counting
Your Customers: Who Are They and What Will They Do Next?", Management Science 33(1); derivations in Fader & Hardie's
"A Note on Deriving the Pareto/NBD Model and Related Expressions" (2005) and "Deriving an Expression for P(X(t) = x)
Under the Pareto/NBD Model" (2020). Integrals over the time of dropout are taken as they stand: the papers write
them with 2F1, whose differences cancel.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy.special import betaln, exprel, gammaln, xlogy

from clientscape.clv.derivatives import Derivatives, Merged, one_plus_odds, orders_while_alive, together
from clientscape.clv.histories import FloatArray
from clientscape.clv.likelihood import MeanLogLikelihood
from clientscape.clv.order_process import NO_DROPOUT, RATES, OrderProcess
from clientscape.clv.quadrature import log_integral, log_tail, tail_moments


class ParetoNBD(OrderProcess):
    """Pareto/NBD by maximum likelihood; `status_` says whether to believe it.

    After `fit`: `r_ alpha_ s_ beta_` (alpha and beta in the caller's unit of time, the others have none), and
    what `Estimated` lists.
    """

    RAN_AWAY: ClassVar[Mapping[str, str]] = RATES | {"s": NO_DROPOUT, "beta": NO_DROPOUT}
    IN_TIME = frozenset({"alpha", "beta"})

    r_: float
    alpha_: float
    s_: float
    beta_: float

    def _chances_of(self, n: FloatArray, horizon: float) -> FloatArray:
        """Either he lives at the end of the horizon, or he dropped out at some time before: an integral over when."""
        r, alpha, s, beta = self._parameters()
        orders = gammaln(r + n) - gammaln(r) - gammaln(n + 1) - n * np.log(alpha)
        at_end = xlogy(n, horizon) - (r + n) * np.log1p(horizon / alpha) - s * np.log1p(horizon / beta)
        chances = np.exp(orders + at_end)
        if horizon > 0:
            integral = log_integral(*np.broadcast_arrays(n, r + n, s + 1, alpha, beta, horizon))
            chances += np.exp(orders + np.log(s / beta) + integral)
        return np.asarray(chances)

    def _mean_log_likelihood(self, log: Merged) -> MeanLogLikelihood:
        def mean(parameters: FloatArray) -> Derivatives:
            r, alpha, s, beta = parameters.tolist()
            return together(orders_while_alive(r, alpha, log), _stay(s, beta, log), _dropout(r, alpha, s, beta, log))

        return mean

    def _log_stay(self, x: FloatArray, T: FloatArray) -> FloatArray:
        return np.asarray(-self.s_ * np.log1p(T / self.beta_))

    def _log_odds_of_dropout(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        r, alpha, s, beta = self._parameters()
        integral = log_tail(r + x, np.full(x.size, s + 1), alpha + t_x, beta + t_x, T - t_x)
        return _log_odds(r, alpha, s, beta, x, t_x, T) + integral

    def _orders_of_the_living(self, x: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """The papers' E[Y(t)] without P(alive); [1 - growth^(1 - s)] / (s - 1) by a function with its limit at 1."""
        r, alpha, s, beta = self._parameters()
        growth = np.log1p(horizon / (beta + T))
        return np.asarray((r + x) / (alpha + T) * (beta + T) * growth * exprel((1 - s) * growth))

    def _log_chance_of(self, n: FloatArray, x: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """Over the time of the n-th order, of its density times the chance to live until then."""
        if horizon == 0:
            return np.full(n.size, -np.inf)
        r, alpha, s, beta = self._parameters()
        k = r + x
        integral = log_integral(*np.broadcast_arrays(n - 1, k + n, s, alpha + T, beta + T, horizon))
        return np.asarray(integral - betaln(k, n) - n * np.log(alpha + T))

    def _mean_dropout(self) -> str:
        return f"a mean dropout rate of {self.s_ / self.beta_:.2g} per unit of time"


def _log_odds(
    r: float, alpha: float, s: float, beta: float, x: FloatArray, t_x: FloatArray, T: FloatArray
) -> FloatArray:
    """Log-odds that a customer dropped out between t_x and T [n], without the integral over the time when."""
    orders, lives = (r + x) * np.log((alpha + T) / (alpha + t_x)), s * np.log((beta + T) / (beta + t_x))
    return np.asarray(orders + lives + np.log(s / (beta + t_x)))


def _stay(s: float, beta: float, log: Merged) -> Derivatives:
    """Of the mean of ln [beta^s (beta + T)^-s], by s and beta."""
    life, lost = float(log.share @ np.log1p(log.T / beta)), float(log.share @ (log.T / (beta + log.T))) / beta
    by_beta_twice = s * float(log.share @ (1 / (beta + log.T) ** 2 - 1 / beta**2))
    return -s * life, np.array([-life, s * lost]), np.array([[0.0, lost], [lost, by_beta_twice]])


def _dropout(r: float, alpha: float, s: float, beta: float, log: Merged) -> Derivatives:
    """Of the mean of ln(1 + odds of dropout), by all four."""
    k, A, B = r + log.x, alpha + log.t_x, beta + log.t_x
    integral, means, covariances = tail_moments(k, np.full(k.size, s + 1), A, B, log.T - log.t_x)
    with np.errstate(divide="ignore"):
        log_odds = _log_odds(r, alpha, s, beta, log.x, log.t_x, log.T) + np.log(integral)
    late_a, late_b = 1 / (alpha + log.T), 1 / (beta + log.T)
    factors = np.broadcast_arrays(1.0, k, 1.0, s + 1)
    ends = [np.log((alpha + log.T) / A), k * late_a, np.log((beta + log.T) / B) + 1 / s, s * late_b]
    features = np.stack([end - f * mean for end, f, mean in zip(ends, factors, means, strict=True)])

    def bends(gone: FloatArray) -> FloatArray:
        second = np.array([[(gone * factors[i] * factors[j]) @ covariances[i, j] for j in range(4)] for i in range(4)])
        second[0, 1] = second[1, 0] = second[0, 1] + gone @ (late_a - means[1])
        second[2, 3] = second[3, 2] = second[2, 3] + gone @ (late_b - means[3])
        second[1, 1] += (gone * k) @ (covariances[1, 1] + means[1] ** 2 - late_a**2)
        second[2, 2] -= gone.sum() / s**2
        second[3, 3] += gone @ ((s + 1) * (covariances[3, 3] + means[3] ** 2) - s * late_b**2)
        return second

    return one_plus_odds(log.share, log_odds, features, bends)
