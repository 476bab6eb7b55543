"""The command line: `clientscape run`, `check`, `score`, `promote` and more; `clientscape --help` lists all.

Exit codes: 0 done, 1 failed (another try may help, or a fault of ours), 2 input or config refused, 3 a gate said no.
"""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from clientscape import __version__
from clientscape.faults import Fault, InputError, UnableError


class _Refusing(typer.core.TyperGroup):
    """The commands, each with the imports that it makes inside `_refusals`."""

    def invoke(self, ctx: Any) -> Any:
        with _refusals():
            return super().invoke(ctx)


app = typer.Typer(cls=_Refusing, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
rules = typer.Typer(no_args_is_help=True, help="Look at sets of rules.")
app.add_typer(rules, name="rules")
STORE = Path("runs")
err = Console(stderr=True)
# What only the extra `train` brings, MLflow's own needs among it.
OF_TRAINING = frozenset({"alembic", "hdbscan", "matplotlib", "mlflow", "optuna", "sqlalchemy", "umap"})

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="A name in configs/sources, or a path.")]
ModelOption = Annotated[str, typer.Option(help="models:/NAME@champion, models:/NAME/3, or a model's folder.")]
AsOfOption = Annotated[
    datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Local date; its midnight ends the past.")
]
ServerOption = Annotated[
    str, typer.Option("--store", help="Folder of the MLflow store, or a tracking server's address.")
]
StoreOption = Annotated[Path, typer.Option("--store", help="Folder of the MLflow store and of reports.")]


