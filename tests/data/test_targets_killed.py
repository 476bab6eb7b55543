"""Targets whose writer is killed at any moment: one of two states stands there, whole, and the next night lands."""

import os
import random
import time
from collections import Counter
from pathlib import Path

import pandas as pd
from tests.data.nights import DAY, OTHER_DAY, Place, many, pieces_of, scores
from tests.data.nights import place as place
from tests.data.writer import killed
from tests.long import times

N = times(3_000, 20_000)
# Half of the customers of a state are not in the other one.
STATES = [
    pd.concat([many(N // 2, shift=i), scores([f"X{i}{at:06d}" for at in range(N // 2)])], ignore_index=True)
    for i in range(2)
]
OTHER = many(50, as_of=OTHER_DAY)


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
