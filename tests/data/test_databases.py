"""Files of DuckDB and SQLite: the same rows as out of a text file, and refusals that name the tables."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from tests.data.shops import PLAIN, ROWS, read_one, refused, rows, shop

from clientscape.data.read import fingerprint
from clientscape.data.source import Join, Rule

ORDERS = (
    "CREATE TABLE orders (customer_id TEXT, order_id INTEGER, ordered_at TEXT, amount REAL)",
    "INSERT INTO orders VALUES ('007', 1, '2024-01-05 10:00:00', 10), ('C2', 2, '2024-02-05 23:30:00', -5.5)",
    'CREATE VIEW "the view" AS SELECT * FROM orders',
)
PAID = (
    "CREATE TABLE paid AS SELECT order_id, amount AS price FROM orders",
    "CREATE TABLE unpaid AS SELECT customer_id, order_id, ordered_at FROM orders",
)

Make = Callable[..., Path]


def by_duckdb(path: Path, statements: Iterable[str]) -> None:
    with duckdb.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


def by_sqlite(path: Path, statements: Iterable[str]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(params=["shop.duckdb", "duck.db", "shop.sqlite", "shop.sqlite3", "lite.db"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A database of each kind: its name and its folder."""
    write = by_duckdb if "duck" in request.param else by_sqlite
    write(tmp_path / request.param, (*ORDERS, *PAID))
    return request.param, tmp_path


def test_tables_views_and_queries_are_read_and_nothing_is_written(made: tuple[str, Path]) -> None:
    name, root = made
    for table in ("orders", "the view", "main.orders"):
        assert rows(shop(name, table=table), root) == ROWS
    assert rows(shop(name, query="SELECT * FROM orders WHERE order_id = 1;"), root) == ROWS[:1]
    assert [path.name for path in root.iterdir()] == [name]


def test_two_tables_of_one_file_are_joined(made: tuple[str, Path]) -> None:
    name, root = made
    join = [Join(name, "order_id", table="paid")]
    assert rows(shop(name, PLAIN | {"amount": "price"}, table="unpaid", join=join), root) == ROWS


def test_rows_set_aside_are_those_of_the_table(made: tuple[str, Path]) -> None:
    name, root = made
    _, reading = read_one(shop(name, table="orders", set_aside=[Rule("returns", "amount < 0", "a test")]), root)
    aside = reading.quarantine
    assert aside[["file", "row", "order_id", "amount"]].to_numpy().tolist() == [[str(root / name), 2, 2, -5.5]]


@pytest.mark.parametrize(
    ("table", "query", "said"),
    [
        ("oders", None, "table: found `oders`; expected a table or view of the database (orders, paid, the view, unp"),
        (
            None,
            None,
            "table: found no `table`; expected the name of one of its tables (orders, paid, the view",
        ),
        ("orders", "SELECT 1", "table: found `table` and `query`"),
        (None, "SELECT nothing FROM orders", "nothing"),
        (None, "SELECT 1 AS a, 2 AS A", "2 columns of one name (`a`, `A`)"),
        (None, "DELETE FROM orders", "syntax error"),
        (None, "ATTACH 'other.db' AS other", "syntax error"),
    ],
)
def test_a_table_that_is_not_there_is_refused(
    table: str | None, query: str | None, said: str, made: tuple[str, Path]
) -> None:
    name, root = made
    (fault,) = refused(shop(name, table=table, query=query), root)
    assert said in fault
    assert "write `orders`, if that was meant" in fault or table != "oders"
    assert rows(shop(name, table="orders"), root) == ROWS
    assert not Path("other.db").exists()


