"""What the models of orders and dropout have in common: gamma rates, and what is known of who has dropped out.

While a customer lives, he orders at a rate ~ Gamma(r, alpha); alpha is in units of time. The likelihood of a
history is L(alive at T) + L(dropped out after the last order) = L(alive) (1 + odds of dropout): written so,
nothing over- or underflows. A customer who lives at T is like a new one whose rate ~ Gamma(r + x, alpha + T).
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from clientscape.clv.derivatives import Merged, merged
from clientscape.clv.estimated import Estimated
from clientscape.clv.histories import FloatArray, checked
from clientscape.clv.likelihood import MeanLogLikelihood, maximise
from clientscape.clv.merging import distinct, merge

# Under this share of repeat buyers held for gone, the dropout is learned from noise.
LEAST_GONE_SHARE = 0.05

# Where a search starts again: logarithms of the parameters where hardly anyone drops out.
LITTLE_DROPOUT = (0.0, 0.0, 0.0, 3.0)

# What it means that a parameter ran away.
RATES = {
    "r": "customers order at one common rate, or hardly any of them at all",
    "alpha": "the order rates have no spread, or are next to nothing",
}
NO_DROPOUT = "the log shows no dropout, or one that is the same for all customers"


class OrderProcess(Estimated, ABC):
    """A model of order days and dropout, fitted by maximum likelihood to histories in any one unit of time."""

    FORECASTS: ClassVar[tuple[str, ...]] = (
        "expected_orders",
        "expected_orders_new",
        "log_likelihood",
        "median_orders",
        "p_alive",
        "probability_of",
    )
    INSTEAD = "SameRate"
    IN_TIME: ClassVar[frozenset[str]]  # the parameters in units of time

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Estimate the parameters from x repeat order days, the last at t_x, in a life of T; all [n_customers].

        With weights a row counts for that many customers.
        """
        given = {} if weights is None else {"weights": weights}
        x, t_x, T, *counts = checked(x=x, t_x=t_x, T=T, **given)
        (x, t_x, T), n = merge(x, t_x, T, weights=counts[0] if counts else None)
        self._forget(float(n.sum()))
        if self.n_customers_ < self.min_customers:
            self.status_ = "too_few"
            self.status_reason_ = f"{self.n_customers_:,.0f} customers are fewer than {self.min_customers}."
        elif not n @ x:
            self.status_ = "no_repeats"
            self.status_reason_ = f"None of the {self.n_customers_:,.0f} customers ordered on a second day."
        else:
            self._maximise(x, t_x, T, n)
        return self

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """Log-likelihood of each history under the parameters [n_customers]; at x = 0 it is ln P(X(T) = 0)."""
        (x, t_x, T), each = distinct(*checked(x=x, t_x=t_x, T=T), else_sort=False)
        r, alpha, *_ = self._parameters()
        orders = gammaln(r + x) - gammaln(r) - r * np.log1p(T / alpha) - x * np.log(alpha + T)
        values = orders + self._log_stay(x, T) + np.logaddexp(0, self._log_odds_of_dropout(x, t_x, T))
        return each(values)

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """Chance that a customer has not dropped out by T, given his history [n_customers], in [0, 1]."""
        (x, t_x, T), each = distinct(*checked(x=x, t_x=t_x, T=T), else_sort=False)
        return each(self._p_alive(x, t_x, T))

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Repeat order days to expect in (T, T + horizon], given the history [n_customers], never negative."""
        x, t_x, T, _ = checked(x=x, t_x=t_x, T=T, horizon=horizon)
        (x, t_x, T), each = distinct(x, t_x, T, else_sort=False)
        return each(self._p_alive(x, t_x, T) * self._orders_of_the_living(x, T, horizon))

    def median_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Median of the order days in (T, T + horizon], given the history [n_customers].

        The smallest whole number n such that the chance of at most n order days is one half or more.
        """
        x, t_x, T, _ = checked(x=x, t_x=t_x, T=T, horizon=horizon)
        (x, t_x, T), each = distinct(x, t_x, T)
        log_alive = np.log(np.maximum(self._p_alive(x, t_x, T), np.finfo(float).tiny))

        def more_than(n: FloatArray, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
            log_chance = log_alive[rows] + self._log_chance_of(n[rows] + 1, x[rows], T[rows], horizon)
            return np.asarray(log_chance > np.log(0.5))

        at_least, at_most = np.zeros(x.size), np.zeros(x.size)
        rows = np.arange(x.size)
        while (rows := rows[more_than(at_most, rows)]).size:
            at_least[rows], at_most[rows] = at_most[rows] + 1, 2 * at_most[rows] + 1
        while (rows := np.flatnonzero(at_least < at_most)).size:
            middle = (at_least + at_most) // 2
            more = more_than(middle, rows)
            at_least[rows[more]], at_most[rows[~more]] = middle[rows[more]] + 1, middle[rows[~more]]
        return each(at_most)

    def expected_orders_new(self, horizon: float) -> float:
        """Repeat order days to expect of a new customer in the horizon after his first order, E[X(t)]."""
        checked(horizon=horizon)
        return self._chance_to_begin() * float(self._orders_of_the_living(np.zeros(1), np.zeros(1), horizon)[0])

    def probability_of(self, n: npt.ArrayLike, horizon: float) -> FloatArray:
        """Chance that a new customer has n repeat order days in the horizon, P(X(t) = n).

        n is a count or an array of counts [n]; so is the result.
        """
        counts, _ = checked(n=np.atleast_1d(n), horizon=horizon)
        return np.asarray(self._chances_of(counts, horizon).reshape(np.shape(n)))

    @abstractmethod
    def _chances_of(self, n: FloatArray, horizon: float) -> FloatArray:
        """P(X(t) = n) of a new customer [n]."""

    @abstractmethod
    def _mean_log_likelihood(self, log: Merged) -> MeanLogLikelihood:
        """Of merged histories, with its derivatives."""

    @abstractmethod
    def _log_stay(self, x: FloatArray, T: FloatArray) -> FloatArray:
        """Logarithm of the chance not to drop out in a life of T with x repeat orders [n]."""

    @abstractmethod
    def _log_odds_of_dropout(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """Log-odds that a customer dropped out between his last order and T [n]; -inf where he cannot have."""

    @abstractmethod
    def _orders_of_the_living(self, x: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """Orders to expect in the horizon of those who live at T [n]."""

    @abstractmethod
    def _log_chance_of(self, n: FloatArray, x: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """Logarithm of the chance that who lives at T orders n times or more in the horizon [n], n >= 1."""

    def _chance_to_begin(self) -> float:
        """Chance not to drop out right after the first order."""
        return 1.0

    def _p_alive(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(self._log_odds_of_dropout(x, t_x, T))))

    def _maximise(self, x: FloatArray, t_x: FloatArray, T: FloatArray, n: FloatArray) -> None:
        # In units of the mean life all parameters are of order one, whatever the caller's unit is.
        unit = float(n @ T) / self.n_customers_
        log = merged(x, t_x / unit, T / unit, n / self.n_customers_)
        best = maximise(self._mean_log_likelihood(log), self.RAN_AWAY, LITTLE_DROPOUT)
        self._settle(best, np.array([unit if name in self.IN_TIME else 1.0 for name in self.RAN_AWAY]))
        self.log_likelihood_ = best.mean * self.n_customers_ - float(n @ x) * float(np.log(unit))
        back = x > 0
        gone = float(n[back] @ (1 - self._p_alive(x[back], t_x[back], T[back]))) / float(n[back].sum())
        if best.status == "ok" and gone < LEAST_GONE_SHARE:
            self.status_ = "boundary"
            self.status_reason_ = (
                f"The log shows next to no dropout: of the customers with repeat orders {gone:.1%} would be gone, "
                f"and {self._mean_dropout()} is learned from noise."
            )
        self._measure(best.curvature)

    @abstractmethod
    def _mean_dropout(self) -> str:
        """How much dropout there would be, in words."""
