"""What an order is, and what is no order; logs of hardly anything, and of very much."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.features.by_hand import bare
from tests.features.logs import tables_of

from clientscape.catalog import Use, expand
from clientscape.features.build import activity, features
from clientscape.window import Window

NO_GAPS = {"gap_days_mean", "gap_days_median", "gap_days_max", "gap_days_squared_mean", "gap_cv_ratio"}
NO_GAPS |= {"overdue_ratio", "m_x"}
YEAR_AGO = {f"{use}_{days}" for use in ("spend_year_ago", "spend_year_change") for days in (30, 90)}


def test_a_log_of_one_customer_and_one_order(described):
    """Only what no order tells is missing: gaps, a year ago, what was not told, and what nobody did."""
    row = described(tables_of(bare([("A", "1", "2025-03-01", 5.0), ("A", "1", "2025-03-01", 6.0)]))).loc["A"]
    missing = {name for name, value in row.items() if pd.isna(value)}
    untold = {
        f"{use}_{way}" for use in ("favourite", "favourite_share") for way in ("channel", "payment_method", "store")
    }
    untold |= {"category_entropy", "favourite_category", "favourite_category_share", "price_tier_ratio"}
    untold |= {"new_product_share", "new_product_share_30", "repeat_product_share"}
    untold |= {"attribute_region", "attribute_email_consent", "attribute_joined_on", "days_since_joined_on"}
    undone = {f"{kind}_ratio{through}" for kind in ("open", "click") for through in ("", "_email", "_app")}
    undone |= {"redeem_ratio", "reaction_recency_days", "visit_day_order_share", "most_visited_category"}
    assert missing == NO_GAPS | YEAR_AGO | untold | undone
    assert row[["n_orders", "spend_total", "order_lines_mean", "recency_days"]].tolist() == [1, 11.0, 2.0, 31]


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
    assert {name for name in changed if "spend" not in name} == {"return_value_ratio", "return_line_share"}


def test_who_only_returned_is_not_described(lines, window):
    tables = lines([("A", "1", "2025-02-01", 50.0), ("B", "2", "2025-03-20", -5.0)])
    assert features(tables, window, [Use("n_orders")])["customer_id"].tolist() == ["A"]


def test_a_return_inside_an_order_leaves_it_an_order(lines, window):
    tables = lines([("A", "1", "2025-03-20", 5.0), ("A", "1", "2025-03-20", -8.0)])
    row = features(tables, window, expand(["n_orders", "spend_total", "order_value_max"])).iloc[0]
    assert row[["n_orders", "spend_total", "order_value_max"]].tolist() == [1, -3, -3]


def test_an_order_over_midnight_is_one_order_of_its_first_day(lines, window):
    tables = lines([("A", "1", "2025-03-20 23:59:59", 5.0), ("A", "1", "2025-03-21 00:00:01", 8.0)])
    uses = expand(["recency_days", "n_orders", "n_order_days", "spend_total", "favourite_weekday", "hour_share"])
    assert features(tables, window, uses).iloc[0].tolist()[2:] == [12, 1, 1, 13.0, 4, 1.0]


def test_an_order_that_began_before_the_window_is_none_of_it_but_its_lines_are_spend(lines, window):
    tables = lines(
        [("A", "1", "2024-03-31 23:59", 5.0), ("A", "1", "2024-04-01 00:01", 8.0), ("A", "2", "2025-03-20", 1.0)]
    )
    uses = expand(["n_orders", "n_order_days_ever", "spend_total"])
    assert features(tables, window, uses).iloc[0].tolist()[2:] == [1, 2, 9.0]


def test_an_order_over_as_of_is_what_it_was_by_then(lines, window):
    tables = lines([("A", "1", "2025-03-31 23:00", 10.0), ("A", "1", "2025-04-01 01:00", 5.0)])
    uses = expand(["n_orders", "spend_total", "order_lines_mean"])
    assert features(tables, window, uses).iloc[0].tolist()[2:] == [1, 10.0, 1.0]


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


@pytest.fixture(scope="module")
def busy():
    """A customer with 100,000 orders, between two with one."""
    n = 100_000
    first = pd.Timestamp("2024-05-01")
    bare_log = pd.DataFrame({"customer_id": "m", "order_id": range(n)})
    minutes = pd.to_timedelta(pd.Series(range(n)) * 5 % (300 * 1440), unit="m")
    bare_log = bare_log.assign(ordered_at=first + minutes, amount=pd.Series(range(n)) % 1000 / 100 + 1)
    tables = tables_of(bare([("a", "1", "2025-03-01", 5.0), ("z", "1", "2025-03-02", 6.0)]))
    return tables, bare_log


def test_a_customer_with_a_hundred_thousand_orders(busy, described, lines):
    two, many = busy
    small = pd.DataFrame({"customer_id": ["a", "z"], "order_id": [1, 1], "amount": [5.0, 6.0]})
    small["ordered_at"] = pd.to_datetime(["2025-03-01", "2025-03-02"])
    tables = lines(pd.concat([many, small])[["customer_id", "order_id", "ordered_at", "amount"]])
    found = described(tables)
    assert found.loc["m", ["n_orders", "n_order_days", "gap_days_max"]].tolist() == [100_000, 300, 1]
    assert found.loc["m", "spend_total"] == pytest.approx(100_000 * (1 + 9.99 / 2))
    assert found.loc["m", "order_value_median"] == 5.995
    alone = described(two)
    assert_frame_equal(found.loc[["a", "z"]], alone[found.columns], check_exact=True)
