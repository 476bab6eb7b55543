"""PostgreSQL as a target: a real server that refuses, is gone, or is stopped in the middle, and says no password."""

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from tests.data.nights import DAY, OTHER_DAY, Place, many, pieces_of, scores
from tests.data.server import PASSWORD, Server

from clientscape.data import into_postgres
from clientscape.data.targets import Landed, target_of
from clientscape.faults import InputError, UnableError

pytestmark = pytest.mark.postgres
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
FORMER, NEW = many(40), many(40, shift=0.5)


@pytest.fixture
def place(postgres: Server, tmp_path: Path) -> Place:
    return Place("postgres", tmp_path, postgres)


def faults(address: str, table: str | None = None) -> list[str]:
    said = [str(fault) for fault in target_of(address, table).faults()]
    assert PASSWORD not in "".join(said)
    return said


def unable(place: Place, frame: pd.DataFrame = NEW) -> str:
    """What an UnableError says of a landing; nothing of the former state has changed."""
    pieces = pieces_of(frame, place.folder / "pieces")
    with pytest.raises(UnableError) as error:
        place.target().land(pieces, DAY, "100MB")
    (fault,) = error.value.faults
    assert fault.where == f"{place.out}: scores"
    assert PASSWORD not in str(fault)
    return fault.found


