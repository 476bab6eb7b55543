"""Segments of high density: the fitted regions, and whom they take in."""

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.neighbors import KDTree

from clientscape.segment.kept import Kept
from clientscape.segment.linkage import Regions, neighbours, regions
from clientscape.segment.matrices import Labels, Matrix, Positions, checked, enough
from clientscape.segment.sampling import scaled, stratified

_BLOCK = 50_000  # customers at a time, for the memory that their neighbours take
_HOSTS: Kept[tuple[Positions, Matrix]] = Kept(4)  # fits that differ in min_cluster_size place by the same neighbours


class Density:
    """Dense regions; confidence is the strength of membership, 0 for the unplaced.

    A customer joins the region of his nearest training customer by mutual reachability, as far up the tree as his own
    density reaches (`hdbscan.approximate_predict`); his strength is his density as a share of the segment's highest.
    With `noise` nearest, one who is then unplaced joins the segment of the nearest placed training customer, if that
    is within `limit` times the 95% quantile of the segment's core distances; his confidence is that customer's, less
    the share of the way to the limit that he is off.
    """

    points_: Matrix
    regions_: Regions
    min_samples_: int
    homes_: Labels
    strengths_: Matrix
    reach_: Matrix
    labels_: Labels
    facts_: dict[str, float]

    def __init__(
        self,
        min_cluster_size: int,
        min_samples: int,
        noise: Literal["keep", "nearest"],
        limit: float,
        fit_on: int,
        seed: int,
    ) -> None:
        self.min_cluster_size, self.min_samples, self.noise = min_cluster_size, min_samples, noise
        self.limit, self.fit_on, self.seed = limit, fit_on, seed

    def fit(self, X: ArrayLike) -> Self:
        """Find the regions; InputError when there is only one customer."""
        rows = checked(X)
        enough(rows, 2)
        seen = rows[stratified(rows, self.fit_on, self.seed)]
        share = len(seen) / len(rows)
        # Placing asks for twice as many neighbours.
        self.min_samples_ = max(1, min(scaled(self.min_samples, share), len(seen) // 2))
        self.points_ = seen
        self.regions_ = regions(seen, scaled(self.min_cluster_size, share), self.min_samples_)
        self.homes_, self.strengths_ = self._by_tree(seen)
        near = [self.regions_.core[self.homes_ == segment] for segment in range(int(self.regions_.segment.max()) + 1)]
        self.reach_ = np.array([self.limit * np.quantile(core, 0.95) if len(core) else 0.0 for core in near])
        self.facts_ = {"fitted_on": float(len(seen))}
        self.labels_ = self.predict(rows)
        return self

    def predict(self, X: ArrayLike) -> Labels:
        """The segment of each customer, -1 for none."""
        return self.placed(X)[0]

    def confidence(self, X: ArrayLike) -> Matrix:
        """The strength of membership, in [0, 1]."""
        return self.placed(X)[1]

    def placed(self, X: ArrayLike) -> tuple[Labels, Matrix]:
        """Labels and confidence together, for the price of one."""
        rows = checked(X, self.points_.shape[1])
        if not len(self.reach_):
            return np.full(len(rows), -1, dtype=np.int64), np.zeros(len(rows))
        labels, confidence = self._by_tree(rows)
        homes = np.flatnonzero(self.homes_ >= 0)
        lost = np.flatnonzero(labels < 0)
        if self.noise == "nearest" and len(homes) and len(lost):
            labels[lost], confidence[lost] = self._by_nearest(rows[lost], homes)
        return labels, confidence

    def _by_tree(self, rows: Matrix) -> tuple[Labels, Matrix]:
        """Labels and strengths as `hdbscan.approximate_predict` gives them, which goes through customers one by one."""
        grown = self.regions_
        nearest, apart = _HOSTS.of(lambda: self._hosts(rows), self.points_, rows, self.min_samples_)
        density = np.divide(1, apart, out=np.full(len(rows), np.finfo(float).max), where=apart > 0)
        region = grown.region[nearest]
        climbing = np.flatnonzero(grown.fell_at[nearest] > density)
        while len(climbing):
            higher = (region[climbing] > 0) & (grown.born_at[region[climbing]] >= density[climbing])
            climbing = climbing[higher]
            region[climbing] = grown.above[region[climbing]]
        labels, densest = grown.segment[region], grown.densest[region]
        share = np.divide(np.minimum(density, densest), densest, out=np.ones(len(rows)), where=densest > 0)
        return labels, np.where(labels >= 0, share, 0.0)

    def _hosts(self, rows: Matrix) -> tuple[Positions, Matrix]:
        """The nearest training customer of each by mutual reachability, and how far he is."""
        nearest, apart = np.empty(len(rows), dtype=np.intp), np.empty(len(rows))
        core, tree = self.regions_.core, None if rows is self.points_ else KDTree(self.points_)
        for at in range(0, len(rows), _BLOCK):
            here = slice(at, at + _BLOCK)
            if tree is None:
                distances, positions = (found[here] for found in neighbours(rows, self.min_samples_))
            else:
                distances, positions = tree.query(rows[here], k=2 * self.min_samples_)
            reach = np.maximum(np.maximum(core[positions], distances), distances[:, [self.min_samples_]])
            each, first = np.arange(len(reach)), reach.argmin(axis=1)
            nearest[here], apart[here] = positions[each, first], reach[each, first]
        return nearest, apart

    def _by_nearest(self, rows: Matrix, homes: Labels) -> tuple[Labels, Matrix]:
        """The nearest placed training customer's segment where he is near enough."""
        distances, found = KDTree(self.points_[homes]).query(rows, k=1)
        apart, host = distances[:, 0], homes[found[:, 0]]
        within = self.reach_[self.homes_[host]]
        left = 1 - apart / np.maximum(within, np.finfo(float).tiny)
        near = apart <= within
        return np.where(near, self.homes_[host], -1), np.where(near, self.strengths_[host] * np.maximum(left, 0), 0.0)
