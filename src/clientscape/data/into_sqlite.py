"""Scores as a table of an SQLite file, in one transaction."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clientscape.data.landing import FORMS, NIGHT, Landed, create, place_faults, table_faults
from clientscape.data.locks import only_writer
from clientscape.data.names import identifier
from clientscape.data.pieces import DATED, night
from clientscape.data.upsert import upsert
from clientscape.faults import Fault, InputError, UnableError, gather

TYPES = {"day": "TEXT", "text": "TEXT", "count": "INTEGER", "flag": "INTEGER", "number": "REAL"}
SECONDS = 10  # to wait for others who are at the database
BATCH = 20_000  # rows that are Python objects at a time
# What may pass: full, broken, busy, locked, interrupted, out of memory. See https://www.sqlite.org/rescode.html
PASSING = (
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY),
    *(sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_NOMEM),
)


@dataclass(frozen=True)
class IntoSqlite:
    """A table of an SQLite file: dates as ISO text, flags as 0 and 1."""

    path: Path
    table: str
    file: str

    @property
    def shown(self) -> str:
        """The file and the table in it."""
        return f"{self.file}: {self.table}"

    def faults(self) -> list[Fault]:
        """See `Target`."""
        faults = list(place_faults(self.path, self.file))
        if not faults and self.path.exists():
            # Whoever is at it now is perhaps gone when the scores land.
            with suppress(UnableError), gather(faults), self._opened() as database:
                faults += self._table_faults(database)
        return faults

    def locked(self) -> AbstractContextManager[None]:
        """See `Target`; programs that are none of ours are kept out while scores land, and no longer."""
        return only_writer(self.path, self.file)

    def land(self, pieces: Sequence[Path], as_of: date, memory_limit: str) -> Landed:
        """See `Target`; the night waits in a temporary table, which SQLite keeps in a file of its own."""
        with self._opened() as database:
            database.execute("PRAGMA synchronous = EXTRA")
            database.execute("BEGIN IMMEDIATE")
            table = identifier(self.table)
            database.execute(create(table, TYPES))
            database.execute(create(NIGHT, TYPES, kind="TEMP TABLE", more=" WITHOUT ROWID"))
            holes = ", ".join("?" * len(FORMS))
            for portion in night(pieces, as_of, DATED):
                for batch in portion.to_batches(BATCH):
                    days, *others = (column.to_pylist() for column in batch.columns)
                    rows = zip(map(str, days), *others, strict=True)
                    database.executemany(f"INSERT INTO temp.{NIGHT} VALUES ({holes})", rows)
            landed = upsert(
                database.execute,
                lambda query: int(database.execute(query).fetchone()[0]),
                table=f"main.{table}",
                night=f"temp.{NIGHT}",
                as_of=as_of,
                shown=self.shown,
                differs="IS NOT",
            )
            database.execute("COMMIT")
        return landed

    def _table_faults(self, database: sqlite3.Connection) -> Iterator[Fault]:
        there = {name: kind for _, name, kind, *_ in database.execute(f"PRAGMA table_info({identifier(self.table)})")}
        if not there:
            return
        indexes = database.execute(f"PRAGMA index_list({identifier(self.table)})").fetchall()
        unique = [name for _, name, is_unique, _, is_partial in indexes if is_unique and not is_partial]
        keys = [[row[2] for row in database.execute(f"PRAGMA index_info({identifier(name)})")] for name in unique]
        yield from table_faults(there, TYPES, keys, self.shown)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The database; what is not committed when the block ends is rolled back, what SQLite says becomes a fault."""
        try:
            with closing(sqlite3.connect(self.path, timeout=SECONDS, isolation_level=None)) as database:
                yield database
        except sqlite3.Error as error:
            kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if kind in PASSING:
                cure = "make room, or wait until nobody else writes to it, and try again"
                raise UnableError([Fault(self.shown, str(error), "a database that takes the rows", cure)]) from error
            cure = "correct the table, or name another target"
            raise InputError([Fault(self.shown, str(error), "a database that takes scores", cure)]) from error