def in_the_middle(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen after the first rows have gone to the server."""

    def night(*arguments: object) -> Iterator[pa.Table]:
        monkeypatch.undo()
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        monkeypatch.setattr("clientscape.data.pieces.PORTION", 10)
        for i, portion in enumerate(into_postgres.night(*arguments)):  # type: ignore[arg-type]
            yield portion
            if i == 0:
                happens()

    monkeypatch.setattr(into_postgres, "night", night)


def test_a_session_that_is_ended_in_the_middle_leaves_the_former_state(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.land(FORMER)
    assert place.server is not None
    server = place.server
    in_the_middle(monkeypatch, lambda: server.run(f"{END} AND pid <> pg_backend_pid()"))
    assert "terminating connection" in (found := unable(place)) or "closed the connection" in found
    assert place.stands().equals(FORMER)
    assert place.land(NEW) == Landed(40, 0)
    assert place.stands().equals(NEW)


def test_a_server_that_stops_in_the_middle_leaves_the_former_state(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.land(FORMER)
    assert place.server is not None
    stopped = place.server.stopped()
    in_the_middle(monkeypatch, stopped.__enter__)
    try:
        unable(place)
        assert faults(place.out) == []  # another try may help
        with pytest.raises(UnableError, match="Connection refused"), place.target().locked():
            pytest.fail("nobody is there")
    finally:
        stopped.__exit__(None, None, None)
    assert place.stands().equals(FORMER)
    assert place.land(NEW) == Landed(40, 0)


def test_a_night_lands_though_the_session_with_the_lock_was_ended(place: Place) -> None:
    """No two landings mix without that lock: each keeps others from writing by itself."""
    assert place.server is not None
    pieces = pieces_of(NEW, place.folder / "pieces")
    with place.target().locked():
        place.server.run(f"{END} AND pid <> pg_backend_pid()")
        assert place.target().land(pieces, DAY, "100MB") == Landed(40, 0)
    assert place.stands().equals(NEW)


def test_a_full_disk_of_the_server_leaves_the_former_state(place: Place) -> None:
    place.land(FORMER)
    assert place.server is not None
    place.server.run(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN IF NEW.customer_id = ''C000030'' THEN RAISE EXCEPTION ''no room'' USING ERRCODE = ''disk_full'';"
        " END IF; RETURN NEW; END'",
        "CREATE TRIGGER full_disk BEFORE UPDATE ON scores FOR EACH ROW EXECUTE FUNCTION full_disk()",
    )
    assert unable(place).startswith("no room ")  # what the server says, without our statement
    assert place.stands().equals(FORMER)


def test_a_table_that_somebody_locks_is_waited_for_and_not_for_ever(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adbc_driver_postgresql import dbapi

    place.land(FORMER)
    monkeypatch.setattr(
        "clientscape.data.postgres_session.SETTINGS", "SELECT set_config('lock_timeout', '100ms', false)"
    )
    with dbapi.connect(place.out) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE scores IN ROW EXCLUSIVE MODE")
        assert "lock timeout" in unable(place)
        assert place.stands().equals(FORMER)


def test_readers_are_not_kept_out(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.land(FORMER)
    seen = []
    original = into_postgres.upsert

    def upsert(*arguments: object, **more: object) -> Landed:
        landed = original(*arguments, **more)  # type: ignore[arg-type]
        seen.append(place.stands())
        return landed

    monkeypatch.setattr(into_postgres, "upsert", upsert)
    place.land(NEW)
    assert seen[0].equals(FORMER)
    assert place.stands().equals(NEW)


def test_schemas_are_found_and_made_in_and_one_table_has_one_lock(place: Place) -> None:
    assert place.server is not None
    place.server.run("CREATE SCHEMA old")
    place.land(FORMER, table="old.scores")
    place.land(NEW)
    assert place.stands("old.scores").equals(FORMER)
    assert place.stands("public.scores").equals(NEW)
    with (
        place.target().locked(),
        place.target("old.scores").locked(),
        place.target("Scores").locked(),
        pytest.raises(UnableError, match="another job"),
        place.target("public.scores").locked(),
    ):
        pytest.fail("it is the same as the first")
    assert 'schema "none" does not exist' in faults(place.out, "none.scores")[0]


def test_rights_are_looked_at_before_any_work_and_no_more_are_asked_for(place: Place) -> None:
    assert place.server is not None
    writer = place.server.address_of("writer")
    place.server.run(
        "DROP ROLE IF EXISTS writer",
        f"CREATE ROLE writer LOGIN PASSWORD '{PASSWORD}'",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO PUBLIC",
    )
    try:
        assert "no right to make the table" in faults(writer)[0]
        place.land(FORMER)
        place.server.run("GRANT SELECT, INSERT ON scores TO writer")
        assert "no right to UPDATE, DELETE" in faults(writer)[0]
        place.server.run("GRANT UPDATE, DELETE ON scores TO writer")
        assert faults(writer) == []
        assert target_of(writer).land(pieces_of(NEW, place.folder / "pieces"), DAY, "1GB") == Landed(40, 0)
        place.server.run("ALTER ROLE writer SET default_transaction_read_only = on")
        assert "a server that only reads" in faults(writer)[0]
    finally:
        place.server.run("DROP OWNED BY writer", "DROP ROLE writer")


@pytest.mark.parametrize(
    "key",
    [
        "UNIQUE (as_of, customer_id) DEFERRABLE",
        "UNIQUE (as_of, customer_id, segment_id)",
        "EXCLUDE USING btree (customer_id WITH =)",
    ],
)
def test_a_key_of_another_kind_is_none(key: str, place: Place) -> None:
    assert place.server is not None
    place.land(FORMER)
    place.server.run("ALTER TABLE scores DROP CONSTRAINT scores_pkey", f"ALTER TABLE scores ADD {key}")
    assert "without a unique key" in faults(place.out)[0]
    place.server.run("CREATE UNIQUE INDEX some_rows ON scores (as_of, customer_id) WHERE segment_id > 0")
    assert "without a unique key" in faults(place.out)[0]
    place.server.run("CREATE UNIQUE INDEX all_rows ON scores (customer_id, as_of)")
    assert faults(place.out) == []


def test_a_table_in_partitions_is_a_table(place: Place) -> None:
    assert place.server is not None
    place.land(FORMER, table="model")
    place.server.run(
        "CREATE TABLE scores (LIKE model INCLUDING ALL) PARTITION BY RANGE (as_of)",
        "CREATE TABLE scores_2025 PARTITION OF scores FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    )
    place.land(scores(["a"], as_of=OTHER_DAY), as_of=OTHER_DAY)
    place.land(FORMER)
    assert place.land(NEW) == Landed(40, 0)
    assert place.stands().equals(pd.concat([scores(["a"], as_of=OTHER_DAY), NEW], ignore_index=True))


@pytest.mark.parametrize("password", ["wrong", None])
def test_wrong_credentials_and_databases_are_faults(
    password: str | None, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'database "none" does not exist' in faults(postgres.address.replace("/postgres", "/none"))[0]
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    if password:
        monkeypatch.setenv("PGPASSWORD", password)
    (fault,) = faults(postgres.address)
    assert fault.startswith(f"{postgres.address}: scores: found ")
    assert "set PGPASSWORD" in fault
    assert password is None or password not in fault


@pytest.mark.parametrize(
    "address", [f"postgresql://shop:{PASSWORD}@127.0.0.1:1/d", f"postgres://u@127.0.0.1:1/d?password={PASSWORD}"]
)
def test_a_password_in_the_address_is_a_fault_and_not_shown(address: str) -> None:
    assert PASSWORD not in target_of(address).shown
    (fault,) = faults(address)
    assert fault.startswith("--out: ")
    assert "with a password" in fault


def test_a_server_that_does_not_answer_is_waited_for_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        target = target_of(f"postgresql://shop@127.0.0.1:{deaf.getsockname()[1]}/postgres?connect_timeout=2")
        with pytest.raises(UnableError, match="timeout expired"), target.locked():
            pytest.fail("nobody answers")


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    assert faults("postgresql://u@127.0.0.1:1/d")[0].endswith("Cure: pip install 'clientscape[postgres]'.")


def test_text_that_a_server_cannot_hold_is_refused(place: Place) -> None:
    place.land(FORMER)
    night = pd.concat([FORMER, scores(["z\0z"])])
    with pytest.raises(InputError, match="invalid byte sequence"):
        place.land(night)
    assert place.stands().equals(FORMER)
