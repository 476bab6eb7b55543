"""Lifetime value: orders times order value over a horizon, with an honest way out where a model cannot be had.

The public functions are what a config can name. x counts repeat order days, t_x and T are in days, m_x is the
mean value of a repeat order day in currency units (NaN or 0 where x = 0).
"""

from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.gamma_gamma import GammaGamma
from clientscape.clv.heuristics import OwnMean, SameRate
from clientscape.clv.histories import FloatArray, checked


class OrderModel(Protocol):
    """What forecasts order days."""

    status_: str
    status_reason_: str

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Self:
        """Estimate from histories."""

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Forecast order days in the horizon."""

    def p_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> FloatArray:
        """Chance that a customer has not dropped out."""


class ValueModel(Protocol):
    """What forecasts the value of an order day."""

    status_: str
    status_reason_: str

    def fit(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> Self:
        """Estimate from mean values."""

    def expected_order_value(self, x: npt.ArrayLike, m_x: npt.ArrayLike) -> FloatArray:
        """Forecast the value of an order day."""


class Lifetime:
    """A model of orders and one of order values, each with a simple rule to fall back on.

    After `fit`: `orders_` and `value_`, the models that forecast (the given ones, or SameRate and OwnMean in
    their place), and `status`: "ok", or "fallback: " and a sentence for each model that was replaced.
    """

    status: str
    orders_: OrderModel
    value_: ValueModel

    def __init__(self, orders: OrderModel, value: ValueModel) -> None:
        self.orders = orders
        self.value = value

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, m_x: npt.ArrayLike) -> Self:
        """Estimate both models; all [n_customers]."""
        x, t_x, T, m_x = checked(x=x, t_x=t_x, T=T, m_x=m_x)
        self.orders_, self.value_ = self.orders.fit(x, t_x, T), self.value.fit(x, m_x)
        sentences = []
        if self.orders_.status_ != "ok":
            sentences.append(f"orders go on at the rate of before ({_why(self.orders_)})")
            self.orders_ = SameRate().fit(x, t_x, T)
        if self.value_.status_ != "ok":
            sentences.append(f"order values are the customers' own means, shrunk ({_why(self.value_)})")
            self.value_ = OwnMean().fit(x, m_x)
        self.status = f"fallback: {'; '.join(sentences)}" if sentences else "ok"
        return self

    def predict(
        self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, m_x: npt.ArrayLike, horizon: float
    ) -> dict[str, FloatArray]:
        """Forecasts over the horizon [days]; each [n_customers].

        expected_orders [order days], expected_order_value and expected_value [currency units], p_alive [0, 1]
        (NaN, not known, where orders go on at the rate of before). Where no customer ever came back an order's
        value is NaN, but that of no orders is 0.
        """
        x, t_x, T, m_x, _ = checked(x=x, t_x=t_x, T=T, m_x=m_x, horizon=horizon)
        orders = self.orders_.expected_orders(x, t_x, T, horizon)
        each = self.value_.expected_order_value(x, m_x)
        alive = np.full(x.size, np.nan) if isinstance(self.orders_, SameRate) else self.orders_.p_alive(x, t_x, T)
        return {
            "expected_orders": orders,
            "expected_order_value": each,
            "expected_value": np.where(orders > 0, orders * each, 0.0),
            "p_alive": alive,
        }


def bgnbd_gamma_gamma(*, min_customers: int = 30) -> Lifetime:
    """Orders by BG/NBD times order value by Gamma-Gamma, for customers who leave unseen [currency units].

    With fewer than `min_customers` either falls back on its simple rule.
    """
    return Lifetime(BGNBD(min_customers), GammaGamma(min_customers))


def same_rate() -> Lifetime:
    """Orders at the rate of before times the customer's own mean order value, shrunk [currency units]."""
    return Lifetime(SameRate(), OwnMean())


def _why(model: OrderModel | ValueModel) -> str:
    return f"{model.status_}: {model.status_reason_.rstrip('.')}"
