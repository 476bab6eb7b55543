"""One source of a table: its rows scanned, joined, mapped and cleaned, and the account of that."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from clientscape.data.casts import is_decimal, knows_zone
from clientscape.data.joins import with_join
from clientscape.data.names import plain
from clientscape.data.quality import map_table, said
from clientscape.data.scan import Scan, scan
from clientscape.data.source import TableSource
from clientscape.faults import Fault, InputError, UnableError, refuse
from clientscape.tables import CONTRACTS


@dataclass(frozen=True)
class Reading:
    """What came in of one table or one of its sources, what each rule set aside, and what was kept."""

    table: str
    row_is: str
    files: tuple[str, ...]
    n_rows: int
    set_aside: dict[str, int]
    n_kept: int
    first: datetime | None
    last: datetime | None
    quarantine: pd.DataFrame
    kinds: frozenset[str] = frozenset()


def read_part(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    part: str,
    spec: TableSource,
    zone: str,
    root: Path,
    where: str,
    share: tuple[int, int] | None = None,
) -> tuple[Reading, pd.DataFrame]:
    """The account of a table's source and the rows that it brings, in our columns; `part` is what it is called."""
    refuse(_unknown_columns(table, spec, where))
    scanned = scan(connection, spec, root, "_raw", where)
    refuse(_mixed_faults(table, spec, scanned, where))
    relation = f"SELECT * FROM ({scanned.sql})"
    try:
        for n, join in enumerate(spec.join):
            relation = with_join(connection, relation, join, root, f"_join{n}", where)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW _input AS {relation}")
        mapped = map_table(connection, "_input", table, spec, zone, where, share)
    except duckdb.Error as error:
        if "No space left" in str(error):  # where DuckDB puts what exceeds its memory
            room = "room for what exceeds the memory limit"
            raise UnableError([Fault(where, said(error), room, "free some, or set TMPDIR to another disk")]) from error
        cure = "correct the file, its `format`, or the expression"
        raise InputError([Fault(where, said(error), "rows that can all be read and mapped", cure)]) from error
    kept, aside = mapped.kept, mapped.quarantine
    at = next((c for c in ("ordered_at", "at") if c in kept), None)
    times = kept[at] if at else pd.Series(dtype="datetime64[us]")
    first, last = (None, None) if times.empty else (times.min(), times.max())
    counts = {rule.name: int((aside["rule"] == rule.name).sum()) for rule in spec.set_aside}
    n_rows = len(kept) + len(aside)
    return Reading(part, spec.row_is, scanned.places, n_rows, counts, len(kept), first, last, aside, mapped.kinds), kept


def _unknown_columns(table: str, spec: TableSource, where: str) -> Iterator[Fault]:
    known = {column.rstrip("?") for column in CONTRACTS[table]}
    for column in sorted(set(spec.columns) - known) if table != "customers" else []:
        expected = f"one of {', '.join(sorted(known))}"
        yield Fault(f"{where}.columns.{column}", "a column that the table does not know", expected, "rename it")


def _mixed_faults(table: str, spec: TableSource, scanned: Scan, where: str) -> Iterator[Fault]:
    """Types of a column in several files that would become one with another meaning: 17.0 beside 17, say."""
    kinds = {column.rstrip("?"): kind for column, kind in CONTRACTS[table].items()}
    for ours, theirs in spec.columns.items():
        types = scanned.types.get(plain(theirs), {})
        # As SQL a union would be 17.0 in text, or a time with a zone that its file does not state.
        odd = {"id": is_decimal, "time": knows_zone}.get(kinds.get(ours, ""))
        those = [place for place, kind in types.items() if odd and odd(kind)]
        if those and len(those) < len(types):
            one, other = those[0], next(place for place in types if place not in those)
            found = f"{types[one]} in {one}, {types[other]} in {other}"
            cure = "write both files alike, or read them as two sources of the table, each with its own columns"
            yield Fault(f"{where}.columns.{ours}", found, "one type in all files", cure)
