import pytest
from tests.data.shops import LOG, PLAIN, Write, refused, rows, shop

from clientscape.data.source import Format


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
