"""Tables, views and queries of DuckDB and SQLite files as SQL that scans them."""

import difflib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa

from clientscape.data.casts import quoted
from clientscape.data.names import identifier, refuse_names
from clientscape.data.source import Join, TableSource
from clientscape.faults import Fault, refuse

SQLITE_TABLES = r"""
    SELECT true, 'main', name FROM sqlite_master
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
"""
BATCH = 50_000  # rows of SQLite that are Python objects at a time
SHOWN = 20
# The first of these that a column holds is what all of it is read as.
IN_ARROW = {"BLOB": pa.binary(), "TEXT": pa.string(), "REAL": pa.float64(), "INTEGER": pa.int64()}


def chosen(origin: TableSource | Join, tables: Mapping[str, str], where: str) -> str:
    """SQL for the rows that are asked for, out of a database's tables by name; refused where none or no such is."""
    if origin.query is not None and origin.table is None:
        return origin.query.strip().rstrip(";")
    names = sorted({sql: name for name, sql in reversed(list(tables.items()))}.values())  # of two names the first
    has = ", ".join([*names[:SHOWN], *([f"{len(names) - SHOWN} more"] if len(names) > SHOWN else [])]) or "none"
    if origin.query is not None or origin.table is None:
        found = "`table` and `query`" if origin.query is not None else "no `table`"
        expected = f"the name of one of its tables ({has}), or a `query`"
        refuse([Fault(f"{where}.table", found, expected, "write one of both")])
    elif origin.table not in tables:
        near = difflib.get_close_matches(origin.table, names, n=1)
        cure = f"write `{near[0]}`, if that was meant" if near else "correct the name"
        refuse([Fault(f"{where}.table", f"`{origin.table}`", f"a table or view of the database ({has})", cure)])
    return f"SELECT * FROM {tables[origin.table or '']}"


def by_name(found: Iterable[tuple[bool, str, str]], before: str = "") -> dict[str, str]:
    """Tables as SQL by `schema.name`, and, where they are at home (the first of the three), first by the bare name."""
    tables: dict[str, str] = {}
    for at_home, schema, name in found:
        names = [name, f"{schema}.{name}"] if at_home else [f"{schema}.{name}"]
        tables |= dict.fromkeys(names, f"{before}{identifier(schema)}.{identifier(name)}")
    return tables


def load(connection: duckdb.DuckDBPyConnection, batches: pa.RecordBatchReader, name: str, order: str = "") -> None:
    """Keep batches as a temporary table: they come once, and are looked at several times."""
    connection.register(f"{name}_batches", batches)
    try:
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM "{name}_batches" {order}')
    finally:
        connection.unregister(f"{name}_batches")


def scan_duckdb(
    connection: duckdb.DuckDBPyConnection, path: Path, origin: TableSource | Join, name: str, where: str
) -> str:
    """SQL for the rows of a DuckDB file, which is attached read-only."""
    # One file cannot be attached under two names: several tables of it share one.
    alias = f"_db_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    connection.execute(f"ATTACH IF NOT EXISTS '{quoted(str(path))}' AS {alias} (READ_ONLY, TYPE duckdb)")
    found = connection.execute(
        "SELECT table_schema = 'main', table_schema, table_name FROM information_schema.tables"
        f" WHERE table_catalog = '{alias}'"
    ).fetchall()
    rows = chosen(origin, by_name(found, f"{alias}."), where)
    if origin.query is None:
        return rows
    connection.execute(f"USE {alias}")
    try:
        connection.sql(f"SELECT * FROM ({rows}) LIMIT 0")  # anything but a SELECT ends here
        refuse_names(str(path), connection.sql(rows).columns, where)
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM ({rows})')
    finally:
        connection.execute("USE memory")
    return f'SELECT * FROM "{name}"'


def scan_sqlite(
    connection: duckdb.DuckDBPyConnection, path: Path, origin: TableSource | Join, name: str, where: str
) -> str:
    """SQL for the rows of an SQLite file, which come through Python by batches: no extension is needed."""
    # Even a reader would leave files beside one in WAL mode, unless told that nobody writes.
    quiet = "" if beside(path) else "&immutable=1"
    address = f"file:{quote(str(path.resolve()))}?mode=ro{quiet}"
    with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as shop:
        found = shop.execute(SQLITE_TABLES).fetchall()
        rows = chosen(origin, by_name(found), where)
        shop.execute(f"SELECT * FROM ({rows}) LIMIT 0")  # anything but a SELECT ends here
        names = [column[0] for column in shop.execute(rows).description]
        refuse_names(str(path), names, where)
        types = _types(shop, rows, names)
        schema = pa.schema([(column, IN_ARROW[kind]) for column, kind in types.items()])
        load(connection, pa.RecordBatchReader.from_batches(schema, _batches(shop, rows, types, schema)), name)
    return f'SELECT * FROM "{name}"'


def beside(path: Path) -> list[Path]:
    """What a database keeps beside its file, changes that are not in it yet: part of its content."""
    candidates = [path.with_name(path.name + end) for end in ("-wal", "-journal", ".wal")]
    return [file for file in candidates if file.is_file() and file.stat().st_size]


def _types(shop: sqlite3.Connection, rows: str, names: Sequence[str]) -> dict[str, str]:
    """What the values of each column are; SQLite's columns may hold several types, which then are read as text."""
    each = ", ".join(f"typeof({identifier(name)})" for name in names)
    found = zip(*shop.execute(f"SELECT DISTINCT {each} FROM ({rows})").fetchall(), strict=True)
    held = dict(zip(names, found, strict=False))  # nothing, where there are no rows
    return {name: next((kind for kind in IN_ARROW if kind.lower() in held.get(name, ())), "TEXT") for name in names}


def _batches(
    shop: sqlite3.Connection, rows: str, types: Mapping[str, str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    cast = ", ".join(f"CAST({identifier(name)} AS {kind})" for name, kind in types.items())
    cursor = shop.execute(f"SELECT {cast} FROM ({rows})")
    while batch := cursor.fetchmany(BATCH):
        columns = [pa.array(column, field.type) for column, field in zip(zip(*batch, strict=True), schema, strict=True)]
        yield pa.record_batch(columns, schema=schema)
