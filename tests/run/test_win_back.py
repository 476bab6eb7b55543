"""The command that lists whom to win back, on the sample by an exported model."""

import copy
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.executions import FAST, PLANTED
from typer.testing import CliRunner

from clientscape.activate.consent import channels, left_out
from clientscape.activate.reengage import COLUMNS, CONTACT, CONTROL
from clientscape.data.read import read
from clientscape.faults import InputError
from clientscape.run.cli import app
from clientscape.run.config import load_experiment
from clientscape.run.sources import load_source
from clientscape.run.win_back import Wanted, list_of, listed
from clientscape.track.model import load_model
from clientscape.window import day_number

AS_OF = date(2025, 6, 1)
MODEL = "models:/fast@champion"
# Told of each customer in place of his reasons.
REASONS = ["reason_1", "reason_2", "reason_3"]


@pytest.fixture(scope="module")
def sample():
    source, root = load_source("sample")
    return read(source, name="sample", root=root)[0]


@pytest.fixture(scope="module")
def loaded(planted):
    return load_model(MODEL, planted.store)


@pytest.fixture(scope="module")
def scores(loaded, sample):
    return loaded.scorer.score(sample, AS_OF).set_index("customer_id")


@pytest.fixture(scope="module")
def asked(loaded, sample):
    """A maker of lists."""

    def ask(suppressed=frozenset(), **wanted):
        return listed(loaded.scorer, sample, Wanted(AS_OF, **({"capacity": 8} | wanted)), set(suppressed))

    return ask


def command(planted, out, *words, capacity=8):
    given = ["reengage", "sample", "--model", MODEL, "--as-of", str(AS_OF), "--capacity", str(capacity)]
    return CliRunner().invoke(app, [*given, "--out", str(out), "--store", str(planted.store), *map(str, words)])


class TestTheCommand:
    @pytest.fixture
    def suppress(self, asked, tmp_path):
        """A list that has the first of whom else would be contacted."""
        path = tmp_path / "suppress.csv"
        first = asked(channel="email").table["customer_id"].iloc[0]
        pd.DataFrame({"customer_id": [first, "nobody"], "since": "2025-05-01"}).to_csv(path, index=False)
        return first, path

    def test_it_writes_the_list_and_says_what_one_should_know(
        self, planted, loaded, scores, sample, suppress, tmp_path
    ):
        first, path = suppress
        words = ("--channel", "email", "--suppress", path, "--control-share", "0.3", "--language", "de")
        result = command(planted, tmp_path / "one.csv", *words)
        assert result.exit_code == 0, result.output
        found = pd.read_csv(tmp_path / "one.csv", dtype={"customer_id": "str"}, keep_default_na=False)
        assert f"{len(found)} customers listed" in result.stdout
        told = " ".join(result.stderr.split())
        assert "left out: 1 for on the suppression list" in told
        assert "for no consent (email_consent)" in told
        assert "1 of 2 on the suppression list are no customers of this source (nobody)" in told
        at = list(COLUMNS).index("reasons")
        assert list(found) == [*COLUMNS[:at], *REASONS, *COLUMNS[at + 1 :], "model_version", "run_id"]
        assert set(found["run_id"]) == {planted.parent.info.run_id}
        assert found["model_version"].astype(str).unique().tolist() == [loaded.version] == ["1"]
        assert 0 < (found["group"] == CONTACT).sum() <= 8
        assert found["group"].isin([CONTACT, CONTROL]).all()
        assert first not in set(found["customer_id"])
        known = scores.loc[found["customer_id"]]
        for column in ("expected_profit", "value_at_risk"):
            assert found[column].to_numpy() == pytest.approx(known[column].to_numpy(), abs=0.005)
        assert (known["expected_profit"] > 0).all()
        assert found["segment"].tolist() == known["segment"].tolist()
        why = left_out(sample, found["customer_id"], day_number(AS_OF), channel="email", suppressed={first})
        assert (why == "").all()
        assert (
            found["reason_1"]
            .str.contains(r"\b(?:Tage[n]?|Bestell|Einkauf|Umsatz|kauft|gekauft|bestellt)", regex=True)
            .all()
        )
        again = command(planted, tmp_path / "two.csv", *words)
        assert again.exit_code == 0
        assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()

    @pytest.mark.parametrize(
        ("capacity", "words", "said"),
        [
            (0, [], ["--capacity found 0", "expected 1 or more", "write how many can be contacted"]),
            (-3, ["--language", "fr"], ["for 2 reason(s)", "--capacity found -3", "--language found `fr`", "en or de"]),
            (100000, [], ["capacity found 100000", "as so many customers are eligible"]),
            (5, ["--control-share", "1"], ["--control-share found 1", "below 1"]),
            (
                *(0, ["--control-share", "-0.5", "--suppress", "nowhere.csv", "--language", "fr"]),
                ["for 4 reason(s)", "--capacity", "--control-share found -0.5", "--language", "--suppress nowhere.csv"],
            ),
            (
                5,
                ["--channel", "carrier-pigeon"],
                ["--channel found `carrier-pigeon`", "expected one of app, email, web"],
            ),
            (5, ["--suppress", "nowhere.csv"], ["--suppress nowhere.csv", "a CSV with a column customer_id"]),
            (5, ["--suppress", "README.md"], ["--suppress README.md", "name the column"]),
            (5, ["--model", "models:/nobody@champion"], ["models:/nobody@champion", "run an experiment first"]),
            (5, ["--as-of", "2025-07-02"], ["score.as_of", "at most 2025-07-01"]),
        ],
    )
    def test_what_cannot_be_listed_is_refused_with_the_cure_and_nothing_is_written(
        self, capacity, words, said, planted, tmp_path
    ):
        out = tmp_path / "lists" / "out.csv"
        result = command(planted, out, *words, capacity=capacity)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        assert "Traceback" not in result.output
        text = " ".join(result.stderr.split())
        for word in said:
            assert word in text
        assert not out.parent.exists()


