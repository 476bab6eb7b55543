"""How many times what was expected came: three ways to learn it, and their mean.

All are fitted on ratios y / e with weights e, where e is what a lifetime model expected: that is a Poisson regression
of y with log(e) as offset, since e (y/e log m - m) is the log-likelihood of y ~ Poisson(e m) but for constants. A
mean is all that it needs to be right about, so that y may be money as well as a count (Gourieroux, Monfort &
Trognon 1984, "Pseudo Maximum Likelihood Methods: Theory").
"""

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import PoissonRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Multiplier(Protocol):
    """Learns from X (n, n_columns) how many times the expectation comes (n,); no column of X is missing throughout."""

    def fit(self, X: Matrix, ratio: Vector, weight: Vector) -> Self:
        """Learn from ratios of what came to what was expected, each weighted by the latter."""

    def predict(self, X: Matrix) -> Vector:
        """Forecast the ratio."""


class Level:
    """One number for everyone: the total that came over the total that was expected."""

    ratio_: float

    def fit(self, X: Matrix, ratio: Vector, weight: Vector) -> Self:
        """Learn the total's ratio."""
        self.ratio_ = float(np.average(ratio, weights=weight))
        return self

    def predict(self, X: Matrix) -> Vector:
        """The same ratio for all."""
        return np.full(len(X), self.ratio_)


class Linear:
    """A ratio that is log-linear in the columns; a value beyond those seen at fit counts as the last one seen."""

    def __init__(self, alpha: float) -> None:
        self.model = make_pipeline(
            SimpleImputer(strategy="median"),
            StandardScaler(),
            PoissonRegressor(alpha=alpha, max_iter=1000),
        )

    def fit(self, X: Matrix, ratio: Vector, weight: Vector) -> Self:
        """Learn coefficients, and how far the columns reach."""
        self.lowest_, self.highest_ = np.nanmin(X, axis=0), np.nanmax(X, axis=0)
        self.model.fit(X, ratio, poissonregressor__sample_weight=weight)
        return self

    def predict(self, X: Matrix) -> Vector:
        """Ratios within the reach of what was seen."""
        return np.asarray(self.model.predict(np.clip(X, self.lowest_, self.highest_)))


class Trees:
    """A ratio by boosted trees."""

    def __init__(self, max_iter: int, max_leaf_nodes: int, min_samples_leaf: int, learning_rate: float, seed: int):
        self.model = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=max_iter,
            max_leaf_nodes=max_leaf_nodes,
            min_samples_leaf=min_samples_leaf,
            learning_rate=learning_rate,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=seed,
        )

    def fit(self, X: Matrix, ratio: Vector, weight: Vector) -> Self:
        """Grow the trees."""
        self.model.fit(X, ratio, sample_weight=weight)
        return self

    def predict(self, X: Matrix) -> Vector:
        """Ratios, never negative."""
        return np.asarray(self.model.predict(X))


class Mean:
    """The plain mean of several: they err differently, and no weights are learnt that could err as well."""

    def __init__(self, several: Sequence[Multiplier]) -> None:
        self.several = list(several)

    def fit(self, X: Matrix, ratio: Vector, weight: Vector) -> Self:
        """Fit each."""
        for one in self.several:
            one.fit(X, ratio, weight)
        return self

    def predict(self, X: Matrix) -> Vector:
        """The mean of what each forecasts."""
        return np.asarray(np.mean([one.predict(X) for one in self.several], axis=0))
