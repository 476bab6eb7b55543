"""Every experiment runs, is written to MLflow whole, and can be repeated."""

import contextlib
import json
import shutil
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml
from tests.executions import PLANTED, SMALL, execute
from tests.run.scored import BESIDE_THE_MODEL, assert_same, score
from tests.run.short import SHORT, no_portraits, not_rendered, nothing_drawn
from typer.testing import CliRunner

from clientscape.data.read import read
from clientscape.run import command
from clientscape.run.cli import app
from clientscape.run.sources import load_source
from clientscape.track.store import DATABASE, open_store


@pytest.fixture(scope="module")
def people():
    """The customers of the sample, by their ids."""
    source, root = load_source("sample")
    return read(source, name="sample", root=root)[0].customers.set_index("customer_id")


def test_every_trial_is_a_child_with_dataset_spec_and_description(ran):
    contests = [child.data.tags["contest"] for child in ran.children]
    assert contests.count("segments") == len(ran.outcome.finished.trials) >= 4
    assert contests.count("churn") == contests.count("decline") == 4
    assert contests.count("forecast") in (5, 6)  # with another lifetime model than the contest's own
    assert len({child.data.tags["key"] for child in ran.children}) == len(ran.children)
    for child in ran.children:
        assert child.info.status == "FINISHED"
        assert [entry.dataset.name for entry in child.inputs.dataset_inputs] == ["sample 2025-04-01"]
        assert child.data.params
        assert child.data.tags["seed"] == "7"
        assert child.data.tags["mlflow.note.content"]
        if child.data.tags["contest"] == "segments":
            assert {"n_segments", "coverage", "smallest_share"} <= set(child.data.metrics)
            assert child.data.tags["family"] in ("kmeans", "gaussian_mixture", "hdbscan")
        if child.data.tags["contest"] == "forecast":
            assert [item.path for item in ran.client.list_artifacts(child.info.run_id)] == ["forecast.png"]
            assert {"orders_gini_score", "spend_gini_score", "median_orders_mean_absolute_loss"} <= set(
                child.data.metrics
            )


def test_the_parent_holds_question_answer_pictures_and_the_resolved_config(ran):
    assert ran.parent.info.status == "FINISHED"
    question = yaml.safe_load(ran.path.read_text())["question"]
    assert question in ran.parent.data.tags["mlflow.note.content"]
    assert ran.outcome.finished.answer in ran.parent.data.tags["mlflow.note.content"]
    files = {item.path for item in ran.client.list_artifacts(ran.parent.info.run_id)}
    pictures = {"segment_map.png", "k_curve.png", "montage.png", "profile.png", "judgement.png"}
    pictures |= {"standings.png", "calibration.png", "tracking.png", "capture.png"}
    assert pictures | {"report.html", "scores.parquet", "reengage.csv", "config.yaml"} <= files
    resolved = yaml.safe_load((ran.folder / "config.yaml").read_text())
    assert resolved["seed"] == 7
    assert resolved["source"] == "sample"


def test_the_first_version_becomes_challenger_and_champion(ran):
    aliases = ran.client.get_registered_model("fast").aliases
    assert {alias: str(version) for alias, version in aliases.items()} == {"challenger": "1", "champion": "1"}


def test_the_list_is_of_whom_a_contact_pays_ranked_by_what_it_brings(ran, people):
    listed = pd.read_csv(ran.folder / "reengage.csv", dtype={"customer_id": str}, keep_default_na=False)
    scores = ran.scores.set_index("customer_id").loc[listed["customer_id"]]
    assert (scores["expected_profit"] > 0).all()
    assert listed["expected_profit"].tolist() == scores["expected_profit"].round(2).tolist()
    assert listed["expected_profit"].is_monotonic_decreasing
    assert listed["rank"].tolist() == list(range(1, len(listed) + 1))
    assert set(listed["group"]) <= {"contact", "control"}
    n_capacity = ran.outcome.scorer.plan.campaign.n_capacity(int(ran.scores["p_decline"].notna().sum()))
    assert 0 < (listed["group"] == "contact").sum() <= n_capacity  # the control group does not count
    assert people.loc[listed["customer_id"], "email_consent"].all()
    assert not people["email_consent"].all()


