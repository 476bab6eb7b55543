"""Gamma-Gamma: the mean order value of a customer, given those that were seen (Fader & Hardie 2013).

Order values of a customer ~ Gamma(p, nu), with nu ~ Gamma(q, v) over customers. Money is in any one unit: v
comes out in it. Equation numbers are those of "The Gamma-Gamma Model of Monetary Value".
"""

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, digamma, gammaln

from clientscape.clv.derivatives import Derivatives, trigamma
from clientscape.clv.estimated import Estimated
from clientscape.clv.histories import FloatArray, checked
from clientscape.clv.likelihood import MeanLogLikelihood, maximise
from clientscape.clv.merging import merge

DEPENDENT = 0.3  # from this correlation on, spend and frequency are not independent
FAR_OFF = 3.0  # a population mean further than this from the mean that was seen is the tail's, not the data's

# Where a search starts again: logarithms of p, q - 1 and v where all orders are nearly alike.
ALIKE_ORDERS = (3.0, 3.0, 0.0)

ALIKE = "customers spend alike, or their spend has no mean"


class GammaGamma(Estimated):
    """Gamma-Gamma by maximum likelihood on customers with x > 0 and m_x > 0; `status_` says whether to believe it.

    After `fit`: `p_ q_ v_` (v in the caller's unit of money; q > 1 always, so that the mean over customers exists
    and no value is negative), what `Estimated` lists (`n_customers_` are those fitted on), and
    `spend_frequency_correlation_` (Pearson's, of m_x and x; NaN where either is constant). The model assumes that
    spend and frequency are independent: with ok, the sentence says where they are not.
    """

    RAN_AWAY: ClassVar[Mapping[str, str]] = {
        "p": "the orders of a customer are all alike, or beyond all measure",
        "q": ALIKE,
        "v": ALIKE,
    }
    LEAST: ClassVar[Mapping[str, float]] = {"q": 1.0}
    FORECASTS: ClassVar[tuple[str, ...]] = ("expected_order_value", "log_likelihood")
    INSTEAD = "OwnMean"

    p_: float
    q_: float
    v_: float
    spend_frequency_correlation_: float

    def fit(self, x: npt.ArrayLike, m_x: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Estimate the parameters from x repeat order days of mean value m_x; all [n_customers].

        With weights a row counts for that many customers.
        """
        given = {} if weights is None else {"weights": weights}
        repeats, spend, *counts = checked(x=x, m_x=m_x, **given)
        counted = counts[0] > 0 if counts else np.ones(repeats.size, dtype=bool)
        back = counted & (repeats > 0)
        use = back & (np.nan_to_num(spend) > 0)
        self._forget(float(counts[0][use].sum() if counts else use.sum()))
        self.spend_frequency_correlation_ = np.nan
        if not back.any():
            self.status_, self.status_reason_ = "no_repeats", "No customer ordered on a second day."
        elif self.n_customers_ < self.min_customers:
            self.status_ = "too_few"
            found = f"{self.n_customers_:,.0f} customers with repeat orders of a value above 0"
            self.status_reason_ = f"{found} are fewer than {self.min_customers}."
        else:
            (k, m), n = merge(repeats[use], spend[use], weights=counts[0][use] if counts else None)
            self._maximise(k, m, n)
        return self

    def log_likelihood(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> FloatArray:
        """Log-density of m_x, given x order days (eq. 1a) [n_customers]; NaN without one (x = 0 or m_x <= 0)."""
        x, m_x = checked(x=x, m_x=m_x)
        p, q, v = self._parameters()
        seen = (x > 0) & (np.nan_to_num(m_x) > 0)
        k, m = np.where(seen, x, 1.0), np.where(seen, m_x, 1.0)
        shape, total = p * k, m * k
        spread = -betaln(shape, q) - shape * np.log1p(v / total) - q * np.log1p(total / v) - np.log(m)
        return np.where(seen, spread, np.nan)

    def expected_order_value(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> FloatArray:
        """Value to expect of an order day, given x of mean m_x (eq. 5) [n_customers], never negative.

        A weighted mean of the customer's own and the population's, the latter alone where x = 0; a mean
        below 0 (returns outweigh orders) is taken for 0.
        """
        x, m_x = checked(x=x, m_x=m_x)
        p, q, v = self._parameters()
        own = np.where(x > 0, np.maximum(m_x, 0.0), 0.0)
        return np.asarray(p * (v + x * own) / (p * x + (q - 1)))

    def _maximise(self, x: FloatArray, m_x: FloatArray, n: FloatArray) -> None:
        # In units of the mean spend all three parameters are of order one, whatever the currency is.
        unit = float(n @ m_x) / self.n_customers_
        best = maximise(_mean_log_likelihood(x, m_x / unit, n / self.n_customers_), self.RAN_AWAY, ALIKE_ORDERS)
        self._settle(best, np.array([1.0, 1.0, unit]))
        self.log_likelihood_ = (best.mean - float(np.log(unit))) * self.n_customers_
        mean = self.p_ * self.v_ / (self.q_ - 1)
        if best.status == "ok" and not 1 / FAR_OFF < mean / unit < FAR_OFF:
            self.status_ = "boundary"
            self.status_reason_ = f"The model's mean order value, {mean:.4g}, is far from the {unit:.4g} that was seen."
        self.spend_frequency_correlation_ = _correlation(x, m_x, n)
        if self.status_ == "ok" and abs(self.spend_frequency_correlation_) > DEPENDENT:
            self.status_reason_ = (
                f"Spend and frequency correlate at {self.spend_frequency_correlation_:+.2f}, and the model takes them "
                "for independent: the values of the most frequent buyers are off."
            )
        self._measure(best.curvature)


def _mean_log_likelihood(x: FloatArray, m_x: FloatArray, share: FloatArray) -> MeanLogLikelihood:
    """Eq. 1a in logarithms, by p, q - 1 and v."""
    count, place = np.unique(x, return_inverse=True)
    at_count, total = np.bincount(place, share), m_x * x
    log_total, constant = np.bincount(place, share * np.log(total)), float(share @ np.log(m_x))

    def mean(parameters: FloatArray) -> Derivatives:
        p, above_one, v = parameters.tolist()
        q, shape = 1 + above_one, p * count
        both, rest = shape + q, 1 / (total + v)
        weighted = share * rest
        # Of each count: the sums of ln(total + v), and of the first two powers of its slope by v.
        sums = [np.bincount(place, share * np.log(total + v)), np.bincount(place, weighted)]
        log_share, ends = log_total - sums[0], digamma(both)
        value = at_count @ (gammaln(both) - gammaln(shape) - gammaln(q)) + p * (count @ log_share)
        by_p = count @ (at_count * (ends - digamma(shape)) + log_share)
        log_v, log_rest = float(np.log(v)), float(sums[0].sum())
        by_q = at_count @ ends - float(digamma(q)) + log_v - log_rest
        by_v = q / v - both @ sums[1]
        bend = at_count * trigamma(both)
        second = np.empty((3, 3))
        second[0, 0] = count**2 @ (bend - at_count * trigamma(shape))
        second[0, 1] = second[1, 0] = count @ bend
        second[1, 1] = bend.sum() - trigamma(q)
        second[0, 2] = second[2, 0] = -(count @ sums[1])
        second[1, 2] = second[2, 1] = 1 / v - sums[1].sum()
        second[2, 2] = both @ np.bincount(place, weighted * rest) - q / v**2
        return float(value + q * (log_v - log_rest)) - constant, np.array([by_p, by_q, by_v]), second

    return mean


def _correlation(x: FloatArray, y: FloatArray, n: FloatArray) -> float:
    """Pearson's correlation of rows that stand for n customers each; NaN where either is constant."""
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    cov = np.cov(x, y, aweights=n)
    return float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))
