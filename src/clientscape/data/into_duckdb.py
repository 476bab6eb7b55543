"""Scores as a table of a DuckDB file, in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from clientscape.data.landing import NIGHT, Landed, create, place_faults, stands, table_faults
from clientscape.data.locks import only_writer
from clientscape.data.names import identifier
from clientscape.data.pieces import DATED, night
from clientscape.data.upsert import upsert
from clientscape.faults import Fault, InputError, UnableError, gather
from clientscape.files import whole

TYPES = {"day": "DATE", "text": "VARCHAR", "count": "BIGINT", "flag": "BOOLEAN", "number": "DOUBLE"}
COLUMNS = """
    SELECT column_name, data_type FROM duckdb_columns()
    WHERE database_name = current_database() AND schema_name = 'main' AND lower(table_name) = lower(?)
"""
KEYS = """
    SELECT constraint_column_names FROM duckdb_constraints()
    WHERE database_name = current_database() AND schema_name = 'main' AND lower(table_name) = lower(?)
    AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
"""
# What may pass: the disk is full, another program has the file open ... unless that is what is said.
PASSING = (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException)
REFUSED = ("not a valid DuckDB database", "Permission denied", "Read-only file system", "version number")
Settings = dict[str, str | bool | int | float | list[str]]


@dataclass(frozen=True)
class IntoDuckdb:
    """A table of a DuckDB file."""

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
        if not faults and stands(self.path):
            # Whoever is at it now is perhaps gone when the scores land.
            with suppress(UnableError), gather(faults), self._told():
                with duckdb.connect(self.path, read_only=True) as database:
                    there = dict(database.execute(COLUMNS, [self.table]).fetchall())
                    keys = [key for (key,) in database.execute(KEYS, [self.table]).fetchall()]
                faults += table_faults(there, TYPES, keys, self.shown) if there else ()
        return faults

    def locked(self) -> AbstractContextManager[None]:
        """See `Target`; programs that are none of ours are kept out while scores land, and no longer."""
        return only_writer(self.path, self.file)

    def land(self, pieces: Sequence[Path], as_of: date, memory_limit: str) -> Landed:
        """See `Target`; beyond the memory limit DuckDB spills beside the pieces."""
        settings: Settings = {
            "memory_limit": memory_limit,
            "temp_directory": str(pieces[0].parent) if pieces else "",
            "autoinstall_known_extensions": False,
        }
        with self._told():
            if not stands(self.path):
                # DuckDB takes no file that somebody who was killed had only begun: a new one appears whole.
                with whole(self.path) as unfinished:
                    unfinished.unlink()
                    duckdb.connect(unfinished).close()
            with duckdb.connect(self.path, config=settings) as database:
                with suppress(duckdb.Error):  # a notebook has no bar, and refuses the setting
                    database.execute("SET enable_progress_bar = false")
                return self._land(database, pieces, as_of)

    def _land(self, database: duckdb.DuckDBPyConnection, pieces: Sequence[Path], as_of: date) -> Landed:
        database.execute("BEGIN")
        database.execute(create(identifier(self.table), TYPES))
        database.execute(create(NIGHT, TYPES, kind="TEMP TABLE"))
        for portion in night(pieces, as_of, DATED):
            database.register("portion", portion)
            database.execute(f"INSERT INTO temp.{NIGHT} SELECT * FROM portion")
            database.unregister("portion")
        landed = upsert(
            database.execute,
            lambda query: int((database.execute(query).fetchone() or (0,))[0]),
            table=f"main.{identifier(self.table)}",
            night=f"temp.{NIGHT}",
            as_of=as_of,
            shown=self.shown,
        )
        database.execute("COMMIT")
        return landed

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What DuckDB says becomes a fault: an UnableError where another try may help."""
        try:
            yield
        except duckdb.Error as error:
            found = " ".join(str(error).partition("\n")[0].split())
            if isinstance(error, PASSING) and not any(words in found for words in REFUSED):
                cure = "make room, or wait until nobody else has it open, and try again"
                raise UnableError([Fault(self.shown, found, "a database that takes the rows", cure)]) from error
            cure = "correct the table, allow more memory, or name another target"
            raise InputError([Fault(self.shown, found, "a database that takes scores", cure)]) from error
