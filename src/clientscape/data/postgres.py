"""Tables, views and queries of a PostgreSQL server, read by ADBC; the password is libpq's business alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from clientscape.data.databases import by_name, chosen, load
from clientscape.data.names import identifier, refuse_names
from clientscape.data.source import Join, TableSource
from clientscape.faults import Fault, InputError, UnableError

SCHEMES = ("postgresql://", "postgres://")
SECONDS = 5  # to wait for a server
# One state of all tables, which cannot be changed; and texts that no setting of a server or a user changes.
SESSION = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL lock_timeout = '10s'",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'iso_8601'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL bytea_output = 'hex'",
)
TABLES = """
    SELECT pg_table_is_visible(c.oid), nspname, relname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'v', 'm', 'p', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
"""
# What comes as Arrow has it; `numeric` comes as text and becomes numbers here, anything else stays text.
NATIVE = (
    *("smallint", "integer", "bigint", "real", "double precision", "boolean"),
    *("text", "character varying", "character", "date"),
    *("timestamp without time zone", "timestamp with time zone"),
)


def address_faults(address: str, where: str) -> Iterator[Fault]:
    """A password in an address: it would stand in a file, and in what is hashed and shown."""
    userinfo, _, _ = address.partition("://")[2].rpartition("@")
    if ":" in userinfo or "password" in address.partition("?")[2].lower():
        cure = "take it out, and set PGPASSWORD or write it into ~/.pgpass"
        yield Fault(f"{where}.files", f"{shown(address)} with a password", "an address without one", cure)


def shown(address: str) -> str:
    """An address as user, host and database; whatever might be a password is left out."""
    scheme, _, rest = address.partition("://")
    userinfo, at, host = rest.rpartition("@")
    return f"{scheme}://{userinfo.partition(':')[0]}{at}{host.partition('?')[0]}"


def scan_postgres(
    connection: duckdb.DuckDBPyConnection, address: str, origin: TableSource | Join, name: str, where: str
) -> str:
    """SQL for the rows of a server's table, ordered by their content: a table has no order of its own."""
    with _cursor(address, where) as cursor:
        rows = chosen(origin, _tables(cursor), where)
        types = _types(cursor, rows, shown(address), where)
        columns = (identifier(c) if kind in NATIVE else f"{identifier(c)}::text" for c, kind in types.items())
        named = ", ".join(f"{sql} AS {identifier(c)}" for sql, c in zip(columns, types, strict=True))
        cursor.execute(f"SELECT {named} FROM ({rows}) AS asked")
        load(connection, cursor.fetch_record_batch(), name, "ORDER BY ALL")
    numbers = [identifier(column) for column, kind in types.items() if kind == "numeric"]
    cast = ", ".join(f"CAST({column} AS {_number(connection, name, column)}) AS {column}" for column in numbers)
    return f'SELECT *{f" REPLACE ({cast})" if cast else ""} FROM "{name}"'


def content(address: str, origin: TableSource | Join, where: str) -> str:
    """A fingerprint of the columns and rows that are asked for, made by the server; their order does not matter."""
    with _cursor(address, where) as cursor:
        rows = chosen(origin, _tables(cursor), where)
        types = _types(cursor, rows, shown(address), where)
        # Each row's 60 bits are added up: unlike in an exclusive or, a row that comes twice counts twice.
        hashed = "('x' || left(md5(ROW(asked.*)::text), 15))::bit(60)::bigint"
        cursor.execute(f"SELECT count(*)::text, sum({hashed})::text FROM ({rows}) AS asked")
        return f"{types} {cursor.fetchone()}"


@contextmanager
def _cursor(address: str, where: str) -> Iterator[Any]:
    """A cursor in a transaction that only reads; what the server or libpq says becomes a fault."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError as error:
        cure = "pip install 'clientscape[postgres]'"
        fault = Fault(f"{where}.files", f"{shown(address)}, but no ADBC driver", "an installed driver", cure)
        raise InputError([fault]) from error
    waiting = "" if "connect_timeout" in address else f"{'&' if '?' in address else '?'}connect_timeout={SECONDS}"
    try:
        with dbapi.connect(address + waiting) as connection, connection.cursor() as cursor:
            for setting in SESSION:
                cursor.execute(setting)
            yield cursor
    except dbapi.Error as error:
        found = f"{shown(address)}: {' '.join(str(error).split())}"
        cure = "correct the address or `query`, start the server, or set PGPASSWORD"
        fault = Fault(f"{where}.files", found, "a server that answers", cure)
        gone = any(words in found for words in ("Connection refused", "could not connect", "server closed", "timeout"))
        raise (UnableError if gone else InputError)([fault]) from error


def _tables(cursor: Any) -> dict[str, str]:
    cursor.execute(TABLES)
    return by_name(cursor.fetchall())


def _types(cursor: Any, rows: str, place: str, where: str) -> dict[str, str]:
    """Columns and their types by the server's own names, without reading a row."""
    cursor.execute(f"SELECT * FROM ({rows}) AS asked LIMIT 0")
    names = [column[0] for column in cursor.description]
    refuse_names(place, names, where)
    one = ", ".join(f"pg_typeof((SELECT {identifier(name)} FROM ({rows}) AS asked LIMIT 0))::text" for name in names)
    cursor.execute(f"SELECT {one}")
    return dict(zip(names, cursor.fetchone(), strict=True))


def _number(connection: duckdb.DuckDBPyConnection, name: str, column: str) -> str:
    """The type of a `numeric` column: whole numbers stay whole, or ids of them would become 17.0."""
    whole = f"SELECT bool_and(regexp_full_match({column}, '-?[0-9]{{1,38}}')) FROM \"{name}\""
    return "HUGEINT" if (connection.execute(whole).fetchone() or (False,))[0] else "DOUBLE"
