"""Bad input through the command: what is wrong is said once and whole, with exit code 2, and nothing is written."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from clientscape.data.synthesize import shop
from clientscape.run.cli import app
from clientscape.track.store import open_store

COVERS = ["2024-01-01", "2025-07-01"]
PLAIN = {column: column for column in ("customer_id", "order_id", "ordered_at", "amount")}
RUN = ["run", "experiments/03_planted_segments.yaml", "--over", "configs/fast.yaml", "--set", "segments.truth=null"]

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """Order lines of a shop of 60 customers."""
    days = [pd.Timestamp(day).date() for day in COVERS]
    return shop(60, first=days[0], end=days[1], seed=3)["transactions"][list(PLAIN)]


@pytest.fixture
def source(tmp_path: Path) -> Make:
    """A maker of sources: a log as CSV and the YAML that describes it, with other keys."""

    def make(lines: pd.DataFrame, **keys: Any) -> Path:
        lines.to_csv(tmp_path / "log.csv", index=False)
        table = {"files": "log.csv", "columns": PLAIN} | keys.pop("table", {})
        described = {"description": "a shop", "covers": COVERS, "timezone": "Europe/Berlin", "currency": "EUR"}
        path = tmp_path / "shop.yaml"
        path.write_text(yaml.safe_dump(described | {"tables": {"transactions": table}} | keys))
        return path

    return make


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def assert_refused(result: Result, *said: str) -> None:
    """Exit code 2, and every fault on stderr with what was found, what was expected, and the cure."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    if result.stdout:  # the job says it to logs as well
        assert json.loads(result.stdout)["status"] == "refused"
    text = " ".join(result.stderr.split())
    assert "Refused, for " in text
    for word in ("found ", "expected ", "cure "):
        assert word in text
    for words in said:
        assert words in text


def refused_run(tmp_path: Path, *more: str, said: list[str]) -> None:
    store = tmp_path / "runs"
    assert_refused(invoke(*RUN, "--store", str(store), *more), *said)
    assert not store.exists()


BAD_LOGS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "empty": (lambda log: log.iloc[:0], ["transactions found no rows"]),
    "one customer": (
        lambda log: log[log["customer_id"] == log["customer_id"].iloc[0]],
        ["customers at 2025-04-01", "use a larger source"],
    ),
    "all amounts zero": (lambda log: log.assign(amount=0), ["transactions.amount found 0 in every row"]),
    "wrong column": (
        lambda log: log.rename(columns={"amount": "price"}),
        ["transactions.columns.amount", "over the columns customer_id, order_id, ordered_at, price"],
    ),
    "text for a number": (
        lambda log: log.assign(amount=log["amount"].astype(str).mask(log.index == 4, "ten")),
        ["transactions.amount", "log.csv row 5: 'ten'"],
    ),
    "no customer": (
        lambda log: log.assign(customer_id=log["customer_id"].mask(log.index < 2)),
        ["transactions.customer_id", "2 empty"],
    ),
    "too many digits": (lambda log: log.assign(amount=1.005), ["at most 2 for EUR"]),
    "outside the cover": (
        lambda log: log.assign(ordered_at="2023-12-31 23:59:59"),
        ["orders outside", "2024-01-01 to 2025-06-30"],
    ),
}


@pytest.mark.parametrize("kind", BAD_LOGS)
def test_run_refuses_a_bad_log(kind: str, log: pd.DataFrame, source: Make, tmp_path: Path) -> None:
    spoil, said = BAD_LOGS[kind]
    refused_run(tmp_path, "--set", f"source={source(spoil(log))}", said=said)


