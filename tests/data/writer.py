"""Processes that hold a target, or let nights land in it, until they are killed."""

import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

from tests.data.nights import DAY, Place
from tests.data.server import PASSWORD
from tests.forked import processes

from clientscape.data.targets import target_of


def land_for_ever(out: str, folders: list[Path], first: int, pause: float, said: Connection) -> None:
    """In a process that will be killed: let the two states land in turn; say when each begins, and when it is done."""
    os.environ["PGPASSWORD"] = PASSWORD
    n = first
    while True:
        target = target_of(out)
        pieces = sorted(folders[n % 2].glob("*.parquet"))
        said.send(("begun", n))
        with target.locked():
            target.land(pieces, DAY, "100MB")
        said.send(("done", n))
        time.sleep(pause)
        n += 1


def hold(out: str, held: Event) -> None:
    """Hold the lock of a target to the end."""
    os.environ["PGPASSWORD"] = PASSWORD
    with target_of(out).locked():
        held.set()
        signal.pause()


def killed(place: Place, folders: list[Path], first: int, seconds: float, moment: float) -> tuple[int, int]:
    """Kill a writer a moment after it began its first landing; the numbers of its last landings begun and done."""
    said, speaks = processes.Pipe(duplex=False)
    writer = processes.Process(target=land_for_ever, args=(place.out, folders, first, seconds / 2, speaks))
    writer.start()
    speaks.close()
    last = {"begun": first - 1, "done": first - 1}
    try:
        assert said.poll(60)
        time.sleep(moment)
    finally:
        writer.kill()
        writer.join()
    assert writer.exitcode == -signal.SIGKILL
    with suppress(EOFError):
        while True:
            what, n = said.recv()
            last[what] = n
    until_gone(place)
    return last["begun"], last["done"]


def until_gone(place: Place) -> None:
    """Wait until a server has noticed that nobody is there any more."""
    others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
    while place.server and len(place.server.ask(f"SELECT pid::int FROM pg_stat_activity WHERE {others}")):
        time.sleep(0.01)
