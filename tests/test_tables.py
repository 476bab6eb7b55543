from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clientscape.exact import minor_digits
from clientscape.faults import Fault, InputError
from clientscape.tables import SCORES, Tables, check_scores, check_tables
from clientscape.window import Covers

COVERS = Covers(date(2024, 1, 1), date(2024, 7, 1))


def lines(**columns: Any) -> pd.DataFrame:
    """Three sound order lines, with other or further columns."""
    sound = {
        "customer_id": ["C1", "C1", "C2"],
        "order_id": ["1", "2", "3"],
        "ordered_at": pd.to_datetime(["2024-01-01 00:00", "2024-02-29 12:00", "2024-06-30 23:59"]),
        "amount": [10.0, -2.5, 0.1],
    }
    return pd.DataFrame(sound | columns)


def check(currency: str = "EUR", covers: Covers = COVERS, **frames: pd.DataFrame) -> Tables:
    return check_tables({"transactions": lines()} | frames, covers=covers, currency=currency, name="shop")


def refused(currency: str = "EUR", covers: Covers = COVERS, **frames: pd.DataFrame) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        check(currency, covers, **frames)
    return caught.value.faults


def test_sound_lines_become_exact() -> None:
    log = check().transactions
    assert list(log.columns) == ["customer_id", "order_id", "ordered_at", "amount_minor", "day", "hour"]
    assert log["amount_minor"].tolist() == [1000, -250, 10]
    assert log["amount_minor"].dtype == np.int64
    assert log["day"].tolist() == [19723, 19782, 19904]


def test_the_first_and_the_last_minute_are_covered() -> None:
    (fault,) = refused(covers=Covers(date(2024, 1, 2), date(2024, 6, 30)))
    assert fault.where == "shop: transactions.ordered_at"
    assert "2 orders outside (row 0: 2024-01-01 00:00:00, 2: 2024-06-30 23:59:00)" in fault.found
    assert "2024-01-02 to 2024-06-29" in fault.expected


@pytest.mark.parametrize(
    ("currency", "amounts", "minor"),
    [
        ("EUR", [0.1 + 0.2, 1.15, 1e9], [30, 115, 100_000_000_000]),
        ("JPY", [100, -250, 7], [100, -250, 7]),
        ("KWD", [0.001, 1.234, -0.5], [1, 1234, -500]),
        ("EUR", [Decimal("19.99"), Decimal("-0.01"), Decimal("70000000000000.07")], [1999, -1, 7_000_000_000_000_007]),
    ],
)
def test_amounts_become_whole_minor_units(currency: str, amounts: list[Any], minor: list[int]) -> None:
    tables = check(currency, transactions=lines(amount=amounts))
    assert tables.transactions["amount_minor"].tolist() == minor
    assert tables.minor_units == 10 ** minor_digits(currency)


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_more_digits_than_the_currency_has_are_refused(currency: str, digits: int) -> None:
    amount = float(f"1.{'0' * digits}5")
    (fault,) = refused(currency, transactions=lines(amount=[1.0, amount, 2.0]))
    assert fault.found == f"1 amounts with more digits (row 1: {amount})"
    assert fault.expected == f"at most {digits} for {currency}"


def test_missing_blank_and_padded_ids_are_told_apart() -> None:
    faults = refused(transactions=lines(customer_id=[None, " ", "C2 "]))
    assert [fault.found.partition(" (")[0] for fault in faults] == ["1 empty", "1 blank", "1 with blanks around them"]
    assert "trim(column)" in faults[-1].cure


def test_customers_of_whole_numbers_become_text_and_orders_stay() -> None:
    log = check(transactions=lines(customer_id=[1, 1, 20], order_id=[7, 8, 9])).transactions
    assert log["customer_id"].tolist() == ["1", "1", "20"]
    assert log["order_id"].tolist() == [7, 8, 9]


