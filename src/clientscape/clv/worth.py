"""Orders times order value over a horizon, with an honest way out where a model cannot be had.

Letters are arrays [n_customers] by name: x counts repeat order days, t_x and T are in days, `m_x` is the mean value of
a repeat order day and `m_all` that of all order days, the first one included, in currency units (NaN where there is
none), `last_rate` is in order days a day.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from clientscape.clv.heuristics import Hiatus, LastPeriod, OwnMean, Rule, SameRate, Zero
from clientscape.clv.histories import FloatArray, checked
from clientscape.faults import Fault, refuse

Letters = Mapping[str, npt.ArrayLike]
Values = Literal["all", "repeat"]

STEP, YEAR = 30.0, 365.25  # days: what is discounted together, and what the rate is for


class OrderModel(Protocol):
    """What forecasts order days."""

    status_: str
    status_reason_: str

    def fit(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Self:
        """Estimate from histories."""

    def expected_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Forecast the mean of the order days in the horizon."""

    def median_orders(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> FloatArray:
        """Forecast their median."""

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


@dataclass(frozen=True)
class Earlier:
    """What was known at an earlier date, and the order days that came in the horizon after it."""

    letters: Letters
    horizon: float
    came: FloatArray


class Lifetime:
    """A model of orders and one of order values, each with a simple rule to fall back on.

    After `fit`: `orders_` and `value_`, the models that forecast (the given ones, or a rule and OwnMean in
    their place), and `status`: "ok", or "fallback: " and a sentence for each model that was replaced.
    """

    status: str
    orders_: OrderModel
    value_: ValueModel

    def __init__(
        self,
        orders: OrderModel,
        value: ValueModel,
        *,
        values: Values = "all",
        margin_share: float = 1.0,
        discount_rate: float = 0.0,
    ) -> None:
        self.orders, self.value, self.values = orders, value, values
        self.margin_share, self.discount_rate = margin_share, discount_rate
        refuse(_worth_faults(margin_share, discount_rate))

    def fit(self, letters: Letters, earlier: Callable[[], Earlier | None] = lambda: None) -> Self:
        """Estimate both models; where orders cannot be modelled, the rule that did best after `earlier` stands in."""
        past = _past(letters)
        self.orders_, self.value_ = self.orders.fit(**past), self.value.fit(*self._spend(letters))
        sentences = []
        if self.orders_.status_ != "ok":
            why = _why(self.orders_)
            rule = best_rule(earlier())
            sentences.append(f"{rule.said} ({why})")
            self.orders_ = rule.fit(**past)
        if self.value_.status_ != "ok":
            sentences.append(f"order values are the customers' own means, shrunk ({_why(self.value_)})")
            self.value_ = OwnMean().fit(*self._spend(letters))
        self.status = f"fallback: {'; '.join(sentences)}" if sentences else "ok"
        return self

    def again(self) -> "Lifetime":
        """An unfitted one that forecasts as this fitted one does: by the same models, or the rules in their place."""
        worth = {"values": self.values, "margin_share": self.margin_share, "discount_rate": self.discount_rate}
        return Lifetime(deepcopy(self.orders_), deepcopy(self.value_), **worth)  # type: ignore[arg-type]

    def predict(self, letters: Letters, horizon: float) -> dict[str, FloatArray]:
        """Forecasts over the horizon [days]; each [n_customers].

        expected_orders [order days], expected_order_value [currency units], expected_value [currency units: the
        margin's share of orders times order value, discounted], p_alive [0, 1] (NaN, not known, where orders go
        by a rule). Where no customer has a value an order's value is NaN, but that of no orders is 0.
        """
        past = _past(letters)
        orders = _expected(self.orders_, letters, horizon)
        each = self.value_.expected_order_value(*self._spend(letters))
        by_rule = isinstance(self.orders_, Rule)
        return {
            "expected_orders": orders,
            "expected_order_value": each,
            "expected_value": np.where(orders > 0, self._discounted(letters, horizon, orders) * each, 0.0),
            "p_alive": np.full(orders.size, np.nan) if by_rule else self.orders_.p_alive(**past),
        }

    def median_orders(self, letters: Letters, horizon: float) -> FloatArray:
        """Median of the order days in the horizon [n_customers]; that of a rule is what it expects."""
        return self.orders_.median_orders(**_past(letters), horizon=horizon, **_more(self.orders_, letters))

    def _discounted(self, letters: Letters, horizon: float, orders: FloatArray) -> FloatArray:
        """Order days over the horizon, each worth its margin's share today: continuous discounting by steps."""
        if self.discount_rate == 0:
            return self.margin_share * orders
        ends = np.linspace(0.0, horizon, int(np.ceil(horizon / STEP)) + 1)[1:]
        worth, before = np.zeros(orders.size), np.zeros(orders.size)
        for end in ends.tolist():
            by_then = _expected(self.orders_, letters, end)
            worth += (by_then - before) * (1 + self.discount_rate) ** -((end - ends[0] / 2) / YEAR)
            before = by_then
        return np.asarray(self.margin_share * worth)

    def _spend(self, letters: Letters) -> tuple[npt.ArrayLike, npt.ArrayLike]:
        """Number of order days and their mean value, as the value model sees them."""
        if self.values == "repeat":
            return letters["x"], letters["m_x"]
        return np.asarray(letters["x"], dtype=np.float64) + 1, letters["m_all"]


def best_rule(earlier: Earlier | None) -> Rule:
    """The rule whose forecast at the earlier date came nearest (root mean squared error); SameRate without one."""
    if earlier is None:
        return SameRate()
    rules = (SameRate(), Hiatus(earlier.horizon), LastPeriod(), Zero())

    def squared_error(rule: Rule) -> float:
        forecast = _expected(rule.fit(**_past(earlier.letters)), earlier.letters, earlier.horizon)
        return float(np.mean((forecast - earlier.came) ** 2))

    return min(rules, key=squared_error)


def _worth_faults(margin_share: float, discount_rate: float) -> Iterator[Fault]:
    if not 0 < margin_share <= 1:
        yield Fault(
            "lifetime.margin_share", f"{margin_share}", "above 0 and at most 1", "give the margin's share of spend"
        )
    if not 0 <= discount_rate < np.inf:
        yield Fault("lifetime.discount_rate", f"{discount_rate}", "0 or more", "give a year's rate, such as 0.1")


def _past(letters: Letters) -> dict[str, FloatArray]:
    x, t_x, T = checked(**{letter: letters[letter] for letter in ("x", "t_x", "T")})
    return {"x": x, "t_x": t_x, "T": T}


def _expected(orders: OrderModel, letters: Letters, horizon: float) -> FloatArray:
    return orders.expected_orders(**_past(letters), horizon=horizon, **_more(orders, letters))


def _more(orders: OrderModel, letters: Letters) -> dict[str, npt.ArrayLike]:
    """What the rule of the last period asks for beside histories."""
    return {"last_rate": letters["last_rate"]} if isinstance(orders, LastPeriod) else {}


def _why(model: OrderModel | ValueModel) -> str:
    return f"{model.status_}: {model.status_reason_.rstrip('.')}"
