"""A table as arrays sorted by customer and day, with text as positions in sorted words: what the walk walks over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Coded:
    """Text as positions in sorted words; one past the last for what is missing."""

    codes: Array
    words: Array

    def into(self, words: Array) -> Array:
        """The same text as positions in other sorted words that contain these; what they do not contain is missing."""
        if words is self.words:
            return self.codes
        at = pd.Index(words, dtype=object).get_indexer(pd.Index(self.words, dtype=object))
        return np.append(np.where(at < 0, len(words), at), len(words)).astype(_narrow(words))[self.codes]


@dataclass(frozen=True)
class Events:
    """Rows of customer i (by position in the sorted ids) are [starts[i], starts[i + 1]), sorted by day."""

    starts: Array
    columns: Mapping[str, Array]
    words: Mapping[str, Array]

    def of(self, first: int, end: int) -> "Events":
        """The rows of customers first to end, without a copy."""
        low, high = self.starts[first], self.starts[end]
        part = {name: values[low:high] for name, values in self.columns.items()}
        return Events(self.starts[first : end + 1] - low, part, self.words)

    @property
    def owner(self) -> Array:
        """The position of each row's customer among those of this part."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))


def coded(values: pd.Series) -> Coded:
    """A column of text (or of categories) as positions in its sorted words."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        words, codes = pa.array(values.cat.categories.astype("str")), values.cat.codes.to_numpy()
    else:
        encoded = pa.chunked_array(pa.array(values, pa.string(), from_pandas=True)).dictionary_encode()
        whole = encoded.unify_dictionaries().combine_chunks()
        words, codes = whole.dictionary, pc.fill_null(whole.indices, -1).to_numpy()
    order = pc.array_sort_indices(words).to_numpy()
    rank = np.empty(len(words) + 1, dtype=_narrow(words))
    rank[order], rank[-1] = np.arange(len(words)), len(words)
    return Coded(rank[codes], words.to_numpy(zero_copy_only=False).astype(object)[order])


def identities(values: pd.Series) -> Array:
    """Whole numbers that are equal where ids are; their order means nothing."""
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.to_numpy(np.int64)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy()
    return np.asarray(pd.factorize(values)[0])


def events(
    frame: pd.DataFrame, who: Coded, ids: Array, columns: Iterable[str], *, before: int, shared: Sequence[str] = ()
) -> Events:
    """The rows of a table that belong to the customers `ids` (sorted) and to days before a day number.

    who : the table's column of customers. shared : text columns that get one set of words together.
    """
    owner = who.into(ids)
    day = frame["day"].to_numpy() if "day" in frame else None
    keep = owner < len(ids) if day is None else (owner < len(ids)) & (day < before)
    kept = None if keep.all() else np.flatnonzero(keep)
    if kept is not None:
        owner, day = owner[kept], None if day is None else day[kept]
    order = order_by(owner) if day is None else order_by(owner, day)
    rows = order if kept is None else kept[order]
    taken: dict[str, Array] = {}
    texts: dict[str, Coded] = {}
    for name in columns:
        if name == "order_id":
            taken[name] = identities(frame[name])[rows]
        elif name != "day" and _is_text(frame[name]):
            texts[name] = coded(frame[name])
        else:
            taken[name] = frame[name].to_numpy()[rows]
    words = {name: text.words for name, text in texts.items()}
    if common := [name for name in shared if name in texts]:
        together = np.unique(np.concatenate([words[name] for name in common]).astype(object))
        words |= dict.fromkeys(common, together)
    taken |= {name: text.into(words[name])[rows] for name, text in texts.items()}
    starts = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=len(ids)), out=starts[1:])
    return Events(starts, taken, words)


def occurring(text: Coded) -> Array:
    """The words that occur, sorted."""
    occurs = np.zeros(len(text.words) + 1, dtype=bool)
    occurs[text.codes] = True
    return text.words if occurs[:-1].all() else text.words[occurs[:-1]]


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
        result |= key - low if low else key
    return result


def order_by(*keys: Array) -> Array:
    """Positions that sort rows by several whole numbers, the first one first; equal rows in their order."""
    rows = np.arange(len(keys[0]), dtype=np.int64)
    one = packed(*keys, rows)  # a sort of numbers is far quicker than one of positions
    if one is None:
        return np.lexsort(keys[::-1])
    one.sort()
    if len(rows):
        one &= (1 << (len(rows) - 1).bit_length()) - 1
    return one


def changes(*keys: Array) -> Array:
    """Positions of the rows at which any of the keys differs from the row before, the first row included."""
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64)
    differs = keys[0][1:] != keys[0][:-1]
    for key in keys[1:]:
        differs |= key[1:] != key[:-1]
    return np.concatenate([[0], np.flatnonzero(differs) + 1])


def _narrow(words: Any) -> Any:
    """The smallest type that holds the positions of words, and one past the last."""
    return np.min_scalar_type(-len(words) - 1)


def _is_text(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(values.dtype)
