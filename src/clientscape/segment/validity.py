"""How well dense regions are separated by sparse ones."""

import warnings

import numpy as np
from numpy.typing import NDArray

from clientscape.segment.sampling import stratified

MOST = 3000  # customers: cost and memory grow with the square


def density_validity(X: NDArray[np.float64], labels: NDArray[np.int64], *, seed: int) -> float:
    """Density-based validity of a clustering (DBCV; Moulavi, Jaskowiak, Campello, Zimek, Sander 2014) [-1..1].

    X (n, d), labels (n,), -1 for noise, which counts against it. Above MOST customers on a stratified sample. nan where
    fewer than two segments have customers enough to span a density.
    """
    from hdbscan.validity import validity_index

    if len(X) > MOST:
        kept = stratified(X, MOST, seed)
        X, labels = X[kept], labels[kept]
    order = np.lexsort(X.T)  # among equal distances the library's tree, and so its answer, hangs on the order of rows
    X, labels = X[order], _numbered(labels[order])
    if labels.max(initial=-1) < 1:
        return float("nan")
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # equal customers divide by a distance of 0
        warnings.simplefilter("ignore")
        return float(validity_index(np.ascontiguousarray(X), labels, per_cluster_scores=False))


def _numbered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Segments of three customers or more, numbered without a gap as they come; all others are noise."""
    names, first, at, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    dense = [i for i in np.argsort(first) if names[i] >= 0 and sizes[i] >= 3]
    numbers = np.full(len(names), -1)
    numbers[dense] = np.arange(len(dense))
    return numbers[at]
