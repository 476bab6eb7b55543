"""Cut points: learnt once from a crowd, then the same for every customer."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.faults import Fault, refuse

Vector = NDArray[np.float64]
Scores = NDArray[np.int64]


def cut_points(values: Vector, n: int) -> list[float]:
    """The n - 1 quantiles that part the customers in n shares; equal ones are kept (Hyndman & Fan 1996, type 7)."""
    return [float(cut) for cut in np.quantile(values, np.arange(1, n) / n)]


def scored(values: Vector, cuts: Sequence[float]) -> Scores:
    """One more than the number of cut points strictly below the value: 1 to len(cuts) + 1, of shape (n,).

    Equal values get equal scores; where many are equal some scores stay empty.
    """
    return np.asarray(1 + np.searchsorted(cuts, values, side="left"), dtype=np.int64)


def numbers(table: pd.DataFrame, columns: Sequence[str], *, may_miss: Sequence[str] = ()) -> dict[str, Vector]:
    """The columns of a customer table as numbers, each of shape (n,).

    InputError when one is not there, or a value is missing that must not be, or infinite.
    """
    refuse(_column_faults(table, columns, may_miss))
    return {column: table[column].to_numpy(float, na_value=np.nan) for column in columns}


def refuse_nobody(table: pd.DataFrame) -> None:
    """InputError when there is no customer to learn from."""
    if not len(table):
        refuse([Fault("rules", "no customers", "at least one to learn cut points from", "choose another window")])


def _column_faults(table: pd.DataFrame, columns: Sequence[str], may_miss: Sequence[str]) -> Iterator[Fault]:
    for column in columns:
        where = f"rules: {column}"
        if column not in table:
            yield Fault(where, "no such column", "the column, of every customer", "describe the customers by it too")
            continue
        values = table[column].to_numpy(float, na_value=np.nan)
        bad = np.isinf(values) if column in may_miss else ~np.isfinite(values)
        if bad.any():
            found = f"{bad.sum()} of {len(values)} {'infinite' if column in may_miss else 'missing or infinite'}"
            yield Fault(where, found, "a number for every customer", "leave these customers out, or see why it is so")