@app.callback(invoke_without_command=True)
def clientscape(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """From an order log to customer segments, forecasts, one exported model, and what marketing does next."""
    if version:
        typer.echo(__version__)


@app.command()
def run(
    experiment: Annotated[Path, typer.Argument(help="The experiment's YAML file.")],
    over: Annotated[list[Path] | None, typer.Option("--over", help="A YAML file laid over the experiment.")] = None,
    sets: Annotated[list[str] | None, typer.Option("--set", help="key.sub=value, laid over everything.")] = None,
    store: StoreOption = STORE,
) -> None:
    """Run an experiment: compare clusterings and forecasts in MLflow, write the report, export the model."""
    from clientscape.run.command import run_and_track

    outcome = run_and_track(experiment, over or [], sets or [], store, err)
    if outcome.scorer is None:
        err.print("[bold]Nothing was exported:[/] loosen the guards or widen the grid.")
        raise typer.Exit(3)


@app.command()
def check(
    source: SourceArgument,
    quarantine: Annotated[Path, typer.Option(help="Folder for the rows that rules set aside.")] = Path(
        "data/quarantine"
    ),
) -> None:
    """Read a source: what came in, what each rule set aside, what it covers."""
    from clientscape.run.check import check_source

    check_source(source, quarantine, Console())


@app.command()
def score(
    source: SourceArgument,
    model: ModelOption,
    as_of: AsOfOption,
    out: Annotated[str, typer.Option(help="x.parquet, x.csv, x.duckdb, x.sqlite or postgresql://user@host/database.")],
    table: Annotated[str | None, typer.Option(help="Of a database, the table to write; scores without it.")] = None,
    store: ServerOption = str(STORE),
    memory_limit: Annotated[
        str, typer.Option(help="Larger logs are scored a share of the customers at a time.")
    ] = "4GB",
    engine: Annotated[str, typer.Option(help="walk, duckdb, polars or spark: the same scores.")] = "walk",
    reasons: Annotated[str, typer.Option(help="Whose are told: flagged, all or none.")] = "flagged",
    sets: Annotated[list[str] | None, typer.Option("--set", help="drift.key=value, over what the model has.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="HTML page of drift; among the store's reports without it.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day that the log lacks, in place of the end of `covers`."),
    ] = None,
) -> None:
    """Score every customer of a source as of a date with an exported model, whole or not at all.

    Ends with one line of JSON. Exit codes: 0 done, 1 failed (try again), 2 refused (correct it), 3 drifted.
    """
    from clientscape.run.nightly import Asked
    from clientscape.run.score import score_source

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as `docker stop` and systemd end a job: clean up
    asked = Asked(
        source,
        model,
        as_of.date(),
        out,
        store if "://" in store else Path(store),
        table,
        memory_limit,
        engine,
        reasons,
        sets or [],
        report,
        None if until is None else until.date(),
    )
    summary = score_source(asked, err)
    if summary.error is not None:
        _say(summary.error)
    for words in summary.words():
        err.print(words, highlight=False, soft_wrap=True, markup=False)
    typer.echo(summary.line())
    raise typer.Exit(summary.code)


@app.command()
def reengage(
    source: SourceArgument,
    model: ModelOption,
    as_of: AsOfOption,
    capacity: Annotated[int, typer.Option(help="How many customers can be contacted.")],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    channel: Annotated[str | None, typer.Option(help="Through which: whose consent counts, such as email.")] = None,
    suppress: Annotated[Path | None, typer.Option(help="CSV of customer_id who must not be contacted.")] = None,
    control_share: Annotated[float, typer.Option(help="Share of the list that is left alone, at random.")] = 0.1,
    salt: Annotated[str | None, typer.Option(help="Draws the control group; the date without it.")] = None,
    language: Annotated[str | None, typer.Option(help="Of the reasons: en or de; the model's own without it.")] = None,
    store: StoreOption = STORE,
) -> None:
    """List whom to win back as of a date: by expected profit, with reasons and a control group."""
    from clientscape.run.win_back import Wanted, list_source, say

    wanted = Wanted(as_of.date(), capacity, control_share, salt, channel, suppress, language)
    found = list_source(source, model, wanted, out, store, err)
    say(found, err)
    typer.echo(f"{len(found.table):,} customers listed: {out}")


@app.command()
def migrate(
    source: SourceArgument,
    model: ModelOption,
    before: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The earlier local date.")],
    now: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The later local date.")],
    by: Annotated[str, typer.Option(help="segment, rfm_segment or stage: what customers move between.")] = "segment",
    out: Annotated[Path | None, typer.Option(help="Folder to write; in the store's reports without it.")] = None,
    store: StoreOption = STORE,
) -> None:
    """Show where the customers of a source went between two dates, placed at both by one exported model."""
    from clientscape.run.migrate import Question, migrate_source

    question = Question(before.date(), now.date(), by)
    folder = migrate_source(source, model, question, store, out, Console(), err)
    typer.echo(f"\n{folder}")


@app.command()
def features(
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="A name in configs/sources, or a path.")
    ] = None,
    as_of: Annotated[
        list[datetime] | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Local date; its midnight ends the past. Several are fine."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Parquet or CSV file to write.")] = None,
    lookback_days: Annotated[
        int | None, typer.Option(min=1, help="Length of the past; the whole history without it.")
    ] = None,
    use: Annotated[
        list[str] | None, typer.Option(help="A feature as a config writes it; all that the source allows without it.")
    ] = None,
    engine: Annotated[str, typer.Option(help="walk, duckdb, polars or spark: the same numbers.")] = "walk",
    memory_limit: Annotated[str, typer.Option(help="Larger logs are described a share at a time.")] = "4GB",
    listed: Annotated[bool, typer.Option("--list", help="Print the dictionary of features.")] = False,
) -> None:
    """Describe every customer of a source as of one or several dates."""
    if listed:
        from clientscape.run.dictionary import as_table

        Console().print(as_table())
        return
    if source is None or not as_of or out is None:
        raise typer.BadParameter("SOURCE, --as-of and --out are needed, or --list")
    from clientscape.run.describe import Question, describe_source

    question = Question([day.date() for day in as_of], lookback_days, use or [], engine, memory_limit)
    done = describe_source(source, question, out, err)
    for lacks in sorted(set(done.lacking.values())):
        names = ", ".join(name for name, what in done.lacking.items() if what == lacks)
        err.print(f"note: without {lacks}, so left out: {names}", highlight=False, soft_wrap=True)
    typer.echo(f"{done.n_rows:,} rows of {done.n_features} features: {out}")


