"""Histories that lifetime value models are measured on: a real log, and simulated ones of any length."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[Any]

# The parameters of BG/NBD on CDNOW (Fader, Hardie & Lee 2005), with alpha in days.
R, ALPHA, A, B = 0.243, 4.414 * 7, 0.793, 2.426
# Those of Gamma-Gamma there (Fader & Hardie 2013), in dollars.
P, Q, V = 6.25, 3.74, 15.44
ACQUIRED_DAYS, OBSERVED_DAYS = 13 * 7, 39 * 7


@dataclass(frozen=True)
class Histories:
    """What the models see of customers, and a mean order value that is 0 where there was no repeat order."""

    x: Array
    t_x: Array
    T: Array
    m_x: Array

    def save(self, folder: Path) -> None:
        """A file for each column."""
        folder.mkdir(parents=True, exist_ok=True)
        for column in fields(self):
            np.save(folder / f"{column.name}.npy", getattr(self, column.name))

    @staticmethod
    def load(folder: Path) -> "Histories":
        """The columns of a folder, in memory."""
        return Histories(*(np.load(folder / f"{column.name}.npy") for column in fields(Histories)))

    def first(self, n: int) -> "Histories":
        """Those of the first n customers."""
        return Histories(*(getattr(self, column.name)[:n] for column in fields(self)))


def cdnow(orders: Path) -> Histories:
    """The published sample of CDNOW up to 1997-09-30 in weeks, orders of a day taken together."""
    lines = pd.read_csv(orders, sep=r"\s+", header=None, usecols=[0, 2, 4], names=["id", "_", "day", "__", "value"])
    lines["day"] = pd.to_datetime(lines.day.astype(str), format="%Y%m%d")
    days = lines[lines.day <= "1997-09-30"].groupby(["id", "day"], as_index=False)["value"].sum()
    first = days.groupby("id").day.transform("min")
    life = days.groupby("id").day.agg(["count", "min", "max"])
    week = pd.Timedelta(days=7)
    return Histories(
        x=life["count"].to_numpy(float) - 1,
        t_x=((life["max"] - life["min"]) / week).to_numpy(float),
        T=((pd.Timestamp("1997-09-30") - life["min"]) / week).to_numpy(float),
        m_x=days[days.day > first].groupby("id").value.mean().reindex(life.index, fill_value=0.0).to_numpy(float),
    )


def simulated(customers: int, *, whole_days: bool, seed: int = 7) -> Histories:
    """Customers who behave as BG/NBD says and come over 13 weeks, seen for 39 weeks; time in days.

    whole_days : time is rounded down and orders of a day are one, as in a log; else hardly two histories are equal.
    """
    rng = np.random.default_rng([seed, customers, whole_days])
    came = rng.uniform(0, ACQUIRED_DAYS, customers)
    T = OBSERVED_DAYS - (np.floor(came) if whole_days else came)
    x, t_x = np.zeros(customers), np.zeros(customers)
    rate, dropout = rng.gamma(R, 1 / ALPHA, customers), rng.beta(A, B, customers)
    time, living = np.zeros(customers), np.arange(customers)
    while living.size:
        time = time + rng.exponential(size=living.size) / rate[living]
        seen = time < T[living]
        time, living = time[seen], living[seen]
        day = np.floor(time) if whole_days else time
        new = day > t_x[living]
        x[living[new]] += 1
        t_x[living[new]] = day[new]
        stays = rng.uniform(size=living.size) >= dropout[living]
        time, living = time[stays], living[stays]
    return Histories(x, t_x, T, _mean_values(rng, x))


def _mean_values(rng: np.random.Generator, x: Array) -> Array:
    """Mean order values as Gamma-Gamma draws them, of whole cents in all; 0 without an order."""
    worth = rng.gamma(P * np.maximum(x, 1)) / rng.gamma(Q, 1 / V, x.size)
    return np.where(x > 0, np.maximum(worth.round(2), 0.01) / np.maximum(x, 1), 0.0)
