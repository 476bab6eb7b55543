"""A made-up log of order lines of any length, the same for the same seed, written in chunks."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from clientscape.window import Covers

Array = NDArray[Any]

COVERS = Covers(date(2023, 1, 1), date(2025, 1, 1))
CURRENCY = "EUR"
CHUNK = 2_000_000
LINES_AN_ORDER, LINES_A_CUSTOMER = 3, 30
N_PRODUCTS, N_CATEGORIES, N_STORES = 20_000, 40, 50
CHANNELS = ("app", "phone", "store", "web")
PAYMENTS = ("card", "cash", "invoice", "paypal", "voucher")
SECONDS = 86_400


@dataclass(frozen=True)
class Shop:
    """Customers with what share of the orders is theirs (cumulated), products with price and category."""

    customers: pa.Array
    share: Array
    products: pa.Array
    popularity: Array
    cents: Array
    category: Array


def write_log(path: Path, lines: int, *, seed: int = 7) -> None:
    """The log as a parquet file, whole or not at all."""
    rng = np.random.default_rng([seed, lines])
    shop = _shop(rng, max(1_000, lines // LINES_A_CUSTOMER))
    n_chunks, writer, first_order = -(-lines // CHUNK), None, 0
    unfinished = path.with_suffix(".unfinished")
    for chunk in range(n_chunks):
        n_lines = min(CHUNK, lines - chunk * CHUNK)
        n_orders = n_lines // LINES_AN_ORDER
        part = (chunk + np.sort(rng.random(n_orders))) / n_chunks
        table = _lines(rng, shop, part, n_lines, first_order)
        first_order += n_orders
        writer = writer or pq.ParquetWriter(unfinished, table.schema)
        writer.write_table(table, row_group_size=CHUNK // 2)
    if writer:
        writer.close()
    os.replace(unfinished, path)


def _shop(rng: np.random.Generator, n_customers: int) -> Shop:
    share = np.cumsum(rng.gamma(0.7, 1.0, n_customers))
    popularity = np.cumsum(1 / np.arange(1, N_PRODUCTS + 1) ** 0.8)
    category = rng.zipf(1.3, N_PRODUCTS) % N_CATEGORIES
    # Some products stand in no category.
    category[rng.random(N_PRODUCTS) < 0.01] = -1
    return Shop(
        customers=pa.array([f"C{i:08d}" for i in rng.permutation(n_customers)]),
        share=share / share[-1],
        products=pa.array([f"P{i:06d}" for i in range(N_PRODUCTS)]),
        popularity=popularity / popularity[-1],
        cents=np.rint(rng.lognormal(2, 0.8, N_PRODUCTS) * 100).astype(np.int64) + 10,
        category=category,
    )


def _lines(rng: np.random.Generator, shop: Shop, part: Array, n_lines: int, first_order: int) -> pa.Table:
    """Lines of orders at some parts of the days covered, in the order of their orders."""
    n_orders, n_days = len(part), (COVERS.end - COVERS.first).days
    order = np.sort(rng.integers(0, n_orders, n_lines))
    channel = rng.integers(0, len(CHANNELS), n_orders)
    in_store = channel == CHANNELS.index("store")
    ways = {
        "channel": (channel, list(CHANNELS)),
        "payment_method": (rng.integers(0, len(PAYMENTS), n_orders), list(PAYMENTS)),
        "store": (np.where(in_store, rng.integers(0, N_STORES, n_orders), -1), [f"S{i:02d}" for i in range(N_STORES)]),
    }
    buyer = np.searchsorted(shop.share, rng.random(n_orders))
    product = np.minimum(np.searchsorted(shop.popularity, rng.random(n_lines)), N_PRODUCTS - 1)
    categories = [f"category {i:02d}" for i in range(N_CATEGORIES)]
    return pa.table(
        {
            "customer_id": _words(buyer[order], shop.customers),
            "order_id": pa.array(first_order + order),
            "ordered_at": _times(rng, (part * n_days * SECONDS).astype(np.int64), order),
            **_amounts(rng, shop.cents[product]),
            "product_id": _words(product, shop.products),
            "category": _words(shop.category[product], pa.array(categories)),
            **{name: _words(codes[order], pa.array(words)) for name, (codes, words) in ways.items()},
        }
    )


def _times(rng: np.random.Generator, second: Array, order: Array) -> pa.Array:
    """Most orders have one time; one in fifty has its lines within three hours, some of them over midnight."""
    several = (rng.random(len(second)) < 0.02)[order]
    later = np.where(several, rng.integers(0, 3 * 3600, len(order)), 0)
    at = np.minimum(second[order] + later, (COVERS.end - COVERS.first).days * SECONDS - 1)
    return pa.array(np.datetime64(COVERS.first, "us") + at.astype("timedelta64[s]").astype("timedelta64[us]"))


def _amounts(rng: np.random.Generator, cents: Array) -> dict[str, pa.Array]:
    """Amounts, quantities and discounts; two lines in a hundred are returns."""
    n = len(cents)
    quantity = 1 + rng.poisson(0.4, n)
    returned = rng.random(n) < 0.02
    discount = np.where((rng.random(n) < 0.2) & ~returned, cents * quantity // 5, 0)
    sign = np.where(returned, -1, 1)
    return {
        "amount": pa.array(sign * (cents * quantity - discount) / 100),
        "quantity": pa.array((sign * quantity).astype(float)),
        "discount": pa.array(discount / 100),
    }


def _words(codes: Array, words: pa.Array) -> pa.DictionaryArray:
    """Text as positions in words; below 0 is missing."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), words)
