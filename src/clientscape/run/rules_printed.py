"""What `clientscape rules diff` prints."""

import textwrap

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clientscape.run.rules_diff import Difference


def say(difference: Difference) -> None:
    """Print how far two sets agree, what each name of one is in the other, and all in which they differ."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    codes, customers = difference.codes, difference.customers
    for rows, what in ((codes, "codes"), (customers, "customers")):
        if rows is not None:
            console.print(_agreement(difference, rows, what), highlight=False)
    crossed, what = (customers, "customers") if codes is None else (codes, "codes")
    if crossed is not None:
        console.print(_cross(difference, crossed, what))
    if not (apart := differing(difference)).empty:
        console.print(_apart(difference, apart))


def differing(difference: Difference) -> pd.DataFrame:
    """The pairs of names whose codes differ, in the order of the sets; none where a set is not over cells.

    Columns: one, other, n (of codes), codes, and customers where there is a shop.
    """
    codes, customers = difference.codes, difference.customers
    if codes is None:
        return pd.DataFrame()
    found = codes[codes["one"] != codes["other"]].groupby(["one", "other"])["code"].agg(n="size", codes=" ".join)
    if customers is not None:
        counts = customers.value_counts(["one", "other"])
        found["customers"] = counts.reindex(found.index, fill_value=0)
    order = {name: i for names in (difference.other, difference.one) for i, name in enumerate(names.rules.names)}
    return found.reset_index().sort_values(["one", "other"], key=lambda names: names.map(order))


def _agreement(difference: Difference, rows: pd.DataFrame, what: str) -> str:
    one, other = escape(difference.one.called), escape(difference.other.called)
    if not set(difference.one.rules.names) & set(difference.other.rules.names):
        return f"{len(rows):,} {what}; {one} and {other} have no name in common"
    same = int((rows["one"] == rows["other"]).sum())
    return f"[bold]{same:,} of {len(rows):,} {what}[/] get the same name from {one} and {other}"


def _cross(difference: Difference, rows: pd.DataFrame, what: str) -> Table:
    one, other = difference.one, difference.other
    counts = pd.crosstab(rows["one"], rows["other"])
    counts = counts.reindex(index=one.rules.names, columns=other.rules.names, fill_value=0)
    shown = _table(f"\n{what.capitalize()}: {one.called} down, {other.called} across", gap=1)
    shown.add_column("", no_wrap=True)
    for name in (*counts.columns, "all"):
        longest_word = max(len(word) for word in name.split())
        heading = "\n".join(textwrap.wrap(name, longest_word))
        shown.add_column(escape(heading), justify="right", vertical="bottom", no_wrap=True)
    for name, row in counts.iterrows():
        shown.add_row(escape(str(name)), *(_count(n, same=name == c) for c, n in row.items()), f"{row.sum():,}")
    shown.add_row("all", *(f"{n:,}" for n in counts.sum()), f"{len(rows):,}", style="dim")
    return shown


def _apart(difference: Difference, apart: pd.DataFrame) -> Table:
    shown = _table("\nWhat differs")
    for named in (difference.one, difference.other):
        shown.add_column(escape(named.called))
    shown.add_column("codes", justify="right")
    shown.add_column("which", ratio=1)
    if "customers" in apart:
        shown.add_column("customers", justify="right")
    for row in apart.itertuples(index=False):
        shown.add_row(*(f"{value:,}" if isinstance(value, int) else escape(str(value)) for value in row))
    return shown


def _table(title: str, gap: int = 2) -> Table:
    return Table(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        box=None,
        header_style="bold",
        padding=(0, gap, 0, 0),
    )


def _count(n: int, *, same: bool) -> str:
    if not n:
        return "[dim]·[/]"
    return f"[bold green]{n:,}[/]" if same else f"{n:,}"
