import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clientscape.faults import InputError, UnableError
from clientscape.files import passing_folder, whole, whole_folder

KILLED = """
import os, signal, sys, pathlib
from clientscape.files import whole
with whole(pathlib.Path(sys.argv[1])) as unfinished:
    unfinished.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def listed(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "scores.csv"
    with whole(path) as unfinished:
        unfinished.write_text("a")
        assert not path.exists()
        assert unfinished.parent == path.parent
    assert path.read_text() == "a"
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("old")

    def fail() -> None:
        with whole(path) as unfinished:
            unfinished.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("old")
    with whole(path) as unfinished:
        unfinished.write_text("new")
    assert path.read_text() == "new"


def test_it_is_on_the_disk_before_it_takes_its_place_and_its_place_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "scores.csv"
    done: list[tuple[str, Path]] = []
    settle, replace = os.fsync, Path.replace

    def fsync(opened: int) -> None:
        done.append(("settled", Path(os.readlink(f"/proc/self/fd/{opened}"))))
        settle(opened)

    def move(self: Path, target: Path) -> Path:
        done.append(("moved", self))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", move)
    with whole(path) as unfinished:
        unfinished.write_text("a")
    assert done == [("settled", unfinished), ("moved", unfinished), ("settled", path.parent), ("settled", tmp_path)]


@pytest.mark.parametrize("kind", [whole, whole_folder])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_fails_leaves_what_was_there_and_is_worth_another_try(
    kind: type[whole], number: int, tmp_path: Path
) -> None:
    path = tmp_path / "scores"
    with kind(path) as unfinished:
        _ = unfinished.touch() if kind is whole else (unfinished / "a").touch()
    with pytest.raises(UnableError, match=f"{path}: found {os.strerror(number)}.*make room"), kind(path):
        raise OSError(number, "as a library may say it")
    assert listed(tmp_path) == ["scores"]
    with pytest.raises(FileNotFoundError), kind(path):
        (tmp_path / "none").read_text()  # another error of the system is the block's own affair


def test_what_a_killed_process_left_is_swept_and_what_one_writes_now_is_not(tmp_path: Path) -> None:
    path = tmp_path / "scores [1].csv"
    path.write_text("former")
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
        assert len(listed(tmp_path)) == 2  # what the first one left is gone
    assert path.read_text() == "former"
    with whole(path) as slow:
        slow.write_text("slow")
        with whole(path) as quick:
            quick.write_text("quick")
        assert listed(tmp_path) == sorted([slow.name, path.name])
        assert path.read_text() == "quick"
    assert path.read_text() == "slow"
    assert listed(tmp_path) == [path.name]


LEFT = """
import os, signal
from clientscape.files import passing_folder
with passing_folder() as folder:
    (folder / "scores").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_passing_folder_vanishes_and_so_does_one_that_a_killed_process_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "somebody's").mkdir()
    for _ in range(2):
        subprocess.run([sys.executable, "-c", LEFT], check=False, env=os.environ | {"TMPDIR": str(tmp_path)})
        assert len(listed(tmp_path)) == 2  # what the first one left is gone
    with passing_folder() as slow, passing_folder() as quick:
        (quick / "a").write_text("")
        assert listed(tmp_path) == sorted([slow.name, quick.name, "somebody's"])
    assert listed(tmp_path) == ["somebody's"]


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a folder that can be written"), whole(tmp_path / "file" / "scores.csv"):
        pytest.fail("the block must not run")


def test_a_folder_in_the_file_s_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"), whole(tmp_path):
        pytest.fail("the block must not run")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "one"
    for name in ("old", "new"):
        with whole_folder(path) as unfinished:
            (unfinished / name).write_text(name)
    assert [file.name for file in path.iterdir()] == ["new"]
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_folder_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "one"
    with whole_folder(path) as unfinished:
        (unfinished / "old").write_text("")

    def fail() -> None:
        with whole_folder(path) as unfinished:
            (unfinished / "half").write_text("")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [file.name for file in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]
