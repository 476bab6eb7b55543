"""Where MLflow keeps runs and models: a folder or a tracking server; and the links that open it rightly."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from clientscape.faults import Fault, InputError, UnableError

ADDRESS = "http://127.0.0.1:5000"
DATABASE = "mlflow.db"
Store = Path | str  # a folder, or the address of a tracking server

# What MLflow says of a question that would be answered the same if it were asked again.
ASKED_WRONGLY = {
    "BAD_REQUEST",
    "INVALID_PARAMETER_VALUE",
    "PERMISSION_DENIED",
    "RESOURCE_DOES_NOT_EXIST",
    "UNAUTHENTICATED",
}
# A nightly job tells in minutes that a server is gone; MLflow itself asks for a quarter of an hour.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}


def is_address(store: Store) -> bool:
    """Whether a store is a tracking server, not a folder."""
    return str(store).startswith(("http://", "https://"))


def open_store(store: Store) -> Any:
    """An MLflow client on the SQLite store in a folder, which is made, or on a server; all of MLflow points there."""
    # Before the import: nothing of a shop's data leaves the machine but for the server that was named.
    os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"  # a job's line of JSON stands there
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    import logging

    uri = _uri(store)
    try:
        import mlflow

        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        return mlflow.MlflowClient()
    except ImportError as error:  # of a small installation
        extra = "registry" if is_address(store) else "train"
        cure = f"pip install 'clientscape[{extra}]', or give the folder of an exported model"
        raise InputError([Fault("--store", f"{store}, but no {error.name}", "MLflow, which reads it", cure)]) from error


def known_store(store: Store) -> Any:
    """A client on a store that must be there."""
    if not is_address(store) and ":/" in str(store):  # of a database perhaps, with a password that nobody is to see
        expected, cure = "a folder, or the http address of a tracking server", "give one of these"
        raise InputError([Fault("--store", f"an address of `{str(store).partition(':')[0]}`", expected, cure)])
    if not is_address(store) and not (Path(store) / DATABASE).is_file():
        cure = "run an experiment first, or give the --store that holds the model"
        raise InputError([Fault("--store", f"no MLflow store in {store}", "the store that holds the model", cure)])
    return open_store(store)


@contextmanager
def answering(store: Store) -> Iterator[None]:
    """Say what a store refuses (InputError), or that it cannot answer now (UnableError), instead of MLflow's errors."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, OSError) as error:
        found = f"{store} ({str(error).strip().splitlines()[0][:300]})"
        if getattr(error, "error_code", "") in ASKED_WRONGLY:
            raise InputError([Fault("--store", found, "a store that allows this", "correct what is named")]) from error
        expected = "a tracking server that answers" if is_address(store) else "a store that can be read and written"
        raise UnableError([Fault("--store", found, expected, "see whether it runs, and try again")]) from error


def experiment_id(client: Any, name: str, store: Store) -> str:
    """The id of an experiment, made when it is new, with its artifacts in the store's folder or on the server."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    here = None if is_address(store) else (Path(store) / "artifacts" / name).resolve().as_uri()
    from mlflow.exceptions import MlflowException

    try:
        return str(client.create_experiment(name, artifact_location=here))
    except MlflowException:  # another process may have made it meanwhile
        if found := client.get_experiment_by_name(name):
            return str(found.experiment_id)
        raise


def ui_of(store: Store) -> str:
    """Where the MLflow UI of a store is: on the server, or where `make ui` opens it."""
    return str(store).rstrip("/") if is_address(store) else ADDRESS


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


def _uri(store: Store) -> str:
    """What MLflow calls a store; InputError for a password in an address, or a folder that cannot be made."""
    if is_address(store):
        parts = urlsplit(str(store))
        if parts.password is not None or parts.username is not None:
            cure = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead"
            found = f"who asks in the address of {parts.hostname}"
            raise InputError([Fault("--store", found, "an address alone", cure)])
        return str(store).rstrip("/")
    folder = Path(store)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = Fault("--store", f"{folder} ({error.strerror})", "a folder that can be written", "choose another")
        raise InputError([fault]) from error
    return f"sqlite:///{(folder / DATABASE).resolve()}"
