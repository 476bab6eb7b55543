"""A night's scores, a share of the customers at a time: read, described, scored, and put into a piece of its own."""

import operator
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TypeVar

import pandas as pd

from clientscape.data.pieces import write_piece
from clientscape.data.read import Reading, read
from clientscape.data.source import Source, TableSource
from clientscape.evaluate.drift import Tally, tally
from clientscape.evaluate.missing_days import lines_per_day
from clientscape.faults import Fault, InputError, UnableError
from clientscape.features.asking import WALK
from clientscape.features.plan import needs
from clientscape.processes import processes
from clientscape.scorer.model import Scorer, Told
from clientscape.scorer.needed import tables_needed
from clientscape.scorer.on_spark import score_on_spark
from clientscape.scorer.refusals import log_faults
from clientscape.tables import Tables
from clientscape.window import Window


@dataclass(frozen=True)
class Job:
    """What is to be scored, by what, and where the pieces go.

    version, run_id : what each row says of the model. n_shares : of the customers. reading_limit : of the memory that
    reading takes, as DuckDB writes it; beyond it spills to disk. spark_memory : of a local Spark.
    """

    scorer: Scorer
    version: str
    run_id: str
    source: Source
    name: str
    root: Path
    as_of: date
    folder: Path
    n_shares: int = 1
    reading_limit: str = "1GB"
    engine: str = WALK
    reasons: Told = "flagged"
    spark_memory: str = "2g"

    @property
    def window(self) -> Window:
        """The window that is scored at."""
        return self.scorer.window(self.as_of, self.source.covered)

    def faults(self) -> Iterator[Fault]:
        """What the source says of itself that is unlike training, before anything is read."""
        source = self.source
        said = Tables(pd.DataFrame(), source.covered, source.currency, name=self.name, row_is=source.row_is)
        yield from self.window.faults("score")
        yield from log_faults(said, self.window, self.scorer.facts)


@dataclass
class Share:
    """What came of some of the customers.

    pieces : files of scores, each sorted by customer_id. lines : of the log, on each day of the window. tally : None
    where the model has frozen nothing to compare with. seconds : wall time by what was done.
    """

    n_lines: int
    lines: "pd.Series[int]"
    records: frozenset[str]
    set_aside: dict[str, int]
    n_customers: int = 0
    n_flagged: int = 0
    tally: Tally | None = None
    pieces: list[Path] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Count the time of a block under a name."""
        begun = time.perf_counter()
        yield
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - begun

    def __add__(self, more: "Share") -> "Share":
        """What came of the customers of both."""
        tallies = [each for each in (self.tally, more.tally) if each is not None]
        return Share(
            self.n_lines + more.n_lines,
            self.lines + more.lines,
            self.records | more.records,
            _added(self.set_aside, more.set_aside),
            self.n_customers + more.n_customers,
            self.n_flagged + more.n_flagged,
            reduce(operator.add, tallies) if tallies else None,
            [*self.pieces, *more.pieces],
            _added(self.seconds, more.seconds),
        )

    def put(self, job: Job, table: pd.DataFrame, scores: pd.DataFrame, piece: Path) -> None:
        """Count and write the scores of customers who are described in a table."""
        if not len(scores):
            return
        with self.timed("drift"):
            reference = job.scorer.facts.get("reference")
            counted = tally(reference, table, scores) if reference else None
            self.tally = counted if self.tally is None or counted is None else self.tally + counted
        self.n_customers += len(scores)
        self.n_flagged += int(scores["flagged"].sum())
        with self.timed("writing"):
            write_piece(scores.assign(model_version=job.version, run_id=job.run_id), piece)
        self.pieces.append(piece)


Number = TypeVar("Number", int, float)


def _added(one: Mapping[str, Number], more: Mapping[str, Number]) -> dict[str, Number]:
    """The sums by name."""
    return {name: one.get(name, 0) + more.get(name, 0) for name in {**one, **more}}


def trimmed(source: Source, scorer: Scorer) -> Source:
    """A source without the tables and columns that a scorer has no use for: most of a night's time is reading."""
    needed = tables_needed(scorer.plan, scorer.facts)

    def part(table: str, spec: TableSource) -> TableSource:
        return replace(spec, columns={name: sql for name, sql in spec.columns.items() if name in needed[table]})

    tables = {
        table: part(table, specs) if isinstance(specs, TableSource) else [part(table, spec) for spec in specs]
        for table, specs in source.tables.items()
        if table in needed
    }
    return replace(source, tables=tables)


