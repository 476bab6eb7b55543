"""Every target: the same scores come back, whole, once, sorted, and nothing else is touched."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.data.nights import DAY, NUMBERS, ODD, OTHER_DAY, Place, databases, files, many, pieces_of, scores
from tests.data.nights import place as place
from tests.data.server import PASSWORD
from tests.data.writer import hold
from tests.forked import processes

from clientscape.data.targets import Landed
from clientscape.faults import InputError, UnableError
from clientscape.tables import SCORES


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found[list(SCORES)], expected.reset_index(drop=True), check_exact=True)


def test_what_lands_stands_there_with_odd_names_and_what_is_missing(place: Place) -> None:
    night = scores(ODD)
    assert place.land(night) == Landed(len(ODD), 0)
    same(place.stands(), night)
    assert place.stands()[NUMBERS].isna().sum().sum() > 10


def test_the_same_night_twice_is_the_same_table(place: Place) -> None:
    night = many(300)
    place.land(night)
    before = place.stands(), place.path.read_bytes() if place.kind in ("parquet", "csv") else b""
    assert place.land(night) == Landed(300, 0)
    same(place.stands(), before[0])
    assert not before[1] or place.path.read_bytes() == before[1]


@files
def test_how_many_pieces_there_were_does_not_show(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientscape.data.pieces.PORTION", 700)
    contents = []
    for n in (1, 3, 7):
        assert place.land(many(2500), n) == Landed(2500, 0)
        contents.append(place.path.read_bytes())
    assert contents[0] == contents[1] == contents[2]
    place.path.unlink()
    uneven = [many(2500), many(2500).iloc[:0], many(2500).iloc[:0]]
    paths = [pieces_of(frame, tmp_path / str(i), 1)[0] for i, frame in enumerate(uneven)]
    place.target().land(paths, DAY, "100MB")
    assert place.path.read_bytes() == contents[0]


def test_who_is_scored_no_more_is_removed_and_others_are_new_or_changed(place: Place) -> None:
    place.land(scores(["a", "b", "c", "d"]))
    night = scores(["b", "c", "d", "e"], shift=0.5)
    assert place.land(night) == Landed(4, 1)
    same(place.stands(), night)


def test_a_number_becomes_missing_and_is_there_again(place: Place) -> None:
    full = scores(["a", "b"]).assign(p_churn=[0.25, 0.5])
    gap = full.assign(p_churn=[0.25, np.nan])
    for night in (full, gap, full):
        place.land(night)
        same(place.stands(), night)


def test_a_night_without_customers_lands_as_well(place: Place) -> None:
    none = many(0)
    assert place.land(none, 1) == Landed(0, 0)
    same(place.stands(), none)
    place.land(many(3))
    assert place.target().land([], DAY, "100MB") == Landed(0, 3)
    same(place.stands(), none)


def spoilt(night: pd.DataFrame) -> dict[str, list[pd.DataFrame]]:
    """Pieces that are no night of four customers, by what is said of them."""
    return {
        "not in order": [night.iloc[::-1]],
        "rows of another date": [night.assign(as_of=night["as_of"] + pd.Timedelta(days=1))],
        "each customer once": [night, night.iloc[2:]],
        r"columns \['as_of'\]": [night[["as_of"]]],
    }


def test_pieces_that_are_no_night_are_refused_and_change_nothing(place: Place, tmp_path: Path) -> None:
    night = many(4)
    place.land(night)
    for said, frames in spoilt(night).items():
        paths = [tmp_path / f"{i}.parquet" for i in range(len(frames))]
        for frame, path in zip(frames, paths, strict=True):
            frame.to_parquet(path, index=False)
        with pytest.raises(InputError, match=said):
            place.target().land(paths, DAY, "100MB")
    same(place.stands(), night)


@databases
def test_rows_of_other_dates_and_other_tables_stay(place: Place) -> None:
    other = many(20, as_of=OTHER_DAY)
    place.land(other, as_of=OTHER_DAY)
    place.land(many(30), table="others")
    place.land(many(12))
    place.land(many(10, shift=0.5))
    same(place.stands(), pd.concat([other, many(10, shift=0.5)]))
    same(place.stands("others"), many(30))


@databases
def test_a_night_that_would_remove_most_of_its_date_is_refused(place: Place) -> None:
    night = many(20)
    place.land(night)
    with pytest.raises(InputError, match=r"11 of the 20 rows of 2025-04-01 .* name another --table"):
        place.land(many(9))
    with pytest.raises(InputError, match="20 of the 20 rows"):
        place.land(scores([f"X{i:03d}" for i in range(500)]))
    same(place.stands(), night)
    assert place.land(many(10)) == Landed(10, 10)
    place.land(scores(["d", "e"]).assign(as_of=pd.Timestamp(OTHER_DAY)), as_of=OTHER_DAY)
    assert place.land(scores(["f"]).assign(as_of=pd.Timestamp(OTHER_DAY)), as_of=OTHER_DAY) == Landed(1, 2)


@databases
def test_a_table_has_a_key_and_the_types_of_scores(place: Place) -> None:
    place.land(many(2))
    date = {"sqlite": "text", "duckdb": "date", "postgres": "date"}[place.kind]
    types = "typeof" if place.kind != "postgres" else "pg_typeof"
    cast = "" if place.kind != "postgres" else "::text"
    asked = ", ".join(f"{types}({column}){cast} AS {column}" for column in SCORES)
    found = place.ask(f"SELECT {asked} FROM scores WHERE customer_id = 'C000001'").iloc[0].str.lower()
    assert found["as_of"] == date
    assert {found[column] for column in NUMBERS} <= {"real", "double", "double precision", "null"}
    assert found["segment_id"] in ("integer", "bigint")
    assert found["flagged"] in ("integer", "boolean")
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        place.ask("INSERT INTO scores SELECT * FROM scores")


@databases
def test_columns_that_somebody_added_stay(place: Place) -> None:
    place.land(scores(["a", "b"]))
    place.ask("ALTER TABLE scores ADD COLUMN contacted_by TEXT DEFAULT 'nobody'")
    place.ask("UPDATE scores SET contacted_by = 'mail' WHERE customer_id = 'b'")
    place.land(scores(["b", "c"], shift=0.5))
    found = place.ask("SELECT contacted_by FROM scores ORDER BY customer_id")
    assert found["contacted_by"].tolist() == ["mail", "nobody"]


@databases
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TABLE scores (customer_id TEXT, price INTEGER)", "a table without `as_of`, `segment_id`"),
        ("ALTER TABLE other RENAME COLUMN reasons TO why", "a table without `reasons`"),
        ("CREATE TABLE scores AS SELECT * FROM other", "without a unique key of `as_of` and `customer_id`"),
        ("CREATE VIEW scores AS SELECT * FROM other", "a view|without a unique key"),
    ],
)
def test_a_table_that_cannot_take_scores_is_a_fault(statement: str, said: str, place: Place) -> None:
    place.land(many(3), table="other")
    place.ask(statement)
    target = place.target("other" if "ALTER" in statement else None)
    faults = " ".join(map(str, target.faults()))
    assert re.search(said, faults)
    assert PASSWORD not in faults


@databases
def test_columns_of_other_types_are_a_fault(place: Place) -> None:
    place.land(many(1), table="other")
    columns = place.ask("SELECT * FROM other").columns
    wrong = ", ".join(f"{column} INTEGER" for column in columns)
    place.ask(f"CREATE TABLE scores ({wrong}, PRIMARY KEY (as_of, customer_id))")
    (fault,) = place.target().faults()
    assert "`as_of` INTEGER, not" in fault.found.replace("integer", "INTEGER")
    assert "`customer_id`" in fault.found


def test_one_job_at_a_time_and_none_after_a_kill(place: Place) -> None:
    night = many(12)
    place.land(night)
    held = processes.Event()
    other = processes.Process(target=hold, args=(place.out, held))
    other.start()
    try:
        assert held.wait(60)
        assert place.target().faults() == []
        with pytest.raises(UnableError, match="another job that writes to it") as refused, place.target().locked():
            pytest.fail("it is held")
        assert place.out in str(refused.value)
    finally:
        other.kill()
        other.join()
    assert place.land(night) == Landed(12, 0)
    same(place.stands(), night)
