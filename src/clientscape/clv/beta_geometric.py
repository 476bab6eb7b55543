"""What BG/NBD and MBG/NBD have in common: a dropout chance p ~ Beta(a, b) at each order of a customer.

They differ in whether the first order is such a chance. With c the number of chances that a customer has
survived, L(alive) ~ B(a, b + c) / B(a, b), and who lives has a p ~ Beta(a, b + c).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy.special import betainc, betaln, digamma, gammaln, xlogy

from clientscape.clv.derivatives import Derivatives, Merged, one_plus_odds, orders_while_alive, together, trigamma
from clientscape.clv.dropout import mean_orders_of_the_living
from clientscape.clv.histories import FloatArray
from clientscape.clv.likelihood import MeanLogLikelihood
from clientscape.clv.merging import distinct
from clientscape.clv.order_process import NO_DROPOUT, RATES, OrderProcess


class BetaGeometric(OrderProcess):
    """Parameters `r_ alpha_ a_ b_`; `CHANCES_AT_FIRST` is 1 where a customer may drop out after the first order too."""

    RAN_AWAY: ClassVar[Mapping[str, str]] = RATES | {"a": NO_DROPOUT, "b": NO_DROPOUT}
    IN_TIME = frozenset({"alpha"})
    CHANCES_AT_FIRST: ClassVar[int]

    r_: float
    alpha_: float
    a_: float
    b_: float

    def _chances_of(self, n: FloatArray, horizon: float) -> FloatArray:
        """Either he lives after the last of n orders, or he dropped out with it and would have had n or more.

        The chance of the latter is eq. 8's in brackets, by the incomplete beta function: nothing cancels.
        """
        r, alpha, a, b = self._parameters()
        chances, share = n + self.CHANCES_AT_FIRST, horizon / (alpha + horizon)
        orders = gammaln(r + n) - gammaln(r) - gammaln(n + 1) - r * np.log1p(horizon / alpha) + xlogy(n, share)
        lives = np.exp(orders + betaln(a, b + chances) - betaln(a, b))
        leaves = np.exp(betaln(a + 1, b + np.maximum(chances, 1) - 1) - betaln(a, b))
        reaches = np.where(n > 0, betainc(np.maximum(n, 1), r, share), 1.0)
        return np.asarray(lives + np.where(chances > 0, leaves * reaches, 0.0))

    def _chance_to_begin(self) -> float:
        return self.b_ / (self.a_ + self.b_) if self.CHANCES_AT_FIRST else 1.0

    def _mean_log_likelihood(self, log: Merged) -> MeanLogLikelihood:
        """Eq. 6 of Fader, Hardie & Lee (2005), and its like with one chance more."""

        def mean(parameters: FloatArray) -> Derivatives:
            r, alpha, a, b = parameters.tolist()
            k, early, late = r + log.x, 1 / (alpha + log.t_x), 1 / (alpha + log.T)
            silence = np.log((alpha + log.T) * early)
            log_odds, by_b = _last_chance(a, b, log.count + self.CHANCES_AT_FIRST)
            features = np.stack([silence, k * (late - early), np.full(k.size, 1 / a), by_b[log.place]])

            def bends(gone: FloatArray) -> FloatArray:
                second = np.zeros((4, 4))
                second[0, 1] = second[1, 0] = gone @ (late - early)
                second[1, 1] = (gone * k) @ (early**2 - late**2)
                second[2, 2], second[3, 3] = -gone.sum() / a**2, gone @ features[3] ** 2
                return second

            gone = one_plus_odds(log.share, log_odds[log.place] + k * silence, features, bends)
            stay = _stay(a, b, log.count + self.CHANCES_AT_FIRST, log.share_of_count)
            return together(orders_while_alive(r, alpha, log), stay, gone)

        return mean

    def _log_stay(self, x: FloatArray, T: FloatArray) -> FloatArray:
        _, _, a, b = self._parameters()
        return np.asarray(betaln(a, b + x + self.CHANCES_AT_FIRST) - betaln(a, b))

    def _log_odds_of_dropout(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        r, alpha, a, b = self._parameters()
        silence = np.log((alpha + T) / (alpha + t_x))
        return np.asarray(_last_chance(a, b, x + self.CHANCES_AT_FIRST)[0] + (r + x) * silence)

    def _orders_of_the_living(self, x: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        r, alpha, a, b = self._parameters()
        (x, T), each = distinct(x, T)
        orders = np.empty(x.size)
        starts = np.flatnonzero(np.diff(x, prepend=-1.0))
        for start, stop in zip(starts, [*starts[1:], x.size], strict=True):
            reach = horizon / (alpha + T[start:stop])
            survived = x[start] + self.CHANCES_AT_FIRST
            orders[start:stop] = mean_orders_of_the_living(r + x[start], a, b + survived, reach, horizon / alpha)
        return each(orders)

    def _log_chance_of(self, n: FloatArray, x: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        r, alpha, a, b = self._parameters()
        survived = b + x + self.CHANCES_AT_FIRST
        stays = betaln(a, survived + n - 1) - betaln(a, survived)
        with np.errstate(divide="ignore"):
            return np.asarray(stays + np.log(betainc(n, r + x, horizon / (alpha + T + horizon))))

    def _mean_dropout(self) -> str:
        return f"a mean dropout chance of {self.a_ / (self.a_ + self.b_):.2g} per order"


def _last_chance(a: float, b: float, chances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log-odds that a customer dropped out at the last of his chances [n], -inf where he had none; their slope by b."""
    before, some = b + np.maximum(chances, 1) - 1, chances > 0
    return np.where(some, np.log(a / before), -np.inf), np.where(some, -1 / before, 0.0)


def _stay(a: float, b: float, chances: FloatArray, share: FloatArray) -> Derivatives:
    """Of the mean of ln [B(a, b + chances) / B(a, b)], by a and b."""
    by_a = float(share @ (digamma(a + b) - digamma(a + b + chances)))
    by_b = float(share @ (digamma(b + chances) - digamma(b)))
    by_both = float(share @ (trigamma(a + b) - trigamma(a + b + chances)))
    by_bb = float(share @ (trigamma(b + chances) - trigamma(b)))
    second = np.array([[by_both, by_both], [by_both, by_both + by_bb]])
    value = float(share @ (betaln(a, b + chances) - betaln(a, b)))
    return value, np.array([by_a, by_a + by_b]), second
