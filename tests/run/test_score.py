"""The scoring road: what the registered model gives, through the command, MLflow and a copied folder."""

from datetime import date

import mlflow
import pandas as pd
import pytest
from tests.run.scored import assert_same, score
from typer.testing import CliRunner

from clientscape.data.read import read
from clientscape.faults import InputError
from clientscape.run.cli import app
from clientscape.run.sources import load_source
from clientscape.track.model import load_model
from clientscape.track.store import open_store


@pytest.fixture(scope="module")
def log():
    source, root = load_source("sample")
    tables, _ = read(source, name="sample", root=root)
    columns = ["customer_id", "order_id", "ordered_at"]
    return tables.transactions[columns].assign(amount=tables.transactions["amount_minor"] / tables.minor_units)


def test_scoring_twice_gives_the_same_bytes(planted, tmp_path):
    for name in ("one.parquet", "two.parquet"):
        assert score(planted, tmp_path / name).exit_code == 0
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
