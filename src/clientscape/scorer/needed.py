"""What a scorer needs of a shop: tables and columns, as its features do, and what these hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clientscape.catalog import Use
from clientscape.features.plan import needs
from clientscape.scorer.plan import Plan
from clientscape.tables import CONTRACTS, Tables

LINES = "transactions"
TABLE = "table"  # the column that tells rows of several tables apart, where they are stacked
# What a column holds, by the words of the contracts.
KINDS = {"id": "text", "kind": "text", "text": "text", "time": "time", "number": "number", "money": "number"}


@dataclass(frozen=True)
class Column:
    """A column of the input: what it holds (`text`, `time`, `number`, or `flag` for yes and no), and if it must be."""

    name: str
    kind: str
    required: bool = False


def attribute_kinds(tables: Tables, uses: Iterable[Use]) -> dict[str, str]:
    """What those columns of customers hold that features ask for."""
    if tables.customers is None:
        return {}
    asked = {name for use in uses for table, name in _needed(use) if table == "customers"}
    return {name: _kind_of(tables.customers[name]) for name in sorted(asked & set(tables.customers))}


def columns_needed(plan: Plan, facts: Mapping[str, Any]) -> list[Column]:
    """The columns that a scorer takes: those of order lines that must be there, then what its features need.

    `currency` may always be there, so that amounts of another one are seen.
    """
    tables = tables_needed(plan, facts)
    must = [name for name in CONTRACTS[LINES] if not name.endswith("?")]
    found = {name: Column(name, tables[LINES][name], required=True) for name in must}
    if len(tables) > 1:
        found[TABLE] = Column(TABLE, "text")
    for asked in tables.values():
        for name, kind in asked.items():
            found.setdefault(name, Column(name, kind))
    return list(found.values())


def _needed(use: Use) -> Iterator[tuple[str, str]]:
    """Tables and columns that a feature needs; kinds of touches and prices are no columns."""
    for what in needs(use):
        table, _, name = what.partition(".")
        if table in CONTRACTS:
            yield table, name if table == "customers" or f"{name}?" in CONTRACTS[table] else ""


def tables_needed(plan: Plan, facts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The tables that a scorer takes, each with its columns and what they hold."""
    found = {(LINES, "currency"), *(need for use in plan.features for need in _needed(use))}
    kinds: dict[str, dict[str, str]] = {}
    for table in (name for name in CONTRACTS if any(name == needed for needed, _ in found)):
        of_table = {name.rstrip("?"): KINDS[kind] for name, kind in CONTRACTS[table].items()}
        if table == "customers":
            of_table |= facts["attributes"]
        must = [name for name in CONTRACTS[table] if not name.endswith("?")]
        kinds[table] = {name: of_table[name] for name in of_table if name in must or (table, name) in found}
    return kinds


def _kind_of(values: pd.Series) -> str:
    kinds = pd.api.types
    if kinds.is_datetime64_any_dtype(values.dtype):
        return "time"
    if kinds.is_bool_dtype(values.dtype):
        return "flag"
    return "number" if kinds.is_numeric_dtype(values.dtype) else "text"
