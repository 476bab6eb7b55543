"""The cleaning rules and the mapping of one table: rows set aside are counted and kept, values are never repaired."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import pandas as pd

from clientscape.data.source import TableSource
from clientscape.faults import Fault, refuse
from clientscape.tables import CONTRACTS


@dataclass(frozen=True)
class Mapped:
    """The rows kept, in our columns and indexed by their row in the file, and the rows set aside, as they came."""

    kept: pd.DataFrame
    quarantine: pd.DataFrame


def map_table(
    connection: duckdb.DuckDBPyConnection, view: str, table: str, spec: TableSource, zone: str, where: str
) -> Mapped:
    """Apply the rules and the column expressions of a table to a view of its raw rows."""
    # Expressions are tried on an empty table: binding to the view itself would look into its files every time.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE _shape AS SELECT * FROM {view} LIMIT 0")
    columns = [c for c in connection.sql("SELECT * FROM _shape").columns if c not in ("_file", "_row")]
    has = ", ".join(columns)
    spec = replace(spec, columns={ours: _quoted_name(theirs, columns) for ours, theirs in spec.columns.items()})
    expressions = {f"columns.{column}": expression for column, expression in spec.columns.items()}
    conditions = {f"set_aside.{rule.name}": rule.when for rule in spec.set_aside}
    refuse(
        fault
        for key, expression in {**expressions, **conditions}.items()
        for fault in _binding_faults(connection, expression, f"{where}.{key}", has)
    )
    rules = "".join(f" WHEN ({rule.when}) THEN '{_quoted(rule.name)}'" for rule in spec.set_aside)
    rule = f"CASE{rules} END" if rules else "NULL::VARCHAR"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW _ruled AS SELECT *, {rule} AS _rule FROM {view}")
    kinds = {column.rstrip("?"): kind for column, kind in CONTRACTS[table].items()}
    casts = {c: _cast(connection, e, kinds.get(c, "attribute"), spec, zone) for c, e in spec.columns.items()}
    refuse(
        fault
        for column, expression in spec.columns.items()
        for fault in _cast_faults(
            connection, expression, casts[column], kinds.get(column, ""), f"{where}.{column}", spec
        )
    )
    selected = ", ".join(f'{cast} AS "{column}"' for column, cast in casts.items())
    kept = to_pandas(connection.sql(f"SELECT {selected}, _row FROM _ruled WHERE _rule IS NULL")).set_index("_row")
    aside = to_pandas(
        connection.sql(
            "SELECT _rule AS rule, _file AS file, _row AS row, * EXCLUDE (_rule, _file, _row) FROM _ruled"
            " WHERE _rule IS NOT NULL ORDER BY file, row"
        )
    )
    return Mapped(kept, aside)


def to_pandas(relation: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """A relation's rows by way of Arrow: half the time and memory of DuckDB's own `df` where columns are text."""
    return relation.to_arrow_table().to_pandas(split_blocks=True, self_destruct=True)


def _binding_faults(connection: duckdb.DuckDBPyConnection, expression: str, where: str, has: str) -> Iterator[Fault]:
    try:
        connection.sql(f"SELECT ({expression}) FROM _shape")
    except duckdb.Error as error:
        said = str(error).strip().splitlines()[0]
        yield Fault(
            where,
            f"`{expression}` ({said})",
            f"an SQL expression over the columns {has}",
            "correct the expression or the column's name",
        )


def _type(connection: duckdb.DuckDBPyConnection, expression: str) -> str:
    return str(connection.sql(f"SELECT ({expression}) FROM _shape").types[0])


def _cast(connection: duckdb.DuckDBPyConnection, expression: str, kind: str, spec: TableSource, zone: str) -> str:
    """SQL that turns an expression into the kind of value that a contract asks for; NULL where it cannot."""
    found = _type(connection, expression)
    if kind == "attribute":
        return f"({expression})"
    if kind == "time":
        return _local_time(expression, found, spec, zone)
    if kind in ("number", "money"):
        if found != "VARCHAR":
            return f"CAST(({expression}) AS DOUBLE)"
        text = f"trim({expression})" if spec.format.decimal == "." else f"replace(trim({expression}), ',', '.')"
        return f"TRY_CAST({text} AS DOUBLE)"
    if kind == "id" and found in ("DOUBLE", "FLOAT"):
        return f"({expression})"  # the contract refuses it: 17850.0 is no id
    return f"nullif(trim(CAST(({expression}) AS VARCHAR)), '')"


def _local_time(expression: str, found: str, spec: TableSource, zone: str) -> str:
    if found == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(timezone('{zone}', ({expression})) AS TIMESTAMP)"
    if found != "VARCHAR":
        time = f"TRY_CAST(({expression}) AS TIMESTAMP)"
    elif spec.time_format:
        time = f"CAST(try_strptime(trim({expression}), '{_quoted(spec.time_format)}') AS TIMESTAMP)"
    else:
        time = f"TRY_CAST(trim({expression}) AS TIMESTAMP)"
    if spec.time_zone and spec.time_zone != zone:
        return f"CAST(timezone('{zone}', timezone('{spec.time_zone}', {time})) AS TIMESTAMP)"
    return time


def _cast_faults(
    connection: duckdb.DuckDBPyConnection, expression: str, cast: str, kind: str, where: str, spec: TableSource
) -> Iterator[Fault]:
    """Rows that are to be kept, hold something, and cannot be turned into what the contract asks for."""
    if kind not in ("number", "money", "time"):
        return
    bad = f"_rule IS NULL AND nullif(trim(CAST(({expression}) AS VARCHAR)), '') IS NOT NULL AND ({cast}) IS NULL"
    rows = connection.execute(
        f"SELECT _file, _row, ({expression}), count(*) OVER () FROM _ruled WHERE {bad} LIMIT 3"
    ).fetchall()
    if rows:
        shown = "; ".join(f"{file.rpartition('/')[2]} row {row}: {value!r}" for file, row, value, _ in rows)
        number = f"a number with the decimal sign `{spec.format.decimal}`"
        expected = f"a time like {spec.time_format or 'YYYY-MM-DD HH:MM:SS'}" if kind == "time" else number
        yield Fault(
            where,
            f"{rows[0][3]} values that are not ({shown})",
            expected,
            "correct the format, or set such rows aside by a rule",
        )


def _quoted_name(expression: str, columns: list[str]) -> str:
    """A column's bare name, blanks and reserved words too, as SQL; anything else as it is."""
    named = [column for column in columns if column.lower() == expression.strip().lower()]
    return '"' + named[0].replace('"', '""') + '"' if named else expression


def _quoted(text: str) -> str:
    return text.replace("'", "''")
