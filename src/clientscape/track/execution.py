"""One execution of an experiment in MLflow: a parent run, a child run for each trial, the model at the end."""

import fcntl
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from clientscape.track.store import experiment_id, open_store

EXECUTION_KEY = "execution_key"


@dataclass(frozen=True)
class Written:
    """A trial that an execution finished before it broke off: its metrics, and the folder of its files."""

    metrics: Mapping[str, float]
    folder: Path


class Execution:
    """A parent run that is being written; `run_id` and `experiment_id` are MLflow's.

    `resumed` tells whether it goes on with a run that broke off.
    """

    def __init__(self, client: Any, experiment: str, run_id: str, *, resumed: bool = False) -> None:
        self.client, self.experiment_id, self.run_id, self.resumed = client, experiment, run_id, resumed
        self._dataset: Any = None

    def written(self, contest: str) -> dict[str, Written]:
        """The trials of a contest that were finished before, by name; whatever else was begun is deleted."""
        if not self.resumed:
            return {}
        found = {}
        condition = f"tags.`mlflow.parentRunId` = '{self.run_id}'"
        for child in self.client.search_runs([self.experiment_id], condition, max_results=10_000):
            if child.info.status == "FINISHED" and child.data.tags.get("contest") == contest:
                folder = Path(self.client.download_artifacts(child.info.run_id, ""))
                found[child.data.tags["mlflow.runName"]] = Written(child.data.metrics, folder)
            else:
                self.client.delete_run(child.info.run_id)
        return found

    def use_dataset(self, table: pd.DataFrame, name: str, source: str) -> None:
        """The table that every trial sees; logged on the parent now and on each child to come."""
        import mlflow.data
        from mlflow.data.code_dataset_source import CodeDatasetSource
        from mlflow.data.pandas_dataset import PandasDataset
        from mlflow.entities import DatasetInput, InputTag

        counts = dict.fromkeys(table.select_dtypes("number"), "float64")  # MLflow warns of integers: they hold no NaN
        data: PandasDataset = mlflow.data.from_pandas(
            table.astype(counts), source=CodeDatasetSource({"source": source}), name=name
        )
        self._dataset = DatasetInput(data._to_mlflow_entity(), [InputTag("mlflow.data.context", "training")])
        if not self.resumed:
            self.client.log_inputs(self.run_id, [self._dataset])

    def add_trial(
        self,
        name: str,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write a finished trial as a child run, with files by name; metrics that are missing are left out."""
        run = self.client.create_run(
            self.experiment_id, run_name=name, tags={**tags, "mlflow.parentRunId": self.run_id, "mlflow.runName": name}
        )
        self._log(run.info.run_id, params, metrics, {})
        if self._dataset is not None:
            self.client.log_inputs(run.info.run_id, [self._dataset])
        if files:
            with TemporaryDirectory() as folder:
                for file, content in files.items():
                    (Path(folder) / file).write_bytes(content)
                self.client.log_artifacts(run.info.run_id, folder)
        self.client.set_terminated(run.info.run_id)

    def add_facts(
        self,
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Params, metrics and tags of the parent."""
        self._log(self.run_id, params or {}, metrics or {}, tags or {})

    def add_files(self, folder: Path) -> None:
        """All files of a folder as artifacts of the parent."""
        self.client.log_artifacts(self.run_id, str(folder))

    def _log(
        self, run_id: str, params: Mapping[str, Any], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        from mlflow.entities import Metric, Param, RunTag

        now = int(time.time() * 1000)
        self.client.log_batch(
            run_id,
            metrics=[Metric(key, value, now, 0) for key, value in metrics.items() if math.isfinite(value)],
            params=[Param(key, str(value)) for key, value in params.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )


@contextmanager
def execution(store: Path, name: str, tags: Mapping[str, str], key: str) -> Iterator[Execution]:
    """A parent run in the experiment of that name; it ends as FINISHED, FAILED, or KILLED by Ctrl-C.

    `key` says what is run: the latest run of that key that broke off is taken up again, however it ended, unless it is
    still being written.
    """
    client = open_store(store)
    experiment = experiment_id(client, name, store)
    with ExitStack() as held:
        with _locked(store / "locks" / "start"):  # one execution at a time looks for a run, or makes one
            parent = _taken_up(client, experiment, key, held, store) or _begun(client, experiment, key, name, tags)
            if not parent.resumed:
                held.enter_context(_locked(store / "locks" / parent.run_id))
        try:
            yield parent
        except BaseException as error:
            client.set_terminated(parent.run_id, "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
            raise
        client.set_terminated(parent.run_id, "FINISHED")


def _taken_up(client: Any, experiment: str, key: str, held: ExitStack, store: Path) -> Execution | None:
    """The latest run of a key, unless it was finished or is being written; `held` then holds its lock."""
    condition = f"tags.{EXECUTION_KEY} = '{key}'"
    latest = client.search_runs([experiment], condition, order_by=["attributes.start_time DESC"], max_results=1)
    if not latest or latest[0].info.status == "FINISHED":
        return None
    run_id = str(latest[0].info.run_id)
    try:
        held.enter_context(_locked(store / "locks" / run_id, wait=False))
    except BlockingIOError:
        return None
    client.update_run(run_id, status="RUNNING")
    return Execution(client, experiment, run_id, resumed=True)


def _begun(client: Any, experiment: str, key: str, name: str, tags: Mapping[str, str]) -> Execution:
    called = f"{name} {time.strftime('%Y-%m-%d %H:%M')}"
    run = client.create_run(experiment, run_name=called, tags={**tags, EXECUTION_KEY: key})
    return Execution(client, experiment, run.info.run_id)


@contextmanager
def _locked(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock, which the system gives back however the holder ends; BlockingIOError where it is not to be had."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
