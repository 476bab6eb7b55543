import gzip
from pathlib import Path

import pandas as pd
import pytest
from tests.data.shops import LOG, ROWS, Write, read_one, refused, rows, shop


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


def test_files_that_are_nobody_s_data_are_left_out_unless_they_are_asked_for(write: Write) -> None:
    hidden = {"parts/.log.csv": LOG, "parts/_log.csv": LOG, "parts/_SUCCESS": ""}
    root = write(**{"parts/1.csv": LOG, **hidden})
    for files in ("parts", "parts/*", "parts/*.csv"):
        assert rows(shop(files), root) == ROWS
    for files in ("parts/.l*", "parts/_log.csv", "parts/_l*"):
        assert rows(shop(files), root) == ROWS


def test_parquet_and_text_of_one_folder_are_one_table(write: Write) -> None:
    root = write(**{"parts/1.csv": LOG, "parts/3.csv.gz": gzip.compress(LOG.replace("007", "008").encode())})
    frame = pd.DataFrame({"amount": [7.5], "customer_id": ["C3"], "order_id": [3]})
    frame.assign(ordered_at=pd.Timestamp("2024-03-01 12:00")).to_parquet(root / "parts/2.parquet")
    packed = [("008", *ROWS[0][1:]), ROWS[1]]
    assert rows(shop("parts"), root) == [*ROWS, ("C3", "3", "2024-03-01 12:00", 750), *packed]
    assert rows(shop("parts/*.csv*"), root) == [*ROWS, *packed]
    _, reading = read_one(shop("parts"), root)
    assert [Path(file).name for file in reading.files] == ["1.csv", "2.parquet", "3.csv.gz"]


def test_an_empty_folder_is_no_file(write: Write) -> None:
    root = write(**{"parts/.hidden": "x"})
    assert "no file at parts" in refused(shop("parts"), root)[0]
