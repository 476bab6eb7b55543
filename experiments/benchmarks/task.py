"""What everyone has to compute: which features, from which dates, out of which columns."""

from collections.abc import Sequence
from datetime import date
from inspect import Parameter
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from made_log import COVERS, CURRENCY

from clientscape.catalog import Use, expand, settings
from clientscape.features.build import CATALOGUE, has
from clientscape.features.crowd import usual_prices
from clientscape.features.plan import lacking
from clientscape.tables import Tables, check_tables
from clientscape.window import Window

WAYS = ("channel", "payment_method", "store")
TEXT = ("customer_id", "product_id", "category", *WAYS)
COLUMNS = ("order_id", "ordered_at", "amount", "quantity", "discount", *TEXT)
GRID = {"days": [30, 90], "which": list(WAYS)}
DATES = [date(2024, month, 1) for month in range(2, 13)] + [date(2025, 1, 1)]


def windows(n_dates: int, lookback_days: int | None = None) -> list[Window]:
    """The last so many firsts of a month up to the end of the log, each with the whole history as its past."""
    return [Window(day, COVERS, lookback_days) for day in DATES[-n_dates:]]


def uses(tables: Tables, prices: pd.DataFrame) -> list[Use]:
    """All features of the catalogue that the log allows."""
    asked = expand(
        [
            {"use": name, **{key: GRID[key] for key in _open(name)}}
            for name in CATALOGUE
            if set(_open(name)) <= set(GRID)
        ]
    )
    absent = lacking(asked, has(tables, prices))
    return [use for use in asked if use.name not in absent]


def frame(log: Path) -> pd.DataFrame:
    """The columns that are used, text as categories."""
    table = pq.read_table(log, columns=list(COLUMNS), read_dictionary=list(TEXT))
    lines: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return lines


def tables(log: Path) -> Tables:
    """The log after its contract."""
    return check_tables({"transactions": frame(log)}, covers=COVERS, currency=CURRENCY)


def learnt_prices(log: Path) -> pd.DataFrame:
    """The usual prices, learnt from the past of the first of all dates."""
    prices = usual_prices(tables(log), windows(len(DATES))[0])
    assert prices is not None
    return prices


def _open(name: str) -> Sequence[str]:
    """The settings of a feature that have no default."""
    return [key for key, default in settings(CATALOGUE[name]).items() if default is Parameter.empty]
