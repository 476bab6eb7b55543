"""Targets by what `--out` says: a file's suffix, or a server's address."""

import os
from collections.abc import Iterator
from pathlib import Path

from clientscape.data.into_duckdb import IntoDuckdb
from clientscape.data.into_file import IntoFile
from clientscape.data.into_postgres import IntoPostgres
from clientscape.data.into_sqlite import IntoSqlite
from clientscape.data.landing import Landed, Target
from clientscape.data.postgres import SCHEMES
from clientscape.faults import Fault, InputError, refuse
from clientscape.files import told

__all__ = ["Landed", "Target", "target_of"]

FILES = (".parquet", ".csv")
DATABASES: dict[str, type[IntoDuckdb] | type[IntoSqlite]] = {
    ".duckdb": IntoDuckdb,
    ".sqlite": IntoSqlite,
    ".sqlite3": IntoSqlite,
}
KNOWN = f"a file in {', '.join([*FILES, *DATABASES])}, or postgresql://user@host/database"
TABLE = "scores"
LONGEST = 63  # bytes of a name that PostgreSQL keeps


def target_of(out: str, table: str | None = None) -> Target:
    """The target that an address or a path stands for; an InputError if it is nothing known.

    table : of a database, `scores` without it; on PostgreSQL also `schema.table`. A file `.db` is what its first bytes
    say; a new one might be of DuckDB or of SQLite, and is refused.
    """
    named = TABLE if table is None else table
    if out.startswith(SCHEMES):
        refuse(_table_faults(named, n_names=2))
        return IntoPostgres(out, named)
    path = Path(os.path.realpath(out))  # a link stays one, and under both names it is one target
    suffix = path.suffix.lower()
    if "://" in out or suffix not in (*FILES, *DATABASES, ".db"):
        found = f"an address of `{out.partition('://')[0]}`" if "://" in out else f"`{out}`"
        raise InputError([Fault("--out", found, KNOWN, "name one of these")])
    if suffix in FILES:
        if table is not None:
            fault = Fault("--table", f"`{table}` beside {out}", "a table of a database only", "leave it out")
            raise InputError([fault])
        return IntoFile(path, out)
    refuse(_table_faults(named, n_names=1))
    database = DATABASES.get(suffix) or _by_first_bytes(path, out)
    return database(path, named, out)


def _table_faults(table: str, n_names: int) -> Iterator[Fault]:
    names = table.split(".")
    sound = all(name.isidentifier() and len(name.encode()) <= LONGEST for name in names)
    if not sound or len(names) > n_names or table.lower().startswith("sqlite_"):
        expected = f"letters, digits and _, {LONGEST} bytes at most{', perhaps after `schema.`' * (n_names > 1)}"
        yield Fault("--table", f"`{table}`", expected, "name another table")


def _by_first_bytes(path: Path, out: str) -> type[IntoDuckdb] | type[IntoSqlite]:
    start = b""
    if path.is_file():
        with told(path, "a file that can be read"), path.open("rb") as file:
            start = file.read(16)
    if start.startswith(b"SQLite format 3\0"):
        return IntoSqlite
    if start[8:12] == b"DUCK":
        return IntoDuckdb
    found = f"{out}, which is neither" if start else f"{out}, which is new"
    cure = "call a new one .duckdb or .sqlite"
    raise InputError([Fault("--out", found, "a database of DuckDB or SQLite, by its first bytes", cure)])
