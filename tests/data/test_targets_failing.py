"""Targets when the world fails: full and read-only disks, files that others have open; what stood there stays."""

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

import pandas as pd
import pytest
from tests.data.nights import DATABASES, DAY, FILES, Place, many, pieces_of

from clientscape.data.targets import Landed
from clientscape.faults import InputError, UnableError

EMBEDDED = DATABASES[:-1]
MAY_MOUNT = 1 << 21  # CAP_SYS_ADMIN
N = 2000
FORMER, NEW = many(N), pd.concat([many(N // 2, shift=0.5), many(3 * N)[-2 * N :]])


def may_mount() -> bool:
    status = Path("/proc/self/status")
    bits = status.read_text().partition("CapEff:")[2].split()[0] if status.exists() else "0"
    return bool(int(bits, 16) & MAY_MOUNT)


@contextmanager
def short_files(folder: Path, kib: int) -> Iterator[None]:
    """No file may become larger: what a quota does."""
    limit, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kib * 1024, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))


@contextmanager
def full_disk(folder: Path, kib: int) -> Iterator[None]:
    """The disk of a folder has so much room."""
    run("mount", "-o", f"remount,size={kib}k", str(folder))
    try:
        yield
    finally:
        run("mount", "-o", "remount,size=50m", str(folder))


@contextmanager
def read_only_disk(folder: Path) -> Iterator[None]:
    run("mount", "-o", "remount,ro", str(folder))
    try:
        yield
    finally:
        run("mount", "-o", "remount,rw", str(folder))


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A folder that is a disk of its own."""
    folder.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        run("umount", str(folder))


def run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=60)


Limit = Callable[[Path, int], AbstractContextManager[None]]
REAL_DISKS = ["disk"] if may_mount() else []


@pytest.fixture(params=["files", *REAL_DISKS])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Limit]]:
    """A folder, and what leaves so much room in it [KiB]."""
    if request.param == "disk":
        with disk(tmp_path / "disk") as folder:
            yield folder, full_disk
    else:
        (tmp_path / "folder").mkdir()
        yield tmp_path / "folder", short_files


@pytest.mark.parametrize("kind", [*FILES, *EMBEDDED])
def test_a_full_disk_leaves_the_former_state_or_none_of_it(kind: str, full: tuple[Path, Limit], tmp_path: Path) -> None:
    """With ever more room: an UnableError and the former state, in the end the new state; never any rests."""
    folder, limit = full
    place, pieces = Place(kind, folder), pieces_of(NEW, tmp_path / "pieces")
    outcomes: list[Landed | str] = []
    for kib in (4, 100, 300, 500, 900, 2000):
        place.path.unlink(missing_ok=True)
        place.land(FORMER)
        target, used = place.target(), place.path.stat().st_size // 1024 if limit is full_disk else 0
        with limit(folder, used + kib), target.locked():
            try:
                outcomes.append(target.land(pieces, DAY, "100MB"))
            except UnableError as error:
                outcomes.append(str(error.faults[0]))
        assert place.stands().equals(FORMER if isinstance(outcomes[-1], str) else NEW.reset_index(drop=True))
        assert os.listdir(folder) == [place.path.name]
    first, *_, last = outcomes
    assert isinstance(first, str)
    assert first.startswith(str(place.path))
    assert "make room" in first
    assert last == Landed(len(NEW), N // 2)


@pytest.fixture(params=["/proc", *REAL_DISKS])
def barred(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, AbstractContextManager[None]]]:
    """A folder that not even root may write, and when."""
    if request.param == "disk":
        with disk(tmp_path / "disk") as folder:
            yield folder, read_only_disk(folder)
    else:
        yield Path(request.param), nullcontext()


@pytest.mark.parametrize("kind", [*FILES, *EMBEDDED])
def test_a_folder_that_is_read_only_is_a_fault_and_refused(
    kind: str, barred: tuple[Path, AbstractContextManager[None]], tmp_path: Path
) -> None:
    folder, read_only = barred
    place = Place(kind, folder)
    is_disk = not isinstance(read_only, nullcontext)
    if is_disk:
        place.land(FORMER)
    with read_only:
        (fault,) = place.target().faults()
        assert fault.where == str(place.path)
        assert fault.expected == "a folder that can be written"
        assert fault.found == f"{folder}: Read-only file system" or not is_disk
        with pytest.raises(InputError), place.target().locked():
            pytest.fail("it cannot be locked")
        with pytest.raises(InputError, match=r"(?i)read-?only" if is_disk else str(place.path)):
            place.target().land(pieces_of(NEW, tmp_path / "pieces"), DAY, "100MB")
    assert not is_disk or place.stands().equals(FORMER)


def test_a_piece_that_does_not_fit_is_worth_another_try(tmp_path: Path) -> None:
    with short_files(tmp_path, 4), pytest.raises(UnableError, match=r"0\.parquet: found File too large.*make room"):
        pieces_of(NEW, tmp_path / "pieces")


@pytest.mark.parametrize("kind", EMBEDDED)
def test_a_first_landing_that_fails_leaves_nothing_in_the_way_of_the_next(kind: str, tmp_path: Path) -> None:
    place = Place(kind, tmp_path)
    pieces = pieces_of(NEW, tmp_path / "pieces")
    with short_files(tmp_path, 4), pytest.raises(UnableError):
        place.target().land(pieces, DAY, "100MB")
    assert place.land(NEW) == Landed(len(NEW), 0)


OPEN = """
import sys, duckdb
with duckdb.connect(sys.argv[1]):
    print(flush=True)
    input()
"""


def test_a_duckdb_file_that_another_program_has_open_is_no_fault_of_the_input(tmp_path: Path) -> None:
    place = Place("duckdb", tmp_path)
    place.land(FORMER)
    command = [sys.executable, "-c", OPEN, str(place.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert place.target().faults() == []
        with pytest.raises(UnableError, match=r"Could not set lock .* wait until nobody else has it open"):
            place.land(NEW)
        other.communicate(b"\n")
    assert place.stands().equals(FORMER)


def test_an_sqlite_file_that_another_program_writes_is_no_fault_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientscape.data.into_sqlite.SECONDS", 0.1)
    place = Place("sqlite", tmp_path)
    place.land(FORMER)
    with closing(sqlite3.connect(place.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert place.target().faults() == []
        with pytest.raises(UnableError, match="database is locked"):
            place.land(NEW)
    assert place.stands().equals(FORMER)


def test_an_sqlite_file_with_a_log_beside_it_is_written_as_well(tmp_path: Path) -> None:
    place = Place("sqlite", tmp_path)
    place.land(FORMER)
    place.ask("PRAGMA journal_mode = WAL")
    assert place.land(NEW) == Landed(len(NEW), N // 2)
    assert place.stands().equals(NEW.reset_index(drop=True))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_fails_while_the_rows_settle_leaves_the_former_file(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place("parquet", tmp_path)
    place.land(FORMER)

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UnableError, match=os.strerror(number)):
        place.land(NEW)
    monkeypatch.undo()
    assert place.stands().equals(FORMER)
    assert os.listdir(tmp_path) == [place.path.name]
