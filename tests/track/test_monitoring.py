"""What a nightly job leaves in MLflow: a run for each execution, and the lines of all nights of a version."""

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from clientscape.faults import UnableError
from clientscape.track.monitoring import Night, monitor
from clientscape.track.store import open_store

NIGHT = Night(
    model="shop",
    version="3",
    run_id="0123",
    trained_as_of=date(2025, 4, 1),
    as_of=date(2025, 4, 8),
    metrics={"psi_recency_days": 0.125, "missing_days": 0.0, "psi_unknown": math.nan},
    verdict="ok",
    sentences=["Nothing has drifted.", "No day is missing."],
    page="<h1>Drift &amp; days</h1>",
    tables={"features": [{"feature": "recency_days", "psi": 0.125}]},
    tags={"source": "sample", "execution": "e1"},
)


@pytest.fixture(params=["folder", "server"])
def store(request, new_store):
    return request.getfixturevalue("address") if request.param == "server" else new_store()


def runs_of(store):
    client = open_store(store)
    experiment = client.get_experiment_by_name("shop monitoring")
    return client, client.search_runs([experiment.experiment_id])


def test_an_execution_has_its_numbers_its_page_and_its_tables(store, tmp_path):
    noted = monitor(store, NIGHT)
    client, runs = runs_of(store)
    run = next(run for run in runs if run.info.run_id == noted.run_id)
    assert (run.info.run_name, run.info.status) == ("2025-04-08", "FINISHED")
    assert run.data.metrics == {"psi_recency_days": 0.125, "missing_days": 0.0}
    tags = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
    assert tags == {
        **{"source": "sample", "execution": "e1", "verdict": "ok"},
        **{"model_version": "3", "training_run": "0123", "as_of": "2025-04-08"},
    }
    assert "- No day is missing." in run.data.tags["mlflow.note.content"]
    folder = Path(client.download_artifacts(noted.run_id, "", str(tmp_path)))
    assert (folder / "drift.html").read_text() == NIGHT.page
    assert json.loads((folder / "features.json").read_text()) == NIGHT.tables["features"]
    where = store if isinstance(store, str) else "http://127.0.0.1:5000"
    assert noted.link.startswith(f"{where}/#/experiments/{run.info.experiment_id}/runs/{noted.run_id}/artifacts/drift")


def test_the_nights_of_a_version_are_a_line_and_a_repeated_one_the_same_point(new_store):
    """Over the days since the model's date; the time of a point is the night's own, not the clock's."""
    store = new_store()
    monitor(store, NIGHT)
    later = replace(NIGHT, as_of=date(2025, 4, 9), metrics={"missing_days": 2.0}, verdict="drifted")
    for night in (later, later, replace(NIGHT, version="4", trained_as_of=date(2025, 4, 8))):
        monitor(store, night)
    client, runs = runs_of(store)
    names = sorted(run.info.run_name for run in runs)
    assert names == ["2025-04-08", "2025-04-08", "2025-04-09", "2025-04-09", "version 3", "version 4"]
    whole = {run.info.run_name: run for run in runs if run.info.run_name.startswith("version")}
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert [run.data.tags["mlflow.parentRunId"] for run in children].count(whole["version 3"].info.run_id) == 3
    line = client.get_metric_history(whole["version 3"].info.run_id, "missing_days")
    assert [(point.step, point.value) for point in line] == [(7, 0.0), (8, 2.0)]
    assert line[1].timestamp == 1_744_156_800_000  # 2025-04-09 00:00:00 UTC
    assert whole["version 3"].data.tags["verdict"] == "drifted"
    assert [point.step for point in client.get_metric_history(whole["version 4"].info.run_id, "missing_days")] == [0]


def test_a_server_that_is_gone_is_said(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UnableError, match="a tracking server that answers"):
        monitor("http://127.0.0.1:9", NIGHT)
