"""The scoring road: the registered model on the training log gives the training table."""

from datetime import date

import mlflow
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from clientscape.data.read import read
from clientscape.faults import InputError
from clientscape.run.cli import app
from clientscape.run.sources import load_source
from clientscape.track.model import load_model
from clientscape.track.store import open_store

BESIDE_THE_MODEL = ["model_version", "run_id"]


@pytest.fixture(scope="module")
def log():
    source, root = load_source("sample")
    tables, _ = read(source, name="sample", root=root)
    columns = ["customer_id", "order_id", "ordered_at"]
    return tables.transactions[columns].assign(amount=tables.transactions["amount_minor"] / tables.minor_units)


def assert_same(scores: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(scores.columns) == list(expected.columns)
    for column in expected.columns.difference(BESIDE_THE_MODEL):
        if expected[column].dtype.kind == "f":
            np.testing.assert_allclose(scores[column], expected[column], rtol=0, atol=1e-9, err_msg=column)
        else:
            assert (scores[column].to_numpy() == expected[column].to_numpy()).all(), column


def score(ran, out, *, model="models:/fast@champion"):
    words = ["score", "sample", "--model", model, "--as-of", "2025-04-01", "--out", str(out), "--store", str(ran.store)]
    return CliRunner().invoke(app, words)


def test_scoring_the_training_log_gives_the_training_table(ran, tmp_path):
    for name in ("one.parquet", "two.parquet"):
        assert score(ran, tmp_path / name).exit_code == 0
    scores = pd.read_parquet(tmp_path / "one.parquet")
    assert_same(scores, ran.scores)
    assert scores[BESIDE_THE_MODEL].equals(ran.scores[BESIDE_THE_MODEL])
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_the_pyfunc_gives_the_same_for_all_and_for_one_alone(planted, log):
    open_store(planted.store)
    model = mlflow.pyfunc.load_model("models:/fast@champion")
    assert_same(model.predict(log, params={"as_of": "2025-04-01"}), planted.scores)
    for customer in ("C00002", "C00300"):
        alone = model.predict(log[log["customer_id"] == customer], params={"as_of": "2025-04-01"})
        assert_same(alone, planted.scores[planted.scores["customer_id"] == customer].reset_index(drop=True))


def test_the_pyfunc_refuses_a_missing_date_and_bad_rows_at_once(planted, log):
    open_store(planted.store)
    model = mlflow.pyfunc.load_model("models:/fast@champion")
    with pytest.raises(InputError, match=r"params\.as_of"):
        model.predict(log)
    bad = log.head(10).assign(amount=[float("nan"), *[1.234] * 9])
    bad.loc[bad.index[0], "customer_id"] = ""
    with pytest.raises(InputError) as refused:
        model.predict(bad, params={"as_of": "2025-04-01"})
    assert {fault.where.rpartition(".")[2] for fault in refused.value.faults} == {"amount", "customer_id"}


def test_a_copied_folder_scores_as_well(planted, tmp_path):
    loaded = load_model("models:/fast@champion", planted.store)
    folder = tmp_path / "copied"
    info = mlflow.artifacts.download_artifacts("models:/fast@champion", dst_path=str(folder))
    copied = load_model(info, planted.store)
    source, root = load_source("sample")
    tables, _ = read(source, name="sample", root=root)
    first, second = (model.scorer.score(tables, date(2025, 6, 1)) for model in (loaded, copied))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert copied.run_id == loaded.run_id


def test_a_file_that_was_there_survives_a_refused_score(planted, tmp_path):
    out = tmp_path / "scores.parquet"
    out.write_text("yesterday's")
    assert score(planted, out, model="models:/nobody@champion").exit_code == 2
    assert out.read_text() == "yesterday's"
    assert [path.name for path in tmp_path.iterdir()] == ["scores.parquet"]


def test_a_folder_without_a_store_is_refused_and_stays_empty(planted, tmp_path):
    words = ["score", "sample", "--model", "models:/fast@champion", "--as-of", "2025-04-01"]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "o.parquet"), "--store", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "no MLflow store" in result.output
    assert list(tmp_path.iterdir()) == []
