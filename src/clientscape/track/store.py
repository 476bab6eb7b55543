"""The MLflow store of a project: where it is, and the links that open it rightly."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clientscape.faults import Fault, InputError

ADDRESS = "http://127.0.0.1:5000"


def open_store(folder: Path) -> Any:
    """An MLflow client on the SQLite store in a folder, which is made; all of MLflow then points there."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # before the import: nothing of a shop's data leaves the machine
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    import logging

    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = Fault("--store", f"{folder} ({error.strerror})", "a folder that can be written", "choose another")
        raise InputError([fault]) from error
    uri = f"sqlite:///{(folder / 'mlflow.db').resolve()}"
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return mlflow.MlflowClient()


def experiment_id(client: Any, name: str, folder: Path) -> str:
    """The id of an experiment, made when it is new, with its artifacts in the store's folder."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(name, artifact_location=(folder / "artifacts" / name).resolve().as_uri()))


def deep_link(experiment: str, parent: str, order_by: str, contest: str = "segments") -> str:
    """The address that opens one contest of one execution in the MLflow UI: sorted, as charts."""
    condition = f"tags.`mlflow.parentRunId` = '{parent}' and tags.contest = '{contest}'"
    query = {
        "workflowType": "machine_learning",
        "searchFilter": condition,
        "orderByKey": f"metrics.`{order_by}`",
        "orderByAsc": "true" if order_by.endswith("_loss") else "false",
        "compareRunsMode": "CHART",
    }
    written = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
    return f"{ADDRESS}/#/experiments/{experiment}/runs?{written}"
