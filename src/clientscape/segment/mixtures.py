"""Overlapping normal clouds: the fitted mixture, and whom it places where."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clientscape.segment.em import FLOOR, Clouds, Covariance, converged, divided
from clientscape.segment.lloyd import divisions
from clientscape.segment.matrices import BLOCK, Labels, Matrix, checked, enough
from clientscape.segment.sampling import stratified

# Starts begin on some of the customers, by a rough division: so the many first steps of EM, and k-means, cost little.
_START_ON, _START_STEPS = 5_000, 10


class Mixture:
    """A normal mixture; a customer belongs to the cloud of the highest posterior, which is his confidence.

    Clouds are counted in the order of their means. `facts_` holds `bic_loss` and `aic_loss` of the customers that the
    fit saw, `smallest_variance` (the least eigenvalue of a covariance) and `collapsed_segments`, the clouds that only
    the floor keeps from a density without bound. With any of these both losses are NaN: they would fall without end.
    """

    weights_: Matrix
    means_: Matrix
    covariances_: Matrix
    labels_: Labels
    facts_: dict[str, float]

    def __init__(self, n_segments: int, covariance: Covariance, n_init: int, fit_on: int, seed: int) -> None:
        self.n_segments, self.covariance, self.n_init = n_segments, covariance, n_init
        self.fit_on, self.seed = fit_on, seed

    def fit(self, X: ArrayLike) -> Self:
        """Find the likeliest clouds; InputError when there are fewer customers than segments."""
        rows = checked(X)
        positions = stratified(rows, self.fit_on, self.seed)
        seen = rows[positions]
        enough(seen, self.n_segments)
        some = seen[stratified(seen, max(_START_ON, self.n_segments), self.seed)]
        clouds, likelihoods = converged(some, self._starts(some), self.covariance)
        if len(some) < len(seen):
            clouds, likelihoods = converged(seen, clouds, self.covariance)
        best = likelihoods.argmax()
        order = np.lexsort(clouds.means[best].T[::-1])
        self.weights_, self.means_ = clouds.weights[best, order], clouds.means[best, order]
        self.covariances_ = clouds.covariances[best, order]
        self.labels_, _, log_likelihoods = self._judged(rows)
        self.facts_ = self._facts(log_likelihoods[positions])
        return self

    def predict(self, X: ArrayLike) -> Labels:
        """The likeliest cloud of each customer."""
        rows = checked(X, self.means_.shape[1])
        blocks = [self.log_densities(rows[at : at + BLOCK]).argmax(axis=0) for at in range(0, len(rows), BLOCK)]
        return np.concatenate([np.empty(0, dtype=np.int64), *blocks])

    def confidence(self, X: ArrayLike) -> Matrix:
        """The posterior of the likeliest cloud, in [0, 1]."""
        return self.placed(X)[1]

    def placed(self, X: ArrayLike) -> tuple[Labels, Matrix]:
        """Labels and confidence together, for the price of one."""
        return self._judged(checked(X, self.means_.shape[1]))[:2]

    def log_densities(self, rows: Matrix) -> Matrix:
        """Each cloud's log w + log N(x; m, S), (k, n), by x's distance from m in the cloud's own spreads.

        Without a matrix product, so that no bit of a customer depends on his company.
        """
        d = rows.shape[1]
        whiten = np.linalg.inv(np.linalg.cholesky(self.covariances_))
        scale = (
            np.log(whiten.diagonal(axis1=1, axis2=2)).sum(axis=1) + np.log(self.weights_) - d / 2 * np.log(2 * np.pi)
        )
        off = [column - at[:, None] for column, at in zip(rows.T, self.means_.T, strict=True)]
        squares, spreads, part = np.zeros((3, len(self.weights_), len(rows)))
        for j in range(d):
            np.multiply(whiten[:, j, j, None], off[j], out=spreads)
            for i in np.flatnonzero(whiten[:, j, :j].any(axis=0)):
                spreads += np.multiply(whiten[:, j, i, None], off[i], out=part)
            squares += np.multiply(spreads, spreads, out=part)
        return np.asarray(scale[:, None] - squares / 2)

    def _judged(self, rows: Matrix) -> tuple[Labels, Matrix, Matrix]:
        """Labels, posteriors and log likelihoods, each (n,)."""
        labels = np.empty(len(rows), dtype=np.int64)
        confidence, log_likelihoods = np.empty(len(rows)), np.empty(len(rows))
        for at in range(0, len(rows), BLOCK):
            here = slice(at, at + BLOCK)
            densities = self.log_densities(rows[here])
            labels[here], top = densities.argmax(axis=0), densities.max(axis=0)
            others = np.exp(densities - top).sum(axis=0)
            confidence[here], log_likelihoods[here] = 1 / others, top + np.log(others)
        return labels, confidence, log_likelihoods

    def _starts(self, some: Matrix) -> Clouds:
        """The clouds of a short k-means for each start."""
        rng = np.random.RandomState(self.seed)
        labels = divisions(some, self.n_segments, self.n_init, rng, most_steps=_START_STEPS).labels
        return divided(some, labels, self.n_segments, self.covariance)

    def _facts(self, log_likelihoods: Matrix) -> dict[str, float]:
        n, (k, d) = len(log_likelihoods), self.means_.shape
        least = np.linalg.eigvalsh(self.covariances_)[:, 0]
        collapsed = int((least <= FLOOR * (1 + 1e-6)).sum())
        shapes = {"full": k * d * (d + 1) // 2, "tied": d * (d + 1) // 2, "diag": k * d, "spherical": k}
        parameters = k - 1 + k * d + shapes[self.covariance]
        misfit = np.nan if collapsed else -2 * float(log_likelihoods.sum())
        return {
            "fitted_on": float(n),
            "bic_loss": misfit + parameters * float(np.log(n)),
            "aic_loss": misfit + 2 * parameters,
            "smallest_variance": float(least.min()),
            "collapsed_segments": float(collapsed),
        }
