"""Columns from elsewhere, brought by a key that stands once."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from clientscape.data.names import OURS, identifier
from clientscape.data.scan import scan
from clientscape.data.source import Join
from clientscape.faults import Fault, refuse


def with_join(
    connection: duckdb.DuckDBPyConnection, relation: str, join: Join, root: Path, name: str, where: str
) -> str:
    """SQL for the rows of a relation with the columns that a join brings; refused where that would be a guess."""
    where = f"{where}.join.{join.key}"
    joined = scan(connection, join, root, name, where).sql
    here, there = _columns(connection, relation), _columns(connection, joined)
    refuse(_key_faults(here, there, join.key, where))
    brought = {column: column for column in there if column.lower() != join.key.lower()}
    if join.columns is not None:
        refuse(_column_faults(join.columns, there, f"{where}.columns"))
        brought = join.columns
    refuse(_clash_faults(here, brought, join, where))
    refuse(_twice(connection, joined, join.key, where))
    selected = "".join(f", {identifier(theirs)} AS {identifier(ours)}" for ours, theirs in brought.items())
    added = f"(SELECT {identifier(join.key)}{selected} FROM ({joined}))"
    return f"SELECT * FROM ({relation}) LEFT JOIN {added} USING ({identifier(join.key)})"


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [column for column in connection.sql(f"{relation} LIMIT 0").columns if column not in OURS]


def _key_faults(here: list[str], there: list[str], key: str, where: str) -> Iterator[Fault]:
    """A key that one side lacks."""
    for side, columns in {"the table's files": here, "the joined file": there}.items():
        if key.lower() not in (column.lower() for column in columns):
            found = f"no column `{key}` in {side} (columns: {', '.join(columns)})"
            yield Fault(where, found, "the key on both sides", "correct `key`")


def _column_faults(columns: dict[str, str], there: list[str], where: str) -> Iterator[Fault]:
    known = {column.lower() for column in there}
    for ours, theirs in columns.items():
        if theirs.lower() not in known:
            yield Fault(f"{where}.{ours}", f"`{theirs}`", f"one of {', '.join(there)}", "correct the name")


def _clash_faults(here: list[str], brought: dict[str, str], join: Join, where: str) -> Iterator[Fault]:
    """Columns that both sides have: a mapping could not say which is meant."""
    taken = {column.lower() for column in here} | set(OURS)
    if clash := [column for column in brought if column.lower() in taken]:
        found = f"columns that the table's files have too ({', '.join(f'`{column}`' for column in clash)})"
        cure = f"say which columns to bring, and as what: `columns: {{joined_{clash[0]}: {brought[clash[0]]}}}`"
        yield Fault(where, found, f"columns of other names, but for the key `{join.key}`", cure)


def _twice(connection: duckdb.DuckDBPyConnection, joined: str, key: str, where: str) -> Iterator[Fault]:
    """A key that stands twice in the joined file: it would multiply rows."""
    column = identifier(key)
    twice = f"SELECT {column}, count(*) FROM ({joined}) GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 3"
    for value, count in connection.execute(twice).fetchall():
        expected = "one row for each key"
        yield Fault(where, f"key {value!r} in {count} rows", expected, "join a file with unique keys")
