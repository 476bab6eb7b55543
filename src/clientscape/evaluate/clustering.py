"""Numbers about a clustering, none of them to be read alone; each asks by argument name for what it needs.

X is (n, d), the coordinates in which all trials are judged; labels (n,), -1 for the unplaced; truth (n,). Silhouettes
come out of one pass for all trials (see `silhouettes`), `nulls` from column-shuffled customers. Scores of shape look at
the placed customers only: that is why coverage stands beside them.
"""

from collections.abc import Sequence

import numpy as np
import sklearn.metrics as skm
from numpy.typing import NDArray

from clientscape.evaluate.silhouettes import Silhouette
from clientscape.segment.validity import density_validity

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


def silhouette_score(silhouette: Silhouette) -> float:
    """How much nearer customers are to their own segment than to the next one (Rousseeuw 1987) [-1..1]."""
    return silhouette.score


def silhouette_error(silhouette: Silhouette) -> float:
    """Standard error of the silhouette, 0 where all customers were asked [-1..1]."""
    return silhouette.error


def null_silhouette_low(nulls: Sequence[Silhouette]) -> float:
    """The lowest silhouette of the same clusterer where each column was shuffled by itself [-1..1].

    Where it then finds no segments, that counts as 0: neither near nor far.
    """
    return min((np.nan_to_num(null.score) for null in nulls), default=np.nan)


def null_silhouette_high(nulls: Sequence[Silhouette]) -> float:
    """The highest silhouette of the same clusterer where each column was shuffled by itself [-1..1]."""
    return max((np.nan_to_num(null.score) for null in nulls), default=np.nan)


def above_null_score(silhouette: Silhouette, nulls: Sequence[Silhouette]) -> float:
    """Silhouette less the highest that unrelated columns gave; 0 or less tells of no segments [-1..1]."""
    return silhouette.score - null_silhouette_high(nulls)


def dbcv_score(density_X: Matrix, labels: Labels, *, seed: int) -> float:
    """How well dense regions are separated by sparse ones (Moulavi et al. 2014), of density families only [-1..1]."""
    return density_validity(density_X, labels, seed=seed)


def davies_bouldin_loss(X: Matrix, labels: Labels) -> float:
    """Mean likeness of each segment to the one most like it; 0 is best (Davies, Bouldin 1979) [ratio]."""
    X, labels = _placed(X, labels)
    return float(skm.davies_bouldin_score(X, labels)) if _judgeable(labels) else np.nan


def calinski_harabasz_score(X: Matrix, labels: Labels) -> float:
    """Spread between segments over spread within (Calinski, Harabasz 1974) [ratio]."""
    X, labels = _placed(X, labels)
    return float(skm.calinski_harabasz_score(X, labels)) if _judgeable(labels) else np.nan


def coverage(labels: Labels) -> float:
    """Share of the customers that are placed in a segment [share]."""
    return float(np.mean(labels >= 0))


def n_segments(labels: Labels) -> int:
    """Segments, the unplaced not counted [segments]."""
    return len(np.unique(labels[labels >= 0]))


def smallest_share(labels: Labels) -> float:
    """Share of all customers in the smallest segment [share]."""
    _, counts = np.unique(labels[labels >= 0], return_counts=True)
    return float(counts.min() / len(labels)) if len(counts) else 0.0


def largest_share(labels: Labels) -> float:
    """Share of all customers in the largest segment [share]."""
    _, counts = np.unique(labels[labels >= 0], return_counts=True)
    return float(counts.max() / len(labels)) if len(counts) else 0.0


def adjusted_rand_score(labels: Labels, truth: NDArray[np.object_]) -> float:
    """Agreement with known segments beyond chance, the unplaced one more group (Hubert, Arabie 1985) [-0.5..1]."""
    return float(skm.adjusted_rand_score(truth, labels))


def _placed(X: Matrix, labels: Labels) -> tuple[Matrix, Labels]:
    return X[labels >= 0], labels[labels >= 0]


def _judgeable(labels: Labels) -> bool:
    """Shape is defined for 2 to n - 1 segments."""
    return 2 <= len(np.unique(labels)) < len(labels)
