"""The cleaning rules and the mapping of one table: rows set aside are counted and kept, values are never repaired."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import duckdb
import pandas as pd
import pyarrow as pa

from clientscape.data.casts import cast, cast_faults, format_faults, quoted
from clientscape.data.names import OURS, identifier
from clientscape.data.source import TableSource
from clientscape.faults import Fault, refuse
from clientscape.tables import CONTRACTS


@dataclass(frozen=True)
class Mapped:
    """The rows kept, in our columns and indexed by their row in the file, and the rows set aside, as they came.

    kinds : of touches, those that occur in any share of the customers.
    """

    kept: pd.DataFrame
    quarantine: pd.DataFrame
    kinds: frozenset[str] = frozenset()


def map_table(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    table: str,
    spec: TableSource,
    zone: str,
    where: str,
    share: tuple[int, int] | None = None,
) -> Mapped:
    """Apply the rules and the column expressions of a table to a view of its raw rows.

    share : (i, n) keeps the i-th of n shares of the customers; rules see all rows.
    """
    # Expressions are tried on an empty table: binding to the view itself would look into its files every time.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE _shape AS SELECT * FROM {view} LIMIT 0")
    columns = [c for c in connection.sql("SELECT * FROM _shape").columns if c not in OURS]
    has = ", ".join(columns)
    spec = replace(spec, columns={ours: _quoted_name(theirs, columns) for ours, theirs in spec.columns.items()})
    expressions = {f"columns.{column}": expression for column, expression in spec.columns.items()}
    conditions = {f"set_aside.{rule.name}": rule.when for rule in spec.set_aside}
    faults = list(format_faults(spec, where))
    for key, expression in {**expressions, **conditions}.items():
        faults.extend(_binding_faults(connection, expression, f"{where}.{key}", has))
    refuse(faults)
    rules = "".join(f" WHEN ({rule.when}) THEN '{quoted(rule.name)}'" for rule in spec.set_aside)
    rule = f"CASE{rules} END" if rules else "NULL::VARCHAR"
    ruled = f"SELECT *, {rule} AS _rule FROM {view}"
    kinds = frozenset[str]() if share is None else _kinds(connection, spec, ruled)
    if share is not None and "customer_id" in spec.columns:
        who = f"hash(coalesce(CAST(({spec.columns['customer_id']}) AS VARCHAR), ''))"
        ruled = f"SELECT * FROM ({ruled}) WHERE {who} % {share[1]} = {share[0]}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW _ruled AS {ruled}")
    try:
        return replace(_mapped(connection, table, spec, zone, where), kinds=kinds)
    except duckdb.Error:
        yes_or_no = {key: f"({condition})::BOOLEAN" for key, condition in conditions.items()}
        for rows, asked in ((view, yes_or_no), ("(SELECT * FROM _ruled WHERE _rule IS NULL)", expressions)):
            refuse(fault for key, e in asked.items() for fault in _failures(connection, rows, e, f"{where}.{key}"))
        raise


def _kinds(connection: duckdb.DuckDBPyConnection, spec: TableSource, ruled: str) -> frozenset[str]:
    """The kinds of touches that are kept, of all customers."""
    if "kind" not in spec.columns:
        return frozenset()
    kinds = f"SELECT DISTINCT trim(CAST(({spec.columns['kind']}) AS VARCHAR)) FROM ({ruled}) WHERE _rule IS NULL"
    return frozenset(str(kind) for (kind,) in connection.execute(kinds).fetchall())


def _mapped(connection: duckdb.DuckDBPyConnection, table: str, spec: TableSource, zone: str, where: str) -> Mapped:
    kinds = {column.rstrip("?"): kind for column, kind in CONTRACTS[table].items()}
    casts = {c: cast(connection, e, kinds.get(c, "attribute"), spec, zone) for c, e in spec.columns.items()}
    refuse(
        fault
        for column, expression in spec.columns.items()
        for fault in cast_faults(
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
    kinds = {pa.bool_(): pd.BooleanDtype()}  # which tells a truth value from text also where one is missing
    frame: pd.DataFrame = relation.to_arrow_table().to_pandas(
        split_blocks=True, self_destruct=True, types_mapper=kinds.get
    )
    return frame


def said(error: Exception) -> str:
    """The first line of an error; of a line that cannot be read also what it says, what is wrong, and in which file."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if "CSV Error" in lines[0]:
        return "; ".join([*lines[:3], *(line.strip() for line in lines if line.strip().startswith("file"))])
    return lines[0]


def _binding_faults(connection: duckdb.DuckDBPyConnection, expression: str, where: str, has: str) -> Iterator[Fault]:
    """What is no expression, or not one of a single row, as a sum over all of them is."""
    try:
        connection.sql(f"SELECT {expression} AS value, _row FROM _shape")
    except duckdb.Error as error:
        yield Fault(
            where,
            f"`{expression}` ({said(error)})",
            f"an SQL expression over the columns {has}",
            "correct the expression or the column's name",
        )


def _failures(connection: duckdb.DuckDBPyConnection, rows: str, expression: str, where: str) -> Iterator[Fault]:
    """An expression that fails on some rows, as a cast of text to a number does, with the first of them."""
    # IS NULL is true or false, unless what it asks about fails.
    failing = f"SELECT _file, _row, count(*) OVER () FROM {rows} WHERE try(({expression}) IS NULL) IS NULL LIMIT 3"
    with suppress(duckdb.Error):  # `try` takes no window function; a file may be what fails
        if found := connection.execute(failing).fetchall():
            shown = "; ".join(f"{file.rpartition('/')[2]} row {row}" for file, row, _ in found)
            yield Fault(
                where,
                f"{found[0][2]} rows on which `{expression}` fails ({shown})",
                "an expression that every row allows",
                "correct it (`try_cast` gives NULL where a cast fails), or set such rows aside by a rule",
            )


def _quoted_name(expression: str, columns: list[str]) -> str:
    """A column's bare name, blanks and reserved words too, as SQL; anything else as it is."""
    named = [column for column in columns if column.lower() == expression.strip().lower()]
    return identifier(named[0]) if named else expression
