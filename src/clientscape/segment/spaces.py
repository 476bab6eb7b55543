"""Spaces: how features become coordinates in which distance means something; fitted once, then frozen."""

from typing import Annotated, Protocol, Self

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, QuantileTransformer, StandardScaler

Matrix = NDArray[np.float64]
Share = Annotated[float, Gt(0), Lt(1)]


class Space(Protocol):
    """Learns from the training customers, places any customer: (n, n_features) -> (n, n_dimensions).

    `beside` are coordinates that need no scale, as those of attributes; `weights` multiply all coordinates, those of
    X first. Where `pca` is set, the principal axes of all that are the dimensions, as many as hold that share of it.
    """

    def fit(self, X: ArrayLike, beside: Matrix | None = None, weights: Matrix | None = None) -> Self:
        """Learn what is usual."""

    def transform(self, X: ArrayLike, beside: Matrix | None = None) -> Matrix:
        """Place customers."""


def log_standard(*, pca: Share | None = None) -> Space:
    """Signed log1p, then mean 0 and spread 1; missing becomes the training median [standard deviations]."""
    return _Space(make_pipeline(_imputer(), FunctionTransformer(_signed_log1p), StandardScaler()), pca)


def ranks(*, n_quantiles: Annotated[int, Ge(2)] = 1000, pca: Share | None = None) -> Space:
    """Place among the training customers, feature by feature; missing becomes the training median [0..1]."""
    return _Space(make_pipeline(_imputer(), _Ranks(n_quantiles)), pca)


def yeo_johnson(*, pca: Share | None = None) -> Space:
    """The power of each feature that makes it most normal (Yeo, Johnson 2000); missing as above [spreads]."""
    # Brought to size first: powers of millions overflow.
    return _Space(make_pipeline(_imputer(), StandardScaler(with_mean=False), PowerTransformer()), pca)


def standard(*, pca: Share | None = None) -> Space:
    """Mean 0 and spread 1 of the raw values: a few big buyers rule it [standard deviations]."""
    return _Space(make_pipeline(_imputer(), StandardScaler()), pca)


class _Space:
    """A scale for each column, then weights, then the principal axes where they are asked for."""

    def __init__(self, scale: Pipeline, pca: float | None) -> None:
        self.scale, self.pca = scale, pca
        self.weights: Matrix | None = None
        self.centre: Matrix | None = None
        self.axes: Matrix | None = None

    def fit(self, X: ArrayLike, beside: Matrix | None = None, weights: Matrix | None = None) -> Self:
        if np.shape(X)[1]:
            self.scale.fit(X)
        self.weights, self.axes = weights, None
        if self.pca is not None and np.ptp(placed := self.transform(X, beside), axis=0).any():
            found = PCA(self.pca, svd_solver="full").fit(placed)
            self.centre, self.axes = np.asarray(found.mean_), np.asarray(found.components_)
        return self

    def transform(self, X: ArrayLike, beside: Matrix | None = None) -> Matrix:
        numbers = np.shape(X)[1] > 0  # there may be nothing but attributes
        placed = np.asarray(self.scale.transform(X) if numbers else X, dtype=float)
        if beside is not None:
            placed = np.hstack([placed, beside])
        if self.weights is not None:
            placed = placed * self.weights
        if self.axes is None:
            return placed
        # No matrix product: the last bit of one customer would depend on who else is asked for.
        return np.column_stack([((placed - self.centre) * axis).sum(axis=1) for axis in self.axes])


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
