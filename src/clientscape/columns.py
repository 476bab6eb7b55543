"""What a column of a table may hold, and what is wrong with one that holds something else."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from clientscape.faults import Fault

IS = " is "  # between a column and its level, in the name of a column that tells who has it
KINDS_OF_TOUCH = ("sent", "opened", "clicked", "visited", "redeemed", "referred", "unsubscribed", "answered")


def column_faults(values: pd.Series, kind: str, where: str, *, must: bool) -> Iterator[Fault]:
    """What is wrong with a column that is to hold one kind of values; `must` asks for a value in every row."""
    missing = values.isna().to_numpy()
    if must and missing.any():
        yield Fault(
            where,
            f"{missing.sum()} empty ({rows(missing, values)})",
            "a value in every row",
            "set such rows aside by a rule",
        )
    if kind == "id":
        yield from _id_faults(values, where, missing)
    elif kind == "time" and not pd.api.types.is_datetime64_dtype(values.dtype):
        yield Fault(
            where,
            f"type {values.dtype}",
            "local times without a zone",
            "parse the times, and convert them to the shop's zone",
        )
    elif kind in ("number", "money") and not _is_number(values):
        example = next((v for v in values if not isinstance(v, int | float | Decimal)), values.iloc[0])
        yield Fault(where, f"{_shown(example)} (type {values.dtype})", "numbers", "map it to a number")
    elif kind in ("number", "money") and (bad := np.isinf(values.to_numpy(float, na_value=np.nan))).any():
        yield Fault(
            where, f"{bad.sum()} infinite ({rows(bad, values)})", "finite numbers", "set such rows aside by a rule"
        )
    elif kind == "text" and not _is_text(values):
        cure = "map it as text, `column::VARCHAR` say"
        yield Fault(where, f"type {values.dtype}", "text or whole numbers", cure)
    elif kind == "kind" and (odd := (~values.isin(KINDS_OF_TOUCH)).to_numpy() & ~missing).any():
        yield Fault(
            where, f"{odd.sum()} unknown ({rows(odd, values)})", f"one of {', '.join(KINDS_OF_TOUCH)}", "map them"
        )


def _id_faults(values: pd.Series, where: str, missing: Any) -> Iterator[Fault]:
    """What would make two customers of one: 17850.0 beside 17850, or blanks around an id."""
    if pd.api.types.is_float_dtype(getattr(values.dtype, "categories", values).dtype):
        cure = "map it as text, `customer_id::BIGINT::VARCHAR` say"
        yield Fault(where, "decimal numbers", "text or whole numbers", cure)
        return
    if pd.api.types.is_integer_dtype(values.dtype):
        return
    in_words = isinstance(values.dtype, pd.CategoricalDtype)
    text = values.cat.categories.astype(str) if in_words else values.astype(str)
    bare = text.str.strip()
    blank, padded = np.asarray(bare == ""), np.asarray(bare != text)
    if in_words:  # each word is looked at once
        codes = values.cat.codes.to_numpy()
        blank, padded = (np.append(mark, False)[codes] if mark.any() else np.zeros(1, bool) for mark in (blank, padded))
    if blank.any():
        found = f"{blank.sum()} blank ({rows(blank, values)})"
        yield Fault(where, found, "a value in every row", "set such rows aside by a rule")
    if (odd := padded & ~blank & ~missing).any():
        found = f"{odd.sum()} with blanks around them ({rows(odd, values)})"
        yield Fault(where, found, "ids without", "map `trim(column)`, or `trim(column, chr(9))` where they are tabs")


def _is_text(values: pd.Series) -> bool:
    """Whether a column is text, or whole numbers that can be nothing else than names."""
    kinds = pd.api.types
    in_words = isinstance(values.dtype, pd.CategoricalDtype) or bool(values.isna().all())
    return in_words or kinds.is_integer_dtype(values.dtype) or kinds.is_string_dtype(values.dtype)


def _is_number(values: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(values.dtype):
        return False
    return pd.api.types.is_numeric_dtype(values.dtype) or all(isinstance(v, Decimal) for v in values.dropna())


def rows(mask: Any, values: pd.Series, show: int = 3) -> str:
    """The first rows that a mask marks, by their index label, with what stands in them."""
    at = np.flatnonzero(mask)
    more = ", ..." if len(at) > show else ""
    return "row " + ", ".join(f"{_label(values.index[i])}: {_shown(values.iloc[i])}" for i in at[:show]) + more


def _label(label: object) -> str:
    """A row's label; of a table out of several sources it is the source and its row there."""
    return f"{label[1]} of {label[0]}" if isinstance(label, tuple) else str(label)


def _shown(value: object) -> str:
    """Text in quotes, anything else as a file would hold it."""
    return repr(value) if isinstance(value, str) else str(value)
