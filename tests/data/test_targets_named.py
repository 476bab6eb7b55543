"""What `--out` and `--table` stand for, and what is no target."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from tests.data.nights import FILES, Place, many
from tests.data.server import PASSWORD

from clientscape.data.into_duckdb import IntoDuckdb
from clientscape.data.into_sqlite import IntoSqlite
from clientscape.data.targets import target_of
from clientscape.faults import InputError


def refused(out: str, table: str | None = None) -> str:
    with pytest.raises(InputError) as error:
        target_of(out, table)
    (fault,) = error.value.faults
    return str(fault)


def faults(out: object, table: str | None = None) -> list[str]:
    return [str(fault) for fault in target_of(str(out), table).faults()]


@pytest.mark.parametrize(
    "out", ["scores", "scores.xlsx", "scores.parquet.gz", "", "s3://bucket/scores.parquet", f"mysql://a:{PASSWORD}@b/c"]
)
def test_what_is_nothing_known_is_refused_with_what_is(out: str) -> None:
    fault = refused(out)
    assert fault.startswith("--out: found ")
    assert ".parquet, .csv, .duckdb, .sqlite, .sqlite3, or postgresql://user@host/database" in fault
    assert PASSWORD not in fault


@pytest.mark.parametrize("out", ["x.parquet", "x.csv"])
def test_a_file_has_no_table(out: str) -> None:
    assert refused(out, "scores") == (
        f"--table: found `scores` beside {out}; expected a table of a database only. Cure: leave it out."
    )


@pytest.mark.parametrize("table", ["", "a b", "a.b", "sqlite_stat", 'x"', "1a", "n" * 64])
def test_tables_have_plain_names(table: str) -> None:
    assert refused("x.sqlite", table).startswith(f"--table: found `{table}`; expected letters, digits and _")
    assert refused("x.duckdb", table).startswith("--table: ")
    if table != "a.b":
        assert "perhaps after `schema.`" in refused("postgresql://u@h/d", table)


def test_a_server_s_table_may_have_a_schema() -> None:
    assert target_of("postgresql://u@h:5432/d?sslmode=require", "shop.scores").shown == (
        "postgresql://u@h:5432/d: shop.scores"
    )
    assert target_of("postgres://u@h/d").shown == "postgres://u@h/d: scores"


def test_a_db_file_is_what_its_first_bytes_say(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    assert "shop.db, which is new" in refused(str(path))
    path.write_text("something else")
    assert "which is neither; expected a database of DuckDB or SQLite, by its first bytes" in refused(str(path))
    path.unlink()
    duckdb.connect(path).close()
    assert isinstance(target_of(str(path)), IntoDuckdb)
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (a)")
    assert isinstance(target_of(str(path)), IntoSqlite)


@pytest.mark.parametrize("suffix", ["duckdb", "sqlite"])
def test_a_file_that_is_no_database_is_a_fault(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"scores.{suffix}"
    path.write_text("customer_id,segment\n" * 1000)
    (fault,) = faults(path)
    assert fault.startswith(f"{path}: scores: found ")
    assert "not a" in fault
    assert path.read_text() == "customer_id,segment\n" * 1000


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_something_else_is_not_written_over(kind: str, tmp_path: Path) -> None:
    place = Place(kind, tmp_path)
    log = pd.DataFrame({"customer_id": ["a"], "as_of": ["2025-04-01"], "amount": [1.5]})
    log.to_parquet(place.path) if kind == "parquet" else log.to_csv(place.path)
    for content in (place.path.read_bytes(), b"\0broken"):
        place.path.write_bytes(content)
        (fault,) = faults(place.path)
        assert fault == (
            f"{place.path}: found a file of something else; expected one of scores, or none."
            " Cure: choose another path, or remove it."
        )
    place.path.write_bytes(b"")
    assert place.land(many(2)).n_rows == 2


def test_the_place_may_be_new_the_suffix_in_capitals_and_a_link_stays_one(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder" / "Scores.PARQUET"
    target = target_of(str(out))
    assert target.faults() == []
    with target.locked():
        target.land([], pd.Timestamp("2025-04-01").date(), "100MB")
    link = tmp_path / "tonight.parquet"
    link.symlink_to(out)
    place = Place("parquet", tmp_path, None)
    place.path.symlink_to(out)
    place.land(many(3))
    assert place.path.is_symlink()
    assert len(pd.read_parquet(out)) == len(pd.read_parquet(link)) == 3
    assert os.listdir(out.parent) == ["Scores.PARQUET"]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "duckdb", "sqlite"])
def test_a_folder_in_the_place_and_a_file_as_a_folder_are_faults(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"scores.{suffix}").mkdir()
    assert "found a folder; expected the name of a file" in faults(tmp_path / f"scores.{suffix}")[0]
    (tmp_path / "file").write_text("")
    assert "Not a directory" in faults(tmp_path / "file" / f"scores.{suffix}")[0]
