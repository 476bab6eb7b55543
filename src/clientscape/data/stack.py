"""The sources of one table, one after the other."""

from collections.abc import Iterator, Mapping

import pandas as pd

from clientscape.faults import Fault, refuse
from clientscape.tables import CONTRACTS


def stack(table: str, parts: Mapping[str, pd.DataFrame], name: str, *, may_be_empty: bool = False) -> pd.DataFrame:
    """All rows of a table's sources, each indexed by its source and its row there.

    What a contract asks of a table is asked of each source here, where the whole would hide who lacks it.
    """
    if list(parts) == [table]:
        return parts[table]
    refuse(
        fault for part, frame in parts.items() for fault in _part_faults(table, frame, f"{name}: {part}", may_be_empty)
    )
    refuse(_type_faults(parts, f"{name}: {table}"))
    return pd.concat(parts)


def _part_faults(table: str, frame: pd.DataFrame, where: str, may_be_empty: bool) -> Iterator[Fault]:
    for column in CONTRACTS[table]:
        if not column.endswith("?") and column not in frame:
            has = ", ".join(map(str, frame.columns)) or "none"
            yield Fault(f"{where}.{column}", f"no such column (columns: {has})", "the column", "map it")
    if not len(frame) and not may_be_empty:
        yield Fault(where, "no rows", "at least one row", "check the file, and what the cleaning rules set aside")


def _type_faults(parts: Mapping[str, pd.DataFrame], where: str) -> Iterator[Fault]:
    """A column that is text in one source and a number in another: together it would be neither."""
    for column in dict.fromkeys(column for frame in parts.values() for column in frame):
        types = {part: frame[column].dtype for part, frame in parts.items() if column in frame}
        families = {"numbers" if pd.api.types.is_numeric_dtype(kind) else str(kind) for kind in types.values()}
        if len(families) > 1:
            found = ", ".join(f"{kind} in {part}" for part, kind in types.items())
            cure = "cast it in `columns`, as `column::VARCHAR` say, or `column::BIGINT::VARCHAR` where ids are decimals"
            yield Fault(f"{where}.{column}", found, "one type in all of its sources", cure)
