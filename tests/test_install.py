"""The sets of packages and the files of configs/deploy: scoring needs the first set alone, what is named is there."""

import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.metadata import distribution, packages_distributions, requires
from pathlib import Path

import pandas as pd
import pytest
import typer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.run.exported import RFM, plan_of
from tests.run.scored import assert_same
from tests.run.short import lines_of_a_shop, source_of
from typer.testing import CliRunner

from clientscape.catalog import expand
from clientscape.data.read import read
from clientscape.run import check
from clientscape.run.cli import OF_TRAINING, app
from clientscape.run.sources import load_source
from clientscape.scorer.model import Scorer
from clientscape.scorer.store import save
from clientscape.window import Window

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DEPLOY = Path("configs/deploy")


def by_name(requirements: Iterable[str]) -> dict[str, Requirement]:
    read = map(Requirement, requirements)
    return {canonicalize_name(one.name): one for one in read}


def with_all_they_need(requirements: Iterable[str]) -> set[str]:
    """Distributions, and what these require as they are installed here."""
    found, left = set(), set(by_name(requirements))
    while left:
        found.add(name := left.pop())
        needed = by_name(requires(name) or [])
        left |= {other for other, one in needed.items() if one.marker is None or one.marker.evaluate()} - found
    return found


@pytest.fixture(scope="module")
def elsewhere() -> list[str]:
    """Modules of all packages that the scoring set does not bring."""
    scoring = with_all_they_need(PROJECT["dependencies"]) | {"clientscape"}
    homes = {module: {canonicalize_name(home) for home in homes} for module, homes in packages_distributions().items()}
    return sorted(module for module, packages in homes.items() if packages.isdisjoint(scoring))


WITHOUT = """
import sys
from importlib.machinery import PathFinder

absent = set(sys.stdin.read().split())

class Installed(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in absent else super().find_spec(name, path, target)

sys.meta_path[:] = [Installed if finder is PathFinder else finder for finder in sys.meta_path]
from clientscape.run.cli import main
main()
"""


def command(absent: list[str], *words: str) -> "subprocess.CompletedProcess[str]":
    """The command where modules cannot be found, as if their packages were not installed."""
    words = (sys.executable, "-c", WITHOUT, *words)
    return subprocess.run(words, input=" ".join(absent), capture_output=True, text=True, check=False)


class TestSets:
    def test_the_registry_is_of_the_bounds_of_mlflow(self) -> None:
        assert by_name(EXTRAS["registry"])["mlflow-skinny"].specifier == by_name(EXTRAS["train"])["mlflow"].specifier

    def test_the_cure_is_given_for_what_training_alone_brings(self, elsewhere: list[str]) -> None:
        of_training, homes = with_all_they_need(EXTRAS["train"]), packages_distributions()
        assert set(elsewhere) >= OF_TRAINING
        for module in OF_TRAINING:
            assert {canonicalize_name(home) for home in homes[module]} <= of_training

    def test_versions_are_pinned_within_the_bounds(self) -> None:
        pins = by_name(Path("constraints.txt").read_text().splitlines())
        for name, wanted in by_name(
            [*PROJECT["dependencies"], *(one for extra in EXTRAS.values() for one in extra)]
        ).items():
            (pin,) = pins[name].specifier
            assert pin.operator == "=="
            assert wanted.specifier.contains(pin.version), name


def test_sizes_of_sets_come_as_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend("experiments/benchmarks")
    told = importlib.import_module("install_size")
    found = {
        "": {"numpy": 60 * told.MIB, "pandas": 20 * told.MIB},
        "train": {"numpy": 60 * told.MIB, "a": 140 * told.MIB},
    }
    assert told.sets_as_markdown(found).splitlines()[2:] == [
        "| `clientscape` | 2 | 80 | 1.00 |",
        "| `clientscape[train]` | 2 | 200 | 2.50 |",
    ]
    assert told.largest_as_markdown(found, 1).splitlines()[2:] == ["| scoring | numpy 60 |", "| `[train]` | a 140 |"]
    one = Path(typer.__file__)
    assert one.stat().st_size < told.size(distribution("typer")) < 10 * told.MIB


