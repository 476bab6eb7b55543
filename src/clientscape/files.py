"""Files that are written whole or not at all, and stay written."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from clientscape.faults import Fault, InputError, UnableError

# A disk that is full or broken, or a quota that is used up: the world fails, not what was asked for.
FAILING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
UNFINISHED = ".unfinished"
PASSING = "clientscape-passing-"  # nobody else calls a folder so: those that were left over are removed


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder that becomes `path`, on the disk, when the block ends well, else vanishes.

    What a process that was killed left unfinished is swept away by the next one that writes to `path`. Refused is a
    place that cannot be written; a disk that fails while it is written is an `UnableError`, and `path` stays as it was.
    """
    new = [folder for folder in (path.parent, *path.parent.parents) if not os.path.exists(folder)]
    with told(path, "a file in a folder that can be written"):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent.glob(f".{escape(path.name)}.*{UNFINISHED}"), Path.unlink)
        held, unfinished = _begun(lambda: _empty(path))
    try:
        with able(path):
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
        with able(path):
            yield new
            if path.exists():
                path.replace(old)
            new.replace(path)
    finally:
        if old.exists() and not path.exists():
            old.replace(path)
        shutil.rmtree(aside)


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A folder where the system keeps what is passing; it vanishes with the block.

    What a process that was killed left behind is swept away by the next one that asks for such a folder.
    """
    around = Path(tempfile.gettempdir())
    with told(around, "a folder that can be written"):
        _sweep(around.glob(f"{PASSING}*"), shutil.rmtree)
        held, folder = _begun(lambda: Path(tempfile.mkdtemp(prefix=PASSING)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


@contextmanager
def told(path: Path, expected: str) -> Iterator[None]:
    """What the system says of a path as a fault: a disk that fails is an `UnableError`, anything else is refused."""
    try:
        with able(path):
            yield
    except OSError as error:
        raise InputError([Fault(str(path), f"{error.strerror}", expected, "choose another path")]) from error


@contextmanager
def able(path: Path) -> Iterator[None]:
    """A disk that fails is an `UnableError`; other errors of the system are none of its business."""
    try:
        yield
    except OSError as error:
        if error.errno not in FAILING:
            raise
        fault = Fault(str(path), os.strerror(error.errno), "a disk that takes all of it", "make room, and try again")
        raise UnableError([fault]) from error


def _begun(make: Callable[[], Path]) -> tuple[int, Path]:
    """Something unfinished, and the descriptor that holds it: what nobody holds was left by a process that is gone."""
    while True:
        path = make()
        with suppress(FileNotFoundError):
            held = _opened(path)
            with suppress(OSError):  # a file system without locks: nothing is swept there
                fcntl.flock(held, fcntl.LOCK_EX)
            if path.exists():  # it may have been swept before it was held
                return held, path
            os.close(held)


def _sweep(found: Iterable[Path], remove: Callable[[Path], object]) -> None:
    for path in found:
        with suppress(OSError):
            held = _opened(path)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)
            finally:
                os.close(held)


def _opened(path: Path) -> int:
    return os.open(path, (os.O_RDONLY if path.is_dir() else os.O_RDWR) | os.O_NOFOLLOW)


def _empty(path: Path) -> Path:
    """A new file beside `path`."""
    opened, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
    os.close(opened)
    return Path(name)


def _settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
