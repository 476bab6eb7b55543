"""Gamma-Gamma: the mean order value of a customer, given those that were seen (Fader & Hardie 2013).

Order values of a customer ~ Gamma(p, nu), with nu ~ Gamma(q, v) over customers. Money is in any one unit: v
comes out in it. Equation numbers are those of "The Gamma-Gamma Model of Monetary Value".
"""

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln

from clientscape.clv.histories import FloatArray, checked, merge
from clientscape.clv.likelihood import MIN_CUSTOMERS, maximise
from clientscape.faults import Fault, refuse

DEPENDENT = 0.3  # from this correlation on, spend and frequency are not independent
FAR_OFF = 3.0  # a population mean further than this from the mean that was seen is the tail's, not the data's

RAN_AWAY = {
    "p": "the orders of a customer are all alike, or beyond all measure",
    "q - 1": "customers spend alike, or their spend has no mean",
    "v": "customers spend alike, or their spend has no mean",
}


class GammaGamma:
    """Gamma-Gamma by maximum likelihood on customers with x > 0 and m_x > 0; `status_` says whether to believe it.

    After `fit`: `p_ q_ v_` (q > 1 always, so that the mean over customers exists and no value is negative),
    `log_likelihood_` (sum over customers, in the caller's unit of money), `n_customers_` (those fitted on),
    `spend_frequency_correlation_` (Pearson's, of m_x and x; NaN where either is constant), `status_` (ok,
    boundary, too_few, no_repeats, not_converged) and `status_reason_`, a sentence. The model assumes that
    spend and frequency are independent: with ok, the sentence says where they are not.
    """

    p_: float
    q_: float
    v_: float
    log_likelihood_: float
    n_customers_: float
    spend_frequency_correlation_: float
    status_: str
    status_reason_: str

    def __init__(self, min_customers: int = MIN_CUSTOMERS) -> None:
        self.min_customers = min_customers

    def fit(self, x: npt.ArrayLike, m_x: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Estimate the parameters from x repeat order days of mean value m_x; all [n_customers]."""
        ones = np.ones(np.shape(x)) if weights is None else weights
        repeats, spend, counts = checked(x=x, m_x=m_x, weights=ones)
        use = (repeats > 0) & (np.nan_to_num(spend) > 0) & (counts > 0)
        self.n_customers_ = float(counts[use].sum())
        self.p_ = self.q_ = self.v_ = self.log_likelihood_ = self.spend_frequency_correlation_ = float("nan")
        if not np.any(repeats[counts > 0] > 0):
            self.status_, self.status_reason_ = "no_repeats", "No customer ordered on a second day."
            return self
        if self.n_customers_ < self.min_customers:
            self.status_ = "too_few"
            found = f"{self.n_customers_:,.0f} customers with repeat orders of a value above 0"
            self.status_reason_ = f"{found} are fewer than {self.min_customers}."
            return self
        (k, m), n, _ = merge(repeats[use], spend[use], weights=counts[use])
        self._maximise(k, m, n)
        self.spend_frequency_correlation_ = _correlation(k, m, n)
        if self.status_ == "ok" and abs(self.spend_frequency_correlation_) > DEPENDENT:
            self.status_reason_ = (
                f"Spend and frequency correlate at {self.spend_frequency_correlation_:+.2f}, and the model takes them "
                "for independent: the values of the most frequent buyers are off."
            )
        return self

    def expected_order_value(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> FloatArray:
        """Value to expect of an order day, given x of mean m_x (eq. 5) [n_customers], never negative.

        A weighted mean of the customer's own and the population's, the latter alone where x = 0; a mean
        below 0 (returns outweigh orders) is taken for 0.
        """
        x, m_x = checked(x=x, m_x=m_x)
        if self.status_ in ("too_few", "no_repeats"):
            cure = "fit it on a longer or larger log, or use OwnMean"
            refuse(
                [Fault("GammaGamma", f"no parameters, {self.status_}: {self.status_reason_}", "a fitted model", cure)]
            )
        own = np.where(x > 0, np.maximum(m_x, 0.0), 0.0)
        return np.asarray(self.p_ * (self.v_ + x * own) / (self.p_ * x + self.q_ - 1))

    def _maximise(self, x: FloatArray, m_x: FloatArray, n: FloatArray) -> None:
        # In units of the mean spend all three parameters are of order one, whatever the currency is.
        unit, share = float(n @ m_x) / self.n_customers_, n / self.n_customers_

        def mean_log_likelihood(theta: FloatArray) -> tuple[float, FloatArray]:
            values, gradient = _log_likelihood(np.exp(theta), x, m_x / unit)
            return float(share @ values), gradient @ share * np.exp(theta)

        best = maximise(mean_log_likelihood, RAN_AWAY)
        self.p_, above_one, self.v_ = (float(p) for p in np.exp(best.theta) * (1.0, 1.0, unit))
        self.q_ = 1 + above_one
        self.log_likelihood_ = (best.mean - float(np.log(unit))) * self.n_customers_
        self.status_, self.status_reason_ = best.status, best.reason
        mean = self.p_ * self.v_ / above_one
        if best.status == "ok" and not 1 / FAR_OFF < mean / unit < FAR_OFF:
            self.status_ = "boundary"
            self.status_reason_ = f"The model's mean order value, {mean:.4g}, is far from the {unit:.4g} that was seen."


def _log_likelihood(parameters: FloatArray, x: FloatArray, m_x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log-density of m_x given x (eq. 1a) [n_customers], and its gradient by p, q - 1, v [3, n_customers]."""
    p, above_one, v = parameters
    q = 1 + above_one
    shape, total = p * x, m_x * x
    log_share, log_rest = np.log(total) - np.log(total + v), np.log(v) - np.log(total + v)
    values = gammaln(shape + q) - gammaln(shape) - gammaln(q) + shape * log_share + q * log_rest - np.log(m_x)
    gradient = np.stack(
        [
            x * (digamma(shape + q) - digamma(shape) + log_share),
            digamma(shape + q) - digamma(q) + log_rest,
            q / v - (shape + q) / (total + v),
        ]
    )
    return values, gradient


def _correlation(x: FloatArray, y: FloatArray, n: FloatArray) -> float:
    """Pearson's correlation of rows that stand for n customers each; NaN where either is constant."""
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    cov = np.cov(x, y, aweights=n)
    return float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))
