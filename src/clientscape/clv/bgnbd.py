"""BG/NBD: repeat orders of customers who may drop out after any order (Fader, Hardie & Lee 2005).

While a customer lives, he orders at a rate ~ Gamma(r, alpha); after each repeat order he drops out with a
chance p ~ Beta(a, b). Time is in any one unit: alpha comes out in it, the other parameters have none.
Equation numbers are those of "Counting Your Customers the Easy Way", Marketing Science 24(2).
"""

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, expit, gammaln

from clientscape.clv.dropout import mean_orders_of_the_living
from clientscape.clv.histories import FloatArray, checked, merge
from clientscape.clv.likelihood import MIN_CUSTOMERS, maximise
from clientscape.faults import Fault, refuse

# Under this share of repeat buyers held for gone, a and b are learned from noise.
LEAST_GONE_SHARE = 0.05

RAN_AWAY = {
    "r": "customers order at one common rate, or hardly any of them at all",
    "alpha": "the order rates have no spread, or are next to nothing",
    "a": "the log shows no dropout, or one that is the same for all customers",
    "b": "the log shows no dropout, or one that is the same for all customers",
}


class BGNBD:
    """BG/NBD by maximum likelihood; `status_` says whether to believe it.

    After `fit`: `r_ alpha_ a_ b_`, `log_likelihood_` (sum over customers, in the caller's unit of time),
    `n_customers_`, `status_` (ok, boundary, too_few, no_repeats, not_converged) and `status_reason_`, a
    sentence. With too_few and no_repeats nothing is fitted and a forecast is refused.
    """

    r_: float
    alpha_: float
    a_: float
    b_: float
    log_likelihood_: float
    n_customers_: float
    status_: str
    status_reason_: str

    def __init__(self, min_customers: int = MIN_CUSTOMERS) -> None:
        self.min_customers = min_customers

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Estimate the parameters from x repeat order days, the last at t_x, in a life of T; all [n_customers]."""
        ones = np.ones(np.shape(x)) if weights is None else weights
        *histories, counts = checked(x=x, t_x=t_x, T=T, weights=ones)
        (x, t_x, T), n, _ = merge(*histories, weights=counts)
        self.n_customers_ = float(n.sum())
        self.r_ = self.alpha_ = self.a_ = self.b_ = self.log_likelihood_ = float("nan")
        if self.n_customers_ < self.min_customers:
            self.status_ = "too_few"
            self.status_reason_ = f"{self.n_customers_:,.0f} customers are fewer than {self.min_customers}."
            return self
        if not n @ x:
            self.status_ = "no_repeats"
            self.status_reason_ = f"None of the {self.n_customers_:,.0f} customers ordered on a second day."
            return self
        # In units of the mean life all four parameters are of order one, whatever the caller's unit is.
        unit, share = float(n @ T) / self.n_customers_, n / self.n_customers_

        def mean_log_likelihood(theta: FloatArray) -> tuple[float, FloatArray]:
            values, gradient = _log_likelihood(np.exp(theta), x, t_x / unit, T / unit)
            return float(share @ values), gradient @ share * np.exp(theta)

        best = maximise(mean_log_likelihood, RAN_AWAY)
        self.r_, self.alpha_, self.a_, self.b_ = (float(p) for p in np.exp(best.theta) * (1.0, unit, 1.0, 1.0))
        self.log_likelihood_ = best.mean * self.n_customers_ - float(n @ x) * float(np.log(unit))
        self.status_, self.status_reason_ = best.status, best.reason
        gone = float(n[x > 0] @ (1 - self.p_alive(x, t_x, T)[x > 0]) / n[x > 0].sum())
        if best.status == "ok" and gone < LEAST_GONE_SHARE:
            self.status_ = "boundary"
            self.status_reason_ = (
                f"The log shows next to no dropout: of the customers with repeat orders {gone:.1%} would be gone, "
                f"and a mean dropout chance of {self.a_ / (self.a_ + self.b_):.2g} per order is learned from noise."
            )
        return self

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """Log-likelihood of each history under the parameters (eq. 6) [n_customers]; at x = 0 it is ln P(X(T) = 0)."""
        x, t_x, T = checked(x=x, t_x=t_x, T=T)
        return _log_likelihood(self._parameters(), x, t_x, T)[0]

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """Chance that a customer has not dropped out by T [n_customers], in [0, 1]; exactly 1 where x = 0.

        Fader, Hardie & Lee (2008), "Computing P(alive) Using the BG/NBD Model".
        """
        x, t_x, T = checked(x=x, t_x=t_x, T=T)
        return np.asarray(expit(-_log_odds_of_dropout(self._parameters(), x, t_x, T)))

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Repeat order days to expect in (T, T + horizon], given the history (eq. 10) [n_customers], never negative."""
        x, t_x, T = checked(x=x, t_x=t_x, T=T)
        return self.p_alive(x, t_x, T) * self._orders_if_alive(x, T, horizon)

    def expected_orders_new(self, horizon: float) -> float:
        """Repeat order days to expect of a new customer in the horizon after his first order, E[X(t)] (eq. 9)."""
        return float(self._orders_if_alive(np.zeros(1), np.zeros(1), horizon)[0])

    def _orders_if_alive(self, x: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        checked(horizon=horizon)
        r, alpha, a, b = self._parameters()
        (x, T), _, place = merge(x, T)
        orders = np.empty(x.size)
        starts = np.flatnonzero(np.diff(x, prepend=-1.0))
        for start, stop in zip(starts, [*starts[1:], x.size], strict=True):
            k = r + x[start]
            reach = horizon / (alpha + T[start:stop])
            orders[start:stop] = mean_orders_of_the_living(k, a, b + x[start], reach, horizon / alpha)
        return orders[place]

    def _parameters(self) -> FloatArray:
        if self.status_ in ("too_few", "no_repeats"):
            cure = "fit it on a longer or larger log, or use SameRate"
            refuse([Fault("BGNBD", f"no parameters, {self.status_}: {self.status_reason_}", "a fitted model", cure)])
        return np.array([self.r_, self.alpha_, self.a_, self.b_])


def _log_odds_of_dropout(parameters: FloatArray, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
    """Log-odds that a customer dropped out right after his last order [n_customers]; -inf where x = 0."""
    r, alpha, a, b = parameters
    silence = np.log(alpha + T) - np.log(alpha + t_x)
    return np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * silence, -np.inf)


def _log_likelihood(
    parameters: FloatArray, x: FloatArray, t_x: FloatArray, T: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Eq. 6 in logarithms [n_customers], and its gradient by r, alpha, a, b [4, n_customers].

    L = L(alive) + L(dropped out) is written as L(alive) * (1 + odds of dropout), so that nothing over- or underflows.
    """
    r, alpha, a, b = parameters
    k = r + x
    log_odds = _log_odds_of_dropout(parameters, x, t_x, T)
    gone = expit(log_odds)
    life, silence = np.log(alpha + T), np.log(alpha + T) - np.log(alpha + t_x)
    counted, (by_r, by_a, by_b) = _terms_of_counts(parameters, x)
    values = counted + r * np.log(alpha) - k * life + np.logaddexp(0, log_odds)
    gradient = np.stack(
        [
            by_r + np.log(alpha) - life + gone * silence,
            r / alpha - k / (alpha + T) + gone * k * (1 / (alpha + T) - 1 / (alpha + t_x)),
            by_a + gone / a,
            by_b - gone / (b + np.maximum(x, 1) - 1),
        ]
    )
    return values, gradient


def _terms_of_counts(parameters: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Part of ln L(alive) that hangs on x alone [n_customers], and its gradient by r, a, b [3, n_customers].

    Counts take few values, and these functions are dear: each is called once for each value.
    """
    r, _, a, b = parameters
    count, place = np.unique(x, return_inverse=True)
    orders = gammaln(r + count) - gammaln(r)
    stays = gammaln(b + count) - gammaln(b) + gammaln(a + b) - gammaln(a + b + count)
    by_a = digamma(a + b) - digamma(a + b + count)
    by_b = by_a + digamma(b + count) - digamma(b)
    gradient = np.stack([digamma(r + count) - digamma(r), by_a, by_b])
    return (orders + stays)[place], gradient[:, place]
