"""One execution of an experiment in MLflow: a parent run, a child run for each trial, the model at the end."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from clientscape.track.store import experiment_id, open_store


class Execution:
    """A parent run that is being written; `run_id` and `experiment_id` are MLflow's."""

    def __init__(self, client: Any, experiment: str, run_id: str) -> None:
        self.client, self.experiment_id, self.run_id = client, experiment, run_id
        self._dataset: Any = None

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
        with TemporaryDirectory() as folder:
            for file, content in (files or {}).items():
                (Path(folder) / file).write_bytes(content)
                self.client.log_artifact(run.info.run_id, str(Path(folder) / file))
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
def execution(store: Path, name: str, tags: Mapping[str, str]) -> Iterator[Execution]:
    """A parent run in the experiment of that name; it ends as FINISHED, FAILED, or KILLED by Ctrl-C."""
    client = open_store(store)
    experiment = experiment_id(client, name, store)
    run = client.create_run(experiment, run_name=f"{name} {time.strftime('%Y-%m-%d %H:%M')}", tags=dict(tags))
    try:
        yield Execution(client, experiment, run.info.run_id)
    except BaseException as error:
        client.set_terminated(run.info.run_id, "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
        raise
    client.set_terminated(run.info.run_id, "FINISHED")
