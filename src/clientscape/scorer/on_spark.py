"""Scoring on Spark: features by the same expressions as elsewhere, the model by mapInPandas."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from clientscape.features import portable
from clientscape.features.asking import Ask
from clientscape.features.build import stacked
from clientscape.features.engines import spark_keeps, spark_session
from clientscape.features.plan import Asked
from clientscape.scorer.model import Scorer, Told
from clientscape.scorer.snapshot import BESIDE_FEATURES
from clientscape.tables import SCORES, Tables
from clientscape.window import Window

TYPES = {"text": "string", "count": "long", "flag": "boolean"}  # by the kind of a score; double is the rest
Batches = Iterator[pd.DataFrame]


def score_on_spark(
    scorer: Scorer,
    shares: Iterable[Tables],
    as_of: date,
    folder: Path,
    *,
    reasons: Told = "flagged",
    at_once: int = 10_000,
    settings: Mapping[str, str] | None = None,
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Described customers and their scores in pieces, as `Scorer.described` gives them for all at once.

    shares : of the customers, each with all of his rows. folder : empty, and one that all of Spark's machines see: the
    log goes there, scores come from there. at_once : customers whom the model sees together. settings : of a local
    session, where none runs.
    """
    questions: tuple[Window, list[Asked], int] | None = None
    for n, tables in enumerate(shares):
        admitted, window = scorer.admitted(tables, as_of, partial=True)
        asked, frames = scorer.planned(admitted, window)
        _put(frames, folder / "log", n)
        questions = window, asked, admitted.minor_units
    assert questions is not None  # a log without a share would have been refused
    window, asked, minor_units = questions
    with spark_session(**(settings or {})) as session:
        log = {path.name: session.read.parquet(str(path)) for path in sorted((folder / "log").iterdir())}
        engine = portable.Engine(spark_keeps, lambda frame: frame.to_native().toPandas())
        answers = portable.describe(portable.expressions_of(log), engine, asked, minor_units=minor_units)
        wide = _Wide(window, scorer.questions(window))
        rows = wide.joined([frame.to_native() for frame in answers])
        limit = "spark.sql.execution.arrow.maxRecordsPerBatch"
        before = session.conf.get(limit)
        session.conf.set(limit, str(at_once))
        try:
            rows.mapInPandas(_model(scorer, wide, reasons), wide.schema).write.parquet(str(folder / "scored"))
        finally:
            session.conf.set(limit, before)
    for file in sorted((folder / "scored").glob("part-*.parquet")):
        yield wide.apart(pd.read_parquet(file))


def _put(frames: Mapping[str, pd.DataFrame], folder: Path, n: int) -> None:
    """Write the tables of a share where Spark reads them; of one without rows only the columns, if they are new."""
    for name, frame in frames.items():
        there = folder / name
        if len(frame) or not there.is_dir():
            there.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(there / f"{n}.parquet", index=False)


@dataclass
class _Wide:
    """Answers to several questions as one row for each customer, which Spark can hand to the model.

    Columns go by number: a feature's name may hold what Spark takes for an expression. `texts` are those of text.
    """

    window: Window
    asks: Mapping[str, Ask]
    texts: frozenset[str] = frozenset()

    def joined(self, answers: list[Any]) -> Any:
        """One Spark frame out of the answers' frames, a row for each customer who is to be scored."""
        wide = None
        for (name, ask), frame in zip(self.asks.items(), answers, strict=True):
            self.texts |= {column for column, kind in frame.dtypes if kind == "string"} - {"customer_id"}
            numbered = frame.withColumnsRenamed({use.name: f"{name}_{n}" for n, use in enumerate(ask.uses)})
            wide = numbered if wide is None else wide.join(numbered, on="customer_id", how="left")
        return wide

    def told(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """The answers about some customers, as `features.build.answers` gives them."""
        found = {}
        for name, ask in self.asks.items():
            columns = {f"{name}_{n}": use.name for n, use in enumerate(ask.uses)}
            frame = rows[["customer_id", *columns]].rename(columns=columns)
            if name != "table":  # whom an answer does not know has nothing in it
                frame = frame.dropna(how="all", subset=list(columns.values()))
            frame["customer_id"] = frame["customer_id"].astype("str")
            found[name] = stacked([frame], [self.window], ask.uses)
        return found

    @property
    def described(self) -> dict[str, str]:
        """Columns of described customers by what Spark calls them."""
        names = [*(use.name for use in self.asks["table"].uses), *BESIDE_FEATURES]
        return {f"described_{n}": name for n, name in enumerate(names)}

    @property
    def schema(self) -> str:
        """What the model gives, in Spark's words; the date is left to `apart`, as a time has a zone there."""
        kinds = {name: TYPES.get(kind, "double") for name, kind in SCORES.items() if name != "as_of"}
        kinds |= {key: "string" if name in self.texts else "double" for key, name in self.described.items()}
        return ", ".join(f"{name} {kind}" for name, kind in kinds.items())

    def apart(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Described customers and their scores, sorted by customer, out of what the model gave."""
        rows = rows.sort_values("customer_id", ignore_index=True)
        rows.insert(0, "as_of", pd.Timestamp(self.window.as_of).as_unit("us"))
        described = rows[["as_of", "customer_id", *self.described]].rename(columns=self.described)
        return described, rows[list(SCORES)].astype({"as_of": "datetime64[us]"})


def _model(scorer: Scorer, wide: _Wide, reasons: Told) -> Callable[[Batches], Batches]:
    """The model as Spark calls it, in processes of its own."""

    def scored(batches: Batches) -> Batches:
        for rows in batches:
            if len(rows):
                snapshot, scores = scorer.scored(wide.told(rows), wide.window, reasons=reasons)
                more = snapshot.table[list(wide.described.values())].set_axis(list(wide.described), axis=1)
                yield pd.concat([scores.drop(columns="as_of"), more], axis=1)

    return scored
