"""The command `migrate`: where the customers of a source went between two dates, by one model."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clientscape.data.read import read
from clientscape.evaluate.migration import alerts, half_lives, matrix, moves, revenue
from clientscape.faults import Fault, gather, refuse
from clientscape.files import whole_folder
from clientscape.report.look import png
from clientscape.report.migration import alluvial
from clientscape.run.sources import load_source
from clientscape.track.model import load_model

BY = ("segment", "rfm_segment", "stage")
LEFT = ("migration.csv", "revenue.csv", "half_life.csv", "alerts.csv", "moved_customers.csv", "migration.png")
SHOWN = 15  # alerts that are printed; all are written


@dataclass(frozen=True)
class Question:
    """What the command is asked: the dates, and the column of scores that holds the segments."""

    before: date
    now: date
    by: str = "segment"


@dataclass(frozen=True)
class Migration:
    """The tables of a migration; see `clientscape.evaluate.migration`."""

    customers: pd.DataFrame
    revenue: pd.DataFrame
    half_lives: pd.DataFrame
    alerts: pd.DataFrame
    moved: pd.DataFrame


def migrate_source(
    name: str, model: str, question: Question, store: Path, out: Path | None, console: Console, err: Console
) -> Path:
    """Print who moved where, and write tables and picture, whole or not at all; the folder that they are in.

    The model is loaded once and places the customers at both dates, so that who moved is who changed, not the model.
    """
    source, root = load_source(name)
    days = f"{question.before} {question.now}"
    by = "" if question.by == BY[0] else f" by {question.by}"
    folder = out or store / "reports" / f"migration {Path(name).stem} {days}{by}"
    refuse(_faults(question, folder))
    with err.status("loading the model"):
        scorer = load_model(model, store).scorer
    with err.status("reading"):
        tables, _ = read(source, name=name, root=root)
    for note in _notes(scorer.facts, name, question):
        err.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    faults: list[Fault] = []
    scores = []
    with err.status("scoring"):
        for as_of in (question.before, question.now):
            with gather(faults):
                scores.append(scorer.score(tables, as_of))
    refuse(dict.fromkeys(faults))
    before, now = scores
    found = migration(before, now, question)
    with whole_folder(folder) as unfinished:
        _write(found, question, unfinished)
    _say(found, question, tables.currency, console)
    return folder


def migration(before: pd.DataFrame, now: pd.DataFrame, question: Question) -> Migration:
    """The tables of a migration out of the scores at both dates."""
    by = question.by
    customers = matrix(before, now, by=by)
    everyone = moves(before, now, by=by)
    return Migration(
        customers,
        revenue(before, now, by=by),
        half_lives(customers, (question.now - question.before).days),
        alerts(before, now, by=by),
        everyone[everyone["from"] != everyone["to"]],
    )


def _write(found: Migration, question: Question, folder: Path) -> None:
    found.customers.to_csv(folder / "migration.csv")
    found.revenue.round(2).to_csv(folder / "revenue.csv")
    found.half_lives.to_csv(folder / "half_life.csv")
    found.alerts.round({"value_before": 2, "value_now": 2}).to_csv(folder / "alerts.csv", index=False)
    found.moved.round(2).to_csv(folder / "moved_customers.csv", index=False)
    dates = str(question.before), str(question.now)
    (folder / "migration.png").write_bytes(png(alluvial(found.customers, dates=dates)))


def _faults(question: Question, folder: Path) -> Iterator[Fault]:
    if question.before >= question.now:
        cure = "give the earlier date as --from"
        yield Fault("--from", f"{question.before}", f"a date before --to {question.now}", cure)
    if question.by not in BY:
        yield Fault("--by", f"`{question.by}`", f"one of {', '.join(BY)}", "choose one of these")
    # What stands at the folder's place is replaced: nothing but an earlier migration may be.
    others = [] if not folder.exists() else [p.name for p in folder.iterdir()] if folder.is_dir() else [folder.name]
    if strange := sorted(set(others) - set(LEFT)):
        found = f"{folder} with {', '.join(strange[:3])}"
        yield Fault("--out", found, "a new folder, or one of an earlier migration", "choose another folder")


def _notes(facts: dict[str, object], name: str, question: Question) -> Iterator[str]:
    if name != facts["source"]:
        yield f"the model was trained on `{facts['source']}`, this is `{name}`"
    if str(question.before) < str(facts["as_of"]):
        yield f"the model learnt from what was known on {facts['as_of']}, so {question.before} is seen with hindsight"


def _say(found: Migration, question: Question, currency: str, console: Console) -> None:
    rows = f"Customers by {question.by}: rows on {question.before}, columns on {question.now}"
    console.print(_table(rows, found.customers.reset_index(names="")))
    days = (question.now - question.before).days
    stayed = f"\nWho stayed for {days} days, and the half-life of membership"
    console.print(_table(stayed, found.half_lives.reset_index(names="")))
    falls = f"\nMoves that matter, those that lost most expected value [{currency}] first"
    shown = found.alerts.head(SHOWN)
    console.print(_table(falls, shown) if len(shown) else "\nNobody fell into a worse segment.")


def _table(title: str, frame: pd.DataFrame) -> Table:
    shown = Table(
        title=title, title_justify="left", title_style="bold", box=None, header_style="bold", padding=(0, 2, 0, 0)
    )
    for column in frame:
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        shown.add_column(escape(str(column).replace("_", " ")), justify="right" if numeric else "left", overflow="fold")
    for row in frame.to_dict("records"):
        shown.add_row(*(_cell(str(column), value) for column, value in row.items()))
    return shown


def _cell(column: str, value: object) -> str:
    if column.startswith(("stay_share", "share_of")):
        return f"{value:.0%}"
    if isinstance(value, float) and value == float("inf"):
        return "nobody left"
    return escape(value) if isinstance(value, str) else f"{value:,.0f}"
