"""Clusterers: kmeans, gaussian_mixture and hdbscan behind one face.

`labels_` is always what `predict` says of the training customers, so that scoring the training log
reproduces the training table. -1 is unplaced.
"""

from typing import Annotated, Literal, Protocol, Self

import hdbscan as _hdbscan
import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


class Clusterer(Protocol):
    """Learns groups from the training customers and places any customer in one of them.

    `predict` gives labels (n,), `confidence` numbers in [0, 1] (n,).
    """

    labels_: Labels

    def fit(self, X: Matrix) -> Self:
        """Learn the groups."""

    def predict(self, X: Matrix) -> Labels:
        """Place customers."""

    def confidence(self, X: Matrix) -> Matrix:
        """Tell how sure the places are."""


def kmeans(*, n_segments: Annotated[int, Ge(2)], n_init: Annotated[int, Ge(1)] = 10, seed: int) -> Clusterer:
    """Compact groups around centres (Lloyd 1982) [labels]."""
    return _Centres(KMeans(n_clusters=n_segments, n_init=n_init, random_state=seed))


def gaussian_mixture(
    *,
    n_segments: Annotated[int, Ge(2)],
    covariance: Literal["full", "tied", "diag", "spherical"] = "full",
    n_init: Annotated[int, Ge(1)] = 3,
    seed: int,
) -> Clusterer:
    """Overlapping normal clouds, each customer in the likeliest (EM; Dempster, Laird, Rubin 1977) [labels]."""
    # The floor under the variances keeps a cloud from collapsing on customers who are equal to the bit.
    model = GaussianMixture(
        n_segments, covariance_type=covariance, n_init=n_init, reg_covar=1e-3, max_iter=300, random_state=seed
    )
    return _Mixture(model)


def hdbscan(*, min_cluster_size: Annotated[int, Ge(2)], min_samples: Annotated[int, Ge(1)] = 10) -> Clusterer:
    """Dense regions of any shape; customers between them stay unplaced (Campello, Moulavi, Sander 2013) [labels]."""
    return _Density(
        _hdbscan.HDBSCAN(
            min_cluster_size=min_cluster_size, min_samples=min_samples, prediction_data=True, core_dist_n_jobs=1
        )
    )


class _Centres:
    """KMeans; confidence is 1 - (distance to the nearest centre) / (to the second nearest)."""

    def __init__(self, model: KMeans) -> None:
        self.model = model

    def fit(self, X: Matrix) -> Self:
        self.model.fit(X)
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        return np.asarray(self._distances(X).argmin(axis=1), dtype=np.int64)

    def confidence(self, X: Matrix) -> Matrix:
        nearest = np.sort(self._distances(X), axis=1)[:, :2]
        return np.asarray(1.0 - nearest[:, 0] / np.maximum(nearest[:, 1], np.finfo(float).tiny))

    def _distances(self, X: Matrix) -> Matrix:
        # Not the model's transform: its matrix product makes a distance near 0 depend on who else is asked for.
        return np.column_stack([np.sqrt(((X - centre) ** 2).sum(axis=1)) for centre in self.model.cluster_centers_])


class _Mixture:
    """GaussianMixture; confidence is the posterior of the segment."""

    def __init__(self, model: GaussianMixture) -> None:
        self.model = model

    def fit(self, X: Matrix) -> Self:
        self.model.fit(X)
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        return np.asarray(self.model.predict(X), dtype=np.int64)

    def confidence(self, X: Matrix) -> Matrix:
        return np.asarray(self.model.predict_proba(X).max(axis=1))


class _Density:
    """HDBSCAN; confidence is the strength of membership, 0 for the unplaced."""

    def __init__(self, model: _hdbscan.HDBSCAN) -> None:
        self.model = model

    def fit(self, X: Matrix) -> Self:
        self.model.min_samples = max(1, min(self.model.min_samples, len(X) // 2))  # predicting asks for twice as many
        self.model.fit(X)
        # Where customers are equal to the bit density is infinite, and every strength, theirs too, would be 0 of it.
        densest = self.model.prediction_data_.max_lambdas
        densest.update({cluster: min(density, np.finfo(float).max) for cluster, density in densest.items()})
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        return self._placed(X)[0]

    def confidence(self, X: Matrix) -> Matrix:
        return self._placed(X)[1]

    def _placed(self, X: Matrix) -> tuple[Labels, Matrix]:
        if self.model.labels_.max() < 0:  # no cluster at all: hdbscan itself can then place nobody
            return np.full(len(X), -1), np.zeros(len(X))
        labels, strengths = _hdbscan.approximate_predict(self.model, X)
        return np.asarray(labels, dtype=np.int64), np.asarray(strengths, dtype=float)
