"""The synthetic shop, and the scorer's plan for it."""

import os
from dataclasses import replace
from datetime import date
from inspect import Parameter

import pandas as pd
import pytest

from clientscape.catalog import expand, settings
from clientscape.data.synthesize import shop as make_shop
from clientscape.features.build import CATALOGUE
from clientscape.tables import check_tables
from clientscape.window import Covers, Window

pytest_plugins = ["tests.executions"]

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
    return expand(
        [
            {
                "use": name,
                **{key: GRID[key] for key, default in settings(function).items() if default is Parameter.empty},
            }
            for name, function in CATALOGUE.items()
        ]
    )


@pytest.fixture(scope="session")
def lines():
    """A maker of tables out of order lines: customer_id, order_id, ordered_at, amount."""

    def make(rows, covers=COVERS):
        frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "ordered_at", "amount"])
        frame["ordered_at"] = pd.to_datetime(frame["ordered_at"], format="ISO8601")
        return check_tables({"transactions": frame}, covers=covers, currency="EUR")

    return make


@pytest.fixture(scope="session")
def with_lines():
    """The same tables with other order lines."""

    def change(tables, transactions):
        return replace(tables, transactions=transactions.reset_index(drop=True))

    return change


def pytest_sessionfinish(session):
    """Where nothing may be skipped (CLIENTSCAPE_NO_SKIPS), a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CLIENTSCAPE_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("a test was skipped, where none may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
