"""No feature sees the future."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from clientscape.catalog import Use
from clientscape.clv.lifetime import bgnbd_gamma_gamma
from clientscape.features.build import activity, features, letters
from clientscape.scorer.snapshot import take


def drop(lines, as_of):
    return lines[lines["ordered_at"] < as_of]


def multiply(lines, as_of):
    future = lines["ordered_at"] >= as_of
    return lines.assign(amount_minor=lines["amount_minor"].where(~future, lines["amount_minor"] * -100))


def add_at_midnight(lines, as_of):
    """Every customer orders at exactly as_of, newcomers too."""
    day = np.int32((as_of - pd.Timestamp(0)).days)
    known = lines.drop_duplicates("customer_id")
    more = pd.concat([known, known.assign(customer_id="new " + known["customer_id"])])
    more = more.assign(order_id="M" + more["customer_id"], ordered_at=as_of, day=day, amount_minor=9_999_900)
    return pd.concat([lines, more.astype(lines.dtypes)], ignore_index=True)


def go_on_with_old_orders(lines, as_of):
    """Lines after as_of that belong to orders from before it."""
    day = np.int32((as_of - pd.Timestamp(0)).days)
    last = drop(lines, as_of).drop_duplicates("customer_id", keep="last")
    return pd.concat([lines, last.assign(ordered_at=as_of, day=day).astype(lines.dtypes)], ignore_index=True)


@pytest.fixture(params=[drop, multiply, add_at_midnight, go_on_with_old_orders], ids=lambda change: change.__name__)
def other_future(request, shop, window, with_lines):
    return with_lines(shop, request.param(shop.transactions, pd.Timestamp(window.as_of)))


@pytest.fixture(scope="module")
def snapshot(shop, window, every_use):
    return take(shop, window, every_use, bgnbd_gamma_gamma(), fit=True)


@pytest.fixture(scope="module")
def known(shop, window, every_use):
    return features(shop, window, every_use)


def test_features_are_equal_whatever_comes(other_future, window, every_use, known):
    found = features(other_future, window, every_use)
    assert_frame_equal(found, known, check_exact=True)
    for column in found.columns.drop("customer_id"):
        assert found[column].to_numpy().tobytes() == known[column].to_numpy().tobytes(), column


def test_letters_and_activity_are_equal_whatever_comes(shop, other_future, window, known):
    assert_frame_equal(letters(other_future, window), letters(shop, window), check_exact=True)
    for w in (window, window.recent()):
        before, after = (activity(tables, w, known["customer_id"]) for tables in (shop, other_future))
        assert_frame_equal(after, before, check_exact=True)


def test_a_snapshot_and_the_lifetime_model_it_fits_are_equal_whatever_comes(snapshot, other_future, window, every_use):
    found = take(other_future, window, every_use, bgnbd_gamma_gamma(), fit=True)
    assert_frame_equal(found.table, snapshot.table, check_exact=True)
    assert_frame_equal(found.past, snapshot.past, check_exact=True)


def test_the_future_is_seen_from_behind_it(shop, other_future, window, known):
    ahead = [activity(tables, window.ahead(), known["customer_id"]) for tables in (shop, other_future)]
    assert not ahead[0].equals(ahead[1])


def test_a_change_of_the_past_is_seen_by_every_feature(shop, window, every_use, known, with_lines):
    fewer = with_lines(shop, shop.transactions[::2])
    cut = features(fewer, window, every_use).set_index("customer_id")
    before = known.set_index("customer_id").loc[cut.index]
    assert [name for name in cut.columns.drop("as_of") if cut[name].equals(before[name])] == []


@pytest.mark.parametrize(("second", "counts"), [("2025-03-31 23:59:59.999999", True), ("2025-04-01 00:00:00", False)])
def test_the_last_microsecond_counts_and_midnight_does_not(lines, window, second, counts):
    tables = lines([("A", "1", "2025-03-20", 10.0), ("A", "2", second, 7.0)])
    row = features(tables, window, [Use("recency_days"), Use("n_orders"), Use("spend_total")]).iloc[0]
    assert row[["recency_days", "n_orders", "spend_total"]].tolist() == ([1, 2, 17.0] if counts else [12, 1, 10.0])


@pytest.mark.parametrize(("first", "counts"), [("2024-04-01 00:00:00", True), ("2024-03-31 23:59:59.999999", False)])
def test_the_past_begins_with_its_first_midnight(lines, window, first, counts):
    tables = lines([("A", "1", first, 10.0), ("A", "2", "2025-03-20", 7.0)])
    row = features(tables, window, [Use("tenure_days")]).iloc[0]
    assert row["tenure_days"] == (365 if counts else 12)
    assert letters(tables, window)["T"].tolist() == [365 if counts else 366]
