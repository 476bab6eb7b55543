"""Scores as a table of a PostgreSQL server, in one transaction, by ADBC; the password is libpq's business alone."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from clientscape.data.landing import NIGHT, Landed, busy, create, table_faults
from clientscape.data.names import identifier
from clientscape.data.pieces import DATED, night
from clientscape.data.postgres import address_faults, shown
from clientscape.data.postgres_session import one, session
from clientscape.data.upsert import upsert
from clientscape.faults import Fault, UnableError, gather, refuse

TYPES = {"day": "date", "text": "text", "count": "bigint", "flag": "boolean", "number": "double precision"}
AS_GOOD = {"character varying": "text"}
TABLE = """
    SELECT c.oid::bigint, c.relkind::text, n.nspname::text, c.relname::text
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('{written}')
"""
LACKING = """
    SELECT string_agg(asked, ', ') FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS asked
    WHERE NOT has_table_privilege({oid}, asked)
"""
COLUMNS = """
    SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped
"""
KEYS = """
    SELECT string_agg(attname::text, ',')
    FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indrelid = {oid} AND indisunique AND indimmediate AND indisvalid AND indpred IS NULL AND indexprs IS NULL
    GROUP BY indexrelid
"""


@dataclass(frozen=True)
class IntoPostgres:
    """A table of a PostgreSQL server, `scores` or `schema.scores`."""

    address: str
    table: str

    @property
    def shown(self) -> str:
        """The address and the table, without what might be a password."""
        return f"{shown(self.address)}: {self.table}"

    def faults(self) -> list[Fault]:
        """See `Target`."""
        faults = [replace(fault, where="--out") for fault in address_faults(self.address, "--out")]
        if not faults:
            with suppress(UnableError), gather(faults), session(self.address, self.shown) as cursor:
                faults += self._faults(cursor)
        return faults

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `Target`; the lock is the server's, and ends with the session that asked for it."""
        with session(self.address, self.shown, autocommit=True) as cursor:
            named = hashlib.sha256(f"clientscape: {self._place(cursor)[0]}".encode()).digest()
            key = int.from_bytes(named[:8], "big", signed=True)
            if not one(cursor, f"SELECT pg_try_advisory_lock({key})"):
                raise busy(self.shown)
            yield

    def land(self, pieces: Sequence[Path], as_of: date, memory_limit: str) -> Landed:
        """See `Target`; the night waits in a temporary table, then others are kept from writing, never from reading."""
        with session(self.address, self.shown) as cursor:
            name, is_there = self._place(cursor)
            if not is_there:  # to make a table that is there would ask for the right to make one
                cursor.execute(create(name, TYPES))
            cursor.execute(create(NIGHT, TYPES, kind="TEMP TABLE", more=" ON COMMIT DROP"))
            for portion in night(pieces, as_of, DATED):
                cursor.adbc_ingest(NIGHT, portion, mode="append", temporary=True)
            cursor.execute(f"ANALYZE pg_temp.{NIGHT}")
            cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
            landed = upsert(
                cursor.execute,
                lambda query: int(one(cursor, query)),
                table=name,
                night=f"pg_temp.{NIGHT}",
                as_of=as_of,
                shown=self.shown,
            )
            cursor.connection.commit()
        return landed

    def _faults(self, cursor: Any) -> Iterator[Fault]:
        if one(cursor, "SELECT current_setting('transaction_read_only')") == "on":
            yield Fault(self.shown, "a server that only reads", "one that can be written", "name the one that leads")
        if not one(cursor, "SELECT has_database_privilege(current_database(), 'TEMPORARY')"):
            yield Fault(self.shown, "no right to temporary tables", "the right", "GRANT TEMPORARY ON the database")
        cursor.execute(TABLE.format(written=self._written()))
        if (found := cursor.fetchone()) is not None:
            yield from self._table_faults(cursor, *found[:2])
        elif not one(cursor, f"SELECT has_schema_privilege('{self._schema(cursor)}', 'CREATE')"):
            yield Fault(self.shown, "no right to make the table", "the right", "GRANT CREATE ON the schema")

    def _table_faults(self, cursor: Any, oid: int, kind: str) -> Iterator[Fault]:
        if kind not in ("r", "p"):
            yield Fault(self.shown, "a view or the like", "a table", "name another table by --table")
            return
        if lacking := one(cursor, LACKING.format(oid=oid)):
            yield Fault(self.shown, f"no right to {lacking}", "the right to write scores", f"GRANT {lacking} ON it")
        cursor.execute(COLUMNS.format(oid=oid))
        there = {column: AS_GOOD.get(type_, type_) for column, type_ in cursor.fetchall()}
        cursor.execute(KEYS.format(oid=oid))
        yield from table_faults(there, TYPES, [key.split(",") for (key,) in cursor.fetchall()], self.shown)

    def _written(self) -> str:
        return ".".join(map(identifier, self.table.split(".")))

    def _place(self, cursor: Any) -> tuple[str, bool]:
        """The table with its schema, as SQL, and whether it is there."""
        cursor.execute(TABLE.format(written=self._written()))
        if (found := cursor.fetchone()) is not None:
            return ".".join(map(identifier, found[2:])), True
        return f"{identifier(self._schema(cursor))}.{identifier(self.table.rpartition('.')[2])}", False

    def _schema(self, cursor: Any) -> str:
        """The schema that is named, or else the first one of the search path that is there."""
        schema = self.table.rpartition(".")[0] or one(cursor, "SELECT current_schema()::text")
        if not schema:
            refuse([Fault(self.shown, "no schema to make it in", "one of the search path", "name it: schema.table")])
        return str(schema)
