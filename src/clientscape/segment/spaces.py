"""Spaces: how features become coordinates in which distance means something; fitted once, then frozen."""

from typing import Annotated, Protocol, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike, NDArray
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, StandardScaler

Matrix = NDArray[np.float64]


class Space(Protocol):
    """Learns from the training customers, places any customer: (n, n_features) -> (n, n_dimensions)."""

    def fit(self, X: ArrayLike) -> Self:
        """Learn what is usual."""

    def transform(self, X: ArrayLike) -> Matrix:
        """Place customers."""


def log_standard() -> Space:
    """Signed log1p, then mean 0 and spread 1; missing becomes the training median [standard deviations]."""
    space: Space = make_pipeline(_imputer(), FunctionTransformer(_signed_log1p), StandardScaler())
    return space


def ranks(*, n_quantiles: Annotated[int, Ge(2)] = 1000) -> Space:
    """Place among the training customers, feature by feature; missing becomes the training median [0..1]."""
    space: Space = make_pipeline(_imputer(), _Ranks(n_quantiles))
    return space


def standard() -> Space:
    """Mean 0 and spread 1 of the raw values: a few big buyers rule it [standard deviations]."""
    space: Space = make_pipeline(_imputer(), StandardScaler())
    return space


class _Ranks(QuantileTransformer):  # type: ignore[misc]  # scikit-learn ships no types
    """QuantileTransformer over all rows, with no more quantiles than there are customers."""

    n_quantiles: int

    def __init__(self, n_quantiles: int = 1000) -> None:
        super().__init__(n_quantiles=n_quantiles, subsample=None)

    def fit(self, X: ArrayLike, y: None = None) -> Self:
        self.n_quantiles = min(self.n_quantiles, len(np.asarray(X)))
        super().fit(X)
        return self


def _imputer() -> SimpleImputer:
    return SimpleImputer(strategy="median", keep_empty_features=True)


def _signed_log1p(values: Matrix) -> Matrix:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))
