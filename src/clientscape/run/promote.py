"""The command `promote`: a version of a model becomes the champion, if the gate or a person says so."""

import getpass
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from rich.console import Console

from clientscape.churn.activity import past_of
from clientscape.churn.examples import examples
from clientscape.data.read import read
from clientscape.evaluate.promotion import Verdict
from clientscape.faults import Fault, InputError, refuse
from clientscape.run.asked import PARTS
from clientscape.run.promoted import COLUMN, Challenger, Forecast, Seen, judged
from clientscape.run.sources import load_source
from clientscape.scorer.forecasting import came
from clientscape.scorer.model import Scorer
from clientscape.scorer.risks import label_of
from clientscape.tables import Tables
from clientscape.track.model import AGAINST, REASON, VERDICT, load_model
from clientscape.track.registry import CHALLENGER, CHAMPION, Version, make_champion, version_at, versions_of
from clientscape.track.store import Store
from clientscape.window import Window

AFRESH = "judge it afresh with --source and --as-of, or overrule with --because"


@dataclass(frozen=True)
class Wanted:
    """Who is to be champion: a version of a model, without a number the challenger.

    shop : a source and a date to judge both at afresh. because : why a person overrules the gate.
    """

    name: str
    version: str | None = None
    shop: tuple[str, date] | None = None
    because: str | None = None


@dataclass(frozen=True)
class Promotion:
    """What came of it: the version, the champion before (None: nobody), whether it is champion now, what was said."""

    version: Version
    before: Version | None
    done: bool
    said: str

    @property
    def line(self) -> str:
        """Who is champion now, in a line."""
        champion = self.version if self.done else self.before
        held = f"version {champion.number}" if champion else "nobody"
        was = f" (it was version {self.before.number})" if self.done and self.before not in (None, champion) else ""
        return f"champion of {self.version.name}: {held}{was}"


def promote(wanted: Wanted, store: Store, console: Console) -> Promotion:
    """Make a version the champion if the gate says yes, or in spite of it; a no changes nothing."""
    asked = wanted.version or CHALLENGER
    version = version_at(store, wanted.name, asked, "--version" if wanted.version else "NAME")
    before = next((known for known in versions_of(store, wanted.name) if CHAMPION in known.aliases), None)
    if CHAMPION in version.aliases:
        return Promotion(version, version, True, f"Version {version.number} is the champion already.")
    if before is None:
        gate = Verdict(True, "Promoted: there is no champion.")
    elif wanted.shop is None:
        gate = at_training(version, before)
    else:
        gate = _afresh(version, before, wanted.shop, store, console)
    if not gate.promoted and not (wanted.because or "").strip():
        return Promotion(version, before, False, gate.reason)
    make_champion(store, version, _told(wanted, before, gate))
    return Promotion(version, before, True, gate.reason)


def at_training(version: Version, champion: Version) -> Verdict:
    """What the gate said when the version was made, which counts while the champion is who it was compared with."""
    word, against = version.tags.get(VERDICT), version.tags.get(AGAINST, "")
    if word is None:
        return Verdict(False, f"Version {version.number} carries no verdict: {AFRESH}.")
    if against != champion.number:
        beside = f"compared with version {against}" if against else "not compared with anybody"
        now = f"the champion is version {champion.number}"
        return Verdict(False, f"At training version {version.number} was {beside}, and {now}: {AFRESH}.")
    return Verdict(word == "promoted", version.tags.get(REASON, word), against)


def _afresh(version: Version, champion: Version, shop: tuple[str, date], store: Store, console: Console) -> Verdict:
    """The verdict on both at a date of a source from which neither learnt."""
    name, as_of = shop
    source, root = load_source(name)
    new = load_model(version.uri, store).scorer
    try:
        old = load_model(champion.uri, store).scorer
    except InputError as error:
        found = error.faults[0].found
        return Verdict(True, f"Promoted, as nobody can score with the old one: the champion cannot be read ({found}).")
    refuse(_learnt_later({version.number: new, champion.number: old}, as_of))
    with console.status("reading"):
        tables, _ = read(source, name=name, root=root, memory_limit=new.plan.memory_limit)
    refuse(Window(as_of, tables.covers, horizon_days=new.plan.horizon_days).faults("--as-of", with_future=True))
    with console.status("judging both"):
        return judged(challenger_at(new, tables, as_of), old, tables)


def _learnt_later(scorers: dict[str, Scorer], as_of: date) -> Iterator[Fault]:
    """Models that knew what came after the date."""
    for number, scorer in scorers.items():
        if as_of < date.fromisoformat(known := scorer.facts["as_of"]):
            expected = f"a date from {known} on: version {number} learnt from what was known by then"
            yield Fault("--as-of", str(as_of), expected, "choose a later one, whose horizon the source covers")


def challenger_at(scorer: Scorer, tables: Tables, as_of: date) -> Challenger:
    """What a stored model says at a date and one horizon earlier, with what came after both."""
    plan = scorer.plan
    window = Window(as_of, tables.covers, plan.lookback_days, plan.horizon_days)
    told = [scorer.described(tables, at.as_of, reasons="none") for at in (window, window.before())]
    now, then = (
        Seen(
            taken.window,
            taken.table["customer_id"].to_numpy(object),
            scores["segment_id"].to_numpy(),
            came(tables, taken, plan.memory_limit),
        )
        for taken, scores in told
    )
    taken, scores = told[0]
    ids = taken.table["customer_id"]
    past = past_of(tables, window, ids, taken.letters, memory_limit=plan.memory_limit)
    labels: dict[str, Forecast | None] = dict.fromkeys(PARTS)
    for part in (part for part in PARTS if plan.risks[part].classifier is not None):
        label = label_of(plan.risks[part].label)
        seen = examples(tables, window, taken.table, past, label, memory_limit=plan.memory_limit)
        p = scores.set_index("customer_id")[COLUMN[part]].reindex(seen.X["customer_id"].to_numpy()).to_numpy(float)
        has = np.isfinite(p)
        labels[part] = Forecast(seen.X["customer_id"].to_numpy(object)[has], seen.y[has], p[has])
    return Challenger(plan, now, then, labels, scores["expected_orders"].to_numpy(float))


def _told(wanted: Wanted, before: Version | None, gate: Verdict) -> dict[str, str]:
    """What the version says from now on of how it became champion."""
    return {
        "promoted_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "promoted_by": _user(),
        "promoted_instead_of": "" if before is None else before.number,
        "promoted_because": wanted.because or "",
        "judged_afresh": "" if wanted.shop is None else " ".join(map(str, wanted.shop)),
        "gate_said": gate.reason,
    }


def _user() -> str:
    """Who runs the command, by name or, where he has none, by number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
