"""The night's job, killed at any moment: the former scores stand there or the new ones, whole; the next job runs."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.data.conftest import postgres as postgres
from tests.data.nights import DAY, OTHER_DAY, Place, many
from tests.data.server import server as server
from tests.data.writer import until_gone
from tests.long import times
from tests.run.night_command import Command

OTHER = many(50, as_of=OTHER_DAY)


@pytest.fixture(params=["parquet", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A file, or a table of a server."""
    (tmp_path / "target").mkdir()
    is_server = request.param == "postgres"
    return Place(request.param, tmp_path / "target", request.getfixturevalue("postgres") if is_server else None)


def former_of(scores: pd.DataFrame) -> pd.DataFrame:
    """Other scores, of some other customers."""
    kept = scores.iloc[40:].assign(p_churn=0.5, model_version="yesterday's", flagged=~scores["flagged"])
    gone = kept.head(9).assign(customer_id=[f"Z{i}" for i in range(9)])
    return pd.concat([kept, gone], ignore_index=True)


def stands(place: Place) -> pd.DataFrame:
    """The rows of the night; those of the other date are as they were."""
    rows = place.stands()
    if place.server is not None:
        assert rows[rows["as_of"] == pd.Timestamp(OTHER_DAY)].equals(OTHER)
    return rows[rows["as_of"] == pd.Timestamp(DAY)].reset_index(drop=True)


def writes(place: Place) -> bool:
    """Whether a job is about to write: it has an unfinished file, or a second session beside the one with the lock."""
    if place.server is None:
        return any(path.name.endswith(".unfinished") for path in place.folder.iterdir())
    others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
    return len(place.server.ask(f"SELECT pid::int FROM pg_stat_activity WHERE {others}")) > 1


def test_a_job_that_is_killed_leaves_the_former_scores_or_the_new_ones(
    planted: SimpleNamespace, place: Place, tmp_path: Path
) -> None:
    (exported,) = planted.store.glob("artifacts/*/models/*/artifacts/MLmodel")
    words = ["score", "sample", "--model", str(exported.parent), "--as-of", str(DAY), "--out", place.out]
    words += ["--report", str(tmp_path / "drift.html")]
    if place.server is not None:
        place.land(OTHER, as_of=OTHER_DAY)
    began = time.monotonic()
    assert Command(words, tmp_path / "said").ended() == 0, (tmp_path / "said").read_text()
    seconds = time.monotonic() - began
    new = stands(place)
    assert new["customer_id"].tolist() == planted.scores["customer_id"].tolist()
    former = former_of(new)
    chance, outcomes = random.Random(place.kind), Counter[str]()
    for kill in range(times(5, 50)):
        if not stands(place).equals(former):
            place.land(former)
        job = Command(words, tmp_path / "said")
        began = time.monotonic()
        if kill % 5 < 2:  # at any moment
            time.sleep(chance.uniform(0, 1.1) * seconds)
        else:  # while it writes
            while not writes(place) and time.monotonic() < began + 2 * seconds:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.2 if place.server else 0.03))
        job.process.kill()
        code = job.ended()
        until_gone(place)
        found = stands(place)
        assert code in (0, -signal.SIGKILL), (tmp_path / "said").read_text()
        assert found.equals(new) or (found.equals(former) and code != 0)
        outcomes[f"{'killed' if code else 'done'}: {'new' if found.equals(new) else 'former'}"] += 1
        with place.target().locked():
            pass  # nobody holds it
        assert len(os.listdir(place.folder)) <= 2  # what one job left, however many were killed
    print(f"{place.kind}: {dict(outcomes)}")
    assert times(0, 1) == 0 or {"killed: former", "killed: new"} <= set(outcomes)
    assert Command(words, tmp_path / "said").ended() == 0, (tmp_path / "said").read_text()
    assert stands(place).equals(new)
    assert os.listdir(place.folder) == ([place.path.name] if place.server is None else [])
