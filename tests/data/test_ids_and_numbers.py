from dataclasses import replace

import pandas as pd
import pytest
from tests.data.shops import LOG, PLAIN, ROWS, Write, read_one, refused, rows, shop

from clientscape.data.read import read
from clientscape.data.source import Format, TableSource


@pytest.mark.parametrize(("decimal", "amount"), [(",", "1.250"), (",", "1.250,00"), (".", "1,250"), (".", "1,250.00")])
def test_the_other_decimal_sign_makes_no_number(decimal: str, amount: str, write: Write) -> None:
    root = write(LOG.replace(",", ";").replace(".00", "").replace(".50", "") + f"C3;3;2024-03-01;{amount}\n")
    form = Format(delimiter=";", decimal=decimal)  # type: ignore[arg-type]
    (fault,) = refused(shop(format=form), root)
    other = "." if decimal == "," else ","
    assert f"log.csv row 3: '{amount}'" in fault
    cure = f"replace(amount, '{other}', '')"
    assert cure.replace("amount", "column") in fault
    assert rows(shop(format=form, columns=PLAIN | {"amount": cure}), root)[2][3] == 125_000


def test_ids_are_taken_as_they_stand(write: Write) -> None:
    root = write(LOG + "C2 ,3,2024-03-01,1.00\n C2,4,2024-03-01,1.00\n")
    (fault,) = refused(shop(), root)
    assert fault.startswith("shop: transactions.customer_id: found 2 with blanks around them (row 3: 'C2 ', 4: ' C2')")
    assert "map `trim(column)`" in fault
    trimmed = rows(shop(columns=PLAIN | {"customer_id": "trim(customer_id)"}), root)
    assert [row[0] for row in trimmed] == ["007", "C2", "C2", "C2"]


@pytest.mark.parametrize("blank", ["", "  ", '"  "'])
def test_an_id_of_nothing_but_blanks_is_missing(blank: str, write: Write) -> None:
    (fault,) = refused(shop(), write(LOG + f"{blank},3,2024-03-01,1.00\n"))
    assert fault.startswith("shop: transactions.customer_id: found 1 empty (row 3: ")


@pytest.mark.parametrize(
    ("amount", "expression"),
    [
        ("ten", "amount"),
        ("1.234,50", "amount"),
        ("ten", "amount::DECIMAL(12, 2)"),
        ("ten", "2 * amount::INTEGER"),
    ],
)
def test_text_where_a_number_should_be_is_told_with_file_and_row(amount: str, expression: str, write: Write) -> None:
    root = write(LOG + f'C3,3,2024-03-01,"{amount}"\n')
    (fault,) = refused(shop(columns=PLAIN | {"amount": expression}), root)
    assert "amount" in fault.partition(":")[2]
    assert "log.csv row 3" in fault
    assert amount in fault or expression in fault


def test_values_of_several_columns_are_refused_at_once(write: Write) -> None:
    root = write("customer_id,order_id,ordered_at,amount,Qty\nC1,1,someday,ten,few\n")
    faults = refused(shop(columns=PLAIN | {"quantity": "Qty"}), root)
    assert [fault.partition(": found")[0].rpartition(".")[2] for fault in faults] == [
        "ordered_at",
        "amount",
        "quantity",
    ]


@pytest.mark.parametrize("column", ["customer_id", "order_id"])
def test_missing_ids_are_refused_in_text_and_in_parquet(column: str, write: Write) -> None:
    root = write(LOG.replace({"customer_id": "C2", "order_id": ",2,"}[column], "" if column == "customer_id" else ",,"))
    assert refused(shop(), root)[0].startswith(f"shop: transactions.{column}: found 1 empty (row 2: ")
    frame = pd.read_csv(root / "log.csv", dtype={"order_id": "Int64"}, parse_dates=["ordered_at"])
    frame.to_parquet(root / "log.parquet")
    assert refused(shop("log.parquet"), root)[0].startswith(f"shop: transactions.{column}: found 1 empty (row 2: ")


@pytest.mark.parametrize(
    ("value", "found"),
    [("nan", "1 empty"), ("NaN", "1 empty"), ("", "1 empty"), ("inf", "1 inf"), ("-Infinity", "1 inf")],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_amounts_that_are_no_number_or_without_end_are_refused(value: str, found: str, kind: str, write: Write) -> None:
    root = write(LOG.replace("-5.50", value))
    frame = pd.read_csv(root / "log.csv", parse_dates=["ordered_at"])
    frame.to_parquet(root / "log.parquet")
    (fault,) = refused(shop(f"log.{kind}"), root)
    assert fault.startswith(f"shop: transactions.amount: found {found}")


def test_numbers_that_may_be_missing_are_missing_but_not_infinite(write: Write) -> None:
    columns = {"customer_id": "customer_id", "at": "ordered_at", "kind": "'sent'", "value": "amount"}
    source = shop()
    source = replace(source, tables=source.tables | {"touches": TableSource("touches.csv", columns)})
    root = write(**{"touches.csv": LOG.replace("-5.50", "nan")})
    tables, _ = read(source, name="shop", root=root)
    assert tables.touches is not None
    assert tables.touches["value"].isna().tolist() == [False, True]
    (fault,) = refused(source, write(**{"touches.csv": LOG.replace("-5.50", "inf")}))
    assert fault.startswith("shop: touches.value: found 1 infinite (row 2: inf")


def test_an_id_is_the_same_as_text_and_as_a_whole_number(write: Write) -> None:
    root = write(**{"parts/1.csv": LOG.replace("C2", "17").replace("007", "17")})
    frame = pd.DataFrame({"customer_id": [17], "order_id": [9], "ordered_at": ["2024-03-01"], "amount": [1.0]})
    frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"])).to_parquet(root / "parts/2.parquet")
    tables, _ = read_one(shop("parts"), root)
    assert tables.transactions["customer_id"].tolist() == ["17", "17", "17"]
    assert tables.transactions["order_id"].tolist() == ["1", "2", "9"]
    assert tables.transactions["amount_minor"].tolist() == [1000, -550, 100]


@pytest.mark.parametrize("alone", [True, False])
def test_ids_as_decimal_numbers_are_refused_alone_and_beside_text(alone: bool, write: Write) -> None:
    root = write(**{"parts/1.csv": LOG})
    frame = pd.DataFrame({"customer_id": [17.0], "order_id": [9], "amount": [1.0]})
    frame.assign(ordered_at=pd.Timestamp("2024-03-01")).to_parquet(root / "parts/2.parquet")
    (fault,) = refused(shop("parts/2.parquet" if alone else "parts"), root)
    if alone:
        assert fault.startswith("shop: transactions.customer_id: found decimal numbers")
    else:
        one, other = root / "parts/2.parquet", root / "parts/1.csv"
        assert fault.startswith(f"shop: transactions.columns.customer_id: found DOUBLE in {one}, VARCHAR in {other}")
    whole = PLAIN | {"customer_id": "customer_id::BIGINT::VARCHAR"}
    assert rows(shop("parts/2.parquet", whole), root)[0][0] == "17"


def test_a_customer_with_one_order_and_an_order_at_several_times_are_kept(write: Write) -> None:
    root = write(LOG + "C2,2,2024-02-06 00:10:00,3.00\n")
    assert rows(shop(), root) == [*ROWS, ("C2", "2", "2024-02-06 00:10", 300)]  # each line at its own time
