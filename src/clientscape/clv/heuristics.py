"""The simple rules that every model has to beat, and that stand in where a model cannot be fitted.

All have the models' interface; time is in any one unit. A rule gives one number, which is its mean and its median.
Its `p_alive` is no estimate but what the rule takes for true: 1 (SameRate, LastPeriod), 0 or 1 (Hiatus), 0 (Zero).
"""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
import numpy.typing as npt

from clientscape.clv.histories import FloatArray, checked
from clientscape.faults import Fault, refuse

SHORTEST_SHARE = 0.25  # of the median T; CDNOW's shortest life is 0.8 of it
POPULATION_COUNTS = 1.0  # order days; Gamma-Gamma finds (q - 1) / p = 0.4 on CDNOW


class Rule(ABC):
    """What the rules of order days have in common: there is nothing to learn, and nothing that may fail."""

    ALIVE = 1.0
    said = ""  # the forecast in words
    status_ = "ok"
    status_reason_ = ""

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Check the histories; all [n_customers]."""
        checked(x=x, t_x=t_x, T=T)
        return self

    @abstractmethod
    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Order days in the horizon [n_customers]."""

    def median_orders(
        self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float, **more: npt.ArrayLike
    ) -> FloatArray:
        """The same [n_customers]; LastPeriod asks for `last_rate` as well."""
        return self.expected_orders(x, t_x, T, horizon, **more)

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """What the rule takes for true [n_customers]."""
        x, *_ = checked(x=x, t_x=t_x, T=T)
        return np.full(x.size, self.ALIVE)


class SameRate(Rule):
    """Order days go on at the rate of before: x / T, and everybody is alive.

    A customer of a few days has no rate to speak of: a life shorter than a quarter of the median T of those
    fitted on counts as that long.
    """

    said = "orders go on at the rate of before"
    shortest_: float

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Learn what a short life is; all [n_customers], and with weights a row counts for that many."""
        ones = np.ones(np.shape(x)) if weights is None else weights
        *_, life, n = checked(x=x, t_x=t_x, T=T, weights=ones)
        order = np.argsort(life)
        reached = np.cumsum(n[order])
        median = life[order][np.searchsorted(reached, reached[-1] / 2)]
        self.shortest_ = SHORTEST_SHARE * float(median)
        return self

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Order days in the horizon at the rate of before [n_customers]."""
        x, _, T, _ = checked(x=x, t_x=t_x, T=T, horizon=horizon)
        life = np.where(x > 0, np.maximum(T, self.shortest_), 1.0)
        return np.asarray(x / life * horizon)


class Hiatus(SameRate):
    """Alive is who ordered less than `hiatus` units of time ago; he goes on at the rate of before, others stop."""

    def __init__(self, hiatus: float) -> None:
        if not hiatus > 0:
            refuse([Fault("hiatus", f"{hiatus}", "above 0", "give the length of a silence that means gone")])
        self.hiatus = hiatus
        self.said = f"{super().said}, but for those who have not ordered for {hiatus:g} days"

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Order days in the horizon at the rate of before, 0 after a hiatus [n_customers]."""
        return self.p_alive(x, t_x, T) * super().expected_orders(x, t_x, T, horizon)

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """1 where T - t_x < hiatus, else 0 [n_customers]."""
        _, t_x, T = checked(x=x, t_x=t_x, T=T)
        return (T - t_x < self.hiatus).astype(np.float64)


class LastPeriod(Rule):
    """Order days go on at the rate of the last period, `last_rate`; the history before it does not count."""

    said = "orders go on at the rate of the last period"

    def expected_orders(
        self,
        x: npt.ArrayLike,
        t_x: npt.ArrayLike,
        T: npt.ArrayLike,
        horizon: float,
        last_rate: npt.ArrayLike | None = None,
    ) -> FloatArray:
        """Order days in the horizon at the rate of the last period [n_customers]; last_rate is in them per time."""
        *_, rate, _ = checked(
            x=x, t_x=t_x, T=T, last_rate=np.empty(0) if last_rate is None else last_rate, horizon=horizon
        )
        return rate * horizon


class Zero(Rule):
    """Nobody orders again: the forecast that mean absolute error flatters."""

    ALIVE = 0.0
    said = "nobody orders again"

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """0 for everybody [n_customers]."""
        checked(horizon=horizon)
        return self.p_alive(x, t_x, T)


class OwnMean:
    """An order day is worth the customer's own mean, shrunk to the population's, which counts as one order day.

    `mean_` is the mean of m_x over customers with x > 0, NaN where there are none. A mean below 0 (returns
    outweigh orders) is taken for 0.
    """

    mean_: float
    status_ = "ok"
    status_reason_ = ""

    def fit(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> Self:
        """Learn the population's mean; both [n_customers]."""
        x, m_x = checked(x=x, m_x=m_x)
        own = np.maximum(m_x[x > 0], 0.0)
        # Sorted, so that the sum does not depend on the order of the customers.
        self.mean_ = float(np.sort(own).mean()) if own.size else float("nan")
        return self

    def expected_order_value(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> FloatArray:
        """(x m_x + mean) / (x + 1) [n_customers]; the population's mean where x = 0."""
        x, m_x = checked(x=x, m_x=m_x)
        total = np.where(x > 0, x * np.maximum(m_x, 0.0), 0.0)
        return np.asarray((total + POPULATION_COUNTS * self.mean_) / (x + POPULATION_COUNTS))
