"""Coordinates of customers, as the clusterers take them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clientscape.faults import Fault, refuse

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
Positions = NDArray[np.intp]

BLOCK = 4096  # customers at a time: what is computed about them stays in the cache of the processor


def checked(X: ArrayLike, n_columns: int | None = None) -> Matrix:
    """The coordinates as float64 rows (n, d); InputError unless they are finite and have that many columns."""
    rows = np.ascontiguousarray(X, dtype=np.float64)
    if rows.ndim != 2 or n_columns not in (None, rows.shape[1]):
        expected = "rows and columns" if n_columns is None else f"rows of {n_columns} columns, as at the fit"
        cure = "give the columns that the clusterer was fitted on, in their order"
        refuse([Fault("coordinates", f"an array of shape {rows.shape}", expected, cure)])
    if not np.isfinite(rows).all():
        strange = np.argwhere(~np.isfinite(rows))
        found = (
            f"{len(strange)} values that are NaN or infinite, the first in row {strange[0, 0]}, column {strange[0, 1]}"
        )
        refuse(
            [Fault("coordinates", found, "finite numbers", "send the features through a space first: it fills gaps")]
        )
    return rows


def enough(X: Matrix, least: int) -> None:
    """InputError when there are fewer customers than a fit needs."""
    if len(X) < least:
        cure = "ask for fewer segments, fit on more customers, or give more"
        refuse([Fault("coordinates", f"{len(X)} customers", f"at least {least}", cure)])
