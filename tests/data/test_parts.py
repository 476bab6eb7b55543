"""A table out of several sources: stacked, accounted for one by one, and told apart in every fault."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.data.shops import PLAIN, Write, refused, shop

from clientscape.data.read import fingerprint, read
from clientscape.data.source import Rule, Source, TableSource
from clientscape.faults import InputError
from clientscape.run.sources import load_source

MAIL = "household,day\n007,2024-01-04\nC2,2024-02-04\n,2024-02-04\n"
CLICKS = "customer_id,at,campaign\nC2,2024-02-05 10:00,spring\n007,2024-03-05 10:00,\n"
SENT = TableSource(
    "mail.csv",
    {"customer_id": "household", "at": "day", "kind": "'sent'"},
    row_is="event",
    set_aside=[Rule("nobody", "household IS NULL", "a test")],
)
CLICKED = TableSource(
    "clicks.csv", {"customer_id": "customer_id", "at": "at", "kind": "'clicked'", "campaign_id": "campaign"}
)


def touched(*parts: TableSource) -> Source:
    source = shop()
    return replace(source, tables=source.tables | {"touches": list(parts)})


@pytest.fixture
def root(write: Write) -> Path:
    return write(**{"mail.csv": MAIL, "clicks.csv": CLICKS})


def test_sources_are_stacked_and_accounted_for_one_by_one(root: Path) -> None:
    tables, readings = read(touched(SENT, CLICKED), name="shop", root=root)
    assert tables.touches is not None
    assert tables.touches["customer_id"].tolist() == ["007", "C2", "C2", "007"]
    assert tables.touches["kind"].tolist() == ["sent", "sent", "clicked", "clicked"]
    assert tables.touches["campaign_id"].fillna("-").tolist() == ["-", "-", "spring", "-"]
    assert tables.touches.index.tolist() == [0, 1, 2, 3]
    assert {r.table: (r.n_rows, r.n_kept, r.set_aside) for r in readings[1:]} == {
        "touches[0]": (3, 2, {"nobody": 1}),
        "touches[1]": (2, 2, {}),
    }
    assert [list(r.quarantine["row"]) for r in readings[1:]] == [[3], []]
    assert readings[2].files == (str(root / "clicks.csv"),)


def test_orders_of_two_tills_are_one_log(root: Path) -> None:
    other = TableSource("log.csv", PLAIN | {"order_id": "'T' || order_id"})
    (first,) = shop().tables.values()
    tables, _ = read(replace(shop(), tables={"transactions": [first, other]}), name="shop", root=root)  # type: ignore[list-item]
    assert tables.transactions["order_id"].tolist() == ["1", "2", "T1", "T2"]
    assert tables.transactions["amount_minor"].tolist() == [1000, -550, 1000, -550]


def test_the_types_are_those_of_one_source(root: Path) -> None:
    one, _ = read(replace(shop(), tables=shop().tables | {"touches": CLICKED}), name="shop", root=root)
    two, _ = read(touched(CLICKED, CLICKED), name="shop", root=root)
    assert one.touches is not None
    assert two.touches is not None
    assert two.touches.dtypes.equals(one.touches.dtypes)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"at": "at"}, "shop: touches[1].customer_id: found no such column (columns: at)"),
        (CLICKED.columns | {"kinds": "at"}, "shop: touches[1].columns.kinds: found a column that"),
        (CLICKED.columns | {"at": "campaign"}, "shop: touches[1].at: found 1 values that are not (clicks.csv row 1"),
        (CLICKED.columns | {"kind": "'danced'"}, "shop: touches.kind: found 2 unknown (row 1 of touches[1]: 'danced'"),
        (
            CLICKED.columns | {"customer_id": "17.5::DOUBLE"},
            "shop: touches.customer_id: found str in touches[0], float",
        ),
    ],
)
def test_faults_name_the_source(columns: dict[str, str], found: str, root: Path) -> None:
    faults = refused(touched(SENT, replace(CLICKED, columns=columns)), root)
    assert faults[0].startswith(found)


def test_a_source_without_rows_is_refused_even_beside_another(root: Path) -> None:
    nobody = replace(CLICKED, set_aside=[Rule("all", "true", "a test")])
    (fault,) = refused(touched(SENT, nobody), root)
    assert fault.startswith("shop: touches[1]: found no rows")


def test_all_sources_are_refused_at_once(root: Path) -> None:
    zone = replace(CLICKED, time_zone="Mars")
    assert refused(touched(SENT, zone), root)[0].startswith("shop: touches[1].time_zone: found `Mars`")
    faults = refused(touched(replace(SENT, files="a.csv"), replace(CLICKED, files="b.csv")), root)
    assert [fault.partition(": found")[0] for fault in faults] == ["shop: touches[0].files", "shop: touches[1].files"]
    (fault,) = refused(touched(), root)
    assert fault.startswith("shop: touches: found an empty list")


def test_customers_of_two_lists_may_not_stand_twice(root: Path) -> None:
    people = TableSource("log.csv", {"customer_id": "customer_id", "age": "17"}, row_is="customer")
    (fault,) = refused(replace(shop(), tables=shop().tables | {"customers": [people, people]}), root)
    assert "customers that stand twice (row 1 of customers[1]: '007', 2 of customers[1]: 'C2')" in fault
    text = replace(people, columns=people.columns | {"age": "'17'"})
    (fault,) = refused(replace(shop(), tables=shop().tables | {"customers": [people, text]}), root)
    assert fault.startswith("shop: customers.age: found int32 in customers[0], str in customers[1]")


def test_the_fingerprint_sees_every_source(root: Path) -> None:
    source = touched(SENT, CLICKED)
    before = fingerprint(source, root)
    (root / "clicks.csv").write_text(CLICKS + "007,2024-03-06,\n")
    assert fingerprint(source, root) != before


KEYS: dict[str, Any] = {
    "description": "x",
    "covers": ["2024-01-01", "2024-07-01"],
    "timezone": "Europe/Berlin",
    "currency": "EUR",
}


def loaded(path: Path, tables: dict[str, Any]) -> Source:
    path.write_text(yaml.safe_dump(KEYS | {"tables": tables}))
    return load_source(str(path))[0]


def test_a_list_and_a_database_may_be_written_in_yaml(tmp_path: Path) -> None:
    part = {"files": "shop.db", "table": "orders", "columns": PLAIN}
    source = loaded(tmp_path / "shop.yaml", {"transactions": [part, part | {"table": "more"}], "customers": part})
    names = [(table, name, spec.table) for table, name, spec in source.parts()]
    assert sorted(names) == [
        ("customers", "customers", "orders"),
        ("transactions", "transactions[0]", "orders"),
        ("transactions", "transactions[1]", "more"),
    ]


def test_keys_of_every_source_of_a_list_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    parts = [{"fles": "x", "columns": PLAIN}, {"files": "y", "columns": {"amount": 1}}]
    with pytest.raises(InputError) as caught:
        loaded(path, {"transactions": parts, "touches": "log.csv"})
    assert {fault.where.removeprefix(f"{path}: ") for fault in caught.value.faults} == {
        "tables.transactions.0.fles",
        "tables.transactions.0.files",
        "tables.transactions.1.columns.amount",
        "tables.touches",
    }