@pytest.mark.parametrize("kind", [kind for kind in BAD_LOGS if kind != "one customer"])
def test_check_refuses_a_bad_log(kind: str, log: pd.DataFrame, source: Make, tmp_path: Path) -> None:
    spoil, said = BAD_LOGS[kind]
    quarantine = tmp_path / "quarantine"
    assert_refused(invoke("check", str(source(spoil(log))), "--quarantine", str(quarantine)), *said)
    assert not quarantine.exists()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("window.as_of=2024-01-01", ["window.as_of", "a date after 2024-01-01 and at most 2025-07-01"]),
        ("window.as_of=2020-01-01", ["window.as_of", "choose an as_of inside"]),
        ("window.as_of=2025-07-02", ["window.as_of", "at most 2025-07-01"]),
        ("window.as_of=2025-04-03", ["window.horizon_days", "set as_of to at most 2025-04-02"]),
        ("window.lookback_days=900", ["window.lookback_days", "set lookback_days to at most 456"]),
        ("window.horizon_days=0", ["window.horizon_days", "greater than 0"]),
        ("window.as_of=soon", ["--set window.as_of=soon: window.as_of", "a valid date"]),
        ("window.as_of=2025-02-30", ["--set", "day is out of range for month"]),
        ("windw.as_of=2025-04-01", ["windw", "an unknown key"]),
        ("map=umpa", ["map", "`umpa`", "one of pca, umap", "write `umap`"]),
        ("segments.columns=[recency_days, nothing]", ["segments.columns", "`nothing`"]),
        ("source=smaple", ["SOURCE", "`smaple`", "cdnow, complete_journey, sample"]),
        ("source=missing.yaml", ["SOURCE", "`missing.yaml`"]),
        ("memory_limit=much", ["memory_limit", "100MB to 1000TB"]),
        ("memory_limit=1KB", ["memory_limit", "100MB to 1000TB"]),
        ("model_name=a/b", ["model_name", "as MLflow's registry takes"]),
        ("seed=4294967296", ["seed", "less than 4294967296"]),
        ("window.horizon_days=1000000000000", ["window.horizon_days", "36500"]),
        ("window.lookback_days=36500", ["window.lookback_days", "set lookback_days to at most 456"]),
        ("window.horizon_days=36500", ["window.horizon_days", "set a shorter horizon_days"]),
        ("segments.choose_by=adjusted_rand_score", ["segments.choose_by", "without a segments.truth"]),
        ("segments.columns=[recency_days, recency_days]", ["segments.columns", "`recency_days` 2 times"]),
        ("churn.choose_by=base_rate", ["churn.choose_by", "`base_rate`"]),
        ("churn.churn_label=spend_decline", ["churn.churn_label", "everyone can be asked"]),
        ("seed", ["--set", "key=value"]),
        (
            "window={as_of: 2024-07-01, lookback_days: 90, horizon_days: 300}",
            ["window (one horizon before as_of).as_of", "2023-09-05", "a date after 2024-01-01"],
        ),
        ("churn.judged_also_at=[2025-04-01]", ["churn.judged_also_at", "2025-04-01 with 90 days 2 times", "remove"]),
        ("churn.judged_also_at=[2025-02-01, 2025-02-01]", ["2025-02-01 with 90 days 2 times", "each date"]),
        ("churn.judged_also_at=[2024-05-01]", ["churn.judged_also_at 2024-05-01.lookback_days", "at most 121"]),
        ("churn.judged_also_at=[2025-06-01]", ["churn.judged_also_at 2025-06-01.horizon_days", "2025-04-02"]),
        ("campaign.contact_cost=-1", ["campaign.contact_cost", "greater than or equal to 0"]),
        ("campaign.success_rate=[0.3, 0.1]", ["campaign.success_rate", "[0.3, 0.1]", "the lowest first"]),
        ("campaign.margin_share=0", ["campaign.margin_share", "greater than 0"]),
        ("campaign.capacity=0", ["campaign.capacity", "greater than or equal to 1"]),
        (
            "churn.search={trials: 3, settings: {stacked: {folds: [3]}}}",
            ["churn.search.settings", "`stacked`", "one of churn.classifiers: boosted_trees, logistic", "remove it"],
        ),
    ],
)  # fmt: skip
def test_run_refuses_a_bad_setting(
    setting: str, said: list[str], log: pd.DataFrame, source: Make, tmp_path: Path
) -> None:
    refused_run(tmp_path, "--set", f"source={source(log)}", "--set", setting, said=said)