def test_money_quantities_and_points_become_whole_numbers() -> None:
    at = pd.to_datetime(["2024-02-01", "2024-02-02"])
    points = pd.DataFrame({"customer_id": ["C1", "C2"], "at": at, "points": [1.5, -20]})
    sold = lines(discount=[0.1 + 0.2, None, 5], coupon=0.3, margin=[-1.15, 0, 2], quantity=[0.453, 2, None])
    tables = check(transactions=sold, points=points)
    log = tables.transactions
    assert log["discount_minor"].tolist() == [30, 0, 500]
    assert log["coupon_minor"].tolist() == [30] * 3
    assert log["margin_minor"].tolist() == [-115, 0, 200]
    assert log["quantity_milli"].tolist() == [453, 2000, 0]
    assert tables.points is not None
    assert tables.points["points_milli"].tolist() == [1500, -20_000]
    assert tables.points["day"].tolist() == [19754, 19755]
    assert {"discount", "coupon", "margin", "quantity", "amount"}.isdisjoint(log.columns)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_days_and_hours_are_told_at_any_resolution_and_before_1970(unit: str) -> None:
    times = pd.Series(pd.to_datetime(["1969-12-31 23:59:59", "1970-01-01 00:00:00", "2024-02-29 13:05:00"])).dt.as_unit(
        unit
    )
    log = check(covers=Covers(date(1969, 1, 1), date(2025, 1, 1)), transactions=lines(ordered_at=times)).transactions
    assert log["day"].tolist() == [-1, 0, 19782]
    assert log["hour"].tolist() == [23, 0, 13]


def test_ids_as_categories_are_checked_word_by_word() -> None:
    for ids, found in (
        (["A", " A", "A\t"], "2 with blanks around them (row 1: ' A', 2: 'A\\t')"),
        (["A", " ", "B"], "1 blank (row 1: ' ')"),
        ([1.0, 2.0, 3.0], "decimal numbers"),
    ):
        (fault,) = refused(transactions=lines(customer_id=pd.Categorical(ids)))
        assert fault.found == found
    kept = check(transactions=lines(customer_id=pd.Categorical([7, 8, 7]))).transactions["customer_id"]
    assert kept.tolist() == ["7", "8", "7"]
    spare = pd.Categorical(["A", "B", "A"], categories=["A", "B", " never "])  # a word that no row has is no fault
    assert len(check(transactions=lines(customer_id=spare)).transactions) == 3


@pytest.mark.parametrize("column", ["discount", "coupon", "margin", "quantity"])
def test_numbers_too_large_to_be_exact_are_refused(column: str) -> None:
    (fault,) = refused(transactions=lines(**{column: [1e300, 1.0, 2.0]}))
    assert fault.where == f"shop: transactions.{column}"
    assert fault.found == "row 0: 1e+300"


