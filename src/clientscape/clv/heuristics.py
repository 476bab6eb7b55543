"""The simple rules that every model has to beat, and that stand in where a model cannot be fitted.

All have the models' interface; time is in any one unit. A rule's `p_alive` is no estimate but what the rule
takes for true: 1 (SameRate), 0 or 1 (Hiatus), 0 (Zero).
"""

from typing import Self

import numpy as np
import numpy.typing as npt

from clientscape.clv.histories import FloatArray, checked

SHORTEST_SHARE = 0.25  # of the median T; CDNOW's shortest life is 0.8 of it
POPULATION_COUNTS = 1.0  # order days; Gamma-Gamma finds (q - 1) / p = 0.4 on CDNOW


class SameRate:
    """Order days go on at the rate of before: x / T, and everybody is alive.

    A customer of a few days has no rate to speak of: a life shorter than a quarter of the median T of those
    fitted on counts as that long.
    """

    shortest_: float
    status_: str
    status_reason_: str

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Learn what a short life is; all [n_customers], and with weights a row counts for that many."""
        ones = np.ones(np.shape(x)) if weights is None else weights
        *_, life, n = checked(x=x, t_x=t_x, T=T, weights=ones)
        order = np.argsort(life)
        reached = np.cumsum(n[order])
        median = life[order][np.searchsorted(reached, reached[-1] / 2)]
        self.shortest_ = SHORTEST_SHARE * float(median)
        self.status_, self.status_reason_ = "ok", ""
        return self

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Order days in the horizon at the rate of before [n_customers]."""
        x, _, T, _ = checked(x=x, t_x=t_x, T=T, horizon=horizon)
        life = np.where(x > 0, np.maximum(T, self.shortest_), 1.0)
        return np.asarray(x / life * horizon)

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """1 for everybody [n_customers]: the rule knows no dropout."""
        x, *_ = checked(x=x, t_x=t_x, T=T)
        return np.ones(x.size)


class Hiatus:
    """Alive is who ordered less than `hiatus` units of time ago; he goes on at the rate of before, others stop."""

    status_: str
    status_reason_: str

    def __init__(self, hiatus: float) -> None:
        self.hiatus = hiatus
        self.rate = SameRate()

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Learn the rate as SameRate does; the hiatus is given; all [n_customers]."""
        self.rate.fit(x, t_x, T, weights)
        self.status_, self.status_reason_ = "ok", ""
        return self

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Order days in the horizon at the rate of before, 0 after a hiatus [n_customers]."""
        return self.p_alive(x, t_x, T) * self.rate.expected_orders(x, t_x, T, horizon)

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """1 where T - t_x < hiatus, else 0 [n_customers]."""
        _, t_x, T = checked(x=x, t_x=t_x, T=T)
        return (T - t_x < self.hiatus).astype(np.float64)


class Zero:
    """Nobody orders again: the forecast that mean absolute error flatters."""

    status_: str
    status_reason_: str

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Self:
        """Check the histories; there is nothing to learn."""
        checked(x=x, t_x=t_x, T=T)
        self.status_, self.status_reason_ = "ok", ""
        return self

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """0 for everybody [n_customers]."""
        checked(horizon=horizon)
        return self.p_alive(x, t_x, T)

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """0 for everybody [n_customers]."""
        x, *_ = checked(x=x, t_x=t_x, T=T)
        return np.zeros(x.size)


class OwnMean:
    """An order day is worth the customer's own mean, shrunk to the population's, which counts as one order day.

    `mean_` is the mean of m_x over customers with x > 0, NaN where there are none. A mean below 0 (returns
    outweigh orders) is taken for 0.
    """

    mean_: float
    status_: str
    status_reason_: str

    def fit(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> Self:
        """Learn the population's mean; both [n_customers]."""
        x, m_x = checked(x=x, m_x=m_x)
        own = np.maximum(m_x[x > 0], 0.0)
        # Sorted, so that the sum does not depend on the order of the customers.
        self.mean_ = float(np.sort(own).mean()) if own.size else float("nan")
        self.status_, self.status_reason_ = "ok", ""
        return self

    def expected_order_value(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> FloatArray:
        """(x m_x + mean) / (x + 1) [n_customers]; the population's mean where x = 0."""
        x, m_x = checked(x=x, m_x=m_x)
        total = np.where(x > 0, x * np.maximum(m_x, 0.0), 0.0)
        return np.asarray((total + POPULATION_COUNTS * self.mean_) / (x + POPULATION_COUNTS))
