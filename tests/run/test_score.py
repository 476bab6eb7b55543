"""The scoring road: what the registered model gives, through the command, MLflow and a copied folder."""

import json
import shutil
from datetime import date

import mlflow
import pandas as pd
import pytest
from tests.run.scored import assert_same, score
from typer.testing import CliRunner

from clientscape.data.read import read
from clientscape.run.cli import app
from clientscape.run.sources import load_source
from clientscape.scorer.manifest import seal
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


@pytest.fixture
def folder(planted, tmp_path):
    """The exported folder, as one copies it out of the store."""
    (exported,) = planted.store.glob("artifacts/*/models/*/artifacts/MLmodel")
    return shutil.copytree(exported.parent, tmp_path / "model", ignore=shutil.ignore_patterns("registered_model_meta"))


def test_the_rows_of_a_bare_folder_say_by_which_model_they_were_made(planted, folder, tmp_path):
    assert score(planted, tmp_path / "scores.parquet", model=str(folder)).exit_code == 0
    rows = pd.read_parquet(tmp_path / "scores.parquet")
    assert_same(rows, planted.scores)
    assert set(rows["model_version"]) == {load_model(str(folder), planted.store).version}
    assert rows["model_version"].str.match("sha256:[0-9a-f]{12}$").all()
    assert set(rows["run_id"]) == {planted.parent.info.run_id}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda scorer: flip(scorer / "parts.skops"), "found    checksum"),
        (lambda scorer: (scorer / "plan.json").unlink(), "found    no file"),
        (lambda scorer: (scorer / "more.pkl").write_bytes(b"\x80"), "a file that was not exported"),
        (lambda scorer: (scorer.parent / "more.pkl").write_bytes(b"\x80"), "what was not exported"),
        (lambda scorer: another_format(scorer), "found    format 99"),
    ],
    ids=["one byte changed", "a file missing", "a pickle put in", "a pickle beside", "another format"],
)
def test_a_folder_that_is_not_as_it_was_exported_is_refused(planted, folder, tmp_path, spoil, said):
    spoil(folder / "artifacts" / "scorer")
    refused = score(planted, tmp_path / "scores.parquet", model=str(folder))
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert not (tmp_path / "scores.parquet").exists()


def flip(file):
    """Change a bit in the middle."""
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)


def another_format(scorer):
    """A whole model of a version to come."""
    written = json.loads((scorer / "plan.json").read_text())
    (scorer / "plan.json").write_text(json.dumps(written | {"format": 99}))
    seal(scorer)
