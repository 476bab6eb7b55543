"""The win-back list: of a run's training customers, and the command `reengage` for any later date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from clientscape.activate.consent import channels, consents_known, left_out
from clientscape.activate.reengage import COLUMNS, CONTROL, win_back
from clientscape.churn.reasons import read as read_reasons
from clientscape.data.read import read
from clientscape.faults import Fault, InputError, gather, refuse
from clientscape.files import whole
from clientscape.report.because import because
from clientscape.run.config import Experiment
from clientscape.run.risks import campaign_of
from clientscape.run.sources import load_source
from clientscape.scorer.model import Scorer
from clientscape.segment.traits import Language
from clientscape.tables import Tables
from clientscape.track.model import load_model
from clientscape.window import day_number

SENTENCES = 3
CHECK = "check consent before you send"


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for: as of when, for how many contacts, through what, and whom it must leave out.

    control_share : left alone at random, by the salt [share]. suppress : a CSV with a column customer_id.
    """

    as_of: date
    capacity: int
    control_share: float = 0.1
    salt: str | None = None
    channel: str | None = None
    suppress: Path | None = None
    language: str | None = None


@dataclass(frozen=True)
class Listed:
    """The list that was written, whom it left out by reason, and what one should know of it."""

    table: pd.DataFrame
    left_out: "pd.Series[int]"
    notes: list[str]


def list_of(experiment: Experiment, tables: Tables, scores: pd.DataFrame) -> pd.DataFrame:
    """The list of a run: the training customers, for its campaign's capacity and control share."""
    gains = scores["expected_profit"].to_numpy(float)
    if not np.isfinite(gains).any():
        return with_sentences(pd.DataFrame(columns=list(COLUMNS)), experiment.segments.language, tables.currency)
    asked, at = experiment.campaign, experiment.window.as_of
    refused = left_out(tables, scores["customer_id"], day_number(at), channel=None, suppressed=set())
    found = win_back(
        scores,
        gains,
        n_capacity=campaign_of(experiment).n_capacity(int(np.isfinite(gains).sum())),
        control_share=asked.control_share,
        salt=str(at),
        left_out=refused,
    )
    return with_sentences(found, experiment.segments.language, tables.currency)


def list_source(name: str, model: str, wanted: Wanted, out: Path, store: Path, err: Console) -> Listed:
    """Write the list of a source as of a date, whole or not at all."""
    source, root = load_source(name)
    faults = list(_faults(wanted))
    suppressed: set[str] = set()
    with gather(faults):
        suppressed = _suppressed(wanted.suppress)
    refuse(faults)
    with err.status("loading the model"):
        loaded = load_model(model, store)
    with err.status("reading"):
        tables, _ = read(source, name=name, root=root)
    with err.status("scoring"):
        found = listed(loaded.scorer, tables, wanted, suppressed)
    table = found.table.assign(model_version=loaded.version, run_id=loaded.run_id)
    with whole(out) as unfinished:
        table.to_csv(unfinished, index=False)
    return Listed(table, found.left_out, found.notes)


def listed(scorer: Scorer, tables: Tables, wanted: Wanted, suppressed: set[str]) -> Listed:
    """The list, with the reasons of everyone on it as sentences."""
    refuse([*_lacking_faults(scorer), *_channel_faults(tables, wanted.channel)])
    snapshot, scores = scorer.described(tables, wanted.as_of)
    gains = scores["expected_profit"].to_numpy(float)
    ids, day = scores["customer_id"], day_number(wanted.as_of)
    refused = left_out(tables, ids, day, channel=wanted.channel, suppressed=suppressed)
    found = win_back(
        scores,
        gains,
        n_capacity=wanted.capacity,
        control_share=wanted.control_share,
        salt=wanted.salt or str(wanted.as_of),
        left_out=refused,
    )
    rows: NDArray[np.intp] = pd.Index(ids).get_indexer(found["customer_id"])
    asked = next((each for each in get_args(Language) if each == wanted.language), scorer.plan.language)
    told = with_sentences(found.assign(reasons=scorer.reasons(snapshot, rows)), asked, tables.currency)
    pays = gains > 0
    kept_out = refused[pays & (refused != "").to_numpy()].value_counts()
    notes = [*_notes(told, wanted, tables, int(pays.sum())), *_unknown(tables, suppressed)]
    return Listed(told, kept_out, notes)


