"""One job at a time writes to a file: a lock that the system gives back however its holder ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clientscape.data.landing import busy
from clientscape.files import told


@contextmanager
def only_writer(path: Path, shown: str) -> Iterator[None]:
    """Hold the lock of a file, which need not be there yet; an UnableError where another process holds it.

    The lock is the system's, on a hidden file beside it: one that was left over by a process that was killed is in
    nobody's way.
    """
    lock = path.with_name(f".{path.name}.lock")
    new = [folder for folder in path.parents if not folder.exists()]
    with told(path, "a file in a folder that can be written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        held = _held(lock)
    if held is None:
        raise busy(shown)
    try:
        yield
    finally:
        with suppress(OSError):  # while it is held: whoever waits for nothing sees that it is not the file any more
            lock.unlink()
        os.close(held)
        with suppress(OSError):  # folders that were made for nothing; one that holds something stays
            for folder in new:
                folder.rmdir()


def _held(lock: Path) -> int | None:
    """The descriptor that holds the lock, or None where another process holds it."""
    while True:
        opened = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(opened), lock.stat()):
                return opened
        os.close(opened)  # its holder removed it between the two lines above
