"""SQL that turns what a source holds into what a contract asks for, and the rows that it cannot turn."""

import re
from collections.abc import Iterator

import duckdb

from clientscape.data.source import TableSource
from clientscape.faults import Fault

# A cast to a time drops whatever stands behind the digits, be it +02, UTC or PM, without a word.
BEHIND_THE_TIME = r":\d\d(\.\d+)?\s*[^\s\d.:]"
DIRECTIVE = r"%-?[A-Za-z]"
ZONE_IN_FORMAT = r"\b(Z|[A-Z]{3,5}|[A-Z][a-z]+/\w+)\b|[+-]\d\d:?\d\d"


def cast(connection: duckdb.DuckDBPyConnection, expression: str, kind: str, spec: TableSource, zone: str) -> str:
    """SQL that turns an expression into the kind of value that a contract asks for; NULL where it cannot."""
    found = _type(connection, expression)
    text = f"CAST(({expression}) AS VARCHAR)"
    if kind == "attribute":
        return _attribute(expression, found, zone)
    if kind == "time":
        return _local_time(connection, expression, found, spec, zone)
    if kind in ("number", "money"):
        return _number(text, spec.format.decimal) if found == "VARCHAR" else f"TRY_CAST(({expression}) AS DOUBLE)"
    if kind == "id":
        # Neither 17850.0 nor blanks around an id are put right here: the contract refuses both.
        return f"({expression})" if is_decimal(found) else f"CASE WHEN trim({text}) <> '' THEN {text} END"
    return f"nullif(trim({text}), '')"


def cast_faults(
    connection: duckdb.DuckDBPyConnection, expression: str, cast: str, kind: str, where: str, spec: TableSource
) -> Iterator[Fault]:
    """Rows that are to be kept, hold something, and cannot be turned into what the contract asks for."""
    if kind not in ("number", "money", "time"):
        return
    bad = f"_rule IS NULL AND nullif(trim(CAST(({expression}) AS VARCHAR)), '') IS NOT NULL AND ({cast}) IS NULL"
    rows = connection.execute(
        f"SELECT _file, _row, ({expression}), count(*) OVER () FROM _ruled WHERE {bad} LIMIT 3"
    ).fetchall()
    if not rows:
        return
    shown = "; ".join(f"{file.rpartition('/')[2]} row {row}: {value!r}" for file, row, value, _ in rows)
    if kind == "time":
        expected = f"a time like {spec.time_format or 'YYYY-MM-DD HH:MM:SS, without an offset or a zone'}"
        cure = "state the `time_format` (`%z` reads an offset, `%Z` a zone), map `column::TIMESTAMPTZ`"
        cure += " or, of seconds since 1970, `to_timestamp(column)`"
    else:
        decimal, other = spec.format.decimal, _other(spec.format.decimal)
        expected = f"a number with the decimal sign `{decimal}` and without `{other}`"
        cure = f"correct `format.decimal`, map an expression such as `replace(column, '{other}', '')`"
    cure = f"{cure}, or set such rows aside by a rule"
    yield Fault(where, f"{rows[0][3]} values that are not ({shown})", expected, cure)


def format_faults(spec: TableSource, where: str) -> Iterator[Fault]:
    """A zone that the time format skips as mere text, where nothing else tells the zone."""
    form = spec.time_format or ""
    said = spec.time_zone or "%z" in form.lower()
    if not said and (zone := re.search(ZONE_IN_FORMAT, re.sub(DIRECTIVE, "%", form))):
        found = f"`{form}`, which skips `{zone[0]}` as text"
        cure = "write `time_zone: UTC`, say, or `%z` or `%Z` in its place"
        yield Fault(f"{where}.time_format", found, "a format that reads the zone, or a `time_zone`", cure)


def is_decimal(kind: str) -> bool:
    """Whether a type of DuckDB is a binary fraction, which makes 17.0 of an id."""
    return kind in ("DOUBLE", "FLOAT")


def knows_zone(kind: str) -> bool:
    """Whether a type of DuckDB is a time that knows its zone; that of nanoseconds has another name."""
    return kind.startswith("TIMESTAMP") and kind.endswith(("WITH TIME ZONE", "TZ_NS"))


def quoted(text: str) -> str:
    """Text as it stands between the quotes of SQL."""
    return text.replace("'", "''")


def _type(connection: duckdb.DuckDBPyConnection, expression: str) -> str:
    return str(connection.sql(f"SELECT ({expression}) FROM _shape").types[0])


def _number(text: str, decimal: str) -> str:
    """SQL for the number that a text is; one with the other sign is none: `1.250` may mean 1250 or 1.25."""
    number = f"TRY_CAST(replace(trim({text}), '{decimal}', '.') AS DOUBLE)"
    return f"CASE WHEN NOT contains({text}, '{_other(decimal)}') THEN {number} END"


def _other(decimal: str) -> str:
    return "." if decimal == "," else ","


def _attribute(expression: str, found: str, zone: str) -> str:
    """SQL for an attribute as a number, a truth value, a local time or text: by its type, not by what stands in it."""
    if knows_zone(found):
        return _in_zone(expression, zone)
    if found == "DATE":
        return f"CAST(({expression}) AS TIMESTAMP)"
    if found.startswith(("DECIMAL", "HUGEINT", "UHUGEINT")):
        return f"CAST(({expression}) AS DOUBLE)"
    plain = found.startswith(("TIMESTAMP", "BOOLEAN", "VARCHAR", "DOUBLE", "FLOAT")) or found.endswith("INT")
    return f"({expression})" if plain or found == "INTEGER" else f"CAST(({expression}) AS VARCHAR)"


def _in_zone(expression: str, zone: str) -> str:
    """SQL for the local time of a time that knows its zone."""
    return f"CAST(timezone('{zone}', ({expression})::TIMESTAMPTZ) AS TIMESTAMP)"


def _local_time(
    connection: duckdb.DuckDBPyConnection, expression: str, found: str, spec: TableSource, zone: str
) -> str:
    """SQL for the shop's local time; with `%z` or `%Z` in its format, text becomes a time that knows its zone."""
    text = f"trim({expression})"
    if found == "VARCHAR" and spec.time_format:
        expression = f"try_strptime({text}, '{quoted(spec.time_format)}')"
        found = _type(connection, expression)
    if knows_zone(found):
        return _in_zone(expression, zone)
    time = f"TRY_CAST(({expression}) AS TIMESTAMP)"
    if found == "VARCHAR":
        time = f"CASE WHEN NOT regexp_matches({text}, '{BEHIND_THE_TIME}') THEN TRY_CAST({text} AS TIMESTAMP) END"
    if spec.time_zone and spec.time_zone != zone:
        return f"CAST(timezone('{zone}', timezone('{spec.time_zone}', {time})) AS TIMESTAMP)"
    return time
