import gzip
from pathlib import Path

import pandas as pd
import pytest
from tests.data.shops import LOG, ROWS, Write, refused, rows, shop


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
