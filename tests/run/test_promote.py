"""Who becomes champion: by what the gate said at training, by what it says afresh, or by a person's word."""

import getpass
from datetime import UTC, datetime

import pytest
from tests.run.registered import LEARNT, LEVEL, NOT_COMPARED, good_and_bad, versions
from typer.testing import CliRunner

from clientscape.evaluate.promotion import Verdict
from clientscape.run.cli import app
from clientscape.track.registry import version_at
from clientscape.track.store import open_store

AHEAD = Verdict(True, "Promoted: decline is ahead, nothing is behind.", "1")
AFRESH = ("--source", "sample", "--as-of", "2025-04-01")


@pytest.fixture(scope="module")
def models():
    return good_and_bad()


@pytest.fixture(scope="module")
def store(new_store, models):
    """A bad champion, a good challenger that was level with it at training, and one that was ahead of it."""
    good, bad = models
    folder = new_store()
    versions(folder, [(bad, NOT_COMPARED), (good, AHEAD), (good, LEVEL)])
    return folder


@pytest.fixture(autouse=True)
def as_it_was(store):
    open_store(store).set_registered_model_alias("shop", "champion", "1")


def promote(store, *words):
    return CliRunner().invoke(app, ["promote", "shop", *words, "--store", str(store)])


def champion(store):
    return version_at(store, "shop", "champion")


class TestByWhatWasSaidAtTraining:
    def test_one_that_was_ahead_of_the_champion_takes_its_place_and_says_so(self, store):
        done = promote(store, "--version", "2")
        assert done.exit_code == 0
        assert done.stdout == "champion of shop: version 2 (it was version 1)\n"
        tags = champion(store).tags
        assert champion(store).number == "2"
        assert (tags["promoted_instead_of"], tags["promoted_because"], tags["gate_said"]) == ("1", "", AHEAD.reason)
        assert tags["promoted_by"] == getpass.getuser()
        assert datetime.fromisoformat(tags["promoted_at"]).tzinfo == UTC

    def test_one_that_was_not_is_refused_and_nothing_changes(self, store):
        before = version_at(store, "shop", "challenger")
        refused = promote(store)
        assert refused.exit_code == 3
        assert refused.stdout == "champion of shop: version 1\n"
        assert "Not promoted: decline is level." in " ".join(refused.stderr.split())
        assert version_at(store, "shop", "challenger") == before
        assert champion(store).number == "1"

    def test_a_person_overrules_it_and_that_is_noted(self, store):
        done = promote(store, "--because", "the old one knows no loyalty points")
        assert done.exit_code == 0
        tags = champion(store).tags
        assert champion(store).number == "3"
        assert tags["promoted_because"] == "the old one knows no loyalty points"
        assert tags["gate_said"] == tags["reason"] == LEVEL.reason
        assert tags["verdict"] == "refused"

    def test_it_counts_only_beside_the_one_it_was_compared_with(self, store):
        open_store(store).set_registered_model_alias("shop", "champion", "3")
        refused = promote(store, "--version", "2")
        assert refused.exit_code == 3
        said = " ".join(refused.stderr.split())
        assert (
            "At training version 2 was compared with version 1, and the champion is version 3: judge it afresh" in said
        )
        refused = promote(store, "--version", "1")
        assert "version 1 was not compared with anybody, and the champion is version 3" in " ".join(
            refused.stderr.split()
        )

    def test_who_is_champion_stays_it(self, store):
        done = promote(store, "--version", "1")
        assert done.exit_code == 0
        assert "Version 1 is the champion already." in done.stderr
        assert done.stdout == "champion of shop: version 1\n"

    def test_where_there_is_no_champion_anybody_becomes_it(self, store):
        open_store(store).delete_registered_model_alias("shop", "champion")
        done = promote(store, "--version", "3")
        assert done.exit_code == 0
        assert done.stdout == "champion of shop: version 3\n"


class TestAfresh:
    def test_one_that_is_ahead_takes_the_place_whatever_was_said(self, store):
        done = promote(store, *AFRESH)
        assert done.exit_code == 0, done.stderr
        said = " ".join(done.stderr.split())
        assert "Promoted: decline is ahead, nothing is behind." in said
        for part in ("churn level (", "orders level (", "segments level ("):
            assert part in said
        assert champion(store).number == "3"
        assert champion(store).tags["judged_afresh"] == "sample 2025-04-01"

    def test_one_that_is_behind_is_refused(self, store):
        open_store(store).set_registered_model_alias("shop", "champion", "2")
        refused = promote(store, "--version", "1", *AFRESH)
        assert refused.exit_code == 3
        assert "Not promoted: decline is behind." in " ".join(refused.stderr.split())
        assert champion(store).number == "2"

    @pytest.mark.parametrize(
        ("as_of", "said"),
        [
            (str(LEARNT.replace(day=30)), "version 1 learnt from what was known by then"),
            ("2025-05-03", "an end at or before 2025-07-01, where the source ends"),
            ("2026-05-03", "a date after 2024-01-01 and at most 2025-07-01"),
        ],
    )
    def test_a_date_that_can_judge_nobody_is_refused(self, store, as_of, said):
        refused = promote(store, "--source", "sample", "--as-of", as_of)
        assert refused.exit_code == 2
        assert said in " ".join(refused.stderr.split())
        assert champion(store).number == "1"

    def test_source_and_date_go_together(self, store):
        refused = promote(store, "--source", "sample")
        assert refused.exit_code == 2
        assert "are given together" in refused.stderr

    def test_a_champion_that_cannot_be_read_is_replaced(self, new_store, models):
        good, bad = models
        store = new_store()
        versions(store, [(bad, NOT_COMPARED)])
        for parts in store.rglob("parts.skops"):
            parts.unlink()
        versions(store, [(good, NOT_COMPARED)])
        done = promote(store, *AFRESH)
        assert done.exit_code == 0
        assert "nobody can score with the old one: the champion cannot be read (no file)" in " ".join(
            done.stderr.split()
        )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "a registered model of"),
        (["shop", "--version", "7"], "3 @challenger, 2, 1 @champion"),
        (["shop", "--version", "best"], "`best` of `shop`"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(store, words, said):
    refused = CliRunner().invoke(app, ["promote", *words, "--store", str(store)])
    assert refused.exit_code == 2
    assert said in " ".join(refused.stderr.split())