def test_the_flagged_are_the_most_profitable_that_the_capacity_holds(ran):
    asked = ran.scores.dropna(subset=["p_decline"])
    n_pay = int((asked["expected_profit"] > 0).sum())
    assert asked["flagged"].sum() == min(ran.outcome.scorer.plan.campaign.n_capacity(len(asked)), n_pay) > 0
    assert asked.loc[asked["flagged"], "expected_profit"].min() > asked.loc[~asked["flagged"], "expected_profit"].max()
    assert (ran.scores["reasons"] != "").equals(ran.scores["flagged"])


def test_no_training_horizon_passes_the_date_that_it_is_judged_at(ran):
    horizon = timedelta(days=90)
    for child in ran.children:
        if child.data.tags["contest"] in ("churn", "decline"):
            params = child.data.params
            learnt = [date.fromisoformat(day) for day in params["learnt_at"].split(", ")]
            assert params["judged_at"] == "2025-04-01"
            assert max(learnt) + horizon == date(2025, 4, 1)


def test_scoring_the_training_log_gives_the_training_table(ran, tmp_path):
    assert score(ran, tmp_path / "scores.parquet").exit_code == 0
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    assert_same(scores, ran.scores)
    assert scores[BESIDE_THE_MODEL].equals(ran.scores[BESIDE_THE_MODEL])


def measured(execution):
    """The metrics of all trials, without the time and memory that they took."""
    return {
        run.data.tags["key"]: {
            name: value for name, value in run.data.metrics.items() if not name.endswith(("_seconds", "_mib"))
        }
        for run in execution.children
    }


def test_the_second_run_gives_the_same_numbers_and_is_not_promoted(planted, tmp_path):
    """In a copy of the first one's store, where that is the champion; it leaves no model in the other."""
    store = Path(shutil.copytree(planted.store, tmp_path / "runs"))
    with contextlib.closing(sqlite3.connect(store / DATABASE)) as database, database:
        moved = (planted.store.as_uri(), store.as_uri())
        database.execute("UPDATE experiments SET artifact_location = replace(artifact_location, ?, ?)", moved)
    with no_portraits():
        again = execute(planted.path, store)
    for one in (planted.store, store):
        assert len(list(one.glob("artifacts/*/models/*/artifacts/MLmodel"))) == 1 + (one == store)
    assert again.parent.info.run_id != planted.parent.info.run_id
    assert measured(planted) == measured(again)
    columns = [column for column in planted.scores if column not in ("run_id", "model_version")]
    pd.testing.assert_frame_equal(planted.scores[columns], again.scores[columns], check_exact=True)
    for name in ("report.html", "scores.parquet"):
        assert (planted.folder / name).is_file()
    for picture in planted.folder.glob("*.png"):
        assert picture.read_bytes() == (again.folder / picture.name).read_bytes()
    aliases = again.client.get_registered_model("fast").aliases
    assert {alias: str(version) for alias, version in aliases.items()} == {"challenger": "2", "champion": "1"}
    assert set(again.scores["model_version"]) == {"2"}
    why = "Not promoted: decline is level. Ahead and behind mean beyond chance: churn level (average_precision_score "
    assert why in again.client.get_model_version("fast", "2").description
    assert why in again.parent.data.tags["mlflow.note.content"]
    first = planted.client.get_model_version("fast", "1").description
    assert "Not compared: there is no champion yet." in first


def test_the_contest_finds_the_planted_segments(planted):
    trials = planted.outcome.finished.trials
    assert trials["adjusted_rand_score"].max() > 0.75
    assert trials.loc[trials["chosen"], "adjusted_rand_score"].item() > 0.6


