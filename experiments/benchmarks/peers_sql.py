"""The same features in DuckDB's SQL over the parquet file: in one query, or in one query a date.

In one query all dates go through together: what does not depend on the date is made once, and joined with the dates.
In one query a date the same common table expressions are temporary tables.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
from sql_text import CHANGE, DAYS, FEATURES, ORDERS, ORDERS_ONE_DATE, PRODUCTS, ROLLED, WAY
from task import WAYS

from clientscape.window import Window

SPANS = (0, 30, 60, 90, 180, 360, 395, 455)  # what the features ask a window for [days]


def features(log: Path, windows: Sequence[Window], prices: pd.DataFrame) -> pa.Table:
    """The features of every customer with an order in the window, for each window; sorted by date and customer."""
    with _opened(prices) as connection:
        found: pa.Table = connection.sql(query(log, windows)).to_arrow_table()
        return found


def features_by_date(log: Path, windows: Sequence[Window], prices: pd.DataFrame) -> pa.Table:
    """The same by temporary tables and a query for each window."""
    with _opened(prices) as connection:
        connection.execute(f"CREATE TEMP TABLE dates AS {_dates(windows)}")
        for name, text in ROLLED.items():
            connection.execute(f"CREATE TEMP TABLE {name} AS {text.format(log=log)}")
        found = [
            connection.sql(f"WITH dates AS ({_dates([window])}), {_described(ORDERS)}").to_arrow_table()
            for window in windows
        ]
        return pa.concat_tables(found)


def query(log: Path, windows: Sequence[Window]) -> str:
    """The one query."""
    rolled = ", ".join(f"{name} AS ({text.format(log=log)})" for name, text in ROLLED.items())
    orders = ORDERS if len(windows) > 1 else ORDERS_ONE_DATE
    return f"WITH dates AS ({_dates(windows)}), {rolled}, {_described(orders)}"


def _described(orders: str) -> str:
    """What depends on the date, to the end of the query."""
    shares = "\n    ".join(f"coalesce(n_used_{w}, 0) AS n_used_{w}, favourite_{w}, favourite_share_{w}," for w in WAYS)
    joins = "\n    ".join(f"LEFT JOIN from_{way} USING (as_of, customer)" for way in WAYS)
    views = [orders, DAYS, *(WAY.format(way=way) for way in WAYS), PRODUCTS]
    return ", ".join(views) + FEATURES.format(ways=shares, joins=joins)


def _dates(windows: Sequence[Window]) -> str:
    """The dates as rows of day numbers, with the largest of the spans that lies within the window."""
    told = ", ".join(
        f"(TIMESTAMP '{w.as_of}', {w.as_of_day}, {w.as_of_day - w.past_days}, {_sees(w.sees)}, {w.history_days})"
        for w in windows
    )
    return f"FROM (VALUES {told}) AS dates(date, as_of, start, sees, history)"


def _sees(sees: Callable[[int], bool]) -> int:
    return max(days for days in SPANS if sees(days))


@contextmanager
def _opened(prices: pd.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, str | bool | int | float | list[str]] = {"threads": 1}
    with duckdb.connect(config=config) as connection:
        connection.from_df(prices).create_view("prices")
        connection.execute(CHANGE)
        yield connection