def test_what_the_contract_does_not_know_is_dropped_but_for_customers() -> None:
    people = pd.DataFrame({"customer_id": [1, 2], "region": ["north", None]})
    tables = check(transactions=lines(colour="red", channel="web"), customers=people)
    assert "colour" not in tables.transactions
    assert tables.transactions["channel"].tolist() == ["web"] * 3
    assert tables.customers is not None
    assert tables.customers["customer_id"].tolist() == ["1", "2"]
    assert tables.customers["region"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("columns", "where", "found"),
    [
        ({"customer_id": ["C1", None, "C2"]}, "customer_id", "1 empty"),
        ({"customer_id": ["C1", " ", ""]}, "customer_id", "2 blank (row 1: ' ', 2: '')"),
        ({"customer_id": ["A", " A", "A\t"]}, "customer_id", "2 with blanks around them (row 1: ' A', 2: 'A\\t')"),
        ({"customer_id": [17850.0, 17850.0, 13047.0]}, "customer_id", "decimal numbers"),
        ({"order_id": ["1", None, None]}, "order_id", "2 empty"),
        ({"amount": [1.0, np.nan, 2.0]}, "amount", "1 empty"),
        ({"amount": [1.0, np.inf, -np.inf]}, "amount", "2 infinite (row 1: inf, 2: -inf)"),
        ({"amount": ["1.0", "ten", "2"]}, "amount", "'1.0' (type str)"),
        ({"amount": [True, False, True]}, "amount", "True (type bool)"),
        ({"amount": [0.0, 0.0, 0.0]}, "amount", "0 in every row"),
        ({"amount": [1e14, 1.0, 1.0]}, "amount", "row 0: 100000000000000.0"),
        ({"quantity": ["one", "two", "three"]}, "quantity", "'one'"),
        ({"discount": [0.0, np.inf, 0.0]}, "discount", "1 infinite"),
        ({"currency": ["EUR", "USD", None]}, "currency", "1 rows of another (row 1: 'USD')"),
        ({"ordered_at": ["2024-01-01"] * 3}, "ordered_at", "type str"),
        ({"ordered_at": pd.to_datetime(["2024-01-01"] * 3, utc=True)}, "ordered_at", "type datetime64[us, UTC]"),
        ({"ordered_at": pd.to_datetime(["2024-01-01", None, "2024-01-01"])}, "ordered_at", "1 empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_column_that_breaks_the_contract_is_refused(columns: dict[str, Any], where: str, found: str) -> None:
    (fault,) = refused(transactions=lines(**columns))
    assert fault.where == f"shop: transactions.{where}"
    assert found in fault.found
    assert fault.expected
    assert fault.cure


def test_a_missing_column_is_told_with_those_that_there_are() -> None:
    (fault,) = refused(transactions=lines().drop(columns="amount"))
    assert fault.where == "shop: transactions.amount"
    assert "columns: customer_id, order_id, ordered_at" in fault.found


def test_an_empty_table_is_refused() -> None:
    (fault,) = refused(transactions=lines().iloc[:0])
    assert (fault.where, fault.found) == ("shop: transactions", "no rows")


def test_a_shop_without_transactions_is_refused() -> None:
    with pytest.raises(InputError, match="no transactions"):
        check_tables({"customers": pd.DataFrame({"customer_id": ["C1"]})}, covers=COVERS, currency="EUR")


@pytest.mark.parametrize("currency", ["euro", "EU", "eur", "€"])
def test_a_currency_is_an_iso_code(currency: str) -> None:
    (fault,) = refused(currency)
    assert fault.where == "shop: currency"


def test_a_customer_stands_once() -> None:
    (fault,) = refused(customers=pd.DataFrame({"customer_id": ["C1", "C2", "C1"]}))
    assert fault.where == "shop: customers.customer_id"
    assert "row 2: 'C1'" in fault.found


def test_touches_and_points_have_contracts_too() -> None:
    at = pd.to_datetime(["2024-01-01", "2024-01-02"])
    touches = pd.DataFrame({"customer_id": ["C1", "C2"], "at": at, "kind": ["sent", "danced"]})
    points = pd.DataFrame({"customer_id": ["C1", "C2"], "at": at, "points": ["5", "-3"]})
    faults = refused(touches=touches, points=points)
    assert [fault.where for fault in faults] == ["shop: touches.kind", "shop: points.points"]
    assert "1 unknown (row 1: 'danced')" in faults[0].found
    assert check(touches=touches.replace("danced", "opened"), points=points.assign(points=[5, -3])).points is not None


def test_all_faults_of_all_tables_are_told_at_once() -> None:
    bad = lines(
        customer_id=["C1", None, "C2"],
        ordered_at=pd.to_datetime(["2023-01-01"] * 3),
        amount=[1.005, 2.0, 3.0],
        currency="USD",
        quantity="many",
    ).drop(columns="order_id")
    people = pd.DataFrame({"customer_id": ["C1", "C1"]})
    faults = refused("EURO", transactions=bad, customers=people)
    assert [fault.where.removeprefix("shop: ") for fault in faults] == [
        "transactions.order_id",
        "transactions.customer_id",
        "transactions.ordered_at",
        "transactions.amount",
        "transactions.quantity",
        "transactions.currency",
        "customers.customer_id",
        "currency",
    ]


def test_many_bad_rows_are_counted_and_three_are_shown() -> None:
    (fault,) = refused(transactions=pd.concat([lines(customer_id="")] * 3, ignore_index=True))
    assert fault.found == "9 blank (row 0: '', 1: '', 2: '', ...)"


@pytest.fixture
def scores() -> pd.DataFrame:
    values = {"as_of": pd.Timestamp("2024-07-01"), "p_decline": np.nan, "flagged": False}
    kinds = {"share": 0.5, "amount": 3.0, "money": -3.0, "count": 1, "text": "x"}
    rows = pd.DataFrame({name: [values.get(name, kinds.get(kind))] * 2 for name, kind in SCORES.items()})
    return rows.assign(customer_id=["C1", "C2"])


def test_sound_scores_come_back(scores: pd.DataFrame) -> None:
    assert check_scores(scores) is scores


@pytest.mark.parametrize(
    ("columns", "where"),
    [
        ({"p_alive": [0.5, 1.5]}, "scores.p_alive"),
        ({"segment_confidence": [-0.1, 0.5]}, "scores.segment_confidence"),
        ({"expected_value": [1.0, -1.0]}, "scores.expected_value"),
        ({"customer_id": ["C1", "C1"]}, "scores.customer_id"),
        ({"extra": [1, 2]}, "scores"),
    ],
)
def test_scores_that_cannot_be_are_refused(scores: pd.DataFrame, columns: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        check_scores(scores.assign(**columns))
    assert [fault.where for fault in caught.value.faults] == [where]


def test_scores_without_a_column_are_refused_with_their_other_faults(scores: pd.DataFrame) -> None:
    with pytest.raises(InputError) as caught:
        check_scores(scores.assign(p_churn=2.0).drop(columns=["customer_id", "p_alive"]))
    assert [fault.where for fault in caught.value.faults] == ["scores", "scores.p_churn"]
