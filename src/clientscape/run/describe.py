"""The command `features`: every customer of a source described as of one or several dates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from inspect import Parameter
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from clientscape.catalog import Use, expand, settings
from clientscape.data.read import read
from clientscape.data.size import lines_expected, shares_needed
from clientscape.data.source import Source
from clientscape.faults import Fault, refuse
from clientscape.features.build import LETTERS, WALK, features, left_out
from clientscape.features.crowd import usual_prices
from clientscape.features.engines import ENGINES
from clientscape.features.plan import CATALOGUE, CELLS_OF
from clientscape.features.rolled import CHOICES
from clientscape.features.together import together
from clientscape.files import passing_folder, whole
from clientscape.run.config import memory_bytes, memory_limit
from clientscape.run.names import USES, use_faults, uses
from clientscape.run.sources import load_source
from clientscape.tables import Tables
from clientscape.window import Window

DAYS = [30, 90, 180, 365]  # of a setting that has no default of its own
FORMATS = (".parquet", ".csv")


@dataclass(frozen=True)
class Question:
    """What the command is asked; without `uses`, for all that the source allows."""

    as_of: Sequence[date]
    lookback_days: int | None
    uses: Sequence[str]
    engine: str
    memory_limit: str


@dataclass(frozen=True)
class Described:
    """What came of it: rows and features written, and what was left out, with what it lacks."""

    n_rows: int
    n_features: int
    lacking: dict[str, str]


def describe_source(name: str, question: Question, out: Path, console: Console) -> Described:
    """Write the features of a source, whole or not at all, a share of the customers at a time if memory asks for it."""
    source, root = load_source(name)
    asked, faults = _asked(question.uses)
    refuse([*_question_faults(question, out, source), *faults])
    n, reading_limit = shares_needed(source, lines_expected(source, root), memory_bytes(question.memory_limit))
    with whole(out) as unfinished, passing_folder() as folder:
        pieces = [Path(folder, f"{i}.parquet") for i in range(n)]
        accounts = []
        with _progress(console) as progress:
            task = progress.add_task("reading", total=n)
            for i, piece in enumerate(pieces):
                progress.update(task, description="reading", completed=i)
                share = None if n == 1 else (i, n)
                tables, _ = read(source, name=name, root=root, memory_limit=reading_limit, share=share)
                progress.update(task, description="describing")
                moves = partial(_moves, progress, task, i)
                accounts.append(_describe(tables, question, asked, piece, moves, is_whole=share is None))
            progress.update(task, description="writing", completed=n)
            together(pieces, unfinished, as_csv=out.suffix == ".csv", memory_limit=reading_limit)
    return replace(accounts[0], n_rows=sum(account.n_rows for account in accounts))


def _describe(
    tables: Tables,
    question: Question,
    asked: list[Use],
    piece: Path,
    moves: Callable[[int, int], None],
    *,
    is_whole: bool,
) -> Described:
    """Write the features of some customers; usual prices are learnt from all of them at once, or not at all."""
    windows = [Window(day, tables.covers, question.lookback_days) for day in sorted(set(question.as_of))]
    prices = usual_prices(tables, windows[0]) if is_whole else None
    uses = asked or every_use(tables)
    missing = left_out(tables, uses, prices)
    if len(missing) == len(uses):
        refuse(
            Fault(f"--use {n}", f"no {what}", "what the feature needs", "ask for another")
            for n, what in missing.items()
        )
    engine, limit = question.engine, question.memory_limit
    table = features(tables, windows, uses, prices=prices, engine=engine, memory_limit=limit, progress=moves)
    table.to_parquet(piece, index=False)
    return Described(len(table), len(uses) - len(missing), missing)


def _moves(progress: Progress, task: TaskID, before: int, done: int, of: int) -> None:
    progress.update(task, completed=before + done / of)


def every_use(tables: Tables) -> list[Use]:
    """Every feature of the catalogue, once for each value that makes sense of a setting without a default."""
    customers = tables.customers if tables.customers is not None else pd.DataFrame({"customer_id": []})
    columns = list(customers.columns.drop("customer_id"))
    dates = [column for column in columns if pd.api.types.is_datetime64_any_dtype(customers[column].dtype)]
    values: dict[str, list[Any]] = {"days": DAYS, "which": [way for way in CHOICES if way in tables.transactions]}
    written = []
    for name, function in CATALOGUE.items():
        if CELLS_OF[name] == "customers":
            values["column"] = dates if name == "days_since" else [c for c in columns if c not in dates]
        grid = {key: values[key] for key, default in settings(function).items() if default is Parameter.empty}
        if name not in LETTERS and all(grid.values()):
            written.append({"use": name, **grid})
    return expand(written)


def _question_faults(question: Question, out: Path, source: Source) -> Iterator[Fault]:
    for day in question.as_of:
        yield from Window(day, source.covered, question.lookback_days).faults("features")
    if question.engine not in (WALK, *ENGINES):
        yield Fault("--engine", f"`{question.engine}`", f"one of {', '.join((WALK, *ENGINES))}", "choose one of these")
    if out.suffix not in FORMATS:
        yield Fault("--out", str(out), f"a file in {' or '.join(FORMATS)}", "name it so")
    try:
        memory_limit(question.memory_limit)
    except ValueError as error:
        yield Fault("--memory-limit", f"`{question.memory_limit}`", str(error), "write it so, `2GB` say")


def _asked(written: Sequence[str]) -> tuple[list[Use], list[Fault]]:
    """The uses that `--use` names, and what is wrong with how they are written."""
    asked: list[Use] = []
    faults: list[Fault] = []
    for text in written:
        try:
            asked += uses(USES.validate_python(yaml.safe_load(text)))
        except (yaml.YAMLError, ValueError, TypeError) as error:
            expected = "a name, or {use: name, setting: a value or a list of values}"
            faults.append(Fault("--use", f"`{text}` ({type(error).__name__})", expected, "write it so"))
    for use in asked:
        faults += [replace(fault, where=f"--use{fault.where}") for _, fault in use_faults(use, CATALOGUE, ())]
    names = [use.name.casefold() for use in asked]
    for name in sorted({name for name in names if names.count(name) > 1}):
        expected = "names that differ in more than capitals"
        faults.append(Fault("--use", f"several that would be called `{name}`", expected, "ask for one of them"))
    return asked, faults


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
