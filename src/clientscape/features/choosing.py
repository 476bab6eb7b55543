"""A choice between columns by a condition."""

from typing import Any

import numpy as np

from clientscape.features.arrays import Column, common, computed
from clientscape.features.events import Array


def choose(condition: Column, then: Any, otherwise: Any) -> Column:
    """`then` where a condition holds, else `otherwise`; nothing (None) is missing."""
    words = getattr(then, "words", None)
    columns = [side for side in (condition, then, otherwise) if isinstance(side, Column)]
    if otherwise is None:
        return _chosen(condition, then if isinstance(then, Column) else _constant(then, condition), words)
    holds, there = condition.whole(), [_told(side) for side in (then, otherwise)]
    keys = [holds.key, *(side.key if isinstance(side, Column) else (type(side), side) for side in (then, otherwise))]
    made = computed(lambda: _picked(holds.values, then, otherwise), None, columns)
    made.key = None if None in keys or any(column.span for column in columns) else ("choose", *keys)
    made.valid = None if all(side is True for side in there) else np.where(holds.values, *there)
    made.words = words
    return made


def _chosen(condition: Column, then: Column, words: Array | None) -> Column:
    """A column that is missing where a condition does not hold."""
    span = common([condition, then])
    if condition._values is None:
        return Column(then._values, then.valid, then.segments, words, key=then.key, fixed=then.fixed, span=span)
    mask = condition.mask()
    valid = mask.values if then.valid is None else mask.values & then.valid
    made = computed(lambda: then.values, ("when", mask.key, then.key), [mask, then])
    made.valid, made.words, made.span = valid, words, span
    return made


def _constant(value: Any, like: Column) -> Column:
    """A number in every row."""
    if like.segments is None:
        return Column(np.broadcast_to(value, like.values.shape))
    n_rows = len(like.segments.rows)
    return Column(lambda: np.full(n_rows, value), None, like.segments, key=("all", type(value), value), fixed=True)


def _told(side: Any) -> Any:
    """Which rows of a side are there; True where all are."""
    return side.there() if isinstance(side, Column) and (side.valid is not None or side.span is not None) else True


def _picked(holds: Array, then: Any, otherwise: Any) -> Array:
    """The values of one side or the other."""
    first, second = (side.values if isinstance(side, Column) else side for side in (then, otherwise))
    if type(second) is int and second == 0 and isinstance(first, np.ndarray) and first.dtype.kind == "i":
        return first * holds  # far quicker than a choice that the processor cannot foresee
    return np.where(holds, first, second)
