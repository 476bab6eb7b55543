"""The list of models: for people at 100 columns, for scripts as JSON."""

import json

import pytest
from tests.run.registered import LEVEL, NOT_COMPARED, good_and_bad, versions
from typer.testing import CliRunner

from clientscape.run.cli import app

OF_A_VERSION = {
    *("name", "version", "uri", "aliases", "created", "run_id", "as_of", "source", "judged"),
    *("verdict", "reason", "against", "promoted_at", "promoted_by", "promoted_because", "gate_said"),
}


@pytest.fixture(scope="module")
def store(new_store):
    good, _ = good_and_bad()
    folder = new_store()
    versions(folder, [(good, NOT_COMPARED), (good, LEVEL)], name="a_shop_with_a_long_name")
    versions(folder, [(good, NOT_COMPARED)], name="b")
    return folder


def models(store, *words):
    return CliRunner().invoke(app, ["models", *words, "--store", str(store)], env={"COLUMNS": "100"})


def test_all_are_listed_with_who_is_champion_and_why_within_100_columns(store):
    told = models(store)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split()[:2] for line in lines if line.startswith(("a_", "b", " "))] == [
        *(["a_shop_with_a_long_name"], ["2", "challenger"], ["1", "champion"]),
        *(["b"], ["1", "challenger"], ["champion"]),
    ]
    said = " ".join(told.stdout.split())
    assert "2025-01-31" in said
    assert "decline is level." in said
    assert "Ahead and behind" not in said


def test_of_one_all_is_said(store):
    told = models(store, "a_shop_with_a_long_name")
    lines = [line.strip() for line in told.stdout.splitlines()]
    assert "b" not in lines
    assert "Ahead and behind mean beyond chance" in " ".join(told.stdout.split())


def test_scripts_get_everything(store):
    told = json.loads(models(store, "--json").stdout)
    assert [(row["name"][0], row["version"], row["aliases"]) for row in told] == [
        ("a", "2", ["challenger"]),
        ("a", "1", ["champion"]),
        ("b", "1", ["challenger", "champion"]),
    ]
    assert all(set(row) == OF_A_VERSION for row in told)
    assert told[0]["reason"] == LEVEL.reason
    assert told[0]["uri"] == "models:/a_shop_with_a_long_name/2"
    assert (told[0]["as_of"], told[0]["judged"]) == ("2025-01-31", "2025-01-31 to 2025-03-31")
    assert len({row["run_id"] for row in told}) == 3


def test_who_overruled_the_gate_is_said(store):
    words = ["promote", "a_shop_with_a_long_name", "--because", "it knows loyalty points", "--store", str(store)]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert "it knows loyalty points" in " ".join(models(store).stdout.split())


def test_where_there_is_none_it_says_how_one_is_made(new_store, tmp_path):
    empty = models(new_store())
    assert (empty.exit_code, empty.stdout) == (0, "")
    assert "clientscape run" in empty.stderr
    assert models(new_store(), "--json").stdout == "[]\n"
    nowhere = models(tmp_path / "none")
    assert nowhere.exit_code == 2
    assert "run an experiment first" in " ".join(nowhere.stderr.split())