@rules.command()
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="Rules: a name, a file in configs/rules, or a path.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Others; with settings, {use: value_tiers, n_segments: 5}.")],
    source: Annotated[
        str | None, typer.Option("--source", help="Compare also on its customers; needed for sets without cells.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Local date; its midnight ends the past.")
    ] = None,
    lookback_days: Annotated[
        int | None, typer.Option(min=1, help="Length of the past; the whole history without it.")
    ] = None,
) -> None:
    """Show in what two sets of rules differ: in codes, and in the customers of a source."""
    if (source is None) != (as_of is None) or (source is None and lookback_days is not None):
        raise typer.BadParameter("--source and --as-of are given together, --lookback-days with them")
    from clientscape.run.rules_diff import Shop, diff_rules
    from clientscape.run.rules_printed import say

    shop = None if source is None or as_of is None else Shop(source, as_of.date(), lookback_days)
    say(diff_rules(a, b, shop, err))


@app.command()
def models(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A registered model; all without it.")] = None,
    store: ServerOption = str(STORE),
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for scripts.")] = False,
) -> None:
    """List the versions of registered models: who is champion, and what the gate said of each."""
    from clientscape.run.models import NONE_YET, as_tables, listed
    from clientscape.run.models import as_json as written

    versions = listed(store, name)
    if as_json:
        typer.echo(json.dumps(written(versions), indent=2, ensure_ascii=False))
    elif versions:
        Console().print(*as_tables(versions, whole=name is not None), sep="\n\n")
    else:
        err.print(NONE_YET, highlight=False)


@app.command()
def promote(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A registered model.")],
    version: Annotated[str | None, typer.Option(help="Its number; the challenger without it.")] = None,
    source: Annotated[str | None, typer.Option(help="Judge both afresh on this source, with --as-of.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Local date from which neither learnt.")
    ] = None,
    because: Annotated[str | None, typer.Option(help="Why a person overrules the gate; noted with his name.")] = None,
    store: ServerOption = str(STORE),
) -> None:
    """Make a version of a model the champion if the gate says yes: what it said at training, or afresh."""
    from clientscape.run.promote import Wanted
    from clientscape.run.promote import promote as decide

    if (source is None) != (as_of is None):
        raise typer.BadParameter("--source and --as-of are given together")
    shop = None if source is None or as_of is None else (source, as_of.date())
    decided = decide(Wanted(name, version, shop, because), store, err)
    err.print(decided.said, highlight=False, markup=False)
    typer.echo(decided.line)
    raise typer.Exit(0 if decided.done else 3)


@contextmanager
def _refusals() -> Iterator[None]:
    """One clear error with every fault, and exit code 2 (or 1, where another try may help), instead of a traceback."""
    try:
        yield
    except (InputError, UnableError) as error:
        _say(error)
        raise typer.Exit(2 if isinstance(error, InputError) else 1) from None
    except ModuleNotFoundError as error:
        _say(_lacking(error))
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        err.print("Interrupted: the trials that were finished are in the store.")
        raise typer.Exit(130) from None


def _say(error: InputError | UnableError) -> None:
    said = "Refused" if isinstance(error, InputError) else "Could not be done"
    err.print(f"[bold red]{said}[/], for {len(error.faults)} reason(s):", highlight=False)
    for fault in error.faults:
        err.print(f"  [bold]{escape(fault.where)}[/]", highlight=False, soft_wrap=True)
        for word in ("found", "expected", "cure"):
            err.print(f"    {word:<9}{escape(getattr(fault, word))}", highlight=False, soft_wrap=True)


def _lacking(error: ModuleNotFoundError) -> InputError:
    """A library that only training needs is not installed; any other missing module is a fault of ours."""
    package = (error.name or "").partition(".")[0]
    if package not in OF_TRAINING:
        raise error
    cure = "pip install 'clientscape[train]'"
    return InputError([Fault("installation", f"no package {package}", "the packages that experiments need", cure)])


def main() -> None:
    """Entry point of the command."""
    sys.exit(app())
