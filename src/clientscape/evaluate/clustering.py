"""Numbers about a clustering, none of them to be read alone; each asks by argument name for what it needs.

X is (n, d), the coordinates in which all trials are judged; labels (n,), -1 for the unplaced; truth (n,).
Scores of shape look at the placed customers only: that is why coverage stands beside them.
"""

import numpy as np
import sklearn.metrics as skm
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


def silhouette_score(X: Matrix, labels: Labels, *, sample_size: int = 5000, seed: int) -> float:
    """How much nearer customers are to their own segment than to the next one (Rousseeuw 1987) [-1..1].

    Above `sample_size` placed customers and one for each segment it is taken over a sample of that size, stratified
    by segment, so that small segments do not vanish.
    """
    X, labels = _placed(X, labels)
    codes, counts = _coded(labels)
    common = np.flatnonzero(counts[codes] >= 2)
    if len(common) >= sample_size + len(counts):  # what is left out must hold every segment too
        kept, _ = train_test_split(common, train_size=sample_size, stratify=codes[common], random_state=seed)
        X, labels = X[kept], labels[kept]
    return float(skm.silhouette_score(X, labels)) if _judgeable(labels) else np.nan


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


def _coded(labels: Labels) -> tuple[Labels, Labels]:
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return codes, counts


def _judgeable(labels: Labels) -> bool:
    """Shape is defined for 2 to n - 1 segments."""
    return 2 <= len(np.unique(labels)) < len(labels)
