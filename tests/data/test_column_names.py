import gzip
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.data.shops import LOG, OURS, PLAIN, ROWS, Write, read_one, refused, rows, shop

from clientscape.data.source import Format, Join, TableSource
from clientscape.tables import CONTRACTS


@pytest.mark.parametrize("again", ["amount", "Amount", " amount", "AMOUNT "])
@pytest.mark.parametrize("kind", ["csv", "gz", "latin-1", "blanks", "names", "parquet"])
def test_two_columns_of_one_name_are_refused(kind: str, again: str, write: Write) -> None:
    lines = [line.split(",") for line in LOG.replace(" 10:00:00", "").replace(" 23:30:00", "").splitlines()]
    names = [*lines[0], again if kind != "blanks" else again.strip()]
    body = "".join(",".join([*line, "99"]) + "\n" for line in lines[1:])
    text, form, name = ",".join(names) + "\n" + body, Format(), "log.csv"
    root = write(text)
    if kind == "gz":
        root, name = write(**{"log.csv.gz": gzip.compress(text.encode())}), "log.csv.gz"
    elif kind == "latin-1":
        root, form = write(("Zoë\n" + text).encode("latin-1")), Format(encoding="latin-1", skip_lines=1)
    elif kind == "blanks":
        root, form = write(text.replace(",", "  ")), Format(delimiter="whitespace")
    elif kind == "names":
        root, form = write(body), Format(names=names)
    elif kind == "parquet":
        columns = [*zip(*lines[1:], strict=True), ("99", "99")]
        pq.write_table(pa.table([list(column) for column in columns], names=names), root / "log.parquet")
        name = "log.parquet"
    (fault,) = refused(shop(name, format=form), root)
    assert fault.startswith(f"shop: transactions.files: found {root / name}: ")
    assert kind == "names" or f"2 columns of one name (`amount`, `{names[-1]}`)" in fault


def test_columns_without_a_name_do_no_harm(write: Write) -> None:
    lines = LOG.splitlines()
    assert rows(shop(), write("".join(f"{line},,\n" for line in lines))) == ROWS


def test_columns_may_be_named_with_blanks_and_reserved_words_and_computed(write: Write) -> None:
    root = write('Customer No,order,group,"the ""price""",Qty\n007,1,2024-01-05 10:00:00,5.00,2\n')
    columns = {
        "customer_id": "customer no",
        "order_id": "order",
        "ordered_at": "group",
        "amount": '"the ""price"""::DECIMAL(9, 2) * Qty::INTEGER',
        "product_id": "'P-' || _row",
        "store": "Qty",
    }
    log = read_one(shop(columns=columns), root)[0].transactions
    assert log["amount_minor"].tolist() == [1000]
    assert log[["customer_id", "product_id", "store"]].to_numpy().tolist() == [["007", "P-1", "2"]]


@pytest.mark.parametrize("expression", ["amuont", "amount +", "sum(amount::DOUBLE)", "", "nothing(amount)"])
def test_a_bad_expression_is_refused_with_the_columns_that_there_are(expression: str, write: Write) -> None:
    (fault,) = refused(shop(columns=PLAIN | {"amount": expression}), write())
    assert fault.startswith(f"shop: transactions.columns.amount: found `{expression}`")
    assert "over the columns customer_id, order_id, ordered_at, amount" in fault


def test_a_column_that_the_table_does_not_know_is_refused(write: Write) -> None:
    (fault,) = refused(shop(columns=PLAIN | {"amout": "amount"}), write())
    assert fault.startswith("shop: transactions.columns.amout")
    assert "one of amount, category" in fault


def test_all_tables_are_refused_at_once(write: Write) -> None:
    source = shop("missing.csv")
    tables = source.tables | {"points": TableSource("log.csv", {"customer_id": "customer_id", "points": "nix"})}
    faults = refused(replace(source, tables=tables), write())
    assert [fault.partition(":")[2].split()[0] for fault in faults] == ["transactions.files:", "points.columns.points:"]


@pytest.mark.parametrize("name", ["_row", "_file", "_rule", " _ROW "])
@pytest.mark.parametrize("joined", [False, True])
def test_a_column_named_like_one_that_is_added_is_refused(name: str, joined: bool, write: Write) -> None:
    own = LOG.replace("\n", ",9\n").replace("amount,9", f"amount,{name}")
    root = write(LOG if joined else own, **{"more.csv": f"order_id,{name}\n1,2\n"})
    (fault,) = refused(shop(join=[Join("more.csv", "order_id")] if joined else []), root)
    assert f"a column `{name.strip().lower()}`" in fault
    assert "rename it" in fault


def test_a_column_that_may_be_absent_is_absent(write: Write) -> None:
    tables, _ = read_one(shop(), write())
    absent = {column.rstrip("?") for column in CONTRACTS["transactions"] if column.endswith("?")}
    assert absent.isdisjoint(tables.transactions)
    (fault,) = refused(shop(columns=PLAIN | {"quantity": "quantity"}), write())
    assert fault.startswith("shop: transactions.columns.quantity: found `quantity`")


@pytest.mark.parametrize("column", OURS)
def test_a_column_that_must_be_there_is_asked_for(column: str, write: Write) -> None:
    (fault,) = refused(shop(columns={ours: ours for ours in OURS if ours != column}), write())
    assert fault.startswith(f"shop: transactions.{column}: found no such column")