def test_run_says_all_that_is_wrong_with_a_config_at_once(tmp_path: Path) -> None:
    settings = ["windw=1", "map=umpa", "seed=-1", "segments.choose_by=silhouette"]
    store = tmp_path / "runs"
    result = invoke(*RUN, *(word for setting in settings for word in ("--set", setting)), "--store", str(store))
    assert_refused(result, "for 4 reason(s)", *(f"--set {setting}" for setting in settings))
    assert not store.exists()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"table": {"files": "gone.csv"}}, ["no file at gone.csv"]),
        ({"table": {"columns": PLAIN | {"amuont": "amount"}}}, ["columns.amuont", "rename it"]),
        ({"table": {"colums": PLAIN}}, ["tables.transactions.colums", "an unknown key"]),
        ({"timezone": "Europe/Berlinn"}, ["timezone", "write `Europe/Berlin`"]),
        ({"currency": "euro"}, ["currency", "'euro'"]),
        ({"covers": ["2025-07-01", "2024-01-01"]}, ["covers", "a first day before the end day"]),
    ],
)
def test_check_and_run_refuse_a_bad_source(
    keys: dict[str, Any], said: list[str], log: pd.DataFrame, source: Make, tmp_path: Path
) -> None:
    path = str(source(log, **keys))
    assert_refused(invoke("check", path, "--quarantine", str(tmp_path / "quarantine")), *said)
    refused_run(tmp_path, "--set", f"source={path}", said=said)


def test_check_refuses_an_unknown_source(tmp_path: Path) -> None:
    assert_refused(invoke("check", "smaple", "--quarantine", str(tmp_path / "q")), "a name in configs/sources")
    assert list(tmp_path.iterdir()) == []


def test_run_refuses_a_missing_experiment(tmp_path: Path) -> None:
    store = tmp_path / "runs"
    assert_refused(invoke("run", "experiments/99_nothing.yaml", "--store", str(store)), "experiments/99_nothing.yaml")
    assert not store.exists()


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store without models, made once as its schema takes seconds; MLflow then points where it did before."""
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    folder = tmp_path_factory.mktemp("runs")
    open_store(folder)
    yield folder
    mlflow.set_tracking_uri(before[0])
    mlflow.set_registry_uri(before[1])


@pytest.mark.parametrize("model", ["models:/nothing@champion", "models:/nothing/1", "no/such/folder"])
def test_score_refuses_an_unknown_model(model: str, empty_store: Path, tmp_path: Path) -> None:
    out, before = tmp_path / "scores" / "tonight.parquet", sorted(empty_store.rglob("*"))
    words = ["score", "sample", "--model", model, "--as-of", "2025-04-01", "--out", str(out)]
    assert_refused(invoke(*words, "--store", str(empty_store)), "--model", model, "run an experiment first")
    assert sorted(empty_store.rglob("*")) == before
    assert not out.parent.exists()


@pytest.mark.parametrize("as_of", ["2025-02-30", "tomorrow", "01.04.2025"])
def test_score_refuses_a_bad_date(as_of: str, tmp_path: Path) -> None:
    out, store = tmp_path / "scores.parquet", tmp_path / "runs"
    words = ["score", "sample", "--model", "models:/m@champion", "--as-of", as_of, "--out", str(out)]
    result = invoke(*words, "--store", str(store))
    assert result.exit_code == 2
    assert "Invalid value for '--as-of'" in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["check", "smaple"], [*RUN, "--set", "source=smaple", "--set", "seed=-1"]])
def test_the_installed_command_shows_no_traceback(arguments: list[str], tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("clientscape")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Refused, for 1 reason(s):" in done.stderr
    assert "Traceback" not in done.stderr
