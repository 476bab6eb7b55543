import pytest
from tests.data.shops import LOG, PLAIN, ROWS, Write, refused, rows, shop

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
