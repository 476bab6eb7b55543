"""Normal mixtures by EM (Dempster, Laird, Rubin 1977), all starts at once.

A cloud's log density is linear in the quadratic features phi(x) = (1, x, the products x_i x_j with i <= j):
log w + log N(x; m, S) = c . phi(x), where P is the inverse of S and
c = (log w - (d log 2 pi + log |S| + m' P m) / 2, P m, -P_ii / 2 and -P_ij).
So each step is one matrix product over the clouds of all starts.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from clientscape.segment.matrices import Labels, Matrix, Positions

Covariance = Literal["full", "tied", "diag", "spherical"]

# The least variance of a cloud in any direction, in squared units of the space. Without a floor a cloud that sits on
# customers who are equal to the bit, or on a line of whole numbers, has a density without bound.
FLOOR = 1e-3
TOLERANCE = 1e-3  # of the mean log likelihood, as in scikit-learn
MOST_STEPS = 300
_BLOCK = 1024  # customers at a time: their densities under all clouds stay in the cache of the processor
_NOBODY = 1e-9  # a cloud that holds less than this of one customer stays where it is


@dataclass(frozen=True)
class Clouds:
    """Normal clouds of several starts: weights (s, k), means (s, k, d), covariances (s, k, d, d)."""

    weights: Matrix
    means: Matrix
    covariances: Matrix

    def of(self, starts: Positions) -> "Clouds":
        """The clouds of some of the starts."""
        return Clouds(self.weights[starts], self.means[starts], self.covariances[starts])

    def write(self, starts: Positions, newer: "Clouds") -> None:
        """Put newer clouds of some of the starts in the place of the older ones."""
        self.weights[starts], self.means[starts] = newer.weights, newer.means
        self.covariances[starts] = newer.covariances


def divided(X: Matrix, labels: Labels, n_clouds: int, covariance: Covariance) -> Clouds:
    """The clouds of divisions of the customers (n, d), one for each start; labels (s, n) below `n_clouds`."""
    crowd = _Crowd(X, covariance)
    whole = crowd.clouds(crowd.counted(np.zeros_like(labels), 1))
    return _moved(crowd.clouds(crowd.counted(labels, n_clouds), whole), crowd.centre)


def converged(X: Matrix, clouds: Clouds, covariance: Covariance) -> tuple[Clouds, Matrix]:
    """EM from these clouds until a step gains a start less than `TOLERANCE`.

    Parameters
    ----------
    X : (n, d), finite.
    clouds : where each start begins; a cloud that loses all its customers stays where it was.

    Returns
    -------
    The clouds of each start, and the mean log likelihoods (s,) of its last step but one, by which starts are compared.

    Variances below `FLOOR` are raised to it, along a cloud's own axes (full, tied) or those of the space. scikit-learn
    adds its floor to every variance instead, and so makes all clouds wider than the likeliest ones.
    """
    crowd = _Crowd(X, covariance)
    clouds = _moved(clouds, -crowd.centre)
    likelihoods = np.full(len(clouds.weights), -np.inf)
    going = np.arange(len(likelihoods))
    for _ in range(MOST_STEPS):
        older = clouds.of(going)
        sums, likelihood = crowd.expected(older)
        clouds.write(going, crowd.clouds(sums, older))
        gained = likelihood - likelihoods[going]
        likelihoods[going] = likelihood
        going = going[gained >= TOLERANCE]
        if not len(going):
            break
    return _moved(clouds, crowd.centre), likelihoods


class _Crowd:
    """Customers, less their mean, as quadratic features in blocks (q, at most `_BLOCK`); both steps of EM over them."""

    def __init__(self, X: Matrix, covariance: Covariance) -> None:
        self.n, self.d = X.shape
        self.covariance = covariance
        self.centre = X.mean(axis=0)  # near 0 the products lose the fewest digits
        axes = np.arange(self.d)
        self.i, self.j = np.triu_indices(self.d) if covariance in ("full", "tied") else (axes, axes)
        width = -(-self.n // -(-self.n // _BLOCK))  # of equal blocks: a small one costs as many calls as a large one
        self.blocks = [self._features((X[at : at + width] - self.centre).T) for at in range(0, self.n, width)]

    def _features(self, columns: Matrix) -> Matrix:
        return np.vstack([np.ones(columns.shape[1]), columns, columns[self.i] * columns[self.j]])

    def counted(self, labels: Labels, n_clouds: int) -> Matrix:
        """Sums of the features over each cloud's customers (s, k, q), where each customer belongs to one cloud."""
        at = np.cumsum([0] + [block.shape[1] for block in self.blocks])
        one_hot = (labels[:, None, :] == np.arange(n_clouds)[:, None]).astype(float).reshape(-1, self.n)
        sums = sum(one_hot[:, a : a + block.shape[1]] @ block.T for a, block in zip(at, self.blocks, strict=False))
        return np.asarray(sums).reshape(len(labels), n_clouds, -1)

    def expected(self, clouds: Clouds) -> tuple[Matrix, Matrix]:
        """Sums of the features over each cloud's expected customers (s, k, q); mean log likelihoods (s,)."""
        coefficients = self._coefficients(clouds)
        s, k, q = coefficients.shape
        coefficients = coefficients.reshape(s * k, q)
        sums, tops, totals = np.zeros((s * k, q)), [], []
        for block in self.blocks:
            shares = (coefficients @ block).reshape(s, k, -1)
            tops.append(shares.max(axis=1, keepdims=True))
            np.exp(np.subtract(shares, tops[-1], out=shares), out=shares)
            totals.append(shares.sum(axis=1, keepdims=True))
            shares *= 1 / totals[-1]
            sums += shares.reshape(s * k, -1) @ block.T
        top, total = np.concatenate(tops, axis=2), np.concatenate(totals, axis=2)
        likelihoods = (top + np.log(total)).sum(axis=(1, 2))
        return sums.reshape(s, k, q), likelihoods / self.n

    def clouds(self, sums: Matrix, before: Clouds | None = None) -> Clouds:
        """The likeliest clouds for these sums; one that holds nobody stays as it was before."""
        number = sums[..., 0]
        held = number > _NOBODY
        moments = sums[..., 1:] / np.where(held, number, 1)[..., None]
        means = moments[..., : self.d]
        spread = np.zeros((*number.shape, self.d, self.d))
        spread[..., self.i, self.j] = moments[..., self.d :] - means[..., self.i] * means[..., self.j]
        spread[..., self.j, self.i] = spread[..., self.i, self.j]
        if before is not None:
            means = np.where(held[..., None], means, before.means)
            spread = np.where(held[..., None, None], spread, before.covariances)
        if self.covariance == "tied":
            spread[:] = np.einsum("sk,skij->sij", number / self.n, spread)[:, None]
        if self.covariance == "spherical":
            spread[:] = np.trace(spread, axis1=2, axis2=3)[..., None, None] / self.d * np.eye(self.d)
        weights = np.maximum(number, np.finfo(float).tiny) / self.n
        return Clouds(weights, means, _floored(spread))

    def _coefficients(self, clouds: Clouds) -> Matrix:
        """What each cloud's log density is of the features, (s, k, q)."""
        precision = np.linalg.inv(clouds.covariances)
        log_volume = np.linalg.slogdet(clouds.covariances)[1] + self.d * np.log(2 * np.pi)
        pull = (precision @ clouds.means[..., None])[..., 0]
        constant = np.log(clouds.weights) - (log_volume + (pull * clouds.means).sum(axis=-1)) / 2
        products = precision[..., self.i, self.j] * np.where(self.i == self.j, -0.5, -1)
        return np.concatenate([constant[..., None], pull, products], axis=-1)


def _floored(covariances: Matrix) -> Matrix:
    """Covariances whose eigenvalues are no less than the floor."""
    try:
        np.linalg.cholesky(covariances - FLOOR * np.eye(covariances.shape[-1]))
    except np.linalg.LinAlgError:
        variances, axes = np.linalg.eigh(covariances)
        raised = (axes * np.maximum(variances, FLOOR)[..., None, :]) @ axes.swapaxes(-1, -2)
        return np.where((variances[..., 0] < FLOOR)[..., None, None], raised, covariances)
    return covariances  # the usual case, and ten times cheaper to find out than eigenvalues are


def _moved(clouds: Clouds, by: Matrix) -> Clouds:
    return Clouds(clouds.weights.copy(), clouds.means + by, clouds.covariances.copy())
