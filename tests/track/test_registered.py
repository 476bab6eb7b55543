"""A scorer in the registry: what a version says, who is champion, and how it comes back."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest
from pandas.testing import assert_frame_equal

from clientscape.evaluate.promotion import Verdict
from clientscape.faults import InputError, UnableError
from clientscape.track.execution import Execution, execution
from clientscape.track.model import former, load_model, register
from clientscape.track.registry import names_of_models, version_at, versions_of
from clientscape.track.store import open_store

NOBODY = Verdict(False, "Not compared: there is no champion yet.")
DATA = {"data": "0123456789abcdef"}


def registered(store, scorer, *verdicts, name="shop"):
    """The numbers of versions, each of an execution of its own."""
    numbers = []
    for i, verdict in enumerate(verdicts):
        with execution(store, "any", {}, f"key {i} {name}") as parent:
            numbers.append(register(parent, scorer, name, "Five segments.", verdict, DATA))
    return numbers


@pytest.fixture(scope="module")
def store(new_store, small):
    """Three versions: the first, one that was refused, one that was promoted."""
    folder = new_store()
    refused, promoted = Verdict(False, "Not promoted: level.", "1"), Verdict(True, "Promoted: ahead.", "1")
    assert registered(folder, small, NOBODY, refused, promoted) == ["1", "2", "3"]
    return folder


class TestVersions:
    def test_the_first_and_the_promoted_become_champion(self, store):
        held = {version.number: version.aliases for version in versions_of(store, "shop")}
        assert held == {"3": ("challenger", "champion"), "2": (), "1": ()}

    def test_each_says_what_the_gate_said_and_what_it_was_judged_on(self, store):
        said = {version.number: version.tags for version in versions_of(store, "shop")}
        assert [said[n]["verdict"] for n in "123"] == ["not compared", "refused", "promoted"]
        assert [said[n]["reason"] for n in "23"] == ["Not promoted: level.", "Promoted: ahead."]
        assert [said[n]["against"] for n in "123"] == ["", "1", "1"]
        assert (said["2"]["as_of"], said["2"]["judged"]) == ("2025-04-01", "2025-04-01 to 2025-06-29")
        assert version_at(store, "shop", "2").description == "Five segments.\n\nNot promoted: level."

    def test_one_is_found_by_number_and_by_alias_and_loaded_with_its_name(self, store, small, shop, window):
        assert version_at(store, "shop", "champion") == version_at(store, "shop", "3")
        loaded = load_model("models:/shop@champion", store)
        assert (loaded.version, loaded.run_id) == ("3", version_at(store, "shop", "3").run_id)
        assert load_model("models:/shop/1", store).version == "1"
        assert loaded.scorer.facts == small.facts | DATA | {"model": "shop", "run_id": loaded.run_id}
        one, other = (scorer.score(shop, window.as_of) for scorer in (loaded.scorer, small))
        assert_frame_equal(one, other, check_exact=True)

    @pytest.mark.parametrize(
        ("uri", "expected"),
        [
            (
                "models:/shop/9",
                r"`9` of `shop`; expected a version or an alias of `shop` \(3 @challenger @champion, 2, 1",
            ),
            ("models:/shop@best", r"`best` of `shop`"),
            ("models:/nobody@champion", r"`nobody`; expected a registered model of .* \(shop\)"),
            ("models:/it's@champion", r"`it's`"),
            ("models:/shop", "expected models:/NAME@alias"),
            ("nowhere/at/all", "no such folder"),
        ],
    )
    def test_what_there_is_not_is_refused_with_what_there_is(self, store, uri, expected):
        with pytest.raises(InputError, match=expected):
            load_model(uri, store)

    def test_a_folder_without_a_store_stays_as_it_is(self, tmp_path):
        with pytest.raises(InputError, match="no MLflow store in"):
            names_of_models(tmp_path / "none")
        assert list(tmp_path.iterdir()) == []


class TestResumed:
    """An execution that was killed after it had registered its model, and is taken up again."""

    def test_the_same_version_stays_and_becomes_what_it_was_to_be(self, new_store, small):
        store = new_store()
        assert registered(store, small, NOBODY) == ["1"]
        promoted = Verdict(True, "Promoted: ahead.", "1")
        with suppress(KeyboardInterrupt), execution(store, "any", {}, "broken") as parent:
            register(parent, small, "shop", "", promoted, DATA)
            parent.client.set_registered_model_alias("shop", "champion", "1")  # as if it had not come so far
            raise KeyboardInterrupt
        with execution(store, "any", {}, "broken") as resumed:
            assert resumed.run_id == parent.run_id
            # Judged again beside itself it would be level.
            assert register(resumed, small, "shop", "", Verdict(False, "Not promoted: level.", "2"), DATA) == "2"
        assert [version.number for version in versions_of(store, "shop")] == ["2", "1"]
        version = version_at(store, "shop", "champion")
        assert (version.number, version.tags["reason"]) == ("2", "Promoted: ahead.")

    def test_nobody_is_overthrown_who_came_between(self, new_store, small):
        store = new_store()
        assert registered(store, small, NOBODY, Verdict(True, "", "1"), Verdict(True, "", "1")) == ["1", "2", "3"]
        assert version_at(store, "shop", "champion").number == "2"
        assert version_at(store, "shop", "challenger").number == "3"


class TestFormer:
    def test_it_is_the_champion_with_the_ids_that_are_free(self, store, small):
        known = former("shop", store)
        assert (known.version, known.lost, known.next_id) == ("3", False, small.facts["next_segment_id"])
        assert known.scorer is not None
        assert known.scorer.plan == small.plan

    def test_there_may_be_none(self, store, tmp_path):
        assert former("nobody", store).why_none == former("shop", tmp_path).why_none == "there is no champion yet"

    def test_one_whose_files_are_gone_is_lost(self, new_store, small):
        store = new_store()
        registered(store, small, NOBODY)
        for stored in store.rglob("*.skops"):
            stored.unlink()
        unreadable = former("shop", store)
        assert (unreadable.scorer, unreadable.lost, unreadable.version) == (None, True, "1")
        assert unreadable.why_none.startswith("the champion cannot be read (no file")


@pytest.fixture(scope="module")
def kept(address, small):
    """The run that registered a model on the server."""
    client = open_store(address)
    run = client.create_run(client.create_experiment("training"))
    parent = Execution(client, run.info.experiment_id, run.info.run_id)
    assert register(parent, small, "shop", "", NOBODY, DATA) == "1"
    return run.info.run_id


class TestServer:
    """A tracking server in the place of a folder."""

    def test_a_model_comes_from_it_as_from_a_folder(self, address, kept, small, shop, window):
        loaded = load_model("models:/shop@champion", address)
        assert (loaded.version, loaded.run_id) == ("1", kept)
        one, other = (scorer.score(shop, window.as_of) for scorer in (loaded.scorer, small))
        assert_frame_equal(one, other, check_exact=True)

    def test_it_needs_nothing_that_the_small_mlflow_lacks(self, address, kept):
        """Nothing is left behind either where the model's files are copied to."""
        code = f"""
import os, sys, tempfile
lacking = ["sqlalchemy", "alembic", "flask", "docker", "graphene", "gunicorn", "huey", "matplotlib"]
sys.modules |= dict.fromkeys(lacking)
tempfile.tempdir = tempfile.mkdtemp()
from clientscape.track.model import load_model
print(load_model("models:/shop@champion", {address!r}).version, os.listdir(tempfile.tempdir))
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
        assert done.stdout.strip() == "1 []", done.stderr

    def test_what_it_does_not_have_is_refused_with_what_it_has(self, address, kept):
        with pytest.raises(InputError, match=r"`other`; expected a registered model of http.* \(shop\)"):
            load_model("models:/other@champion", address)


class TestStores:
    def test_a_server_that_does_not_answer_may_do_so_later(self, monkeypatch):
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        with pytest.raises(UnableError, match=r"http://127\.0\.0\.1:9 .*a tracking server that answers"):
            names_of_models("http://127.0.0.1:9")

    def test_a_password_in_an_address_is_refused_and_not_repeated(self):
        with pytest.raises(InputError, match="MLFLOW_TRACKING_PASSWORD") as refused:
            names_of_models("https://anna:s3cret@mlflow.example.com")
        assert "s3cret" not in str(refused.value)
        assert "anna" not in str(refused.value)

    @pytest.mark.parametrize(("kind", "extra"), [("http://127.0.0.1:9", "registry"), ("folder", "train")])
    def test_without_mlflow_it_says_what_to_install(self, store, monkeypatch, kind, extra):
        monkeypatch.setitem(sys.modules, "mlflow", None)
        with pytest.raises(InputError, match=rf"pip install 'clientscape\[{extra}\]'"):
            load_model("models:/shop@champion", store if kind == "folder" else kind)
