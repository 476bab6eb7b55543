"""The scoring road: what the registered model gives, through the command, MLflow and a copied folder."""

from datetime import date

import mlflow
import pandas as pd
from tests.run.scored import assert_same, score
from typer.testing import CliRunner

from clientscape.data.read import read
from clientscape.run.cli import app
from clientscape.run.sources import load_source
from clientscape.track.model import load_model
from clientscape.track.store import open_store


def test_scoring_twice_gives_the_same_bytes(planted, tmp_path):
    for name in ("one.parquet", "two.parquet"):
        assert score(planted, tmp_path / name).exit_code == 0
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_the_pyfunc_gives_the_training_table_out_of_the_lines_before_as_of(planted):
    open_store(planted.store)
    source, root = load_source("sample")
    tables, _ = read(source, name="sample", root=root)
    lines = tables.transactions[["customer_id", "order_id", "ordered_at"]]
    log = lines.assign(amount=tables.transactions["amount_minor"] / tables.minor_units)
    model = mlflow.pyfunc.load_model("models:/fast@champion")
    found = model.predict(log[log["ordered_at"] < "2025-04-01"], params={"as_of": "2025-04-01"})
    assert_same(found, planted.scores)
    assert set(found["model_version"]) == {"1"}
    assert set(found["run_id"]) == {planted.parent.info.run_id}


def test_a_copied_folder_scores_as_well(planted, tmp_path):
    loaded = load_model("models:/fast@champion", planted.store)
    assert (loaded.version, loaded.run_id) == ("1", planted.parent.info.run_id)
    info = mlflow.artifacts.download_artifacts("models:/fast@champion", dst_path=str(tmp_path / "copied"))
    copied = load_model(info, planted.store)
    assert (copied.version, copied.run_id) == (loaded.version, loaded.run_id)
    source, root = load_source("sample")
    tables, _ = read(source, name="sample", root=root)
    first, second = (model.scorer.score(tables, date(2025, 6, 1)) for model in (loaded, copied))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_a_model_says_where_it_comes_from(planted):
    facts = load_model("models:/fast@champion", planted.store).scorer.facts
    assert facts["model"] == "fast"
    assert facts["run_id"] == planted.parent.info.run_id
    assert facts["data"] == planted.parent.data.tags["data"]
    assert (facts["source"], facts["currency"], facts["row_is"]) == ("sample", "EUR", "line")


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
