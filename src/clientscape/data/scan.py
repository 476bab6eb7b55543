"""Files and databases as SQL that scans them: columns by their own names, with the place and the row of each row."""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from clientscape.data.casts import quoted
from clientscape.data.databases import scan_duckdb, scan_sqlite
from clientscape.data.locate import Place, locate
from clientscape.data.names import BLANKS, identifier, plain
from clientscape.data.plain import scan_parquet, scan_text
from clientscape.data.postgres import scan_postgres, shown
from clientscape.data.quality import said
from clientscape.data.source import Join, TableSource
from clientscape.faults import Fault, InputError, refuse


@dataclass(frozen=True)
class Scan:
    """SQL for the rows of all places, and the types that each column has in them, by the column's plain name."""

    sql: str
    places: tuple[str, ...]
    types: dict[str, dict[str, str]] = field(default_factory=dict)


def scan(connection: duckdb.DuckDBPyConnection, origin: TableSource | Join, root: Path, name: str, where: str) -> Scan:
    """The rows of a table's or a join's files, columns found by name; `name` is for what DuckDB has to keep."""
    places = locate(origin.files, root, where)
    _refuse_table(places, origin, where)
    scans = []
    types: dict[str, dict[str, str]] = {}
    for n, place in enumerate(places):
        try:
            rows = _rows(connection, place, origin, f"{name}_{n}", where)
            shape = connection.sql(f"{rows} LIMIT 0")
        # what DuckDB, SQLite, pandas, pyarrow and gzip raise
        except (duckdb.Error, sqlite3.Error, ValueError, LookupError, OSError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError([_unreadable(place, error, where)]) from error
        for column, kind in zip(shape.columns, shape.types, strict=True):
            types.setdefault(plain(column), {})[_shown(place, origin)] = str(kind)
        renamed = ", ".join(f"{identifier(column)} AS {identifier(column.strip(BLANKS))}" for column in shape.columns)
        file = f"'{quoted(_shown(place, origin))}'"
        scans.append(f"SELECT {renamed}, {file} AS _file, row_number() OVER () AS _row FROM ({rows})")
    return Scan(" UNION ALL BY NAME ".join(scans), tuple(_shown(place, origin) for place in places), types)


def _rows(
    connection: duckdb.DuckDBPyConnection, place: Place, origin: TableSource | Join, name: str, where: str
) -> str:
    """SQL for the rows of one place."""
    if place.kind == "postgres":
        return scan_postgres(connection, place.at, origin, name, where)
    path = Path(place.at)
    if place.kind == "duckdb":
        return scan_duckdb(connection, path, origin, name, where)
    if place.kind == "sqlite":
        return scan_sqlite(connection, path, origin, name, where)
    if place.kind == "parquet":
        return scan_parquet(path, where)
    return scan_text(connection, path, origin.format, name, where)


def _refuse_table(places: list[Place], origin: TableSource | Join, where: str) -> None:
    """Refuse `table` or `query` for a file that has no tables."""
    key = "table" if origin.table is not None else "query" if origin.query is not None else ""
    refuse(
        Fault(
            f"{where}.{key}",
            f"`{key}`, and {place.at}, which is no database",
            "a file ending in .duckdb, .sqlite, .sqlite3 or .db, or an address postgresql://...",
            f"take `{key}` out, or correct `files`",
        )
        for place in places
        if key and not place.is_database
    )


def _unreadable(place: Place, error: Exception, where: str) -> Fault:
    found = f"{shown(place.at) if place.kind == 'postgres' else place.at}: {said(error)}"
    if place.is_database:
        cure = "correct the file, `table` or `query`; of one that another program writes to, read a copy"
        return Fault(f"{where}.files", found, "a database that can be read", cure)
    return Fault(f"{where}.files", found, "a readable file of that format", "correct `format` or the file")


def _shown(place: Place, origin: TableSource | Join) -> str:
    """What a fault and a row set aside call a place: a file's path, or a server's address and table."""
    return f"{shown(place.at)}/{origin.table or 'query'}" if place.kind == "postgres" else place.at
