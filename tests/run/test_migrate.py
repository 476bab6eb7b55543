"""The command that says who moved: on the sample by an exported model, and by a scorer that is made up."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from clientscape.run import migrate
from clientscape.run.cli import app

DATES = ("--from", "2025-01-01", "--to", "2025-04-01")
LEFT = ["alerts.csv", "half_life.csv", "migration.csv", "migration.png", "moved_customers.csv", "revenue.csv"]


def command(*words, store, model="models:/fast@champion"):
    return CliRunner().invoke(app, ["migrate", "sample", "--model", model, "--store", str(store), *words])


@pytest.fixture
def made_up(monkeypatch):
    """A model that places customers by date: `a` falls, `b` stays, `c` leaves, `d` comes."""
    at = {
        date(2025, 1, 1): [("a", "high", 90.0), ("b", "low", 10.0), ("c", "low", 20.0), ("e", "high", 70.0)],
        date(2025, 4, 1): [("a", "low", 9.0), ("b", "low", 11.0), ("d", "low", 8.0), ("e", "high", 60.0)],
    }
    asked = []

    def score(tables, as_of):
        asked.append(as_of)
        frame = pd.DataFrame(at[as_of], columns=["customer_id", "segment", "expected_value"])
        return frame.assign(rfm_segment="Champions", stage=["new", "active", "new", "active"])

    loaded = SimpleNamespace(scorer=SimpleNamespace(score=score, facts={"source": "sample", "as_of": "2025-04-01"}))
    monkeypatch.setattr(migrate, "load_model", lambda uri, store: loaded)
    monkeypatch.setattr(migrate, "read", lambda source, name, root: (SimpleNamespace(currency="EUR"), []))
    return asked


def test_what_it_leaves_and_says(made_up, tmp_path):
    result = command(*DATES, store=tmp_path)
    folder = tmp_path / "reports" / "migration sample 2025-01-01 2025-04-01"
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in folder.iterdir()) == LEFT
    assert made_up == [date(2025, 1, 1), date(2025, 4, 1)]
    read = {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}
    assert read["migration"].to_numpy().tolist() == [
        ["high", 1, 1, 0],
        ["low", 0, 1, 1],
        ["not yet a customer", 0, 1, 0],
    ]
    assert read["revenue"].iloc[:, 1:].to_numpy().tolist() == [[70, 90, 0], [0, 10, 20], [0, 8, 0]]
    assert read["half_life"]["half_life_days"].tolist() == [90, 90]
    assert read["alerts"].to_numpy().tolist() == [
        ["high", "low", 1, 90.0, 9.0, 0.5],
        ["low", "no longer seen", 1, 20.0, 0.0, 0.5],
    ]
    assert read["moved_customers"]["customer_id"].tolist() == ["a", "c", "d"]
    for said in ("Moves that matter", "half-life", "with hindsight", "no longer seen", "50%", str(folder.name)):
        assert said in result.output


@pytest.mark.parametrize("by", ["rfm_segment", "stage"])
def test_other_segments_lie_beside(made_up, tmp_path, by):
    assert command(*DATES, "--by", by, store=tmp_path).exit_code == 0
    (folder,) = (tmp_path / "reports").iterdir()
    assert folder.name == f"migration sample 2025-01-01 2025-04-01 by {by}"


def test_a_second_time_takes_the_place_of_the_first_with_the_same_bytes(made_up, tmp_path):
    out = tmp_path / "moves"
    assert command(*DATES, "--out", str(out), store=tmp_path).exit_code == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "migration.csv").write_text("changed")
    assert command(*DATES, "--out", str(out), store=tmp_path).exit_code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("--from", "2025-04-01", "--to", "2025-01-01"), "--from"),
        (("--from", "2025-04-01", "--to", "2025-04-01"), "--from"),
        ((*DATES, "--by", "mood"), "--by"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_before_anything_is_read(made_up, tmp_path, words, where):
    result = command(*words, store=tmp_path)
    assert result.exit_code == 2
    assert where in result.output
    assert made_up == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_left_as_it_is(made_up, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    result = command(*DATES, "--out", str(tmp_path), store=tmp_path)
    assert result.exit_code == 2
    assert "thesis.txt" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.fixture(scope="module")
def left(planted, tmp_path_factory):
    """What the command leaves for the sample and its exported model."""
    out = tmp_path_factory.mktemp("migration") / "moves"
    result = command(*DATES, "--out", str(out), store=planted.store)
    assert result.exit_code == 0, result.output
    return out


class TestAnExportedModel:
    def test_the_sums_are_the_customers_of_the_training_table(self, planted, left):
        found = pd.read_csv(left / "migration.csv", index_col=0)
        now = found.drop(columns="no longer seen").sum()
        assert now.to_dict() == planted.scores["segment"].value_counts().to_dict()

    def test_who_moved_is_who_is_not_on_the_diagonal(self, left):
        found, moved = pd.read_csv(left / "migration.csv", index_col=0), pd.read_csv(left / "moved_customers.csv")
        stayed = sum(found.loc[name, name] for name in found.index.intersection(found.columns))
        assert len(moved) == found.to_numpy().sum() - stayed
        assert moved["customer_id"].is_unique
        assert (moved["from"] != moved["to"]).all()
        assert (np.diff(moved["value_before"] - moved["value_now"]) <= 0.02).all()

    def test_a_date_that_the_source_does_not_cover_is_refused_and_leaves_nothing(self, planted, tmp_path):
        words = ("--from", "2025-04-01", "--to", "2035-04-01", "--out", str(tmp_path / "moves"))
        result = command(*words, store=planted.store)
        assert result.exit_code == 2
        assert "2035-04-01" in result.output
        assert list(tmp_path.iterdir()) == []
