"""Those who are measured, each in a process of its own: `python contenders.py NAME LOG N_DATES PRICES` prints JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import peers_pandas
import peers_sql
import pyarrow as pa
from task import frame, tables, uses, windows

from clientscape.features.build import features


@dataclass(frozen=True)
class Measure:
    """What a run took: CPU of all its threads and processes, wall time, the most memory it held."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float


def read(log: Path, n_dates: int, prices: pd.DataFrame) -> object:
    """The columns that are used, by pyarrow, text as dictionaries: what nobody can do without."""
    return frame(log)


def walk(log: Path, n_dates: int, prices: pd.DataFrame) -> pd.DataFrame:
    """From the file through the contract to the features, as clientscape does."""
    return _ours(log, n_dates, prices, "walk")


def engine_duckdb(log: Path, n_dates: int, prices: pd.DataFrame) -> pd.DataFrame:
    """The same by clientscape's portable engine on DuckDB."""
    return _ours(log, n_dates, prices, "duckdb")


def pandas(log: Path, n_dates: int, prices: pd.DataFrame) -> pd.DataFrame:
    """The peer in pandas, from the file on."""
    return peers_pandas.features(frame(log), windows(n_dates), prices)


def sql(log: Path, n_dates: int, prices: pd.DataFrame) -> pa.Table:
    """The peer in SQL, from the file on."""
    return peers_sql.features(log, windows(n_dates), prices)


def sql_by_date(log: Path, n_dates: int, prices: pd.DataFrame) -> pa.Table:
    """The peer in SQL with temporary tables and a query a date."""
    return peers_sql.features_by_date(log, windows(n_dates), prices)


CONTENDERS: dict[str, Callable[[Path, int, pd.DataFrame], object]] = {
    "read": read,
    "walk": walk,
    "pandas": pandas,
    "sql": sql,
    "sql_by_date": sql_by_date,
    "engine_duckdb": engine_duckdb,
}


def measured(name: str, log: Path, n_dates: int, prices: pd.DataFrame) -> Measure:
    """What a contender takes once its libraries are loaded."""
    pa.set_cpu_count(1)
    cpu, wall = _cpu_seconds(), time.perf_counter()
    result = CONTENDERS[name](log, n_dates, prices)
    measure = Measure(_cpu_seconds() - cpu, time.perf_counter() - wall, _peak_mib())
    del result
    return measure


def _ours(log: Path, n_dates: int, prices: pd.DataFrame, engine: str) -> pd.DataFrame:
    checked = tables(log)
    return features(checked, windows(n_dates), uses(checked, prices), prices=prices, engine=engine)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _peak_mib() -> float:
    """The most memory that this process held, or the largest of its children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    status = Path("/proc/self/status")
    if not status.exists():
        return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children) / 1024
    # getrusage would tell the maximum of the program that started this one, where that is larger.
    own = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return max(int(own), children) / 1024


if __name__ == "__main__":
    _, who, lines, dates, learnt = sys.argv
    print(json.dumps(asdict(measured(who, Path(lines), int(dates), pd.read_parquet(learnt)))))
