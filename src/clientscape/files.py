"""Files that are written whole or not at all, and stay written."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from clientscape.faults import Fault, InputError, UnableError

# A disk that is full or broken, or a quota that is used up: the world fails, not what was asked for.
FAILING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
UNFINISHED = ".unfinished"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder that becomes `path`, on the disk, when the block ends well, else vanishes.

    What a process that was killed left unfinished is swept away by the next one that writes to `path`. Refused is a
    place that cannot be written; a disk that fails while it is written is an `UnableError`, and `path` stays as it was.
    """
    new = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    with told(path, "a file in a folder that can be written"):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        held, unfinished = _begun(path)
    try:
        with _able(path):
            yield unfinished
            unfinished.chmod(0o644)
            _settle(unfinished)
        with told(path, "a file that can be replaced"):
            unfinished.replace(path)
            for folder in (path.parent, *(folder.parent for folder in new)):
                _settle(folder)
    finally:
        unfinished.unlink(missing_ok=True)
        os.close(held)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` that takes its place, with nothing of the old one, when the block ends well."""
    with told(path, "a folder that can be written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        new, old = aside / "new", aside / "old"
        new.mkdir()
    try:
        with _able(path):
            yield new
            if path.exists():
                path.replace(old)
            new.replace(path)
    finally:
        if old.exists() and not path.exists():
            old.replace(path)
        shutil.rmtree(aside)


@contextmanager
def told(path: Path, expected: str) -> Iterator[None]:
    """What the system says of a path as a fault: a disk that fails is an `UnableError`, anything else is refused."""
    try:
        with _able(path):
            yield
    except OSError as error:
        raise InputError([Fault(str(path), f"{error.strerror}", expected, "choose another path")]) from error


@contextmanager
def _able(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FAILING:
            raise
        fault = Fault(str(path), os.strerror(error.errno), "a disk that takes all of it", "make room, and try again")
        raise UnableError([fault]) from error


def _begun(path: Path) -> tuple[int, Path]:
    """A new file beside `path`, and the descriptor that holds it: what nobody holds, a killed process has left."""
    while True:
        held, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
        with suppress(OSError):  # a file system without locks: nothing is swept there
            fcntl.flock(held, fcntl.LOCK_EX)
        if os.path.exists(name):  # it may have been swept before it was held
            return held, Path(name)
        os.close(held)


def _sweep(path: Path) -> None:
    for left in path.parent.glob(f".{escape(path.name)}.*{UNFINISHED}"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
