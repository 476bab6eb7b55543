"""What features are written with beside the methods of a column: a choice, and a quotient that may be missing.

A column is a narwhals expression on DuckDB, Polars or Spark, or `arrays.Column` in the walk: the same methods, the
same missing values. So a feature is written once.
"""

from functools import reduce
from typing import Any

import narwhals as nw
import numpy as np

from clientscape.features.arrays import Column, by_row
from clientscape.features.choosing import choose

# A logarithm is no whole number. Sums of such terms are taken over whole multiples of this unit, so that neither the
# order of rows nor threads change a bit of them.
TERM = 1e-11


def when(condition: Any, then: Any, otherwise: Any = None) -> Any:
    """One of two columns or numbers, row by row; without a second, missing where the condition does not hold."""
    if isinstance(condition, Column):
        return choose(condition, then, otherwise)
    chosen = nw.when(condition).then(then)
    return chosen if otherwise is None else chosen.otherwise(otherwise)


def ratio(part: Any, whole: Any) -> Any:
    """Part over whole; missing where the whole is 0, on every engine."""
    is_some = whole != 0
    return when(is_some, part) / when(is_some, whole)


def total(values: Any, where: Any = None) -> Any:
    """The sum of whole numbers, of those rows only where a condition holds; 0 for nothing."""
    if where is not None and isinstance(values, Column):
        return values.sum_where(where)
    return (values if where is None else when(where, values, 0)).sum().cast(nw.Int64)


def count(values: Any) -> Any:
    """How many values are there, as a whole number that may be subtracted from (Polars counts without a sign)."""
    return values.count().cast(nw.Int64)


def number_of(condition: Any) -> Any:
    """In how many rows a condition holds."""
    if isinstance(condition, Column):
        return condition.sum()
    return when(condition, 1, 0).sum().cast(nw.Int64)


def largest(*columns: Any) -> Any:
    """The largest of several numbers in each row, none of them missing."""
    if not isinstance(columns[0], Column):
        return nw.max_horizontal(*columns)
    return reduce(lambda most, column: by_row(np.maximum, "maximum", most, column), columns)


def sum_of_terms(values: Any) -> Any:
    """The sum of numbers that are not whole, exact to `TERM` each."""
    return (values / TERM).round().cast(nw.Int64).sum().cast(nw.Int64) * TERM
