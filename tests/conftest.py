"""The synthetic shop with all that a shop may have, and uses of the whole catalogue."""

import os
from dataclasses import replace
from datetime import date
from inspect import Parameter

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings as of_examples

from clientscape.catalog import expand, settings
from clientscape.data.synthesize import shop as make_shop
from clientscape.features.build import CATALOGUE
from clientscape.tables import check_tables
from clientscape.window import Covers, Window

pytest_plugins = ["tests.executions", "tests.sparked"]

of_examples.register_profile("always the same", deadline=None, derandomize=True, database=None)
of_examples.register_profile("many", of_examples.get_profile("always the same"), max_examples=1000)
of_examples.load_profile("many" if os.environ.get("CLIENTSCAPE_LONG") else "always the same")

COVERS = Covers(date(2024, 1, 1), date(2025, 7, 1))
# For settings that have no default; and uses that set what has one.
GRID = {
    "days": [30, 90],
    "which": ["channel", "payment_method", "store"],
    "column": ["region", "email_consent", "joined_on"],
}
DATES = {"column": "joined_on"}
MORE = [
    {"use": "is_new", "days": [30, 365]},
    {"use": "new_product_share", "days": 30},
    {"use": "points_spent_last", "days": 90},
    {"use": "contacts_last", "days": 90},
    {"use": "hour_share", "first": 0, "end": 12},
    *({"use": use, "through": ["email", "app"]} for use in ("n_contacts", "open_ratio", "click_ratio")),
]


def with_all_columns(frames):
    """The columns that the synthetic shop does not have, made of those that it has; a few values are missing.

    Touches are spread over the month and over two channels: the shop sends all on the first, by email.
    """
    lines, touches = frames["transactions"], frames["touches"]
    at, seen = np.arange(len(lines)), np.arange(len(touches))
    words = np.array(sorted(lines["category"].unique()), dtype=object)
    return frames | {
        "transactions": lines.assign(
            store=("S" + pd.Series(at // 3 % 5).astype("str")).where(at % 7 > 0),
            channel=lines["channel"].where(at % 29 > 0),
            category=lines["category"].where(at % 31 > 0),
            product_id=lines["product_id"].where(at % 37 > 0),
            margin=(lines["amount"] * 0.4 - at % 3).round(2).where(at % 11 > 0),
            coupon=(lines["discount"] / 2).round(2).where(at % 13 > 0),
        ),
        "touches": touches.assign(
            category=pd.Series(words[seen // 2 % len(words)]).where(seen % 5 > 0),
            channel=touches["channel"].mask(seen % 4 == 0, "app"),
            at=touches["at"] + pd.to_timedelta(seen % 3 * 10, unit="D"),
        ),
    }


@pytest.fixture(scope="session")
def shop():
    """200 customers over a year and a half."""
    frames = with_all_columns(make_shop(200, first=COVERS.first, end=COVERS.end, seed=7))
    return check_tables(frames, covers=COVERS, currency="EUR", name="shop")


@pytest.fixture(scope="session")
def window():
    return Window(date(2025, 4, 1), COVERS, lookback_days=365, horizon_days=90)


@pytest.fixture(scope="session")
def every_use():
    """Every feature of the catalogue; one with settings more than once."""
    written = []
    for name, function in CATALOGUE.items():
        grid = GRID | DATES if name == "days_since" else GRID
        open_settings = [key for key, default in settings(function).items() if default is Parameter.empty]
        written.append({"use": name, **{key: grid[key] for key in open_settings}})
    return expand([*written, *MORE])


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
