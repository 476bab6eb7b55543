import io

import pandas as pd
import yaml
from rich.console import Console
from tests.data.shops import LOG, OURS, PLAIN, ROWS, Write, read_one, refused, rows, shop

from clientscape.data.source import Rule
from clientscape.run.check import check_source


def test_the_first_rule_that_holds_sets_a_row_aside_as_it_came(write: Write) -> None:
    root = write(LOG + " ,3,never,ten\n C5 ,4,2024-03-01, 0\nC6,5,2024-03-01,1.00\nC6,5,2024-03-01,1.00\n")
    rules = [
        Rule("no customer", "trim(customer_id) = ''", "nobody"),
        Rule("it's nothing", "try_cast(amount AS DOUBLE) = 0 OR trim(customer_id) = ''", "no sale"),
        Rule("twice", "row_number() OVER (PARTITION BY order_id ORDER BY _row) > 1", "exported twice"),
        Rule("never", "false", "does not happen"),
    ]
    source = shop(set_aside=rules)
    assert sorted(rows(source, root)) == [*ROWS, ("C6", "5", "2024-03-01 00:00", 100)]
    _, reading = read_one(source, root)
    assert reading.set_aside == {"no customer": 1, "it's nothing": 1, "twice": 1, "never": 0}
    assert (reading.n_rows, reading.n_kept) == (6, 3)
    assert (reading.first, reading.last) == (pd.Timestamp("2024-01-05 10:00"), pd.Timestamp("2024-03-01"))
    kept_as_they_came = [
        ["no customer", str(root / "log.csv"), 3, " ", "3", "never", "ten"],
        ["it's nothing", str(root / "log.csv"), 4, " C5 ", "4", "2024-03-01", " 0"],
        ["twice", str(root / "log.csv"), 6, "C6", "5", "2024-03-01", "1.00"],
    ]
    assert reading.quarantine.to_numpy().tolist() == kept_as_they_came
    assert list(reading.quarantine) == ["rule", "file", "row", *OURS]


def test_a_rule_that_fails_is_told_with_file_and_row(write: Write) -> None:
    (fault,) = refused(
        shop(set_aside=[Rule("zero", "amount::INTEGER = 0", "no sale")]), write(LOG + "C3,3,2024-03-01,ten\n")
    )
    assert fault.startswith("shop: transactions.set_aside.zero")
    assert "log.csv row 3" in fault


def test_nothing_is_written_by_reading(write: Write) -> None:
    root = write()
    read_one(shop(set_aside=[Rule("all but one", "customer_id = 'C2'", "")]), root)
    assert [path.name for path in root.iterdir()] == ["log.csv"]


def test_check_prints_names_as_they_are_and_counts_each_customer_s_orders(write: Write) -> None:
    root = write(LOG + "C3,1,2024-03-01,1.00\nC3,1,2024-03-01,2.00\nC4,9,2024-03-01,2.00\n")
    table = {"files": "log.csv", "columns": PLAIN}
    table["set_aside"] = [{"name": "[b]ad[/i]", "when": "order_id = '9'", "why": "a test"}]
    keys = {"description": "a [/net] shop", "covers": ["2024-01-01", "2024-07-01"], "timezone": "Europe/Berlin"}
    path = root / "shop.yaml"
    path.write_text(yaml.safe_dump(keys | {"currency": "EUR", "tables": {"transactions": table}}))
    console = Console(file=io.StringIO(), width=200)
    check_source(str(path), root / "[/aside]", console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"{path}: a [/net] shop" in said.replace("\n", "")
    assert "[b]ad[/i]" in said
    assert "3 customers, 3 orders, 7.50 EUR" in said
    assert f"set aside: {root / '[/aside]'}/shop/transactions.parquet" in said