class TestScoringSet:
    def test_a_copied_model_gives_the_training_table(self, elsewhere: list[str], tmp_path: Path) -> None:
        path, as_of, out = source_of(tmp_path, lines_of_a_shop(60)), date(2025, 4, 1), tmp_path / "scores.parquet"
        source, root = load_source(str(path))
        tables, _ = read(source, name=str(path), root=root)
        window = Window(as_of, tables.covers, lookback_days=365, horizon_days=90)
        scorer = Scorer(plan_of(expand(RFM), RFM)).fit(tables, window)
        save(scorer, tmp_path / "model", {"run_id": "a run"})
        words = ["score", str(path), "--model", str(tmp_path / "model"), "--as-of", str(as_of), "--out", str(out)]
        done = command(elsewhere, *words, "--store", str(tmp_path / "runs"), "--report", str(tmp_path / "drift.html"))
        assert done.returncode == 0, done.stderr
        assert_same(pd.read_parquet(out), scorer.score(tables, as_of))

    def test_training_is_refused_with_the_cure(self, elsewhere: list[str], tmp_path: Path) -> None:
        done = command(elsewhere, "run", "experiments/03_planted_segments.yaml", "--store", str(tmp_path / "runs"))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "found    no package " in done.stderr
        assert "cure     pip install 'clientscape[train]'" in done.stderr
        assert not (tmp_path / "runs").exists()


def test_a_module_of_our_own_that_is_missing_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'clientscape.lost'", name="clientscape.lost")

    monkeypatch.setattr(check, "check_source", fail)
    done = CliRunner().invoke(app, ["check", "sample"])
    assert done.exit_code == 1
    assert isinstance(done.exception, ModuleNotFoundError)


def words_of(file: str) -> list[str]:
    """The words behind `clientscape score` in a file of configs/deploy, with a date where one is filled in."""
    text = re.sub(r'\\\n#|"\n\s*"', "", (DEPLOY / file).read_text())
    text = re.sub(r"\"?\$\$?\(date [^)]*\)\"?|\{(?:as_of|until)\}", "2025-04-01", text)
    (found,) = re.findall(r"(?:/clientscape score|clientscape-score\s+score) (.*?)(?: >>|['\"]?$)", text, re.MULTILINE)
    return shlex.split(found)


@pytest.mark.parametrize("file", ["Dockerfile", "airflow_dag.py", "clientscape-score.service", "crontab"])
def test_the_files_to_deploy_give_what_the_job_takes(file: str) -> None:
    job = typer.main.get_command(app).commands["score"]  # type: ignore[attr-defined]
    given = job.make_context("score", words_of(file)).params
    assert {given["source"].rpartition("/")[2].removesuffix(".yaml"), str(given["as_of"].date())} == {
        "shop",
        "2025-04-01",
    }


def test_the_image_has_extras_and_files_that_exist() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    (extras,) = re.findall(r"^ARG EXTRAS=(.*)$", text, re.MULTILINE)
    assert set(extras.split(",")) <= set(EXTRAS) - {"train", "dev", "data"}
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE) for name in line.split()[:-1]]
    for name in copied:
        assert Path(name).exists()
        assert f"!{name}" in kept
    assert text.rindex("USER clientscape") > text.rindex("RUN ")


def test_the_timer_tries_again_after_a_fault_alone() -> None:
    text = (DEPLOY / "clientscape-score.service").read_text()
    assert re.findall(r"^Restart\w*=.*$", text, re.MULTILINE) == [
        "Restart=on-failure",
        "RestartSec=10min",
        "RestartPreventExitStatus=2 3",
    ]
    assert (DEPLOY / "clientscape-score.timer").is_file()
    compile((DEPLOY / "airflow_dag.py").read_text(), "airflow_dag.py", "exec")
