"""The registry: a scorer becomes a model version with an alias; a model's address becomes a scorer."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from clientscape.faults import Fault, InputError
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.scorer.store import load, save
from clientscape.track.execution import Execution
from clientscape.track.store import open_store

SERVED = Path(__file__).with_name("served.py")
PINNED = (
    "duckdb",
    "hdbscan",
    "narwhals",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "skops",
    "threadpoolctl",
)


# Tag of a version: the first segment id that neither it nor an earlier one has given.
NEXT_ID = "next_segment_id"


@dataclass(frozen=True)
class Loaded:
    """A scorer out of the registry or a folder, with where it comes from."""

    scorer: Scorer
    version: str
    run_id: str


def register(parent: Execution, scorer: Scorer, name: str, description: str, *, promoted: bool) -> str:
    """Log the scorer on the parent run and register it as @challenger, and as @champion if promoted or the first.

    description says why it was promoted, or why not. Returns the version's number.
    """
    import mlflow

    client = parent.client
    with TemporaryDirectory() as folder, mlflow.start_run(run_id=parent.run_id):
        save(scorer, Path(folder))
        info = mlflow.pyfunc.log_model(
            name="scorer",
            python_model=str(SERVED),
            artifacts={"scorer": folder},
            signature=_signature(),
            input_example=_example(scorer.facts["as_of"]),
            pip_requirements=[f"clientscape=={version('clientscape')}", *(f"{lib}=={version(lib)}" for lib in PINNED)],
        )
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    tags = {NEXT_ID: str(scorer.facts["next_segment_id"])}
    made = client.create_model_version(name, info.model_uri, parent.run_id, tags=tags, description=description)
    number = str(made.version)
    client.set_registered_model_alias(name, "challenger", number)
    if promoted or "champion" not in client.get_registered_model(name).aliases:
        client.set_registered_model_alias(name, "champion", number)
    return number


def former(name: str, store: Path) -> Former:
    """What a new version of a model carries on: the champion, and the ids that no version has given yet."""
    nobody = "there is no champion yet"
    if not (store / "mlflow.db").is_file():
        return Former(None, nobody, 1)
    client = open_store(store)
    versions = client.search_model_versions(f"name = '{name}'")
    free = max((int(version.tags.get(NEXT_ID, 1)) for version in versions), default=1)
    if not versions or "champion" not in client.get_registered_model(name).aliases:
        return Former(None, nobody, free)
    try:
        return Former(load_model(f"models:/{name}@champion", store).scorer, "", free)
    except InputError as error:
        return Former(None, f"the champion cannot be read ({error.faults[0].found})", free, lost=True)


def load_model(uri: str, store: Path) -> Loaded:
    """The scorer at `models:/NAME@alias`, `models:/NAME/version`, or in the folder of an exported model."""
    if uri.startswith("models:/") and not (store / "mlflow.db").is_file():
        cure = "run an experiment first, or give the --store that holds the model"
        raise InputError([Fault("--store", f"no MLflow store in {store}", "the store that holds the model", cure)])
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    try:
        number, folder = _located(open_store(store), uri) if uri.startswith("models:/") else ("", Path(uri))
        # MLflow keeps the artifact under the name of the folder that it was logged from.
        written = Model.load(str(folder))
        artifact = folder / written.flavors["python_function"]["artifacts"]["scorer"]["path"]
    except (MlflowException, OSError, KeyError) as error:
        found = f"{uri} ({str(error).strip().splitlines()[0]})"
        cure = "run an experiment first, or correct the name; `make ui` shows the models"
        fault = Fault("--model", found, "models:/NAME@alias, models:/NAME/version or a model's folder", cure)
        raise InputError([fault]) from error
    return Loaded(load(artifact), number, str(written.run_id or ""))


def _located(client: Any, uri: str) -> tuple[str, Path]:
    """Version and folder of a registered model."""
    import mlflow

    name, at, alias = uri.removeprefix("models:/").partition("@")
    if at:
        number = str(client.get_model_version_by_alias(name, alias).version)
    else:
        name, _, number = name.partition("/")
    return number, Path(mlflow.artifacts.download_artifacts(f"models:/{name}/{number}"))


def _example(as_of: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """A made-up order, and the date to score at: nobody's own lines go into the model."""
    ordered_at = pd.Timestamp(as_of).as_unit("us") - pd.Timedelta(days=1)
    row = {"customer_id": "customer 1", "order_id": "order 1", "ordered_at": ordered_at, "amount": 12.5}
    return pd.DataFrame([row]), {"as_of": as_of}


def _signature() -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

    columns = {
        "customer_id": DataType.string,
        "order_id": DataType.string,
        "ordered_at": DataType.datetime,
        "amount": DataType.double,
    }
    return ModelSignature(
        inputs=Schema([ColSpec(kind, name) for name, kind in columns.items()]),
        params=ParamSchema([ParamSpec("as_of", DataType.string, ""), ParamSpec("covers_from", DataType.string, "")]),
    )
