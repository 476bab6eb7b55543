"""Every experiment runs, is written to MLflow whole, and can be repeated."""

import json

import pandas as pd
import pytest
import yaml
from tests.executions import PLANTED, SMALL, execute
from typer.testing import CliRunner

from clientscape.run import command
from clientscape.run.cli import app
from clientscape.track.store import open_store


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


def test_the_list_is_of_the_flagged_ranked_by_value_at_risk(ran):
    listed = pd.read_csv(ran.folder / "reengage.csv", dtype={"customer_id": str})
    flagged = ran.scores[ran.scores["flagged"]]
    assert set(listed["customer_id"]) == set(flagged["customer_id"])
    assert listed["value_at_risk"].is_monotonic_decreasing
    assert 0 < len(listed) <= 0.11 * len(ran.scores)


def measured(execution):
    """The metrics of all trials, without the time and memory that they took."""
    return {
        run.data.tags["key"]: {
            name: value for name, value in run.data.metrics.items() if not name.endswith(("_seconds", "_mib"))
        }
        for run in execution.children
    }


def test_the_second_run_gives_the_same_metrics_and_segments(planted, new_store):
    again = execute(planted.path, new_store())
    assert measured(planted) == measured(again)
    columns = [column for column in planted.scores if column != "run_id"]
    pd.testing.assert_frame_equal(planted.scores[columns], again.scores[columns], check_exact=True)
    for name in ("report.html", "scores.parquet"):
        assert (planted.folder / name).is_file()
    for picture in planted.folder.glob("*.png"):
        assert picture.read_bytes() == (again.folder / picture.name).read_bytes()


def test_the_contest_finds_the_planted_segments(planted):
    trials = planted.outcome.finished.trials
    assert trials["adjusted_rand_score"].max() > 0.75
    assert trials.loc[trials["chosen"], "adjusted_rand_score"].item() > 0.6


def test_a_crash_marks_the_run_as_failed_and_writes_no_report(new_store, monkeypatch):
    def crash(*_: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(command, "register", crash)
    store = new_store()
    with pytest.raises(RuntimeError, match="disk on fire"):
        execute(PLANTED, store, (SMALL,))
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
    result = CliRunner().invoke(app, [*words, "--set", SMALL, "--store", str(store)])
    assert result.exit_code == 3
    assert "refused 4 of 4 trials" in " ".join(result.output.split())
    folder = store / "reports/03_planted_segments+fast+strict"
    assert not (folder / "scores.parquet").exists()
    assert (folder / "report.html").is_file()


def test_the_simple_lifetime_rule_alone_and_models_that_do_not_see_recency(new_store):
    left = execute(PLANTED, new_store(), (SMALL, "lifetime=same_rate", "churn.columns=[spend_total, n_order_days]"))
    asked = [child for child in left.children if child.data.tags["mlflow.runName"] == "same_rate"]
    assert [child.data.params["kind"] for child in asked] == ["simple rule"]
    judged = left.outcome.finished.judgement
    assert judged.groupby("kind").size().to_dict() == {"model": 4, "simple rule": 4}


def test_a_label_with_one_outcome_is_refused_and_leaves_no_run(tmp_path):
    words = ["run", str(PLANTED), "--over", "configs/fast.yaml", "--store", str(tmp_path / "runs"), "--set"]
    result = CliRunner().invoke(app, [*words, "churn.decline_label={use: spend_decline, min_order_days: 5000}"])
    assert result.exit_code == 2
    assert "0 eligible customers" in result.output
    assert not (tmp_path / "runs").exists()
