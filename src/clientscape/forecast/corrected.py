"""A lifetime model's expectation, corrected customer by customer by what was learnt at earlier dates."""

from copy import deepcopy
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

from clientscape.forecast.multipliers import Matrix, Multiplier, Vector

LEAST_SHARE = 0.01  # of the mean expectation: what counts as the expectation of who is expected to do nothing


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
        return self

    def predict(self, X: pd.DataFrame, expected: pd.DataFrame) -> dict[str, Vector]:
        """Forecasts over each row's horizon, each (n,).

        expected_orders [order days], expected_spend and expected_value [currency] are means; median_orders [order
        days] is the median of a negative binomial with that mean and the dispersion that was found in training.
        """
        orders, spend = (
            self.orders_.predict(X[self.columns_], expected),
            self.spend_.predict(X[self.columns_], expected),
        )
        before, value = (expected[name].to_numpy(float) for name in ("expected_spend", "expected_value"))
        worth = np.divide(value, before, out=np.ones(len(X)), where=before > 0)
        return {
            "expected_orders": orders,
            "expected_spend": spend,
            "expected_value": spend * worth,
            "median_orders": _median(orders, self.dispersion_),
        }


class _Ratio:
    """One of the two amounts: what was expected, times the learnt ratio."""

    def __init__(self, multiplier: Multiplier) -> None:
        self.multiplier = multiplier

    def fit(self, X: pd.DataFrame, expected: pd.DataFrame, column: str, came: Vector) -> Self:
        self.column_ = column
        known = expected[column].to_numpy(float)
        self.least_ = LEAST_SHARE * float(np.nanmean(known)) if np.nansum(known) > 0 else 1.0
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
        return np.asarray(np.fmax(expected[self.column_].to_numpy(float), self.least_))


def _inputs(X: pd.DataFrame, expected: pd.DataFrame, base: Vector) -> Matrix:
    """Features as signed logarithms, and what the lifetime model says: the log of the daily rate, and P(alive).

    Without the rate, the ratio could not bend what the model expects of rare and of frequent buyers. All is rounded to
    a twentieth, 5% of an amount: no ratio hangs on less, and trees sort few values much faster than many.
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


def _median(mean: Vector, size: float) -> NDArray[np.float64]:
    return np.asarray(nbinom.ppf(0.5, size, size / (size + mean)), dtype=np.float64)
