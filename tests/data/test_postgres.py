"""PostgreSQL: read by a real server, refused in one fault, and never with a password in sight."""

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.data.server import PASSWORD, Server
from tests.data.shops import PLAIN, ROWS, read_one, refused, rows, shop

from clientscape.data.postgres import shown
from clientscape.data.read import fingerprint
from clientscape.data.source import Join, Rule, Source
from clientscape.faults import UnableError

pytestmark = pytest.mark.postgres

ORDERS = (
    "CREATE TABLE orders (customer_id text, order_id bigint, ordered_at timestamptz, amount numeric(12, 2))",
    "INSERT INTO orders VALUES ('C2', 2, '2024-02-05 22:30+00', -5.50), ('007', 1, '2024-01-05 10:00+01', 10)",
)


def of(server: Server, table: str | None = "orders", **more: object) -> Source:
    return shop(server.address, table=table, **more)


def only(faults: list[str]) -> str:
    (fault,) = faults
    assert PASSWORD not in fault
    return fault


def test_times_come_to_the_shop_s_zone_numbers_as_numbers_and_text_as_it_is(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS)
    assert rows(of(postgres), tmp_path) == ROWS
    columns = PLAIN | {"amount": "2 * amount"}
    assert [row[3] for row in rows(of(postgres, columns=columns), tmp_path)] == [2000, -1100]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_naive_times_are_of_the_zone_that_the_source_states(zone: str, postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS, f"ALTER TABLE orders ALTER ordered_at TYPE timestamp USING ordered_at AT TIME ZONE '{zone}'")
    assert rows(of(postgres, time_zone=zone), tmp_path) == ROWS


@pytest.mark.parametrize("kind", ["numeric", "numeric(20, 0)", "text", "integer", "uuid"])
def test_ids_of_every_type_are_taken_as_they_are(kind: str, postgres: Server, tmp_path: Path) -> None:
    value = "00000000-0000-0000-0000-000000000017" if kind == "uuid" else "17"
    postgres.run(*ORDERS, f"ALTER TABLE orders ALTER customer_id TYPE {kind} USING '{value}'::{kind}")
    assert {row[0] for row in rows(of(postgres), tmp_path)} == {value}


def test_a_decimal_number_is_no_id_and_what_is_no_number_is_none(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS, "ALTER TABLE orders ALTER customer_id TYPE numeric USING 17.5, ADD quantity numeric")
    postgres.run("UPDATE orders SET amount = 'NaN' WHERE order_id = 1", "UPDATE orders SET quantity = 'infinity'")
    faults = refused(of(postgres, columns=PLAIN | {"quantity": "quantity"}), tmp_path)
    assert [fault.partition(" (row")[0] for fault in faults] == [
        "shop: transactions.customer_id: found decimal numbers; expected text or whole numbers. "
        "Cure: map it as text, `customer_id::BIGINT::VARCHAR` say.",
        "shop: transactions.amount: found 1 empty",
        "shop: transactions.quantity: found 2 infinite",
    ]


def test_a_time_without_end_is_outside_the_cover(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS, "UPDATE orders SET ordered_at = 'infinity' WHERE order_id = 1")
    assert "1 orders outside" in only(refused(of(postgres), tmp_path))


def test_views_schemas_queries_and_joins_are_read(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS, "CREATE SCHEMA old")
    postgres.run('CREATE TABLE old."Or ders" AS TABLE orders', "CREATE VIEW seen AS TABLE orders")
    for table in ("seen", "old.Or ders", "public.orders"):
        assert rows(of(postgres, table), tmp_path) == ROWS
    query = "SELECT * FROM orders WHERE order_id < 2;"
    assert rows(of(postgres, None, query=query), tmp_path) == ROWS[:1]
    postgres.run(
        "CREATE TABLE paid AS SELECT order_id, amount AS price FROM orders", "ALTER TABLE orders DROP amount CASCADE"
    )
    join = [Join(postgres.address, "order_id", table="paid")]
    assert rows(of(postgres, columns=PLAIN | {"amount": "price"}, join=join), tmp_path) == ROWS


def test_rows_are_numbered_by_their_content(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS)
    source = of(postgres, set_aside=[Rule("returns", "amount < 0", "a test")])
    before = read_one(source, tmp_path)[1].quarantine
    assert before["row"].tolist() == [2]
    assert before["file"].tolist() == [f"postgresql://shop@127.0.0.1:{postgres.port}/postgres/orders"]
    postgres.run("CREATE TABLE other AS SELECT * FROM orders ORDER BY order_id", "ALTER TABLE orders RENAME TO o")
    postgres.run("ALTER TABLE other RENAME TO orders")
    assert read_one(source, tmp_path)[1].quarantine.equals(before)


