"""The command `check`: what a source brings, before anything is built on it."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clientscape.data.read import Reading, read
from clientscape.files import whole
from clientscape.run.sources import load_source


def check_source(name: str, quarantine: Path, console: Console) -> None:
    """Print what came in and what each rule set aside; write the rows set aside to quarantine/<source>/."""
    source, root = load_source(name)
    with console.status("reading"):
        tables, readings = read(source, name=name, root=root)
    console.print(f"[bold]{escape(name)}[/]: {escape(source.description)}\n")
    console.print(_table_of(readings))
    log = tables.transactions
    n_orders = log.groupby(["customer_id", "order_id"]).ngroups  # two customers' orders may share a number
    console.print(
        f"\ncovers {tables.covers} ({source.timezone}); {log['customer_id'].nunique():,} customers, "
        f"{n_orders:,} orders, {log['amount_minor'].sum() / tables.minor_units:,.2f} {tables.currency}"
    )
    for reading in readings:
        if len(reading.quarantine):
            path = quarantine / Path(name).stem / f"{reading.table}.parquet"
            with whole(path) as unfinished:
                reading.quarantine.to_parquet(unfinished)
            console.print(f"set aside: {escape(str(path))}", soft_wrap=True)


def _table_of(readings: list[Reading]) -> Table:
    shown = Table(box=None, header_style="bold")
    for heading in ("table", "rows are", "first", "last"):
        shown.add_column(heading)
    for heading in ("rows in", "set aside", "kept"):
        shown.add_column(heading, justify="right")
    for r in readings:
        first, last = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (r.first, r.last))
        aside = len(r.quarantine)
        shown.add_row(r.table, f"{r.row_is}s", first, last, f"{r.n_rows:,}", f"{aside:,}", f"{r.n_kept:,}")
        for rule, count in r.set_aside.items():
            shown.add_row("", f"[dim]{escape(rule)}[/]", "", "", "", f"[dim]{count:,}[/]", "")
    return shown
