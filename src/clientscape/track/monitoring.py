"""What scoring jobs found, in MLflow: a run for each execution, and for each version of a model its nights as lines."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clientscape.track.store import Store, answering, experiment_id, open_store, ui_of

PAGE = "drift.html"
VERSION, PARENT, NOTE = "model_version", "mlflow.parentRunId", "mlflow.note.content"


@dataclass(frozen=True)
class Night:
    """One execution of a scoring job.

    model, version, run_id, trained_as_of : the model, the run that trained it, and its date. as_of : the date that was
    scored. metrics : numbers by name, of which missing ones are left out. verdict : in a word; sentences : what was
    found, for people. page : HTML. tables : by name what JSON can hold. tags : whatever else tells executions apart.
    """

    model: str
    version: str
    run_id: str
    trained_as_of: date
    as_of: date
    metrics: Mapping[str, float]
    verdict: str
    sentences: Sequence[str] = ()
    page: str = ""
    tables: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, float]:
        """The metrics that are numbers."""
        return {name: float(value) for name, value in self.metrics.items() if math.isfinite(value)}


@dataclass(frozen=True)
class Noted:
    """The run of an execution, and the address that opens its page in the MLflow UI."""

    run_id: str
    link: str


def monitor(store: Store, night: Night) -> Noted:
    """Write an execution to the experiment `<model> monitoring` of a store: a run of its own, under its version's run.

    That of the version has the metrics of all nights as lines, by the days from the model's as_of to the date that was
    scored. A night that is scored again is a point of the same place.
    """
    client = open_store(store)
    with answering(store):
        experiment = experiment_id(client, f"{night.model} monitoring", store)
        parent = _of_version(client, experiment, night)
        tags = {**night.tags, PARENT: parent, VERSION: night.version, "as_of": str(night.as_of)}
        told = {"verdict": night.verdict, "training_run": night.run_id, NOTE: _note(night)}
        run = client.create_run(experiment, run_name=str(night.as_of), tags={**tags, **told})
        run_id = str(run.info.run_id)
        _log(client, run_id, night)
        with TemporaryDirectory() as folder:
            for name, content in _files(night).items():
                (Path(folder) / name).write_text(content, encoding="utf-8")
            client.log_artifacts(run_id, folder)
        client.set_terminated(run_id)
        _log(client, parent, night)
        for key, value in {"verdict": night.verdict, "as_of": str(night.as_of), NOTE: _note(night)}.items():
            client.set_tag(parent, key, value)
        client.set_terminated(parent)
    page = f"/#/experiments/{experiment}/runs/{run_id}/artifacts/{PAGE}?workflowType=machine_learning"
    return Noted(run_id, ui_of(store) + page)


def _of_version(client: Any, experiment: str, night: Night) -> str:
    """The run that has the lines of a version: the first, should two jobs have made one at the same time."""
    condition = f"tags.{VERSION} = '{night.version}' and tags.nights = 'all'"
    found = client.search_runs([experiment], condition, order_by=["attributes.start_time ASC"], max_results=1)
    if found:
        return str(found[0].info.run_id)
    tags = {VERSION: night.version, "nights": "all", "training_run": night.run_id, "model": night.model}
    run = client.create_run(experiment, run_name=f"version {night.version}", tags=tags)
    return str(run.info.run_id)


def _log(client: Any, run_id: str, night: Night) -> None:
    """The metrics at the scored date: its midnight is their time, its distance from the model's date their step."""
    from mlflow.entities import Metric

    at = int(datetime.combine(night.as_of, time(), UTC).timestamp() * 1000)
    step = (night.as_of - night.trained_as_of).days
    client.log_batch(run_id, metrics=[Metric(name, value, at, step) for name, value in night.known.items()])


def _files(night: Night) -> dict[str, str]:
    """The artifacts of an execution, by name."""
    tables = {f"{name}.json": json.dumps(table, indent=2) for name, table in night.tables.items()}
    return tables | ({PAGE: night.page} if night.page else {})


def _note(night: Night) -> str:
    """What the UI shows of an execution, in Markdown."""
    head = f"**{night.as_of}, version {night.version} of {night.model}: {night.verdict}**"
    return "\n".join([head, "", *(f"- {sentence}" for sentence in night.sentences)])