class TestTheList:
    def test_the_capacity_counts_contacts_and_the_control_group_comes_on_top(self, asked):
        found = asked(capacity=5, control_share=0.4).table
        assert (found["group"] == CONTACT).sum() == 5
        assert found["group"].iloc[-1] == CONTACT
        assert 0 < (found["group"] == CONTROL).sum() < 15
        assert found["rank"].tolist() == list(range(1, len(found) + 1))
        assert asked(capacity=5, control_share=0.0).table["group"].tolist() == [CONTACT] * 5

    def test_another_salt_draws_another_control_group_of_the_same_customers(self, asked):
        one, same, other = (asked(capacity=20, control_share=0.5, salt=salt).table for salt in ("a", "a", "b"))
        pd.testing.assert_frame_equal(one, same, check_exact=True)
        both = one.merge(other, on="customer_id", suffixes=("", "_other"))
        assert len(both) > 5
        assert (both["group"] != both["group_other"]).any()
        assert both["expected_profit"].equals(both["expected_profit_other"])

    def test_consent_counts_for_the_channel_and_is_told(self, asked, sample):
        found = asked(capacity=30, channel="email")
        people = sample.customers.set_index("customer_id")["email_consent"]
        assert people[found.table["customer_id"]].all()
        assert found.left_out["no consent (email_consent)"] > 0
        assert not any("tells nothing of consent" in note for note in found.notes)

    def test_where_the_source_names_no_channel_any_may_be_asked_for_and_that_is_told(self, loaded, sample):
        silent = replace(sample, customers=sample.customers.drop(columns="email_consent"), touches=None)
        found = listed(loaded.scorer, silent, Wanted(AS_OF, 30, channel="post"), set())
        people = sample.customers.set_index("customer_id")["email_consent"]
        assert not people[found.table["customer_id"]].all()
        assert any("tells nothing of consent" in note for note in found.notes)

    def test_a_channel_that_the_source_does_not_know_is_refused_however_a_known_one_is_written(self, asked, sample):
        assert asked(channel="EMAIL").table.equals(asked(channel="email").table)
        with pytest.raises(InputError, match=r"--channel: found `e-mail`; expected one of .*email") as caught:
            asked(channel="e-mail")
        for channel in channels(sample):
            assert channel in caught.value.faults[0].expected

    def test_names_that_are_no_customers_are_told(self, asked, sample):
        known = sample.transactions["customer_id"].iloc[0]
        strange = {"c-4", "c-3", "c-2", "c-1"}
        said = "4 of 5 on the suppression list are no customers of this source (c-1, c-2, c-3)"
        assert said in asked(suppressed=strange | {known}).notes
        assert not any("suppression list" in note for note in asked(suppressed={known}).notes)

    def test_a_model_without_a_forecast_of_decline_is_refused_with_what_its_data_lacked(self, loaded, sample):
        scorer = copy.copy(loaded.scorer)
        scorer.parts = scorer.parts | {"decline": None}
        decline = replace(scorer.plan.decline, classifier=None, lacking="There are 3 eligible customers.")
        scorer.plan = replace(scorer.plan, decline=decline)
        with pytest.raises(InputError) as caught:
            listed(scorer, sample, Wanted(AS_OF, 5, channel="e-mail"), set())
        lacking, channel = caught.value.faults
        assert (lacking.where, channel.where) == ("--model", "--channel")
        assert lacking.found == "no forecast of decline: There are 3 eligible customers."

    def test_of_a_run_it_has_its_columns_when_nobody_can_be_listed(self, sample, scores):
        experiment = load_experiment(PLANTED, [FAST], [])
        nobody = list_of(experiment, sample, scores.reset_index().assign(expected_profit=np.nan))
        assert nobody.empty
        at = list(COLUMNS).index("reasons")
        assert list(nobody) == [*COLUMNS[:at], *REASONS, *COLUMNS[at + 1 :]]

    def test_who_is_suppressed_is_left_out_and_the_next_moves_up(self, asked):
        before = asked(control_share=0.0).table["customer_id"].tolist()
        found = asked(suppressed=before[:2], control_share=0.0)
        assert found.table["customer_id"].tolist()[: len(before) - 2] == before[2:]
        assert found.left_out["on the suppression list"] == 2

    def test_a_list_that_stays_short_says_why(self, asked, scores):
        n_pay = int((scores["expected_profit"] > 0).sum())
        n_eligible = int(scores["p_decline"].notna().sum())
        found = asked(capacity=n_eligible)
        n = int((found.table["group"] == CONTACT).sum())
        assert n < n_pay < n_eligible
        assert found.notes[0].startswith(f"{n} contacts of {n_eligible}: of {n_pay} customers a contact is expected")

    def test_reasons_are_sentences_of_the_language_asked_with_the_same_numbers(self, asked):
        english, german = (asked(capacity=20, language=language).table for language in ("en", "de"))
        assert asked(capacity=20).table.equals(english)  # the model's own
        assert english.drop(columns=REASONS).equals(german.drop(columns=REASONS))
        for name in REASONS:
            told = english[name] != ""
            assert (german[name] != "").equals(told)
            assert (english[name] != german[name])[told].all()
        assert (english["reason_1"] != "").mean() > 0.5

    def test_a_customer_alone_is_listed_as_in_company(self, asked, loaded, sample, with_lines):
        company = asked(control_share=0.0).table
        who = company["customer_id"].iloc[3]
        log = sample.transactions
        alone = with_lines(sample, log[log["customer_id"] == who])
        found = listed(loaded.scorer, alone, Wanted(AS_OF, 1, control_share=0.0), set()).table
        pd.testing.assert_frame_equal(
            found.drop(columns="rank"), company.iloc[[3]].drop(columns="rank").reset_index(drop=True), rtol=1e-9
        )

    def test_who_unsubscribed_is_left_out(self, asked, loaded, sample):
        first = asked(control_share=0.0).table["customer_id"].iloc[0]
        row = sample.touches.iloc[[0]].assign(customer_id=first, kind="unsubscribed", day=day_number(AS_OF) - 1)
        for shift, there in ((0, False), (1, True)):
            touches = pd.concat([sample.touches, row.assign(day=row["day"] + shift)], ignore_index=True)
            found = listed(loaded.scorer, replace(sample, touches=touches), Wanted(AS_OF, 8, control_share=0.0), set())
            assert (first in set(found.table["customer_id"])) == there
