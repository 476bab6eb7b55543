"""A made-up shop whose customers come, buy and leave: the made log with its orders dealt to them, and its source."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from made_log import COVERS, CURRENCY, Array, write_log
from memory import SOURCE
from task import COLUMNS

LINES_A_CUSTOMER = 20
OF_OLD = 0.45  # share that was there before the log begins
LAST_TO_JOIN = 0.95  # newcomers join until then [share of the days]
STAY = 1.2  # how long a customer stays on average [share of the days]
RATE_SHAPE = 1.2  # of the gamma that rates of ordering are drawn from: the smaller, the more unequal


def write_shop(folder: Path, n_customers: int, *, seed: int = 7) -> Path:
    """The source's YAML of a shop with so many customers, whose log is made when it is not there."""
    log, source = log_of(folder, n_customers), folder / f"shop_{n_customers}.yaml"
    if not log.exists():
        folder.mkdir(parents=True, exist_ok=True)
        orders = log.with_suffix(".orders")
        write_log(orders, n_customers * LINES_A_CUSTOMER, seed=seed)
        _deal(orders, log, n_customers, seed)
        orders.unlink()
    columns = ", ".join(f"{name}: {name}" for name in COLUMNS)
    source.write_text(
        SOURCE.format(first=COVERS.first, end=COVERS.end, currency=CURRENCY, log=log.resolve(), columns=columns)
    )
    return source


def log_of(folder: Path, n_customers: int) -> Path:
    """Where the log of a shop is."""
    return folder / f"shop_{n_customers}.parquet"


def _deal(orders: Path, log: Path, n_customers: int, seed: int) -> None:
    """The orders of a log, which are numbered in the order of time, with their customers."""
    numbers = np.unique(pq.read_table(orders, columns=["order_id"])["order_id"].to_numpy())  # some have no line
    buyer = np.zeros(numbers[-1] + 1, dtype=np.int32)
    buyer[numbers] = buyers(n_customers, len(numbers), seed=seed)
    names = pa.array([f"C{i:08d}" for i in range(n_customers)])
    unfinished = log.with_suffix(".unfinished")
    with pq.ParquetFile(orders) as file, pq.ParquetWriter(unfinished, file.schema_arrow) as writer:
        at = file.schema_arrow.names.index("customer_id")
        for group in range(file.num_row_groups):
            lines = file.read_row_group(group)
            codes = pa.array(buyer[lines["order_id"].to_numpy()])
            writer.write_table(lines.set_column(at, "customer_id", pa.DictionaryArray.from_arrays(codes, names)))
    os.replace(unfinished, log)


def buyers(n_customers: int, n_orders: int, *, seed: int = 7) -> Array:
    """Who places each order, (n_orders,), in the order of time: everyone one at least, while he is with the shop.

    Rates are gamma, stays exponential; when within his stay a customer orders is left to chance.
    """
    rng = np.random.default_rng([seed, n_customers])
    joins = np.where(rng.random(n_customers) < OF_OLD, 0.0, rng.random(n_customers) * LAST_TO_JOIN)
    stays = np.minimum(rng.exponential(STAY, n_customers), 1.0 - joins)
    chance = np.cumsum(rng.gamma(RATE_SHAPE, 1.0, n_customers) * stays)
    more = np.searchsorted(chance, rng.random(n_orders - n_customers) * chance[-1], side="right")
    who = np.append(rng.permutation(n_customers), more).astype(np.int32)
    return who[np.argsort(joins[who] + rng.random(n_orders) * stays[who], kind="stable")]
