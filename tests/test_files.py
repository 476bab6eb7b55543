from pathlib import Path

import pytest

from clientscape.faults import InputError
from clientscape.files import whole, whole_folder


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
