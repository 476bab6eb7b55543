"""The synthetic shop, and the scorer's plan for it."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from clientscape.catalog import expand, settings
from clientscape.data.synthesize import shop as make_shop
from clientscape.features.build import CATALOGUE
from clientscape.tables import check_tables
from clientscape.window import Covers, Window

COVERS = Covers(date(2024, 1, 1), date(2025, 7, 1))
GRID = {"days": [30, 90]}  # for settings that have no default


@pytest.fixture(scope="session")
def shop():
    """200 customers over a year and a half."""
    frames = make_shop(200, first=COVERS.first, end=COVERS.end, seed=7)
    return check_tables(frames, covers=COVERS, currency="EUR", name="shop")


@pytest.fixture(scope="session")
def window():
    return Window(date(2025, 4, 1), COVERS, lookback_days=365, horizon_days=90)


@pytest.fixture(scope="session")
def every_use():
    """Every feature of the catalogue; one with settings more than once."""
    needed = {name: [key for key in settings(function)] for name, function in CATALOGUE.items()}
    return expand([{"use": name, **{key: GRID[key] for key in keys}} for name, keys in needed.items()])


@pytest.fixture(scope="session")
def lines():
    """A maker of tables out of order lines: customer_id, order_id, ordered_at, amount."""

    def make(rows, covers=COVERS):
        frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "ordered_at", "amount"])
        frame["ordered_at"] = pd.to_datetime(frame["ordered_at"])
        return check_tables({"transactions": frame}, covers=covers, currency="EUR")

    return make


@pytest.fixture(scope="session")
def only():
    """Cut tables down to some order lines, given as a mask or as positions."""

    def cut(tables, rows):
        kept = tables.transactions.loc[rows] if getattr(rows, "dtype", None) == bool else tables.transactions.iloc[rows]
        return replace(tables, transactions=kept.reset_index(drop=True))

    return cut
