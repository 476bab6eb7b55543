"""What holds for every feature, whatever it computes."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from clientscape.catalog import Use, entry
from clientscape.features.build import CATALOGUE, activity, features
from clientscape.window import Window

SHIFT_DAYS = 37

log_lines = st.lists(
    st.tuples(
        st.sampled_from("ABCDEF"),
        st.integers(1, 5),  # order
        st.integers(1, 400),  # days before as_of, a few of them before the window
        st.integers(0, 23),  # hour
        st.integers(-5_000, 20_000).filter(lambda cents: abs(cents) > 2),  # so that there are halves of either sign
    ),
    min_size=6,
    max_size=40,
)


def reordered(lines, window):
    return lines.sample(frac=1, random_state=3), window


def with_a_stranger(lines, window):
    return pd.concat([lines, lines.assign(customer_id="stranger")]), window


def with_lines_split(lines, window):
    """Every line in two lines of the same order."""
    part = lines["amount_minor"] // 2
    return pd.concat([lines.assign(amount_minor=part), lines.assign(amount_minor=lines["amount_minor"] - part)]), window


def with_other_order_ids(lines, window):
    return lines.assign(order_id="X" + lines["order_id"].str[::-1]), window


def with_all_days_later(lines, window):
    later = timedelta(days=SHIFT_DAYS)
    covers = replace(window.covers, first=window.covers.first + later, end=window.covers.end + later)
    moved = lines.assign(ordered_at=lines["ordered_at"] + later, day=lines["day"] + np.int32(SHIFT_DAYS))
    return moved, replace(window, as_of=window.as_of + later, covers=covers)


def with_amounts_doubled(lines, window):
    return lines.assign(amount_minor=lines["amount_minor"] * 2), window


LAWS = (
    reordered,
    with_a_stranger,
    with_lines_split,
    with_other_order_ids,
    with_all_days_later,
    with_amounts_doubled,
)


def table(tables, window, uses):
    return features(tables, window, uses).drop(columns="as_of").set_index("customer_id")


@pytest.fixture(scope="module")
def company(shop, window, every_use):
    return table(shop, window, every_use)


def same_under(law, before, tables, window, uses, with_lines):
    lines, then = law(tables.transactions, window)
    after = table(with_lines(replace(tables, covers=then.covers), lines), then, uses)
    if law is with_amounts_doubled:
        money = [use.name for use in uses if entry(use.name, CATALOGUE[use.use]).unit == "currency"]
        assert money
        before = before.assign(**before[money] * 2)
    assert_frame_equal(after.drop("stranger", errors="ignore"), before, check_exact=True)


@given(rows=log_lines)
@settings(max_examples=4, deadline=None, derandomize=True, database=None)
def test_any_small_log_is_described_the_same(rows, lines, window, every_use, with_lines):
    midnight = pd.Timestamp(window.as_of)
    written = [
        (who, f"{who}{order}", midnight + pd.Timedelta(days=-days, hours=hour), cents / 100)
        for who, order, days, hour, cents in rows
    ]
    tables = lines(written)
    before = table(tables, window, every_use)
    for law in LAWS:
        same_under(law, before, tables, window, every_use, with_lines)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_shop_is_described_the_same(law, company, shop, window, every_use, with_lines):
    same_under(law, company, shop, window, every_use, with_lines)


def test_a_customer_alone_is_described_as_in_company(company, shop, window, every_use, with_lines):
    lines = shop.transactions
    for who in company.index[::60]:
        alone = table(with_lines(shop, lines[lines["customer_id"] == who]), window, every_use)
        assert_frame_equal(alone, company.loc[[who]], check_exact=True)


def test_columns_and_types_do_not_depend_on_the_log(lines, company, window, every_use):
    tiny = features(lines([("A", "1", "2025-03-01", 5.0)]), window, every_use)
    assert tiny[company.columns].dtypes.to_dict() == company.dtypes.to_dict()
    assert tiny.columns.tolist() == ["as_of", "customer_id", *(use.name for use in every_use)]


@pytest.mark.parametrize(("use", "longest"), [("spend_last", 60), ("order_days_last", 60), ("spend_change", 30)])
def test_a_window_too_short_makes_a_feature_missing_for_all(shop, window, use, longest):
    short = replace(window, lookback_days=60)
    found = features(shop, short, [Use(use, {"days": longest}), Use(use, {"days": longest + 1})])
    assert found[f"{use}_{longest}"].notna().any()
    assert found[f"{use}_{longest + 1}"].isna().all()
    assert found[f"{use}_{longest + 1}"].dtype == np.float64


def test_a_customer_with_one_order_has_no_gaps(lines, window, every_use):
    row = features(lines([("A", "1", "2025-03-01", 5.0), ("A", "1", "2025-03-01", 6.0)]), window, every_use).iloc[0]
    missing = {name for name, value in row.items() if pd.isna(value)}
    assert missing == {
        "gap_days_mean",
        "gap_days_median",
        "gap_days_squared_mean",
        "gap_cv_ratio",
        "overdue_ratio",
        "m_x",
    }


def test_an_order_of_nothing_but_returns_takes_off_spend_and_is_no_order(lines, window, every_use):
    bought = [("A", "1", "2025-02-01", 50.0), ("A", "2", "2025-03-01", 30.0)]
    before, after = (
        features(lines(rows), window, every_use).set_index("customer_id").loc["A"]
        for rows in (bought, [*bought, ("A", "3", "2025-03-20", -20.0), ("B", "4", "2025-03-20", -5.0)])
    )
    changed = {name for name in before.index if before[name] != after[name] and not pd.isna(before[name])}
    assert after["spend_total"] == before["spend_total"] - 20
    assert after["n_orders"] == 2
    assert after["recency_days"] == 31
    assert all("spend" in name for name in changed)


def test_who_only_returned_is_not_described(lines, window):
    tables = lines([("A", "1", "2025-02-01", 50.0), ("B", "2", "2025-03-20", -5.0)])
    assert features(tables, window, [Use("n_orders")])["customer_id"].tolist() == ["A"]


def test_a_return_inside_an_order_leaves_it_an_order(lines, window):
    tables = lines([("A", "1", "2025-03-20", 5.0), ("A", "1", "2025-03-20", -8.0)])
    row = features(tables, window, [Use("n_orders"), Use("spend_total")]).iloc[0]
    assert row[["n_orders", "spend_total"]].tolist() == [1, -3]


def test_an_order_over_midnight_is_one_order_of_its_first_day(lines, window):
    tables = lines([("A", "1", "2025-03-20 23:59:59", 5.0), ("A", "1", "2025-03-21 00:00:01", 8.0)])
    row = features(tables, window, [Use(n) for n in ("recency_days", "n_orders", "n_order_days", "spend_total")]).iloc[
        0
    ]
    assert row.tolist()[2:] == [12, 1, 1, 13.0]


def test_equal_order_ids_of_two_customers_are_two_orders(lines, window):
    tables = lines([("A", "1", "2025-03-20", 5.0), ("B", "1", "2025-03-22", 8.0)])
    assert features(tables, window, [Use("recency_days")])["recency_days"].tolist() == [12, 10]


def test_a_window_without_orders_describes_nobody(lines, window, every_use):
    tables = lines([("A", "1", "2024-02-01", 5.0)])
    assert features(tables, window, every_use).empty
    assert len(features(tables, Window(window.as_of, window.covers, None), every_use)) == 1


def test_activity_counts_returns_of_who_ordered_nothing_and_no_order_twice(lines, window):
    """An order belongs to its first day; what it still adds after as_of is spend, but no new order."""
    tables = lines(
        [
            ("returner", "1", "2025-03-01", 90.0),
            ("returner", "1R", "2025-04-10", -90.0),
            ("late", "2", "2025-03-31 23:00", 10.0),
            ("late", "2", "2025-04-01 01:00", 5.0),
            ("gone", "3", "2025-03-05", 10.0),
        ]
    )
    found = activity(tables, window.ahead(), pd.Series(["returner", "late", "gone"]))
    assert found.to_dict("list") == {"n_order_days": [0.0, 0.0, 0.0], "spend": [-90.0, 5.0, 0.0]}
