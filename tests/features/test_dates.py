"""Many dates at once: each one's rows are what it gives alone."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from clientscape.catalog import expand
from clientscape.faults import InputError
from clientscape.features import walk
from clientscape.features.build import features
from clientscape.features.plan import CELLS_OF, aggregates


@pytest.fixture(scope="module")
def months(window):
    """Twelve dates, the last of them one after the whole history."""
    dates = [replace(window, as_of=window.as_of - timedelta(days=30 * n), lookback_days=90) for n in range(11)]
    return [*dates[::-1], window.whole()]


def alone(tables, windows, uses, **options):
    """Single runs below each other."""
    return pd.concat([features(tables, w, uses, **options) for w in windows], ignore_index=True)


def test_twelve_dates_on_the_walk(rough, months, every_use, prices):
    together = features(rough, months, every_use, prices=prices)
    assert_frame_equal(together, alone(rough, months, every_use, prices=prices), check_exact=True)
    assert together["as_of"].nunique() == 11
    assert together["customer_id"].groupby(together["as_of"]).apply(lambda who: who.is_monotonic_increasing)[:-1].all()


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_two_dates_on_an_engine(rough, months, every_use, prices, engine):
    """They share what is rolled up, so a feature of each kind of cells; their windows differ in length."""
    few = [months[2], months[-1]]
    uses = list({CELLS_OF[use.use]: use for use in every_use if aggregates(use)}.values())
    options = {"prices": prices, "engine": engine}
    together = features(rough, few, uses, **options)
    assert_frame_equal(together, alone(rough, few, uses, **options), check_exact=True)


@pytest.mark.parametrize("engine", ["walk", "polars"])
def test_dates_in_any_order_come_sorted(rough, months, engine):
    uses = expand(["recency_days", "spend_total", "n_products"])
    in_order, reverse = (features(rough, dates, uses, engine=engine) for dates in (months[:4], months[3::-1]))
    assert_frame_equal(reverse, in_order, check_exact=True)
    assert in_order["as_of"].is_monotonic_increasing


@pytest.mark.parametrize(("times", "found"), [(0, "none"), (2, "2025-04-01 2 times")])
def test_no_window_and_the_same_twice_are_refused(rough, window, times, found):
    with pytest.raises(InputError, match=f"features.windows: found {found}"):
        features(rough, [window] * times, expand(["recency_days"]))


def test_a_date_without_orders_has_no_rows_and_leaves_the_others(rough, window, every_use, prices):
    first_day = replace(window, as_of=window.covers.first + timedelta(days=1), lookback_days=None)
    quiet = replace(rough, transactions=rough.transactions[rough.transactions["day"] > first_day.as_of_day])
    found = features(quiet, [first_day, window], every_use, prices=prices)
    assert_frame_equal(found, features(quiet, window, every_use, prices=prices), check_exact=True)


def test_blocks_of_customers_of_any_size_give_the_same(rough, months, every_use, prices, monkeypatch):
    whole = features(rough, months[-2:], every_use, prices=prices)
    for size in (300, 5000):
        monkeypatch.setattr(walk, "BLOCK_LINES", size)
        assert_frame_equal(features(rough, months[-2:], every_use, prices=prices), whole, check_exact=True)


def test_progress_is_told_up_to_the_end(shop, window):
    told = []
    features(shop, window, expand(["recency_days"]), progress=lambda done, of: told.append((done, of)))
    n_customers = shop.transactions["customer_id"].nunique()
    assert told[-1] == (n_customers, n_customers)
    told.clear()
    dates = [window, window.before()]
    features(shop, dates, expand(["recency_days"]), engine="polars", progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]
