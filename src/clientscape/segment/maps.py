"""Maps: two coordinates for the eye; never part of a model, as they move with the company a customer is in."""

from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray
from sklearn.decomposition import PCA

Matrix = NDArray[np.float64]


def umap(
    X: Matrix, *, n_neighbors: Annotated[int, Ge(2)] = 30, n_epochs: Annotated[int, Ge(1)] = 200, seed: int
) -> Matrix:
    """Neighbours stay neighbours (UMAP; McInnes, Healy, Melville 2018); begun at the principal axes [arbitrary]."""
    from umap import UMAP  # compiles for up to a minute at its first use in a process

    start = pca(X, seed=seed)
    start = 10 * start / np.abs(start).max()
    neighbors = min(n_neighbors, len(X) - 1)
    made = UMAP(n_neighbors=neighbors, n_epochs=n_epochs, init=start, random_state=seed, n_jobs=1).fit_transform(X)
    return np.asarray(made, dtype=float)


def pca(X: Matrix, *, seed: int) -> Matrix:
    """The two directions of the widest spread [standard deviations]."""
    return np.asarray(PCA(2, svd_solver="full", random_state=seed).fit_transform(X))
