"""A lifetime model's expectation, corrected customer by customer by what was learnt at earlier dates."""

from copy import deepcopy
from typing import Self

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

from clientscape.forecast.multipliers import Matrix, Multiplier, Vector

LEAST_SHARE = 0.01  # of the mean expectation a day: what counts as that of who is expected to do nothing


class Corrected:
    """Expected orders and value of the lifetime model, each times a learnt ratio of what came to what was expected.

    X are features, one row a customer at a date; `expected` has the same rows and says what the lifetime model does:
    `expected_orders`, `expected_spend` (orders times order value), `expected_value` (its margin, discounted) and
    `p_alive`, over the row's own `horizon_days`. A ratio hardly depends on how long the horizon is, so that short
    horizons of the past teach a long one ahead.
    """

    def __init__(self, multiplier: Multiplier) -> None:
        self.multiplier = multiplier

    def fit(self, X: pd.DataFrame, expected: pd.DataFrame, orders: Vector, spend: Vector) -> Self:
        """Learn from the order days and the spend (below 0 counts as 0) that came in each row's horizon."""
        self.columns_ = list(X.columns)
        self.orders_ = _Ratio(deepcopy(self.multiplier)).fit(X, expected, "expected_orders", orders)
        self.spend_ = _Ratio(deepcopy(self.multiplier)).fit(X, expected, "expected_spend", np.maximum(spend, 0.0))
        self.dispersion_ = _dispersion(orders, self.orders_.predict(X, expected))
        value, before = (float(expected[name].sum()) for name in ("expected_value", "expected_spend"))
        self.worth_ = value / before if before > 0 else 1.0
        return self

    def predict(self, X: pd.DataFrame, expected: pd.DataFrame) -> dict[str, Vector]:
        """Mean forecasts over each row's horizon, each (n,).

        expected_orders [order days], expected_spend and expected_value [currency]: the latter is what spend is worth to
        the lifetime model, or on average, where that model expects none.
        """
        orders, spend = (each.predict(X[self.columns_], expected) for each in (self.orders_, self.spend_))
        before, value = (expected[name].to_numpy(float) for name in ("expected_spend", "expected_value"))
        worth = np.divide(value, before, out=np.full(len(X), self.worth_), where=before > 0)
        return {"expected_orders": orders, "expected_spend": spend, "expected_value": spend * worth}

    def median_orders(self, X: pd.DataFrame, expected: pd.DataFrame) -> Vector:
        """Median of the order days over each row's horizon (n,).

        That of a negative binomial with the forecast mean and the dispersion that was found in training.
        """
        mean = self.orders_.predict(X[self.columns_], expected)
        return np.asarray(nbinom.ppf(0.5, self.dispersion_, self.dispersion_ / (self.dispersion_ + mean)))


class _Ratio:
    """One of the two amounts: what was expected, times the learnt ratio."""

    def __init__(self, multiplier: Multiplier) -> None:
        self.multiplier = multiplier

    def fit(self, X: pd.DataFrame, expected: pd.DataFrame, column: str, came: Vector) -> Self:
        self.column_ = column
        known, days = float(expected[column].sum()), float(expected["horizon_days"].sum())
        self.least_a_day_ = LEAST_SHARE * known / days if known > 0 else 1 / days
        self.nothing_ = not came.any()
        if not self.nothing_:
            base = self._base(expected)
            inputs = _inputs(X, expected, base)
            self.used_ = np.isfinite(inputs).any(axis=0)  # a rule that stands in for a model knows no P(alive)
            self.multiplier.fit(inputs[:, self.used_], came / base, base)
        return self

    def predict(self, X: pd.DataFrame, expected: pd.DataFrame) -> Vector:
        if self.nothing_:
            return np.zeros(len(X))
        base = self._base(expected)
        ratio = self.multiplier.predict(_inputs(X, expected, base)[:, self.used_])
        return np.asarray(base * ratio, dtype=np.float64)

    def _base(self, expected: pd.DataFrame) -> Vector:
        least = self.least_a_day_ * expected["horizon_days"].to_numpy(float)
        return np.asarray(np.fmax(expected[self.column_].to_numpy(float), least))


def _inputs(X: pd.DataFrame, expected: pd.DataFrame, base: Vector) -> Matrix:
    """Features as signed logarithms, and what the lifetime model says: the log of the daily rate, and P(alive).

    Without the rate, the ratio could not bend what the model expects of rare and of frequent buyers. All is rounded to
    a twentieth, 5% of an amount: trees sort few values much faster than many, and forecasts hardly change.
    """
    features = X.to_numpy(float)
    rate = np.log(base / expected["horizon_days"].to_numpy(float))
    alive = expected["p_alive"].to_numpy(float)
    several = np.column_stack([np.sign(features) * np.log1p(np.abs(features)), rate, alive])
    return np.asarray(np.rint(several * 20) / 20)


def _dispersion(orders: Vector, mean: Vector) -> float:
    """The size of the negative binomial that makes the orders likeliest, given their means."""

    def loss(log_size: float) -> float:
        size = np.exp(log_size)
        return -float(nbinom.logpmf(orders, size, size / (size + mean)).mean())

    if not orders.any():
        return 1.0
    return float(np.exp(minimize_scalar(loss, bounds=(-7.0, 7.0), method="bounded").x))
