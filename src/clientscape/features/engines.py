"""The engines that features can run on, each with a log of its own kind of frames."""

import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clientscape.faults import Fault, refuse
from clientscape.features.portable import Engine, expressions_of
from clientscape.features.rolled import Frame

LOCAL_SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.memory": "2g",
}

Opened = tuple[Engine, dict[str, Frame]]


@contextmanager
def duckdb(frames: Mapping[str, pd.DataFrame], memory_limit: str) -> Iterator[Opened]:
    """DuckDB inside this process; it spills to disk beyond its memory limit."""
    import duckdb as library

    with tempfile.TemporaryDirectory() as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
        }
        with library.connect(config=config) as connection:
            with suppress(library.Error):  # a notebook has no bar, and refuses the setting
                connection.execute("SET enable_progress_bar = false")
            numbers = itertools.count()

            def keep(frame: Frame) -> Frame:
                name = f"kept_{next(numbers)}"
                frame.to_native().create(name)
                return nw.from_native(connection.table(name))

            def collect(frame: Frame) -> pd.DataFrame:
                rows: pd.DataFrame = frame.to_native().to_arrow_table().to_pandas()
                return rows

            tables = {name: connection.from_arrow(_arrow(frame)) for name, frame in frames.items()}
            yield Engine(keep, collect), expressions_of(tables)


@contextmanager
def polars(frames: Mapping[str, pd.DataFrame], memory_limit: str) -> Iterator[Opened]:
    """Polars inside this process; it knows no memory limit."""
    _demand("polars", "polars")
    import polars as library

    tables = {name: library.DataFrame(_arrow(frame)).lazy() for name, frame in frames.items()}
    yield Engine(lambda frame: frame.collect().lazy(), lambda f: f.collect().to_pandas()), expressions_of(tables)


@contextmanager
def spark(frames: Mapping[str, pd.DataFrame], memory_limit: str) -> Iterator[Opened]:
    """Spark: the session that runs, or a local one; its memory is the session's own."""
    with spark_session() as session, tempfile.TemporaryDirectory() as folder:
        tables = {}
        for name, frame in frames.items():
            path = Path(folder, f"{name}.parquet")
            pq.write_table(_arrow(frame), path)
            tables[name] = session.read.parquet(str(path))
        yield Engine(spark_keeps, lambda frame: frame.to_native().toArrow().to_pandas()), expressions_of(tables)


@contextmanager
def spark_session(**settings: str) -> Iterator[Any]:
    """The Spark session that runs, which whoever runs it has set up; or a local one, ended with the block."""
    _demand("pyspark", "spark")
    from pyspark.sql import SparkSession

    if (running := SparkSession.getActiveSession()) is not None:
        yield running
        return
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # or Spark takes the first Python of the path
    builder = SparkSession.builder
    for key, value in {**LOCAL_SPARK, **settings}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def spark_keeps(frame: Frame) -> Frame:
    """A frame that forgets how it was made: of a plan that grows, Spark's planning takes minutes."""
    kept: Frame = nw.from_native(frame.to_native().localCheckpoint())
    return kept


ENGINES: dict[str, Callable[[Mapping[str, pd.DataFrame], str], AbstractContextManager[Opened]]] = {
    "duckdb": duckdb,
    "polars": polars,
    "spark": spark,
}


def _demand(package: str, extra: str) -> None:
    if find_spec(package) is None:
        cure = f"pip install 'clientscape[{extra}]', or choose another engine"
        refuse([Fault("engine", f"`{extra}`, but no package {package}", "an installed engine", cure)])


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)
