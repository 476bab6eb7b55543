"""The floor plan, held against every import of the package, those inside functions too."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import clientscape
from clientscape.run.cli import OF_TRAINING

PACKAGE = Path(clientscape.__file__).parent

FLOOR_OF = {
    "catalog": 0, "columns": 0, "exact": 0, "faults": 0, "files": 0, "processes": 0, "tables": 0, "window": 0,
    "data": 1, "features": 1,
    "clv": 2, "segment": 2, "churn": 2, "forecast": 2,
    "evaluate": 3, "activate": 3,
    "report": 4, "scorer": 4,
    "track": 5,
    "run": 6,
}  # fmt: skip
# The ground floor has nothing below it: these lean on each other.
LEANS_ON = {
    **{room: {"faults"} for room in ("catalog", "columns", "files", "window")},
    "exact": {"columns", "faults"},
    "tables": {"columns", "exact", "faults", "window"},
}
HOMES = {
    "mlflow": {"track"},
    "pydantic": {"run"}, "typer": {"run"}, "rich": {"run"},
    "matplotlib": {"report"}, "jinja2": {"report"},
    "skops": {"scorer"},
    "numba": {"features"}, "polars": {"features"}, "pyspark": {"features", "scorer"},
    "adbc_driver_postgresql": {"data"},
    "duckdb": {"data", "features"}, "narwhals": {"data", "features"},
    "umap": {"segment"}, "hdbscan": {"segment"}, "optuna": {"churn"},
    "sklearn": {"segment", "churn", "forecast", "evaluate"},
    "scipy": {"clv", "segment", "churn", "forecast", "evaluate"},
}  # fmt: skip
ALL_THAT_CLV_MAY = {"numpy", "scipy"}


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(source: str) -> Iterator[str]:
    """Dotted names of all that a source imports; of the package itself, those of its rooms."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            assert node.module is not None
            inside = [f"{node.module}.{name.name}" for name in node.names if name.name in FLOOR_OF]
            yield from inside if node.module == "clientscape" else [node.module]


def violations(room: str, source: str) -> list[str]:
    """What a source of a room imports that is neither below it nor at home in it."""
    found = []
    for name in imports(source):
        library, *inside = name.split(".")
        if library == "clientscape":
            below = {other for other, floor in FLOOR_OF.items() if floor < FLOOR_OF[room]} | LEANS_ON.get(room, set())
            if inside and inside[0] not in below | {room}:
                found.append(f"{room} -> {inside[0]}")
        elif room not in HOMES.get(library, {room}) or (room == "clv" and not may_be_in_clv(library)):
            found.append(f"{room} -> {library}")
    return found


def may_be_in_clv(library: str) -> bool:
    return library in sys.stdlib_module_names or library in ALL_THAT_CLV_MAY


def modules() -> list[Path]:
    return [file for file in sorted(PACKAGE.rglob("*.py")) if file != PACKAGE / "__init__.py"]


def test_every_room_has_its_floor() -> None:
    assert {room_of(file) for file in modules()} == set(FLOOR_OF)


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_go_down_and_heavy_libraries_stay_at_home(file: Path) -> None:
    assert violations(room_of(file), file.read_text()) == []


@pytest.mark.parametrize(
    ("room", "source", "found"),
    [
        ("data", "from clientscape.segment.spaces import ranks", "data -> segment"),
        ("clv", "import clientscape.churn.labels", "clv -> churn"),
        ("tables", "from clientscape import catalog", "tables -> catalog"),
        ("scorer", "def late():\n    import mlflow.pyfunc", "scorer -> mlflow"),
        ("report", "from sklearn.cluster import KMeans", "report -> sklearn"),
        ("clv", "import pandas as pd", "clv -> pandas"),
    ],
)
def test_a_planted_violation_is_found(room: str, source: str, found: str) -> None:
    assert violations(room, source) == [found]


def test_what_goes_down_is_no_violation() -> None:
    down = (
        "from clientscape import __version__\nfrom clientscape.features.build import activity\nimport sklearn.pipeline"
    )
    assert violations("churn", down) == []


def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


def test_importing_the_package_loads_nothing_heavy() -> None:
    timed = python("-X", "importtime", "-c", "import clientscape").stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in timed.splitlines()}
    assert "clientscape" in loaded
    assert loaded.isdisjoint({"mlflow", "sklearn", "umap", "matplotlib", "numpy", "pandas"})


def test_the_scoring_job_loads_no_library_of_training_and_no_engine_before_it_is_asked_for() -> None:
    code = "import sys, clientscape.scorer.store, clientscape.run.score; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in python("-c", code).stdout.split()}
    assert {"sklearn", "clientscape"} <= loaded
    assert loaded.isdisjoint(OF_TRAINING | {"numba", "polars", "pyspark", "adbc_driver_postgresql"})


def test_lifetime_models_need_numpy_and_scipy_only() -> None:
    code = "import sys, clientscape.clv.lifetime, clientscape.clv.simple; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in python("-c", code).stdout.split()}
    assert {"clientscape", "numpy", "scipy"} <= loaded
    assert loaded.isdisjoint({"pandas", "sklearn", "pyarrow", "duckdb", "narwhals", "numba", "matplotlib", "mlflow"})
