"""A model's input as one frame: order lines, and below them the rows of other tables, told apart by the column `table`.

Which columns a model takes follows from its features; whatever is wrong with an input is said at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from clientscape.columns import rows
from clientscape.faults import Fault, InputError, gather, refuse
from clientscape.scorer.model import Scorer
from clientscape.scorer.needed import LINES, TABLE, tables_needed
from clientscape.scorer.refusals import log_faults
from clientscape.tables import CONTRACTS, Tables, check_tables
from clientscape.window import Covers, Window

INPUT = "model input"
TYPES = {"text": "str", "time": "datetime64[us]", "number": "float64", "flag": "float64"}  # of a column without rows
HELD = {"text": "text", "time": "dates", "number": "numbers", "flag": "true or false"}


@dataclass(frozen=True)
class Asked:
    """How an input is to be read: the date to score at, and what its log is."""

    as_of: date
    first: date
    currency: str
    row_is: str


def tables_of(frame: pd.DataFrame, scorer: Scorer, params: Mapping[str, str]) -> tuple[Tables, date]:
    """The tables that an input stacks, and the date to score at; InputError with all that is wrong with both.

    params : `as_of`, where the log ends; `covers_from`, `currency` and `row_is` if they are not those of training.
    Where rows name their table, one that no row names is empty: a single customer need not have touches.
    """
    facts, faults = scorer.facts, list[Fault]()
    asked: Asked | None = None
    with gather(faults):
        asked = _asked_for(params, facts)
    if asked is not None:
        faults += _unlike_training(scorer, asked)
        faults += _late(frame, asked.as_of)
    tables = tables_needed(scorer.plan, facts)
    faults += _row_faults(frame, tables)
    with gather(faults):
        # What comes after as_of was looked for in every table.
        covers, parts = Covers(asked.first if asked else date.min, date.max), _parts(frame, tables)
        known = check_tables(parts, covers=covers, currency=facts["currency"], name=INPUT, may_be_empty=True)
        if asked is not None and not faults:
            return replace(known, covers=Covers(asked.first, asked.as_of), row_is=asked.row_is), asked.as_of
    raise InputError(faults)


def _asked_for(params: Mapping[str, str], facts: Mapping[str, Any]) -> Asked:
    """What params ask for; what they do not say is as it was in training."""
    given = {"as_of": params.get("as_of") or "", "covers_from": params.get("covers_from") or facts["covers"][0]}
    faults, dates = list[Fault](), {}
    for name, text in given.items():
        try:
            dates[name] = date.fromisoformat(text)
        except ValueError:
            cure = f'give params={{"{name}": "2017-10-01"}}'
            faults.append(Fault(f"params.{name}", repr(text), "a date like 2017-10-01", cure))
    refuse(faults)
    currency, row_is = (params.get(name) or facts[name] for name in ("currency", "row_is"))
    return Asked(dates["as_of"], dates["covers_from"], currency, row_is)


def _unlike_training(scorer: Scorer, asked: Asked) -> list[Fault]:
    """Why a log like that cannot be scored at that date, whatever its rows."""
    covers, plan = Covers(asked.first, asked.as_of), scorer.plan
    window = Window(asked.as_of, covers, plan.lookback_days, plan.horizon_days)
    log = Tables(pd.DataFrame(), covers, asked.currency, row_is=asked.row_is)
    return [*window.faults("params"), *log_faults(log, window, scorer.facts)]


def _late(frame: pd.DataFrame, as_of: date) -> Iterator[Fault]:
    """Rows that nobody could have known at the date."""
    for column in ("ordered_at", "at"):
        if column in frame and pd.api.types.is_datetime64_dtype(frame[column].dtype):
            late = (frame[column] >= pd.Timestamp(as_of)).to_numpy()
            if late.any():
                found = f"{late.sum()} rows of the future ({rows(late, frame[column])})"
                cure = "leave them out, or give a later as_of"
                yield Fault(f"{INPUT}: {column}", found, f"rows before as_of, {as_of}", cure)


def _row_faults(frame: pd.DataFrame, tables: Mapping[str, Mapping[str, str]]) -> Iterator[Fault]:
    """Rows of no table, and columns that features need and that are not there."""
    if TABLE not in frame and len(tables) > 1:
        expected = f"the table of each row, as the model's features need {', '.join(tables)}"
        yield Fault(f"{INPUT}: {TABLE}", "no such column", expected, "stack the tables' rows, and name each row's")
        tables = {LINES: tables[LINES]}
    named = _named(frame)
    if (odd := ~named.isin(list(tables)).to_numpy()).any():
        found = f"{odd.sum()} rows of no table of the model ({rows(odd, named)})"
        yield Fault(f"{INPUT}: {TABLE}", found, f"one of {', '.join(tables)}", "correct it, or leave them out")
    if not (named == LINES).any():
        yield Fault(f"{INPUT}: {LINES}", "no rows", "at least one order line", "give the orders of the customers")
    for table in (name for name in tables if (named == name).any()):
        for name, kind in tables[table].items():
            where = f"{INPUT}: {table}.{name}"
            if name not in frame and name != "currency" and name not in CONTRACTS[table]:
                yield Fault(where, "no such column", "what the model was trained with", "give the column")
            elif name in frame and table == "customers":
                of_table = frame.loc[(named == table).to_numpy(), name]
                if (odd := (_held(of_table, kind).isna() & of_table.notna()).to_numpy()).any():
                    yield Fault(where, rows(odd, of_table), HELD[kind], "correct it")


def _parts(frame: pd.DataFrame, tables: Mapping[str, Mapping[str, str]]) -> dict[str, pd.DataFrame]:
    """The rows of each table, with those of its columns that are there; a table that no row names has no rows."""
    named, parts = _named(frame), {}
    for table, kinds in tables.items():
        mine, there = (named == table).to_numpy(), [name for name in kinds if name in frame]
        if not mine.any():
            parts[table] = pd.DataFrame({name: pd.Series(dtype=TYPES[kind]) for name, kind in kinds.items()})
            continue
        parts[table] = frame.loc[mine, there]
        if table == "customers":
            parts[table] = parts[table].assign(**{name: _held(parts[table][name], kinds[name]) for name in there})
    return parts


def _named(frame: pd.DataFrame) -> "pd.Series[str]":
    """The table that each row is of."""
    return frame[TABLE] if TABLE in frame else pd.Series(LINES, index=frame.index)


def _held(values: pd.Series, kind: str) -> pd.Series:
    """An attribute as it was in training, whatever other tables hold in a column of that name; missing if it is not."""
    if kind == "flag":
        return values.astype(object).map({True: 1.0, False: 0.0}).astype(float)
    if kind == "time":
        return pd.to_datetime(values, errors="coerce")
    return pd.to_numeric(values, errors="coerce").astype(float) if kind == "number" else values