def with_sentences(table: pd.DataFrame, language: Language, currency: str) -> pd.DataFrame:
    """A list with `reason_1` to `reason_3` as sentences in the place of `reasons`."""
    said = [because(read_reasons(text), language, currency) if text else [] for text in table["reasons"]]
    filled = [[*sentences, *[""] * SENTENCES][:SENTENCES] for sentences in said]
    names = [f"reason_{i + 1}" for i in range(SENTENCES)]
    sentences = pd.DataFrame(filled, columns=names, index=table.index, dtype="str")
    at = list(table.columns).index("reasons")
    return pd.concat([table.iloc[:, :at], sentences, table.iloc[:, at + 1 :]], axis=1)


def say(found: Listed, console: Console) -> None:
    """Print the first of the list, whom it left out, and what one should know."""
    shown = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    headings = {"rank": "rank", "customer_id": "customer", "group": "group", "expected_profit": "profit"}
    headings |= {"p_decline": "p decline", "value_at_risk": "at risk", "reason_1": "first reason"}
    for column, heading in headings.items():
        numeric = pd.api.types.is_numeric_dtype(found.table[column])
        shown.add_column(heading, justify="right" if numeric else "left")
    for row in found.table.head(10).to_dict("records"):
        shown.add_row(*(str(row[column]) for column in headings))
    console.print(shown)
    for why, n in found.left_out.items():
        console.print(f"left out: {n:,} for {why}", highlight=False)
    for note in found.notes:
        console.print(f"note: {note}", highlight=False)


def _notes(table: pd.DataFrame, wanted: Wanted, tables: Tables, n_paying: int) -> list[str]:
    notes = []
    n = int((table["group"] != CONTROL).sum())
    if n < wanted.capacity:
        notes.append(
            f"{n:,} contacts of {wanted.capacity:,}: of {n_paying:,} customers a contact is expected to bring more "
            "than it costs, the others are not worth one"
        )
    if not consents_known(tables, wanted.channel):
        notes.append(f"the source tells nothing of consent: {CHECK}")
    return notes


def _faults(wanted: Wanted) -> Iterator[Fault]:
    """What can be told before anything is read."""
    if wanted.capacity < 1:
        yield Fault("--capacity", str(wanted.capacity), "1 or more", "write how many can be contacted")
    if not 0 <= wanted.control_share < 1:
        cure = "write what part is to be left alone, such as 0.1"
        yield Fault("--control-share", f"{wanted.control_share:g}", "a share from 0 on and below 1", cure)
    if wanted.language not in (None, *get_args(Language)):
        yield Fault("--language", f"`{wanted.language}`", "en or de", "choose one of these")


def _lacking_faults(scorer: Scorer) -> Iterator[Fault]:
    """A model that forecasts no decline, with what its data lacked."""
    if scorer.parts["decline"] is None:
        cure = "train one on a longer or larger log, or with another decline label"
        yield Fault("--model", f"no forecast of decline: {scorer.plan.decline.lacking}", "a model that has one", cure)


def _channel_faults(tables: Tables, channel: str | None) -> Iterator[Fault]:
    """A channel of which the source says nothing though it speaks of others."""
    known = channels(tables)
    if channel is not None and known and channel.casefold() not in known:
        yield Fault("--channel", f"`{channel}`", f"one of {', '.join(sorted(known))}", "choose one of these")


def _unknown(tables: Tables, suppressed: set[str]) -> Iterator[str]:
    """Names on a suppression list that are no customer's: written otherwise, they would suppress nobody."""
    strange = suppressed - set(tables.transactions["customer_id"].astype("str").unique())
    if strange:
        some, n = ", ".join(sorted(strange)[:3]), f"{len(strange):,} of {len(suppressed):,}"
        yield f"{n} on the suppression list are no customers of this source ({some})"


def _suppressed(path: Path | None) -> set[str]:
    """The customers of a suppression list."""
    if path is None:
        return set()
    try:
        table = pd.read_csv(path, dtype="str", usecols=["customer_id"])
    except (OSError, ValueError) as error:
        expected, cure = "a CSV with a column customer_id", "correct the path, or name the column"
        raise InputError([Fault(f"--suppress {path}", str(error), expected, cure)]) from error
    return set(table["customer_id"].dropna().str.strip())
