"""Isolated MLflow stores, and each experiment run once through configs/fast.yaml."""

import contextlib
import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from clientscape.track.store import open_store

FAST = Path("configs/fast.yaml")
EXPERIMENTS = sorted(Path("experiments").glob("*.yaml"))
PLANTED = Path("experiments/03_planted_segments.yaml")
SLIPPING = Path("experiments/07_who_is_slipping_away.yaml")
SMALL = "segments.clusterers=[{use: kmeans, n_segments: [4, 5]}]"  # a grid for tests of what surrounds it


@pytest.fixture(scope="session")
def new_store(tmp_path_factory):
    """A maker of empty stores: the schema is made once and copied, as making it takes seconds."""
    template = tmp_path_factory.mktemp("template")
    open_store(template)

    def make() -> Path:
        return Path(shutil.copytree(template, tmp_path_factory.mktemp("store") / "runs"))

    return make


def execute(path: Path, store: Path, sets: tuple[str, ...] = ()) -> SimpleNamespace:
    """Run an experiment through fast.yaml and `--set` values, and look up what it left."""
    from rich.console import Console

    from clientscape.run.command import run_and_track  # imports all of the project: only when a run is wanted

    outcome = run_and_track(path, [FAST], sets, store, Console(file=io.StringIO()))
    client = open_store(store)
    name = f"{path.stem}+fast"
    experiment = client.get_experiment_by_name(name)
    runs = client.search_runs([experiment.experiment_id], max_results=1000, order_by=["attributes.start_time DESC"])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parents[0].info.run_id]
    folder = store / "reports" / name
    return SimpleNamespace(
        path=path,
        name=name,
        store=store,
        client=client,
        outcome=outcome,
        parent=parents[0],
        children=children,
        folder=folder,
        scores=pd.read_parquet(folder / "scores.parquet"),
    )


@pytest.fixture(scope="session", params=EXPERIMENTS, ids=lambda path: path.stem)
def ran(request, new_store):
    """Each experiment of the project, run once; of one log all, their pictures are rendered for two alone."""
    from tests.run.short import not_rendered

    if request.param == PLANTED:
        return request.getfixturevalue("planted")
    with contextlib.nullcontext() if request.param == SLIPPING else not_rendered():
        return execute(request.param, new_store())


@pytest.fixture(scope="session")
def planted(new_store):
    """The experiment on the planted segments, run once."""
    return execute(PLANTED, new_store())


def pytest_itemcollected(item):
    """Tests that share what is dear are run by one worker, or each worker would make it: see `--dist loadgroup`.

    Those of the planted experiment, of one other experiment, all that need Spark; else those of a file.
    """
    group = item.nodeid.partition("::")[0]
    if "ran" in item.fixturenames:
        experiment = item.callspec.params["ran"]
        group = "planted" if experiment == PLANTED else experiment.stem
    elif "planted" in item.fixturenames:
        group = "planted"
    elif "spark_session" in item.fixturenames:
        group = "spark"
    item.add_marker(pytest.mark.xdist_group(group))