def scored(job: Job, n_processes: int = 1) -> Iterator[Share]:
    """Every share of a job as it is done; by several processes if asked, which end with this one."""
    if job.engine == "spark":
        yield _on_spark(job)
    elif n_processes == 1:
        yield from (_share(job, i) for i in range(job.n_shares))
    else:
        try:
            with processes(n_processes, _prepare, job) as pool:
                for done in as_completed([pool.submit(_share_of_job, i) for i in range(job.n_shares)]):
                    yield done.result()
        except BrokenProcessPool as error:
            found = "a process that was ended from outside, as the system does when memory runs out"
            cure = "score again, with a smaller --memory-limit"
            raise UnableError([Fault("score", found, "processes that live until their work is done", cure)]) from error


def _share(job: Job, i: int) -> Share:
    """The i-th share of the customers: read, described, scored, written."""
    begun = time.perf_counter()
    tables, readings = _read(job, i)
    share = _share_of(job, tables, readings)
    share.seconds["reading"] = time.perf_counter() - begun
    with share.timed("features"):
        tables, window = job.scorer.admitted(tables, job.as_of, partial=job.n_shares > 1)
        told = job.scorer.told(tables, window, job.engine, job.reading_limit)
    if told["table"].empty:  # nobody of this share
        return share
    del tables
    with share.timed("model"):
        snapshot, scores = job.scorer.scored(told, window, reasons=job.reasons)
    share.put(job, snapshot.table, scores, job.folder / f"{i}.parquet")
    return share


def _on_spark(job: Job) -> Share:
    """All customers, by Spark; only the reading goes a share at a time."""
    shares: list[Share] = []

    def read_all() -> Iterator[Tables]:
        for i in range(job.n_shares):
            begun = time.perf_counter()
            tables, readings = _read(job, i)
            shares.append(_share_of(job, tables, readings))
            shares[-1].seconds["reading"] = time.perf_counter() - begun
            yield tables

    begun = time.perf_counter()
    (folder := job.folder / "spark").mkdir()
    settings = {"spark.driver.memory": job.spark_memory}
    found = score_on_spark(job.scorer, read_all(), job.as_of, folder, reasons=job.reasons, settings=settings)
    pieces = ((job.folder / f"{n}.parquet", *piece) for n, piece in enumerate(found))
    first = next(pieces, None)
    whole = reduce(operator.add, shares)
    whole.seconds["features and model"] = time.perf_counter() - begun - whole.seconds["reading"]
    for path, table, scores in [first, *pieces] if first else []:
        whole.put(job, table, scores, path)
    return whole


def _read(job: Job, i: int) -> tuple[Tables, list[Reading]]:
    """The i-th share of the customers; one InputError with what is wrong with the rows, and with the source."""
    share = None if job.n_shares == 1 else (i, job.n_shares)
    try:
        return read(job.source, name=job.name, root=job.root, memory_limit=job.reading_limit, share=share)
    except InputError as error:
        raise InputError([*job.faults(), *error.faults]) from error


def _share_of(job: Job, tables: Tables, readings: list[Reading]) -> Share:
    """What reading tells of some customers."""
    aside = {f"{reading.table}: {rule}": n for reading in readings for rule, n in reading.set_aside.items()}
    lines = lines_per_day(tables.transactions["day"].to_numpy(), job.window)
    return Share(len(tables.transactions), lines, tables.records, aside)


_job: Job | None = None


def _prepare(job: Job) -> None:
    """Hand a process the job, once."""
    global _job
    _job = replace(job)


def _share_of_job(i: int) -> Share:
    assert _job is not None  # the process was prepared
    return _share(_job, i)


def unwritten_faults(whole: Share, scorer: Scorer) -> Iterator[Fault]:
    """What the model was trained with and no share of a log writes down, of what one share alone may lack."""
    needed = {what for use in scorer.plan.features for what in needs(use)} & set(scorer.facts["records"])
    cure = "bring what is missing, or train a model without it"
    for what in sorted(needed - whole.records):
        yield Fault(f"score: {what}", "nothing of it in the log", "what the model was trained with", cure)
