"""The same numbers on every engine: the walk is held against narwhals' expressions, feature by feature."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from pandas.testing import assert_frame_equal
from tests.features.logs import AS_OF, COVERS, PRICES, nasty
from tests.long import times

from clientscape.features.build import features
from clientscape.features.plan import CELLS_OF, aggregates, dictionary
from clientscape.window import Window

# Polars multiplies by the reciprocal where a column is divided by a number: a last bit of money, points and rates.
DIVIDED = {"polars": {"currency", "currency per month", "points", "order days a day"}}
LOGARITHMS = "nats"


def same(found, known, uses, engine):
    """Equal to the bit, text and missing values too; but for logarithms, and what an engine divides its own way."""
    assert found.columns.tolist() == known.columns.tolist()
    units = {entry.name: entry.unit for entry in dictionary(uses)}
    divided = [name for name in found if units.get(name) in DIVIDED.get(engine, ())]
    logs = [name for name in found if units.get(name) == LOGARITHMS]
    assert_frame_equal(found[divided], known[divided], rtol=1e-15, atol=0)
    assert_frame_equal(found[logs], known[logs], rtol=1e-9, atol=1e-12)
    assert_frame_equal(found.drop(columns=divided + logs), known.drop(columns=divided + logs), check_exact=True)


@pytest.fixture(scope="module")
def two_dates(window):
    """A year before one date; all that there was before another, a month earlier, long enough for a year ago."""
    return [Window(pd.Timestamp("2025-03-05").date(), window.covers), window]


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_shop_at_two_dates(rough, two_dates, every_use, prices, engine):
    known, found = (features(rough, two_dates, every_use, prices=prices, engine=e) for e in ("walk", engine))
    assert known["as_of"].nunique() == 2
    same(found, known, every_use, engine)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_customers_who_are_asked_for(rough, window, every_use, prices, engine):
    asked = pd.Series([*rough.transactions["customer_id"].unique()[:50], "nobody"], name="anything")
    options = {"prices": prices, "customers": asked}
    first_of_cells = {CELLS_OF[use.use]: use for use in every_use[::-1] if aggregates(use)}
    uses = [*first_of_cells.values(), *(use for use in every_use if not aggregates(use))]
    known, found = (features(rough, window, uses, engine=e, **options) for e in ("walk", engine))
    assert "nobody" in set(known["customer_id"])
    same(found, known, uses, engine)


def agree(engine, tables, uses, *lookbacks):
    dates = [Window(AS_OF.date(), COVERS, lookback_days=days) for days in lookbacks]
    known, found = (features(tables, dates, uses, prices=PRICES, engine=e) for e in ("walk", engine))
    same(found, known, uses, engine)


@given(tables=nasty(1, 40))
@settings(max_examples=times(3, 50))
def test_any_small_log_on_polars(tables, every_use):
    agree("polars", tables, every_use, 90, None)


@given(tables=nasty(40, 150))
@settings(max_examples=times(2, 20))
def test_any_log_on_duckdb(tables, every_use):
    agree("duckdb", tables, every_use, None)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_tables_without_rows(rough, window, every_use, prices, engine):
    """Of the events beside the orders, and of customers: sums are 0, the rest is missing."""
    empty = {name: getattr(rough, name).iloc[:0] for name in ("touches", "points", "customers")}
    of = {"touch_days", "visit_days", "visited_categories", "point_days", "customers"}
    uses = [use for use in every_use if CELLS_OF[use.use] in of]
    known, found = (features(replace(rough, **empty), window, uses, engine=e) for e in ("walk", engine))
    same(found, known, uses, engine)
    assert set(known["n_visits"]) == {0.0}
    assert known["attribute_joined_on"].isna().all()