def test_a_crash_marks_the_run_as_failed_and_writes_no_report(new_store, monkeypatch):
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(command, "register", crash)
    store = new_store()
    with nothing_drawn(), pytest.raises(RuntimeError, match="disk on fire"):
        execute(PLANTED, store, (SMALL, *SHORT))
    client = open_store(store)
    experiment = client.get_experiment_by_name("03_planted_segments+fast")
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    parent = next(run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    assert parent.info.status == "FAILED"
    assert list((store / "reports").iterdir()) == []


def test_guards_that_refuse_everything_export_nothing(new_store, tmp_path):
    store = new_store()
    strict = tmp_path / "strict.yaml"
    strict.write_text(json.dumps({"segments": {"guards": {"silhouette_score": {"at_least": 0.99}}}}))
    words = ["run", str(PLANTED), "--over", "configs/fast.yaml", "--over", str(strict)]
    sets = [word for setting in (SMALL, *SHORT) for word in ("--set", setting)]
    with not_rendered():
        result = CliRunner().invoke(app, [*words, *sets, "--store", str(store)])
    assert result.exit_code == 3
    assert "refused 4 of 4 trials" in " ".join(result.output.split())
    folder = store / "reports/03_planted_segments+fast+strict"
    assert not (folder / "scores.parquet").exists()
    assert (folder / "report.html").is_file()


def test_a_lifetime_rule_alone_models_that_do_not_see_recency_and_a_label_that_asks_nobody(new_store):
    """Without a model of decline the run ends well: its numbers are missing, and it is said what is.

    A label that is judged beside the others, and a search for settings, have trials of their own.
    """
    dates = ("window.lookback_days=180", "churn.learn_from={origins: 2, every_days: 90}")
    search = "churn.search={trials: 2, settings: {boosted_trees: {max_leaf_nodes: [4]}}}"
    more = ("churn.also=[rhythm_break]", search, *dates)
    nobody = "churn.decline_label={use: spend_decline, min_order_days: 5000}"
    blind = "churn.columns=[spend_total, n_order_days]"
    with not_rendered():
        left = execute(PLANTED, new_store(), (SMALL, "lifetime=same_rate", blind, nobody, *more))
    asked = [child for child in left.children if child.data.tags["mlflow.runName"] == "same_rate"]
    assert [child.data.params["kind"] for child in asked] == ["simple rule"]
    finished = left.outcome.finished
    assert finished.judgement.groupby(["label", "kind"]).size().to_dict() == {
        ("no_order", "model"): 2,
        ("no_order", "simple rule"): 2,
        ("rhythm_break", "model"): 2,
        ("rhythm_break", "simple rule"): 2,
    }
    tries = [child.data.params for child in left.children if child.data.tags["contest"] == "search"]
    assert sorted((tried["label"], tried["max_leaf_nodes"]) for tried in tries) == [
        ("no_order", "4"),
        ("no_order", "8"),
        ("rhythm_break", "4"),
        ("rhythm_break", "8"),
    ]
    assert "decline" not in {child.data.tags["contest"] for child in left.children}
    lacking = "as of 2024-10-03, 2025-01-01, there are 0 eligible customers; at least 100 are needed."
    assert f"No forecast of spend_decline: To learn from, {lacking}" in " ".join(finished.risk_said)
    assert left.scores["p_churn"].notna().all()
    for missing in ("p_decline", "value_at_risk", "expected_profit"):
        assert left.scores[missing].isna().all()
    assert not left.scores["flagged"].any()
    assert set(left.scores["status"]) == {"no decline forecast"}
    listed = pd.read_csv(left.folder / "reengage.csv")
    assert listed.empty
    assert {"rank", "customer_id", "group", "reason_1", "reason_3"} <= set(listed)
    assert lacking in left.parent.data.tags["mlflow.note.content"]
    assert (left.folder / "report.html").is_file()
    assert finished.reengage.empty
