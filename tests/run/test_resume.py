"""An execution that breaks off: what it leaves, and how the next one goes on with it."""

import contextlib
import io
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from tests.executions import FAST, PLANTED, execute
from tests.long import times
from tests.run.short import SHORT, lines_of_a_shop, nothing_drawn, source_of

from clientscape.evaluate import sweep
from clientscape.run import command, kept
from clientscape.run.config import load_experiment
from clientscape.run.kept import CLUSTERER, LABELS, key_of, read_back
from clientscape.track.execution import execution
from clientscape.track.store import experiment_id, open_store

NAME = f"{PLANTED.stem}+{FAST.stem}"
SOON = 60  # seconds, far more than anything here takes
TRIALS = 12
SETTINGS = (
    *SHORT,
    "features.use=[recency_days, n_order_days, spend_total]",
    "segments.columns=[recency_days, n_order_days, spend_total]",
    "segments.clusterers=[{use: kmeans, n_segments: [3, 4, 5]}, {use: bisecting_kmeans, n_segments: [4, 5]}, "
    "{use: hdbscan, min_cluster_size: 10}]",
    "segments.guards={smallest_share: {at_least: 0}, above_null_score: {at_least: -1}}",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A small shop, and a short contest around a grid of clusterings."""
    source = source_of(tmp_path_factory.mktemp("shop"), lines_of_a_shop(80))
    return (*SETTINGS, f"source={source}")


@pytest.fixture(scope="module")
def plain():
    with nothing_drawn():
        yield


@contextlib.contextmanager
def started(store, settings, workers):
    """The command at work, in a group of its own; nothing of it stays behind."""
    words = [Path(sys.executable).with_name("clientscape"), "run", PLANTED, "--over", FAST, "--store", store]
    sets = [word for setting in (*settings, f"segments.workers={workers}") for word in ("--set", setting)]
    running = subprocess.Popen(
        [*words, *sets], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def finished(store):
    """Ids and start times of the finished clusterings, by name."""
    rows = """
        SELECT name, run_uuid, start_time FROM runs JOIN tags USING (run_uuid)
        WHERE tags.key = 'contest' AND tags.value = 'segments' AND status = 'FINISHED'
          AND lifecycle_stage = 'active' AND end_time IS NOT NULL
    """
    with contextlib.closing(sqlite3.connect(store / "mlflow.db", timeout=SOON)) as database:
        return {name: rest for name, *rest in database.execute(rows)}


def await_some(running, store, more_than):
    """Wait until more than so many clusterings are finished."""
    until = time.monotonic() + SOON
    while len(finished(store)) <= more_than:
        if running.poll() is not None or time.monotonic() > until:
            pytest.fail(f"ended too soon, or hangs: {running.communicate(timeout=SOON)[0]}")
        time.sleep(0.01)


def parents(client):
    experiment = client.get_experiment_by_name(NAME)
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    return [run for run in runs if "mlflow.parentRunId" not in run.data.tags]


@pytest.fixture(scope="module")
def story(settings, plain, new_store):
    """Three executions of one thing: Ctrl-C, kill -9, and to the end; a fourth without a break, elsewhere."""
    store = new_store()
    told = SimpleNamespace(store=store, client=open_store(store))
    with started(store, settings, workers=2) as running:
        await_some(running, store, 0)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        told.said = running.communicate(timeout=SOON)[0]  # until the last process that could write has ended
    told.interrupted = SimpleNamespace(code=running.returncode, done=finished(store), parents=parents(told.client))
    with started(store, settings, workers=times(1, 2)) as running:
        await_some(running, store, len(told.interrupted.done))
        running.kill()  # it alone
        running.communicate(timeout=SOON)
    told.killed = SimpleNamespace(code=running.returncode, done=finished(store), parents=parents(told.client))
    told.half = half_written(told)
    told.fitted = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "make", counting(told.fitted))
        told.resumed = execute(PLANTED, store, settings)
        told.after = finished(store)
    told.unbroken = execute(PLANTED, new_store(), settings)
    return told


def half_written(told):
    """A child that was begun when the process was killed; its id."""
    (parent,) = told.killed.parents
    tags = {"mlflow.parentRunId": parent.info.run_id, "mlflow.runName": "half", "contest": "segments"}
    return told.client.create_run(parent.info.experiment_id, run_name="half", tags=tags).info.run_id


def counting(names):
    def make(ground, candidates):
        names.update(candidate.name for candidate in candidates)
        return really(ground, candidates)

    really = sweep.make
    return make


class TestAnExecutionThatBreaksOff:
    def test_ctrl_c_is_answered_with_130_and_the_run_is_killed(self, story):
        assert story.interrupted.code == 130
        assert "Interrupted: the trials that were finished are in the store." in story.said
        assert "Traceback" not in story.said
        assert [run.info.status for run in story.interrupted.parents] == ["KILLED"]
        assert 0 < len(story.interrupted.done) < TRIALS

    def test_kill_leaves_more_trials_and_no_other_run(self, story):
        assert story.killed.code == -signal.SIGKILL
        assert [run.info.run_id for run in story.killed.parents] == [
            run.info.run_id for run in story.interrupted.parents
        ]
        assert story.killed.parents[0].info.status == "RUNNING"
        assert len(story.interrupted.done) < len(story.killed.done) < TRIALS

    def test_what_was_finished_is_whole(self, story):
        for name, (run_id, _) in story.killed.done.items():
            folder = Path(story.client.download_artifacts(run_id, ""))
            assert {file.name for file in folder.iterdir()} == {LABELS, CLUSTERER}
            metrics = story.client.get_run(run_id).data.metrics
            found = read_back(metrics, folder)
            assert len(np.unique(found.labels[found.labels >= 0])) == metrics["n_segments"] == found.jaccards.shape[1]
            expected = story.unbroken.outcome.finished.labelings[name]
            np.testing.assert_array_equal(found.labels, expected)


class TestTheNextExecution:
    def test_the_same_run_is_taken_up_and_finished(self, story):
        assert [run.info.run_id for run in parents(story.client)] == [story.killed.parents[0].info.run_id]
        assert story.resumed.parent.info.status == "FINISHED"
        names = [child.data.tags["mlflow.runName"] for child in story.resumed.children]
        assert len(set(names)) == len(names) == len(story.unbroken.children)
        assert {child.info.status for child in story.resumed.children} == {"FINISHED"}

    def test_what_was_finished_is_not_made_again(self, story):
        assert len(story.after) == TRIALS
        for before in (story.interrupted.done, story.killed.done):
            assert {name: story.after[name] for name in before} == before
        assert dict(story.fitted) == dict.fromkeys(set(story.after) - set(story.killed.done), 1)

    def test_what_was_begun_is_deleted(self, story):
        assert story.client.get_run(story.half).info.lifecycle_stage == "deleted"

    def test_all_numbers_are_those_of_an_execution_without_a_break(self, story):
        resumed, unbroken = (told.outcome.finished for told in (story.resumed, story.unbroken))
        costs = [name for name in unbroken.trials if name.endswith(("_seconds", "_mib"))]
        assert costs
        assert set(resumed.trials) == set(unbroken.trials)
        same = unbroken.trials.drop(columns=costs)
        pd.testing.assert_frame_equal(resumed.trials[same.columns], same, check_exact=True)
        pd.testing.assert_frame_equal(resumed.baselines, unbroken.baselines, check_exact=True)
        assert resumed.answer == unbroken.answer

    def test_so_are_the_scores(self, story):
        assert len(story.unbroken.scores) > 50
        resumed, unbroken = (told.scores.drop(columns="run_id") for told in (story.resumed, story.unbroken))
        pd.testing.assert_frame_equal(resumed, unbroken, check_exact=True)
        assert set(story.resumed.scores["run_id"]) == {story.resumed.parent.info.run_id}

    def test_after_the_end_another_run_begins(self, story, settings, plain):
        experiment = load_experiment(PLANTED, [FAST], settings)
        tags = story.resumed.parent.data.tags
        with execution(story.store, NAME, {}, tags["execution_key"]) as parent:
            assert not parent.resumed
            assert parent.written("segments") == {}
        assert key_of(experiment, {key: tags[key] for key in ("data", "code", "seed")}) == tags["execution_key"]


class TestWhichRunIsTakenUp:
    """Of executions that are made up."""

    @pytest.fixture
    def store(self, new_store):
        return new_store()

    def broken_off(self, store, key="key", by=RuntimeError):
        with contextlib.suppress(by), execution(store, "name", {}, key) as parent:
            raise by
        return parent

    def test_while_one_is_at_work_another_begins_afresh(self, store):
        first = self.broken_off(store)
        with execution(store, "name", {}, "key") as parent, execution(store, "name", {}, "key") as other:
            assert parent.resumed
            assert parent.run_id == first.run_id
            assert not other.resumed
            assert other.run_id != first.run_id

    def test_one_of_another_process_counts_too(self, store):
        script = """
import sys; from pathlib import Path; from clientscape.track.execution import _locked
with _locked(Path(sys.argv[1])):
    print(True, flush=True); sys.stdin.read()
"""
        first = self.broken_off(store)
        words = [sys.executable, "-c", script, store / "locks" / first.run_id]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "True\n"
            assert not self.broken_off(store).resumed
            holder.kill()
        with execution(store, "other name", {}, "key") as elsewhere:
            assert not elsewhere.resumed
        with execution(store, "name", {}, "key") as parent:
            assert parent.resumed
            assert parent.run_id != first.run_id  # the latest

    @pytest.mark.parametrize(("by", "status"), [(RuntimeError, "FAILED"), (KeyboardInterrupt, "KILLED")])
    def test_however_it_ended(self, store, by, status):
        first = self.broken_off(store, by=by)
        assert open_store(store).get_run(first.run_id).info.status == status
        with execution(store, "name", {}, "key") as parent:
            assert parent.run_id == first.run_id
            assert open_store(store).get_run(first.run_id).info.status == "RUNNING"
        assert open_store(store).get_run(first.run_id).info.status == "FINISHED"

    def test_not_one_of_another_key_nor_one_that_was_finished_since(self, store):
        self.broken_off(store)
        assert not self.broken_off(store, key="other").resumed
        with execution(store, "name", {}, "key"):
            pass
        assert not self.broken_off(store).resumed

    def test_trials_of_other_contests_are_made_again_and_other_runs_are_left_alone(self, store):
        client = open_store(store)
        neighbour = client.create_run(experiment_id(client, "name", store), tags={"mlflow.parentRunId": "another"})
        with contextlib.suppress(RuntimeError), execution(store, "name", {}, "key") as parent:
            parent.add_trial("a", {"p": 1}, {"m_score": 0.1 + 0.2}, {"contest": "segments"}, {"file": b"\x00\x01"})
            parent.add_trial("b", {}, {"m_score": 1.0}, {"contest": "churn"})
            raise RuntimeError
        with execution(store, "name", {}, "key") as parent:
            written = parent.written("segments")
        assert set(written) == {"a"}
        assert written["a"].metrics == {"m_score": 0.1 + 0.2}
        assert (written["a"].folder / "file").read_bytes() == b"\x00\x01"
        left = client.search_runs([parent.experiment_id])
        assert {run.info.run_name for run in left if run.info.run_id != parent.run_id} == {
            "a",
            neighbour.info.run_name,
        }


class TestTheKey:
    CONTEXT = {"data": "d", "code": "c", "seed": "7"}  # noqa: RUF012

    def key(self, *sets, **context):
        return key_of(load_experiment(PLANTED, [FAST], sets), self.CONTEXT | context)

    @pytest.mark.parametrize("setting", ["question=why", "answer=so", "segments.workers=2"])
    def test_what_changes_no_number_does_not_change_it(self, setting):
        assert self.key(setting) == self.key()

    @pytest.mark.parametrize(
        "setting",
        [
            "window.as_of=2025-03-01",
            "segments.refits.draws=4",
            "segments.guards.coverage.at_least=0.8",
            "segments.language=de",
            "segments.spaces=[ranks]",
            "rules=rfm125",
            "model_name=other",
        ],
    )
    def test_what_is_asked_changes_it(self, setting):
        assert self.key(setting) != self.key()

    def test_data_and_libraries_change_it(self, monkeypatch):
        keys = {self.key(), self.key(data="e")}
        monkeypatch.setattr(kept, "version", lambda library: "0.0")
        assert len(keys | {self.key()}) == 3

    @pytest.mark.parametrize("key", ["rules", "segments.beside"])
    def test_what_stands_in_a_file_of_rules_changes_it(self, key, tmp_path):
        written = Path("configs/rules/six_plain.yaml").read_text()
        (tmp_path / "own.yaml").write_text(written)
        setting = f"{key}=[{tmp_path}/own.yaml]" if key == "segments.beside" else f"{key}={tmp_path}/own.yaml"
        before = self.key(setting)
        assert self.key(setting) == before
        (tmp_path / "own.yaml").write_text(written.replace("Regulars", "Faithful"))
        assert self.key(setting) != before


def test_a_command_that_is_refused_takes_no_lock_and_leaves_nothing(tmp_path):
    with pytest.raises(Exception, match="map"):
        command.run_and_track(PLANTED, [FAST], ["map=nowhere"], tmp_path / "runs", Console(file=io.StringIO()))
    assert list(tmp_path.iterdir()) == []
