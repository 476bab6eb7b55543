"""A table as arrays in buckets of customers, with text as positions in sorted words: what the walk walks over.

Rows are brought into buckets in one pass and sorted within a bucket when it is walked, in the processor's cache.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clientscape.features import kernels

Array = NDArray[Any]


@dataclass(frozen=True)
class Coded:
    """Text as numbers of words (-1 is missing), and their positions in sorted words: `rank[raw]` is one of `words`.

    One past the last word stands for what is missing.
    """

    raw: Array
    rank: Array
    words: Array

    def into(self, words: Array) -> "Coded":
        """The same text as positions in other sorted words that contain these; what they do not contain is missing."""
        if words is self.words:
            return self
        at = pd.Index(words, dtype=object).get_indexer(pd.Index(self.words, dtype=object))
        moved = np.append(np.where(at < 0, len(words), at), len(words)).astype(_narrow(words))
        return Coded(self.raw, moved[self.rank], words)


@dataclass(frozen=True)
class Part:
    """Rows of some customers, sorted by customer and day: those of customer i are [starts[i], starts[i + 1])."""

    starts: Array
    columns: Mapping[str, Array]
    words: Mapping[str, Array]


@dataclass(frozen=True)
class Events:
    """A table in buckets: bucket k has the rows of customers bounds[k] to bounds[k + 1], in their order.

    starts : where the rows of each customer will begin; `owner` tells whose a row is by position in the sorted ids.
    """

    bounds: Array
    starts: Array
    owner: Array
    columns: Mapping[str, Array]
    texts: Mapping[str, Coded]

    def of(self, k: int) -> Part:
        """The rows of a bucket."""
        first, end = self.bounds[k], self.bounds[k + 1]
        rows = slice(int(self.starts[first]), int(self.starts[end]))
        starts = self.starts[first : end + 1] - self.starts[first]
        order = kernels.by_owner(self.owner[rows] - np.int32(first), starts)
        if "day" in self.columns:
            day = self.columns["day"][rows]
            if not kernels.sort_by_day(order, day, starts):
                order = order_by(self.owner[rows], day)
        part = {name: values[rows][order] for name, values in self.columns.items()}
        part |= {name: text.rank[text.raw[rows][order]] for name, text in self.texts.items()}
        return Part(starts, part, {name: text.words for name, text in self.texts.items()})


def coded(values: pd.Series) -> Coded:
    """A column of text (or of categories) as positions in its sorted words."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        words, raw = pa.array(values.cat.categories.astype("str")), values.cat.codes.to_numpy()
    else:
        encoded = pa.chunked_array(pa.array(values, pa.string(), from_pandas=True)).dictionary_encode()
        whole = encoded.unify_dictionaries().combine_chunks()
        words, raw = whole.dictionary, pc.fill_null(whole.indices, -1).to_numpy()
    order = pc.array_sort_indices(words).to_numpy()
    rank = np.empty(len(words) + 1, dtype=_narrow(words))
    rank[order], rank[-1] = np.arange(len(words)), len(words)
    return Coded(raw, rank, words.to_numpy(zero_copy_only=False).astype(object)[order])


def occurring(text: Coded) -> Array:
    """The words that occur, sorted."""
    occurs = np.zeros(len(text.rank), dtype=bool)
    occurs[text.rank] = kernels.counted(text.raw.astype(np.int32), len(text.rank)) > 0  # -1 counts in the last place
    return text.words if occurs[:-1].all() else text.words[occurs[:-1]]


def identities(values: pd.Series) -> Array:
    """Whole numbers that are equal where ids are; their order means nothing."""
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.to_numpy(np.int64)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy()
    return np.asarray(pd.factorize(values)[0])


def owners(frame: pd.DataFrame, who: Coded, ids: Array, *, before: int) -> tuple[Array, Array]:
    """Whose each row is by position in the sorted `ids`, and where the rows of each will begin.

    One past the last stands for rows of others, and for those on or after a day number.
    """
    owner = who.into(ids).rank.astype(np.int32)[who.raw]
    if "day" in frame and (late := frame["day"].to_numpy() >= before).any():
        owner[late] = len(ids)
    starts = np.zeros(len(ids) + 2, dtype=np.int64)
    np.cumsum(kernels.counted(owner, len(ids) + 1), out=starts[1:])
    return owner, starts


def events(
    frame: pd.DataFrame,
    owner: Array,
    starts: Array,
    columns: Iterable[str],
    *,
    bounds: Array,
    shared: Sequence[str] = (),
) -> Events:
    """The rows of a table in buckets of customers.

    owner, starts : see `owners`. shared : text columns that get one set of words together.
    """
    bucket_of = np.repeat(np.arange(len(bounds), dtype=np.int32), np.diff(np.append(bounds, bounds[-1] + 1)))
    place = kernels.placed(owner, bucket_of, starts[bounds])

    def put(values: Array) -> Array:
        bits = np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")
        found: Array = kernels.scattered(bits, place).view(values.dtype)
        return found

    taken: dict[str, Array] = {}
    texts: dict[str, Coded] = {}
    for name in columns:
        if name == "order_id":
            taken[name] = put(identities(frame[name]))
        elif name != "day" and _is_text(frame[name]):
            text = coded(frame[name])
            texts[name] = Coded(put(text.raw), text.rank, text.words)
        else:
            taken[name] = put(frame[name].to_numpy(np.int32 if name == "day" else None))
    if common := [name for name in shared if name in texts]:
        words = np.unique(np.concatenate([texts[name].words for name in common]).astype(object))
        texts |= {name: texts[name].into(words) for name in common}
    return Events(bounds, starts, put(owner), taken, texts)


def packed(*keys: Array) -> Array | None:
    """Several whole numbers of each row as one that sorts alike; None where 63 bits do not hold them."""
    total, widths = 0, []
    lows = [int(key.min()) if len(key) else 0 for key in keys]
    for key, low in zip(keys, lows, strict=True):
        widths.append((int(key.max()) - low).bit_length() if len(key) else 0)
        total += widths[-1]
    if total > 63:
        return None
    result = np.zeros(len(keys[0]), dtype=np.int64)
    for key, low, width in zip(keys, lows, widths, strict=True):
        result <<= width
        result |= key.astype(np.int64) - low
    return result


def order_by(*keys: Array) -> Array:
    """Positions that sort rows by several numbers, the first one first; equal rows in their order."""
    rows = np.arange(len(keys[0]), dtype=np.int64)
    whole = all(key.dtype.kind != "f" for key in keys)
    one = packed(*keys, rows) if whole else None  # a sort of numbers is far quicker than one of positions
    if one is None:
        return np.lexsort(keys[::-1])
    one.sort()
    if len(rows):
        one &= (1 << (len(rows) - 1).bit_length()) - 1
    return one


def _narrow(words: Any) -> Any:
    """The smallest type that holds the positions of words, and one past the last."""
    return np.min_scalar_type(-len(words) - 1)


def _is_text(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(values.dtype)
