"""Segments around centres: four ways to find them, one way to place a customer at the nearest."""

import warnings
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans, ward_tree
from sklearn.exceptions import ConvergenceWarning

from clientscape.segment.lloyd import divisions
from clientscape.segment.matrices import BLOCK, Labels, Matrix, checked, enough
from clientscape.segment.sampling import stratified

_LLOYD = {"kmeans": KMeans, "minibatch_kmeans": MiniBatchKMeans, "bisecting_kmeans": BisectingKMeans}


class Centres:
    """Each customer at the nearest centre; confidence is 1 - (distance to the nearest) / (to the second nearest).

    Centres that are nearest to no customer of the fit are left out, so customers of whom few differ may give fewer
    segments than were asked for; where there is one, everyone is sure of it. Labels count centres in the order of
    their coordinates.
    """

    centres_: Matrix
    labels_: Labels
    facts_: dict[str, float]

    def __init__(self, way: str, n_segments: int, fit_on: int, seed: int, n_init: int = 1) -> None:
        self.way, self.n_segments, self.fit_on, self.seed, self.n_init = way, n_segments, fit_on, seed, n_init

    def fit(self, X: ArrayLike) -> Self:
        """Find the centres; InputError when there are fewer customers than segments."""
        rows = checked(X)
        seen = rows[stratified(rows, self.fit_on, self.seed)]
        enough(seen, self.n_segments)
        found = {"ward": self._ward, "kmeans": self._kmeans}.get(self.way, self._lloyd)(seen)
        self.centres_ = np.unique(found, axis=0)
        used, labels = np.unique(self.predict(seen), return_inverse=True)
        self.centres_ = self.centres_[used]
        self.facts_ = {"fitted_on": float(len(seen))}
        self.labels_ = labels if len(seen) == len(rows) else self.predict(rows)
        return self

    def predict(self, X: ArrayLike) -> Labels:
        """The nearest centre of each customer."""
        rows = checked(X, self.centres_.shape[1])
        blocks = [self._distances(rows[at : at + BLOCK]).argmin(axis=0) for at in range(0, len(rows), BLOCK)]
        return np.concatenate([np.empty(0, dtype=np.int64), *blocks])

    def confidence(self, X: ArrayLike) -> Matrix:
        """How much nearer the nearest centre is than the second nearest, in [0, 1]."""
        return self.placed(X)[1]

    def placed(self, X: ArrayLike) -> tuple[Labels, Matrix]:
        """Labels and confidence together, for the price of one."""
        rows = checked(X, self.centres_.shape[1])
        labels, confidence = np.zeros(len(rows), dtype=np.int64), np.ones(len(rows))
        if len(self.centres_) == 1:
            return labels, confidence
        for at in range(0, len(rows), BLOCK):
            distances = self._distances(rows[at : at + BLOCK])
            labels[at : at + BLOCK] = distances.argmin(axis=0)
            nearest = np.partition(distances, 1, axis=0)
            confidence[at : at + BLOCK] = 1 - nearest[0] / np.maximum(nearest[1], np.finfo(float).tiny)
        return labels, confidence

    def _distances(self, rows: Matrix) -> Matrix:
        # Not by a matrix product, which makes a distance near 0 depend on who else is asked for.
        squares = np.zeros((len(self.centres_), len(rows)))
        for column, at in zip(rows.T, self.centres_.T, strict=True):
            squares += (column - at[:, None]) ** 2
        return np.asarray(np.sqrt(squares))

    def _kmeans(self, seen: Matrix) -> Matrix:
        found = divisions(seen, self.n_segments, self.n_init, np.random.RandomState(self.seed))
        if found.emptied:  # then scikit-learn moves a centre to whoever is farthest from his
            return self._lloyd(seen)
        return found.best

    def _lloyd(self, seen: Matrix) -> Matrix:
        model: Any = _LLOYD[self.way](self.n_segments, n_init=self.n_init, random_state=self.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # too few differ: then there are fewer segments
            return np.asarray(model.fit(seen).cluster_centers_)

    def _ward(self, seen: Matrix) -> Matrix:
        groups = _cut(_merges(seen.tobytes(), seen.shape[1]), self.n_segments)
        return np.stack([np.bincount(groups, column) for column in seen.T], axis=1) / np.bincount(groups)[:, None]


@lru_cache(maxsize=2)  # the merges of a sweep over n_segments are the same
def _merges(coordinates: bytes, n_columns: int) -> Labels:
    """The two nodes that each merge joins (n - 1, 2); a node below n is a customer, n + i the outcome of merge i."""
    X = np.frombuffer(coordinates).reshape(-1, n_columns)
    return np.asarray(ward_tree(X)[0], dtype=np.int64)


def _cut(merges: Labels, n_groups: int) -> Labels:
    """The group, from 0, of each customer when merging has stopped at so many groups."""
    n = len(merges) + 1
    done = n - n_groups
    above = np.arange(n + done)
    above[merges[:done]] = n + np.arange(done)[:, None]
    while (above[above] != above).any():
        above = above[above]
    return np.asarray(np.unique(above[:n], return_inverse=True)[1], dtype=np.int64)
