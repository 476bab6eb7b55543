"""The command `rules diff`: in what two sets of rules differ."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from clientscape.catalog import Use, call
from clientscape.data.read import read
from clientscape.faults import Fault, InputError, gather, refuse
from clientscape.features.build import CATALOGUE, features
from clientscape.run.config import BASE
from clientscape.run.names import WrittenOnce, use_faults, uses
from clientscape.run.rules import SETS, load_rules
from clientscape.run.sources import load_source
from clientscape.run.written import read_yaml
from clientscape.scorer.plan import LIFETIMES
from clientscape.scorer.ruled import known_before, ruled
from clientscape.scorer.snapshot import take
from clientscape.segment.cells_of_rules import Cells
from clientscape.segment.rules import Rules
from clientscape.tables import Tables
from clientscape.window import Window


@dataclass(frozen=True)
class Shop:
    """Customers on whom sets are compared: those of a source at a date."""

    source: str
    as_of: date
    lookback_days: int | None


@dataclass(frozen=True)
class Named:
    """A set of rules and how it is called."""

    called: str
    rules: Rules


@dataclass(frozen=True)
class Difference:
    """What two sets say, one row for each cell in `codes`, for each customer in `customers`.

    codes : code, and the names that it has in `one` and `other`; None where a set is not over cells.
    customers : the names that they have in `one` and `other`; None without a shop.
    """

    one: Named
    other: Named
    codes: pd.DataFrame | None
    customers: pd.DataFrame | None


def diff_rules(a: str, b: str, shop: Shop | None, console: Console) -> Difference:
    """Compare two sets of rules: over codes, and over the customers of a shop if one is given.

    InputError for what is no set of rules, and for one that is not over cells where there is no shop.
    """
    asked: list[Named] = []
    faults: list[Fault] = []
    for text, where in ((a, "A"), (b, "B")):
        with gather(faults):
            asked.append(_asked(text, where))
    refuse(faults)
    one, other = asked
    if shop is None:
        refuse(_not_over_cells(named) for named in asked if not isinstance(named.rules, Cells))
        return compare(one, other)
    return compare(one, other, _customers(shop, {*one.rules.needs, *other.rules.needs}, console))


def compare(one: Named, other: Named, table: pd.DataFrame | None = None) -> Difference:
    """What two sets say of every code, where both are over cells, and of every customer of a table, fitted on it.

    Sets over the same cells are compared on these, others on the 125 codes of RFM.
    """
    a, b, codes, customers = one.rules, other.rules, None, None
    if isinstance(a, Cells) and isinstance(b, Cells):
        of_a, of_b = (a.name_of, b.name_of) if a.kind == b.kind else (a.over_rfm(), b.over_rfm())
        codes = pd.DataFrame({"code": list(of_a), "one": list(of_a.values()), "other": [of_b[code] for code in of_a]})
    if table is not None:
        customers = pd.DataFrame({"one": a.fit(table).predict(table), "other": b.fit(table).predict(table)})
    return Difference(one, other, codes, customers)


def _asked(text: str, where: str) -> Named:
    """The set that an argument names; one with settings is written as in a config."""
    in_full = text.lstrip().startswith("{")
    use = _written(text, where) if in_full else load_rules(text, where)
    refuse(replace(fault, where=f"{where}{fault.where}") for _, fault in use_faults(use, SETS, ()))
    return Named(str(use) if in_full else Path(text).stem, call(use, SETS, where))


def _written(text: str, where: str) -> Use:
    try:
        return uses(TypeAdapter(WrittenOnce).validate_python(yaml.safe_load(text)))[0]
    except (yaml.YAMLError, ValidationError) as error:
        cure = "write {use: value_tiers, n_segments: 5}, say"
        raise InputError([Fault(where, f"`{text}`", "{use: a set of rules, setting: value}", cure)]) from error


def _not_over_cells(named: Named) -> Fault:
    found = f"`{named.called}`, which is not over cells of scores but over {', '.join(named.rules.needs)}"
    cure = "add --source SOURCE --as-of DATE: the two are then compared on its customers"
    return Fault("rules diff", found, "two sets over cells, or customers to compare them on", cure)


def _customers(shop: Shop, needs: set[str], console: Console) -> pd.DataFrame:
    """The customers of a shop by what sets of rules need."""
    source, root = load_source(shop.source)
    base = read_yaml(BASE)
    window = Window(shop.as_of, source.covered, shop.lookback_days, base["window"]["horizon_days"])
    refuse(window.faults("rules diff"))
    with console.status("reading"):
        tables, _ = read(source, name=shop.source, root=root)
    with console.status("describing"):
        table = _described(tables, window, needs, base["lifetime"])
    if table.empty:
        found = f"no customer with an order in the {window.past_days} days before {window.as_of}"
        refuse([Fault("rules diff", found, "customers to compare the sets on", "choose another date or lookback")])
    return table


def _described(tables: Tables, window: Window, needs: set[str], lifetime: Any) -> pd.DataFrame:
    own = [Use(name) for name in sorted(needs & set(CATALOGUE))]
    if needs <= {use.use for use in own} | {"customer_id"}:
        return features(tables, window, own)
    # What is expected needs a lifetime model and a horizon: those that experiments have by default.
    model = call(uses(lifetime)[0], LIFETIMES, "lifetime")
    snapshot = take(tables, window, own, model, fit=True)
    return ruled(snapshot, known_before(tables, window, "1GB"))