@pytest.mark.parametrize("key", ["table", "query"])
def test_a_plain_file_has_no_table(key: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("a\n1\n")
    (fault,) = refused(shop(**{key: "orders"}), tmp_path)
    assert fault.startswith(
        f"shop: transactions.{key}: found `{key}`, and {tmp_path / 'log.csv'}, which is no database"
    )
    assert f"take `{key}` out" in fault


@pytest.mark.parametrize("name", ["a.duckdb", "a.sqlite", "a.db"])
def test_what_is_no_database_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("customer_id,order_id\n" * 100)
    (fault,) = refused(shop(name, table="orders"), tmp_path)
    assert fault.startswith(f"shop: transactions.files: found {tmp_path / name}")


def test_a_glob_of_databases_is_one_table(tmp_path: Path) -> None:
    by_sqlite(tmp_path / "2023.sqlite", [*ORDERS, "DELETE FROM orders WHERE order_id = 2"])
    by_duckdb(tmp_path / "2024.db", [*ORDERS, "DELETE FROM orders WHERE order_id = 1"])
    assert rows(shop("202*", table="orders"), tmp_path) == ROWS


def test_duckdb_s_own_types_keep_their_meaning(tmp_path: Path) -> None:
    types = "SELECT 17::HUGEINT AS customer_id, 1 AS order_id, 10::DECIMAL(9, 2) AS amount, "
    time = "'2024-01-05 09:00+00'::TIMESTAMPTZ AS ordered_at"
    by_duckdb(tmp_path / "a.duckdb", ["CREATE SCHEMA s", f"CREATE TABLE s.t AS {types} {time}"])
    assert rows(shop("a.duckdb", table="s.t"), tmp_path) == [("17", "1", "2024-01-05 10:00", 1000)]


def test_a_table_without_rows_is_refused(made: tuple[str, Path]) -> None:
    name, root = made
    (fault,) = refused(shop(name, query="SELECT * FROM orders WHERE order_id > 2"), root)
    assert fault.startswith("shop: transactions: found no rows")


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (("17", "18"), ["17", "18"]),
        (("17", "'017'"), ["17", "017"]),
        (("17", "'17'"), ["17", "17"]),
        (("'a'", "'b'"), ["a", "b"]),
    ],
)
def test_sqlite_s_columns_may_hold_several_types(values: tuple[str, str], ids: list[str], tmp_path: Path) -> None:
    as_it_is = ORDERS[0].replace("customer_id TEXT", "customer_id").replace("amount REAL", "amount")
    lines = ORDERS[1].replace("'007'", values[0]).replace("'C2'", values[1]).replace("10)", "'10.00')")
    by_sqlite(tmp_path / "a.sqlite", [as_it_is, lines])
    found = rows(shop("a.sqlite", table="orders"), tmp_path)
    assert [row[0] for row in found] == ids
    assert [row[3] for row in found] == [1000, -550]


@pytest.mark.parametrize("value", ["17.0", "NULL", "x'31ff'", "CAST(x'31ff' AS TEXT)"])
def test_what_is_no_id_in_sqlite_is_refused(value: str, tmp_path: Path) -> None:
    lines = ORDERS[1].replace("'007'", value).replace("'C2'", "18")
    by_sqlite(tmp_path / "a.sqlite", [ORDERS[0].replace("customer_id TEXT", "customer_id"), lines])
    if value.startswith("x"):  # bytes come as DuckDB writes them
        assert rows(shop("a.sqlite", table="orders"), tmp_path)[0][0] == r"1\xFF"
    else:
        (fault,) = refused(shop("a.sqlite", table="orders"), tmp_path)
        assert fault.startswith("shop: transactions.")


def test_many_rows_of_sqlite_come_in_their_order(tmp_path: Path) -> None:
    days = "SELECT 'C' || i, i, date('2024-01-01', '+' || (i % 150) || ' days'), i FROM n"
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)"
    by_sqlite(tmp_path / "a.sqlite", [ORDERS[0], f"INSERT INTO orders {numbers} {days}"])
    log = read_one(shop("a.sqlite", table="orders"), tmp_path)[0].transactions
    assert log["amount_minor"].tolist() == list(range(100, 12_000_100, 100))


@pytest.mark.parametrize("name", ["a.sqlite", "a.duckdb"])
def test_what_stands_beside_a_database_is_read_and_in_the_fingerprint(name: str, tmp_path: Path) -> None:
    source = shop(name, table="orders")
    if name == "a.sqlite":
        by_sqlite(tmp_path / name, ["PRAGMA journal_mode = wal", *ORDERS])
        with closing(sqlite3.connect(tmp_path / name)) as writer:
            before = fingerprint(source, tmp_path)
            writer.execute("DELETE FROM orders WHERE order_id = 2")
            writer.commit()
            assert rows(source, tmp_path) == ROWS[:1]
            assert fingerprint(source, tmp_path) != before
    else:
        by_duckdb(tmp_path / "b.duckdb", ORDERS)
        stay = ["SET checkpoint_threshold = '1GB'", "PRAGMA disable_checkpoint_on_shutdown"]
        (tmp_path / name).write_bytes((tmp_path / "b.duckdb").read_bytes())
        before = fingerprint(source, tmp_path)
        by_duckdb(tmp_path / name, [*stay, "DELETE FROM orders WHERE order_id = 2"])
        assert (tmp_path / "a.duckdb.wal").stat().st_size
        assert rows(source, tmp_path) == ROWS[:1]
        assert fingerprint(source, tmp_path) != before


def test_a_database_that_another_connection_writes_to_is_refused(tmp_path: Path) -> None:
    by_duckdb(tmp_path / "a.duckdb", ORDERS)
    with duckdb.connect(tmp_path / "a.duckdb"):
        (fault,) = refused(shop("a.duckdb", table="orders"), tmp_path)
    assert "read a copy" in fault