def test_the_fingerprint_follows_the_rows_and_not_their_order(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS)
    before = fingerprint(of(postgres), tmp_path)
    postgres.run("CREATE TABLE other AS SELECT * FROM orders ORDER BY order_id", "DROP TABLE orders")
    postgres.run("ALTER TABLE other RENAME TO orders", "ALTER DATABASE postgres SET TimeZone = 'America/New_York'")
    assert fingerprint(of(postgres), tmp_path) == before
    postgres.run("INSERT INTO orders SELECT * FROM orders WHERE order_id = 1")
    twice = fingerprint(of(postgres), tmp_path)
    postgres.run("UPDATE orders SET amount = 10.01 WHERE order_id = 1")
    changed = fingerprint(of(postgres), tmp_path)
    postgres.run("ALTER TABLE orders RENAME amount TO paid")
    renamed = fingerprint(of(postgres), tmp_path)
    postgres.run("ALTER TABLE orders RENAME paid TO asked")  # as the query that hashes calls the rows
    asked = fingerprint(of(postgres), tmp_path)
    postgres.run("UPDATE orders SET customer_id = 'C3' WHERE customer_id = 'C2'")
    assert len({before, twice, changed, renamed, asked, fingerprint(of(postgres), tmp_path)}) == 6


def test_nothing_can_be_changed_by_reading(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING 1'")
    assert "read-only transaction" in only(refused(of(postgres, None, query="SELECT f()"), tmp_path))
    assert rows(of(postgres), tmp_path) == ROWS


@pytest.mark.parametrize(
    ("table", "query", "said"),
    [
        ("order", None, "transactions.table: found `order`; expected a table or view of the database (old.o, orders)"),
        (None, None, "transactions.table: found no `table`; expected the name of one of its tables (old.o, orders)"),
        ("orders", "SELECT 1", "transactions.table: found `table` and `query`"),
        (None, "SELECT nothing FROM orders", 'column "nothing" does not exist'),
        (None, "SELECT 1 AS a, 2 AS a", "2 columns of one name (`a`, `a`)"),
        (None, "SELECT 1 AS _row", "a column `_row`"),
    ],
)
def test_what_is_not_there_is_one_fault(
    table: str | None, query: str | None, said: str, postgres: Server, tmp_path: Path
) -> None:
    postgres.run(*ORDERS, "CREATE SCHEMA old", "CREATE TABLE old.o (a int)")
    fault = only(refused(of(postgres, table, query=query), tmp_path))
    assert said in fault
    assert "write `orders`" in fault or table != "order"


@pytest.mark.parametrize("password", ["wrong", None])
def test_wrong_credentials_are_one_fault(
    password: str | None, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    if password:
        monkeypatch.setenv("PGPASSWORD", password)
    fault = only(refused(of(postgres), tmp_path))
    assert fault.startswith(f"shop: transactions.files: found {postgres.address}: ")
    assert "password" in fault
    assert "set PGPASSWORD" in fault
    assert password is None or password not in fault


def test_a_server_that_is_not_there_or_does_not_answer_is_one_fault(server: Server, tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        closed = Server(deaf.getsockname()[1])
        assert "Connection refused" in only(refused(of(closed), tmp_path, UnableError))
        deaf.listen()
        address = f"{closed.address}?connect_timeout=2"
        assert "timeout expired" in only(refused(shop(address, table="orders"), tmp_path, UnableError))


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://shop:{PASSWORD}@127.0.0.1/db",
        f"postgres://shop:p/{PASSWORD}@127.0.0.1/db",
        f"postgresql://shop:p?{PASSWORD}@127.0.0.1/db",
        f"postgresql://shop:p@{PASSWORD}@127.0.0.1/db",
        f"postgresql://shop@127.0.0.1/db?password={PASSWORD}",
        f"postgresql:///db?host=/run&PassWord={PASSWORD}",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_shown(address: str, tmp_path: Path) -> None:
    fault = only(refused(shop(address, table="orders"), tmp_path))
    assert "with a password" in fault
    assert "PGPASSWORD" in fault
    assert PASSWORD not in shown(address)


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    fault = only(refused(shop("postgresql://shop@127.0.0.1/db", table="orders"), tmp_path))
    assert fault.endswith("Cure: pip install 'clientscape[postgres]'.")


def test_the_driver_is_imported_only_when_it_is_used() -> None:
    code = "import sys, clientscape.data.read; print('adbc_driver_postgresql' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_several_addresses_and_files_are_not_mixed_up(postgres: Server, tmp_path: Path) -> None:
    postgres.run(*ORDERS)
    (tmp_path / "log.csv").write_text("a\n1\n")
    source = of(postgres)
    table = source.tables["transactions"]
    both = replace(source, tables={"transactions": replace(table, files=[postgres.address, "log.csv"])})  # type: ignore[type-var]
    assert "log.csv, which is no database" in only(refused(both, tmp_path))
