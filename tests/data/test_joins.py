import pytest
from tests.data.shops import LOG, PLAIN, ROWS, Write, read_one, refused, rows, shop

from clientscape.data.source import Join


def test_a_join_brings_columns_and_loses_no_row(write: Write) -> None:
    products = "order_id,price\n1,10.00\n9,3\n"
    root = write(LOG.replace("amount", "paid"), **{"products.csv": products})
    source = shop(columns=PLAIN | {"amount": "coalesce(price, paid)"}, join=[Join("products.csv", "order_id")])
    assert rows(source, root) == ROWS


@pytest.mark.parametrize(
    ("key", "products", "said"),
    [
        ("order_id", "order_id,price\n1,10\n1,11\n2,3\n", "key '1' in 2 rows"),
        ("order_id", "number,price\n1,10\n", "no column `order_id` in the joined file"),
        ("number", "number,price\n1,10\n", "no column `number` in the table's files"),
    ],
)
def test_a_join_that_cannot_be_right_is_refused(key: str, products: str, said: str, write: Write) -> None:
    (fault,) = refused(shop(join=[Join("products.csv", key)]), write(**{"products.csv": products}))
    assert fault.startswith(f"shop: transactions.join.{key}")
    assert said in fault


def test_a_column_that_both_sides_have_is_refused_unless_it_is_said_what_to_bring(write: Write) -> None:
    root = write(**{"products.csv": "order_id,AMOUNT,price,ordered_at\n1,3.00,10.00,x\n2,4.00,-5.50,y\n"})
    (fault,) = refused(shop(join=[Join("products.csv", "order_id")]), root)
    assert fault.startswith("shop: transactions.join.order_id: found columns that the table's files have too (`AMOUNT`")
    assert "`ordered_at`" in fault
    assert "`columns: {joined_AMOUNT: AMOUNT}`" in fault
    columns = PLAIN | {"amount": "price", "store": "other"}
    brought = {"other": "amount", "price": "price"}
    source = shop(columns=columns, join=[Join("products.csv", "order_id", columns=brought)])
    assert rows(source, root) == ROWS
    assert read_one(source, root)[0].transactions["store"].tolist() == ["3.00", "4.00"]


def test_two_joins_may_not_bring_the_same_column(write: Write) -> None:
    root = write(**{"a.csv": "order_id,price\n1,10\n", "b.csv": "customer_id,price\n007,10\n"})
    (fault,) = refused(shop(join=[Join("a.csv", "order_id"), Join("b.csv", "customer_id")]), root)
    assert fault.startswith(
        "shop: transactions.join.customer_id: found columns that the table's files have too (`price`)"
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"price": "prize"}, "join.order_id.columns.price: found `prize`; expected one of order_id, price"),
        ({"amount": "price"}, "join.order_id: found columns that the table's files have too (`amount`)"),
        ({"_rule": "price"}, "join.order_id: found columns that the table's files have too (`_rule`)"),
    ],
)
def test_columns_to_bring_are_checked(columns: dict[str, str], said: str, write: Write) -> None:
    root = write(**{"products.csv": "order_id,price\n1,10.00\n"})
    (fault,) = refused(shop(join=[Join("products.csv", "order_id", columns=columns)]), root)
    assert said in fault


@pytest.mark.parametrize("join", [Join("missing.csv", "order_id"), Join("log.csv", "order_id", table="orders")])
def test_a_fault_of_a_joined_file_says_so(join: Join, write: Write) -> None:
    (fault,) = refused(shop(join=[join]), write())
    assert fault.startswith("shop: transactions.join.order_id.")
