"""A night's job by the command: what it leaves, what it says, how it ends."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from tests.run.scored import assert_same
from typer.testing import CliRunner

from clientscape.catalog import Use
from clientscape.data import size
from clientscape.run import score as road
from clientscape.run.cli import app
from clientscape.run.sources import load_source
from clientscape.track.model import load_model

AS_OF = "2025-04-01"


def night(ran, out, *more, source="sample", model="models:/fast@champion", as_of=AS_OF):
    """The exit code, the line of JSON, and what was said beside it."""
    words = ["score", str(source), "--model", model, "--as-of", as_of, "--out", str(out), "--store", str(ran.store)]
    done = CliRunner().invoke(app, [*words, *map(str, more)])
    lines = done.stdout.splitlines()
    return done.exit_code, json.loads(lines[-1]) if lines else {}, done.stderr


@pytest.fixture(scope="module")
def lines():
    """The order lines of the sample as a shop would export them: cleaned, one file."""
    source, root = load_source("sample")
    from clientscape.data.read import read

    tables, _ = read(source, name="sample", root=root)
    kept = tables.transactions[["customer_id", "order_id", "ordered_at"]]
    return kept.assign(amount=tables.transactions["amount_minor"] / 100)


@pytest.fixture
def shop(lines, tmp_path):
    """A maker of a source out of order lines, in a folder of its own."""

    def make(rows=lines, *, end="2025-07-01", currency="EUR", row_is="line", columns=None):
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        rows.to_parquet(folder / "lines.parquet", index=False)
        mapped = columns or {name: name for name in ("customer_id", "order_id", "ordered_at", "amount")}
        table = {"files": "lines.parquet", "row_is": row_is, "columns": mapped}
        written = {
            "description": "x",
            "timezone": "Europe/Berlin",
            "currency": currency,
            "tables": {"transactions": table},
        }
        text = json.dumps({**written, "covers": ["2023-01-01", end]})
        (folder / "shop.yaml").write_text(text)
        return folder / "shop.yaml"

    return make


def test_a_night_leaves_scores_a_page_a_run_and_says_so_in_a_line(planted, tmp_path):
    code, said, words = night(planted, tmp_path / "s.parquet")
    assert (code, said["status"], said["n_customers"]) == (0, "done", len(planted.scores))
    scores = pd.read_parquet(tmp_path / "s.parquet")
    assert_same(scores, planted.scores)
    assert (said["n_flagged"], said["n_removed"]) == (int(scores["flagged"].sum()), 0)
    assert (set(scores["model_version"]), set(scores["run_id"])) == ({"1"}, {planted.parent.info.run_id})
    assert said["execution"] not in (tmp_path / "s.parquet").read_bytes().decode("latin1")
    assert said["drift"]["verdict"] == "ok"
    assert said["drift"]["said"][0].replace("'", "&#39;") in Path(said["drift_page"]).read_text(encoding="utf-8")
    watched = planted.client.get_run(said["monitoring_run"]).data
    assert watched.tags["execution"] == said["execution"]
    assert watched.metrics["n_customers"] == len(scores)
    assert f"{len(scores)} customers scored" in words
    assert set(said["seconds"]) == {"reading", "features", "model", "drift", "writing"}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_another_engine_gives_the_training_table_too(planted, tmp_path, engine):
    assert night(planted, tmp_path / "s.parquet", "--engine", engine)[0] == 0
    assert_same(pd.read_parquet(tmp_path / "s.parquet"), planted.scores)


def test_a_night_in_shares_by_several_processes_gives_the_training_table_too(planted, tmp_path, monkeypatch):
    monkeypatch.setattr(road, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(road, "available", lambda: 2)
    monkeypatch.setattr(size, "BYTES_AT_WORK", 40_000)
    code, said, _ = night(planted, tmp_path / "s.parquet")
    assert code == 0, said
    assert_same(pd.read_parquet(tmp_path / "s.parquet"), planted.scores)
    _, whole, _ = night(planted, tmp_path / "w.parquet")
    for name in ("n_lines", "n_customers", "n_flagged", "drift"):
        assert said[name] == whole[name]


def test_a_table_has_one_row_for_each_customer_and_night(planted, tmp_path):
    for as_of in (AS_OF, "2025-05-01", AS_OF):
        assert night(planted, tmp_path / "s.duckdb", "--table", "nightly", as_of=as_of)[0] == 0
    with duckdb.connect(str(tmp_path / "s.duckdb"), read_only=True) as connection:
        counts = dict(connection.execute("SELECT as_of, count(*) FROM nightly GROUP BY 1").fetchall())
        rows = connection.execute(f"SELECT * FROM nightly WHERE as_of = '{AS_OF}' ORDER BY customer_id").df()
    assert counts[date(2025, 4, 1)] == len(planted.scores)
    assert set(counts) == {date(2025, 4, 1), date(2025, 5, 1)}
    assert rows["expected_value"].to_numpy() == pytest.approx(planted.scores["expected_value"].to_numpy(), nan_ok=True)


def test_reasons_of_the_flagged_of_all_or_of_nobody(planted, tmp_path):
    told = {}
    for whose in ("flagged", "all", "none"):
        out = tmp_path / f"{whose}.parquet"
        assert night(planted, out, "--reasons", whose)[0] == 0
        told[whose] = pd.read_parquet(out)
    flagged, asked = planted.scores["flagged"].to_numpy(), planted.scores["p_decline"].notna().to_numpy()
    assert (told["none"]["reasons"] == "").all()
    assert ((told["all"]["reasons"] != "").to_numpy() == asked).all()
    assert ((told["flagged"]["reasons"] != "").to_numpy() == flagged).all()
    assert told["all"]["reasons"][flagged].equals(told["flagged"]["reasons"][flagged])


class TestDrift:
    def test_a_day_that_is_missing_is_told(self, planted, shop, lines, tmp_path):
        day = pd.Timestamp("2025-03-25")
        gap = lines[lines["ordered_at"].dt.normalize() != day]
        code, said, words = night(planted, tmp_path / "s.parquet", source=shop(gap))
        assert (code, said["status"]) == (0, "done")
        assert (said["drift"]["verdict"], said["drift"]["missing_days"]) == ("drifted", ["2025-03-25"])
        assert "Tuesday 2025-03-25 has no lines" in words

    def test_the_gate_holds_everything_back_but_the_page(self, planted, shop, lines, tmp_path):
        dearer = lines.assign(amount=(lines["amount"] * 20).round(2))
        out = tmp_path / "s.parquet"
        assert night(planted, out, as_of="2025-03-01")[0] == 0
        yesterdays = out.read_bytes()
        report = tmp_path / "why.html"
        asked = ("--set", "drift.on_drift=block", "--report", report)
        code, said, words = night(planted, out, *asked, source=shop(dearer))
        assert (code, said["status"], said["drift"]["verdict"]) == (3, "drifted", "drifted")
        assert {"features", "scores"} <= set(said["drift"]["reasons"])
        assert out.read_bytes() == yesterdays
        assert "Nothing was written" in words
        assert "spend_total" in report.read_text(encoding="utf-8")
        assert planted.client.get_run(said["monitoring_run"]).data.tags["status"] == "drifted"
        assert night(planted, out, source=shop(dearer))[0] == 0  # by default it warns
        assert len(pd.read_parquet(out)) > 400

    def test_a_log_of_few_customers_is_held_back(self, planted, shop, lines, tmp_path):
        few = lines[lines["customer_id"].isin(lines["customer_id"].unique()[:40])]
        code, said, words = night(planted, tmp_path / "s.parquet", "--set", "drift.on_drift=block", source=shop(few))
        assert (code, "customers" in said["drift"]["reasons"]) == (3, True)
        assert "most of its customers are gone" in words

    def test_names_that_look_like_markup_are_said_as_they_are(self, planted, tmp_path):
        code, _, words = night(planted, tmp_path / "[q]" / "[/q].parquet")
        assert code == 0
        assert "[q]/[/q].parquet" in words


class TestRefusals:
    def test_all_that_is_wrong_with_what_is_asked_is_told_at_once(self, planted, tmp_path):
        (tmp_path / "folder.parquet").mkdir()
        more = ("--engine", "abacus", "--reasons", "some", "--memory-limit", "much", "--set", "drift.on_drft=warn")
        code, said, words = night(planted, tmp_path / "folder.parquet", *more, source="nobody")
        assert (code, said["status"]) == (2, "refused")
        told = [fault["where"] for fault in said["faults"]]
        assert told[:3] == ["--engine", "--reasons", "--memory-limit"]
        assert (len(told), "SOURCE" in told) == (6, True)
        assert any("drift.on_drft" in where for where in told)
        assert words.count("cure") == 6

    def test_rows_and_source_are_refused_together(self, planted, shop, lines, tmp_path):
        bad = lines.copy()
        bad.loc[bad.index[:2], "amount"] = [float("nan"), 1.234]
        bad.loc[bad.index[2], "customer_id"] = ""
        bad.loc[bad.index[3], "ordered_at"] = pd.Timestamp("2025-08-01")
        source = shop(bad, currency="USD", row_is="order")
        code, said, _ = night(planted, tmp_path / "s.parquet", source=source)
        assert code == 2
        told = {fault["where"].rpartition(".")[2] for fault in said["faults"]}
        assert told == {"currency", "row_is", "amount", "customer_id", "ordered_at"}
        assert list(tmp_path.glob("s*.parquet")) == []

    def test_a_date_after_what_the_source_covers_unless_the_log_reaches_further(self, planted, shop, tmp_path):
        asked = {"source": shop(end="2025-07-01"), "as_of": "2025-07-02"}
        code, said, _ = night(planted, tmp_path / "s.parquet", **asked)
        assert (code, said["faults"][0]["where"]) == (2, "score.as_of")
        assert night(planted, tmp_path / "s.parquet", "--until", "2025-07-03", **asked)[0] == 0

    def test_a_column_that_is_not_there(self, planted, shop, tmp_path):
        columns = {"customer_id": "customer_id", "order_id": "order_id", "ordered_at": "ordered_at"}
        code, said, _ = night(planted, tmp_path / "s.parquet", source=shop(columns=columns))
        assert code == 2
        assert any(fault["where"].endswith("transactions.amount") for fault in said["faults"])

    def test_a_date_without_an_order_before_it(self, planted, shop, lines, tmp_path):
        early = lines[lines["ordered_at"] < "2024-04-01"]
        code, said, _ = night(planted, tmp_path / "s.parquet", source=shop(early))
        assert code == 2
        assert said["faults"][0]["where"] == "score.as_of"

    def test_a_page_in_the_place_of_the_scores(self, planted, tmp_path):
        out = tmp_path / "s.parquet"
        code, said, _ = night(planted, out, "--report", out)
        assert (code, said["faults"][0]["where"]) == (2, "--report")

    def test_an_attribute_of_another_kind(self, planted, tmp_path, monkeypatch):
        """A flag that comes as text would otherwise be no number, and a name that comes as a number nobody's."""
        loaded = load_model("models:/fast@champion", planted.store)
        loaded.scorer.facts["attributes"] = {"region": "number"}
        loaded.scorer.plan.features.append(Use("attribute", {"column": "region"}))
        monkeypatch.setattr(road, "load_model", lambda *_: loaded)
        code, said, _ = night(planted, tmp_path / "s.parquet")
        assert code == 2
        assert [fault["where"] for fault in said["faults"]] == ["score: customers.region"]

    def test_what_nobody_expected_ends_in_a_line_too(self, planted, tmp_path, monkeypatch):
        monkeypatch.setattr(road, "judged", lambda *_: 1 / 0)
        code, said, words = night(planted, tmp_path / "s.parquet")
        assert (code, said["status"], said["error"]) == (1, "failed", "ZeroDivisionError: division by zero")
        assert "Traceback" in words
        assert list(tmp_path.iterdir()) == []
