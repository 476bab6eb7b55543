"""Targets whose writer is killed at any moment: one of two states stands there, whole, and the next night lands."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd
from tests.data.nights import DAY, OTHER_DAY, Place, many, pieces_of, scores
from tests.data.nights import place as place
from tests.data.server import PASSWORD
from tests.long import times

from clientscape.data.targets import target_of

N = 3000
# Half of the customers of a state are not in the other one.
STATES = [
    pd.concat([many(N // 2, shift=i), scores([f"X{i}{at:06d}" for at in range(N // 2)])], ignore_index=True)
    for i in range(2)
]
OTHER = many(50, as_of=OTHER_DAY)
processes = get_context("forkserver")
processes.set_forkserver_preload([__name__])


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


def state(place: Place) -> int | None:
    """Which state stands there whole, beside the other date; None where neither does."""
    stands = place.stands()
    if place.kind not in ("parquet", "csv"):
        assert stands[stands["as_of"] < pd.Timestamp(DAY)].equals(OTHER)
        stands = stands[stands["as_of"] >= pd.Timestamp(DAY)].reset_index(drop=True)
    return next((i for i, expected in enumerate(STATES) if stands.equals(expected)), None)


def prepared(place: Place, tmp_path: Path) -> tuple[list[Path], float]:
    """Folders with the pieces of the states, of which the second one stands; and how long a landing takes [s]."""
    folders = [tmp_path / str(i) for i in range(2)]
    for folder, frame in zip(folders, STATES, strict=True):
        pieces_of(frame, folder)
    if place.kind not in ("parquet", "csv"):
        place.land(OTHER, as_of=OTHER_DAY)
    place.land(STATES[0])
    began = time.monotonic()
    place.land(STATES[1])
    return folders, time.monotonic() - began


def test_a_writer_that_is_killed_leaves_the_former_state_or_the_new_one(place: Place, tmp_path: Path) -> None:
    folders, seconds = prepared(place, tmp_path)
    chance, outcomes, stood = random.Random(place.kind), Counter[str](), 1
    for _ in range(times(5, 60)):
        moment = chance.uniform(0, 1.5) * seconds
        begun, done = killed(place, folders, stood + 1, seconds, moment)
        found = state(place)
        assert found is not None, "half a state"
        # Never lost: what was said to be done stands there, unless the next landing had begun.
        assert found in {begun % 2, done % 2}
        outcomes["new" if found == begun % 2 else "former"] += 1
        stood = found
        with place.target().locked():
            pass  # nobody holds it
        assert len(os.listdir(place.folder)) <= 2  # what one writer left, however many were killed
    print(f"{place.kind}: {dict(outcomes)}")
    assert times(0, 1) == 0 or len(outcomes) == 2
    place.land(STATES[1 - stood])
    assert state(place) == 1 - stood
    assert os.listdir(place.folder) == ([place.path.name] if place.server is None else [])


def test_a_first_landing_that_is_killed_is_in_nobody_s_way(place: Place, tmp_path: Path) -> None:
    folders, seconds = prepared(place, tmp_path)
    chance = random.Random(place.kind)
    for _ in range(times(2, 20)):
        if place.server is None:
            place.path.unlink()
        else:
            place.ask("DROP TABLE scores")
        killed(place, folders, 0, seconds, chance.uniform(0, 1.0) * seconds)
        assert place.land(STATES[0]).n_rows == N
        stands = place.stands()
        assert stands.equals(STATES[0])
