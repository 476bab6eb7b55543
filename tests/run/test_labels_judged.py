"""Churn and decline in the contest of a small shop: dates, searches, what is lacking, and what is said in the end."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from tests.executions import FAST, PLANTED

from clientscape.catalog import Use
from clientscape.evaluate.profit import profit
from clientscape.faults import InputError
from clientscape.run import asked, risk_outcome
from clientscape.run.asked import ask, called, judged_windows, label_uses
from clientscape.run.config import load_experiment
from clientscape.run.contests import Trial, snapshot
from clientscape.run.doing import Doing
from clientscape.run.experiment import run_experiment, window_of
from clientscape.run.names import uses
from clientscape.run.risk_outcome import (
    exported,
    judgement_table,
    labels_table,
    policies_table,
    risk_notes,
    risk_of,
    said_now,
)
from clientscape.run.risks import came_of, campaign_of, forecasts_of_labels

SMALL_SHOP = (
    "segments.truth=null",
    "window={lookback_days: 180, horizon_days: 60}",
    "lifetime=same_rate",
    "churn.decline_label=spend_decline",
    "churn.columns=[recency_days, n_order_days, spend_total]",
    "churn.learn_from={origins: 4, every_days: 60}",
    "churn.classifiers=[{use: boosted_trees, max_iter: 15}]",
    "churn.baselines=[recency]",
    "churn.least_customers=20",
    "churn.least_yes=5",
)


@pytest.fixture(scope="module", autouse=True)
def snapshots_taken_once():
    """Of one log at one window, for all tests together: they ask the same features."""
    known = {}

    def take(experiment, tables, window):
        key = id(tables), window
        if key not in known:
            known[key] = tables, snapshot(experiment, tables, window)  # the log is held, as its id is
        return known[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asked, "snapshot", take)
        yield


def experiment_of(*sets):
    return load_experiment(PLANTED, [FAST], [*SMALL_SHOP, *sets])


def questions_of(tables, *sets):
    experiment = experiment_of(*sets)
    window = window_of(experiment, tables)
    now, then = (snapshot(experiment, tables, at) for at in (window, window.before()))
    return experiment, ask(experiment, tables, now, then)


def contest(tables, *sets):
    """Questions of an experiment, every trial of theirs, and what is said of them."""
    experiment, questions = questions_of(tables, *sets)
    columns = experiment.churn.columns
    open_ones = [question for question in questions if not question.lacking]
    steps = list(itertools.chain(*(forecasts_of_labels(experiment, question, columns) for question in open_ones)))
    trials = [step for step in steps if isinstance(step, Trial)]
    said = list(risk_notes(experiment, questions, trials))
    return SimpleNamespace(experiment=experiment, questions=questions, trials=trials, steps=steps, said=said)


def lacking(tables, part, *sets):
    """Why there is no model of a part."""
    return next(question.lacking for question in questions_of(tables, *sets)[1] if question.part == part)


class TestDates:
    def test_without_a_list_up_to_two_horizons_before_are_judged_too(self, shop):
        found = {}
        for horizon in (60, 90, 150):
            sets = (f"window={{lookback_days: 120, horizon_days: {horizon}, as_of: 2025-02-01}}",)
            experiment = experiment_of("churn.judged_also_at=null", *sets)
            found[horizon] = [str(at.as_of) for at in judged_windows(experiment, window_of(experiment, shop))]
        assert found == {
            60: ["2025-02-01", "2024-12-03", "2024-10-04"],
            90: ["2025-02-01", "2024-11-03", "2024-08-05"],
            150: ["2025-02-01"],  # one horizon earlier there would be none to learn from
        }

    @pytest.mark.parametrize("every_days", [1, 30, 77])
    def test_every_lesson_of_every_label_has_ended_by_the_date_it_is_judged_at(self, shop, every_days):
        sets = (f"churn.learn_from={{origins: 3, every_days: {every_days}}}", "churn.judged_also_at=[2025-02-10]")
        _, questions = questions_of(shop, *sets, "churn.also=[value_decline, rhythm_break]")
        assert [question.part for question in questions] == ["churn", "decline", "value_decline", "rhythm_break"]
        for question in questions:
            assert [judged.name for judged in question.dates] == ["2025-04-01", "2025-02-10"]
            for judged in question.dates:
                ends = [seen.window.end for seen in judged.lessons]
                assert ends == sorted(ends)
                assert ends[-1] == judged.window.as_of
                assert len(set(ends)) == len(ends) == 3
                assert judged.test.window == judged.window
                for seen in judged.lessons:
                    assert (seen.X["as_of"].dt.date == seen.window.as_of).all()

    def test_a_date_with_too_little_is_left_out_and_told(self, shop):
        found = contest(shop, "churn.judged_also_at=[2025-03-01, 2024-08-05]")
        told = [note for note in found.said if "is not judged at 2024-08-05" in note]
        assert told == [
            f"{label} is not judged at 2024-08-05: 217 days of history before 2024-08-05, where 240 are needed to "
            "learn from a horizon of 60 days that has ended by then."
            for label in ("no_order", "spend_decline")
        ]
        assert {trial.params["judged_at"] for trial in found.trials} == {"2025-04-01, 2025-03-01"}
        assert set(judgement_table(found.questions, found.trials)["n_dates"]) == {2}


class TestTooLittle:
    """There is no model but a sentence; what it needs can be reckoned from it."""

    def test_too_few_customers(self, shop):
        said = lacking(shop, "churn", "churn.least_customers=500")
        assert "there are 180 eligible customers; at least 500 are needed." in said
        assert said.startswith("To learn from, as of 2024-08-04, 2024-10-03, 2024-12-02, 2025-01-31")

    def test_nobody_for_whom_it_came_true(self, shop, window, with_lines):
        """Of those alone who ordered in every horizon that is looked at."""
        log = shop.transactions
        block = (log["day"] - window.as_of_day) // 60
        blocks = block[block.between(-4, 0)].groupby(log["customer_id"]).nunique()
        faithful = with_lines(shop, log[log["customer_id"].isin(blocks.index[blocks == 5])])
        said = lacking(faithful, "churn")
        assert "To judge by, as of 2025-04-01, there are 0 customers for whom the label came true; at least 5" in said
        assert said.count("there are 0 customers for whom the label came true") == 2
        assert "did not come true" not in said
        assert "eligible" not in said

    def test_everybody_for_whom_it_came_true(self, shop, window, with_lines):
        """A shop that closed three months ago."""
        log = shop.transactions
        closed = with_lines(shop, log[log["day"] < window.as_of_day - 60])
        said = lacking(closed, "churn")
        assert "To judge by, as of 2025-04-01, there are 0 customers for whom it did not come true" in said
        assert "eligible customers" not in said

    @pytest.mark.parametrize(("horizons", "needed"), [(7, 480), (9, 600)])
    def test_a_history_that_is_shorter_than_the_label_needs(self, shop, horizons, needed):
        label = f"churn.decline_label={{use: value_decline, min_horizons: {horizons}}}"
        said = lacking(shop, "decline", label)
        assert said.startswith(f"456 days of history before 2025-04-01, where {needed} are needed to learn from")
        assert not lacking(shop, "churn", label)

    def test_it_is_said_and_the_risk_has_no_classifier(self, shop):
        found = contest(shop, "churn.decline_label={use: value_decline, min_horizons: 9}")
        assert {trial.contest for trial in found.trials} == {"churn"}
        (told,) = [note for note in found.said if note.startswith("No forecast of value_decline: 456 days of history")]
        columns = found.experiment.churn.columns
        risk = risk_of(found.experiment, found.questions, found.trials, "decline", columns)
        assert risk.classifier is None
        assert told == f"No forecast of value_decline: {risk.lacking}"
        assert policies_table(found.experiment, found.trials).empty
        assert labels_table(found.experiment, found.questions, found.trials)["label"].tolist() == ["no_order"]

    def test_dates_before_anybody_ordered_teach_nothing(self, shop, with_lines):
        """The source covers more than half a year in which there was no customer yet."""
        late = with_lines(shop, shop.transactions[shop.transactions["day"] > 20_000])  # from 2024-10-05 on
        sets = ("window.lookback_days=60", "churn.learn_from={origins: 5, every_days: 60}")
        both = ("churn.decline_label=no_order", "churn.judged_also_at=[2024-09-01]")
        _, questions = questions_of(late, *sets, *both)
        for question in questions:
            learnt = [seen.window.as_of for seen in question.now.lessons]
            assert learnt == [date(2025, 1, 31) - timedelta(days=60 * k) for k in (1, 0)]
            assert question.left_out == [
                f"{question.label} is not judged at 2024-09-01: nobody ordered in the window before 2024-09-01."
            ]

    def test_who_came_too_late_for_a_horizon_to_have_ended(self, shop, with_lines):
        late = with_lines(shop, shop.transactions[shop.transactions["day"] > 20_130])  # from 2025-02-12 on
        experiment = experiment_of("churn.also=[]")
        window = window_of(experiment, late)
        now = snapshot(experiment, late, window)
        for question in ask(experiment, late, now, now):
            assert question.lacking == (
                "nobody ordered early enough before 2025-04-01 to learn from a horizon of 60 days "
                "that has ended by then."
            )


class TestNames:
    """A label is called by its function, with its settings where two labels share that."""

    def names(self, *sets):
        experiment = experiment_of(*sets)
        return {part: called(experiment, part) for part in label_uses(experiment)}

    def test_alone_the_function_is_enough(self):
        assert self.names("churn.also=[{use: rhythm_break, quantile: 0.2}]") == {
            "churn": "no_order",
            "decline": "spend_decline",
            "rhythm_break(quantile=0.2)": "rhythm_break",
        }

    def test_two_of_a_kind_tell_their_settings(self):
        decline = "churn.decline_label={use: spend_decline, share: 0.5}"
        also = "churn.also=[{use: spend_decline, share: 0.3}, {use: spend_decline, share: 0.5}, value_decline]"
        names = self.names(decline, also)  # what is exported is not asked twice
        assert list(names) == ["churn", "decline", "spend_decline(share=0.3)", "value_decline"]
        assert len(set(names.values())) == 4
        assert names["decline"] == "spend_decline_0.5"
        assert names["spend_decline(share=0.3)"] == "spend_decline_0.3"


def candidate(name, part="decline", by="average_precision_score", **values):
    """A trial with a metric at dates, the window's own first, and their mean."""
    values = {day.replace("_", "-").strip("d"): value for day, value in values.items()}
    metrics = {f"{day}/{by}": value for day, value in values.items()} | {by: np.mean(list(values.values()))}
    said = dict.fromkeys(values, np.zeros(1))
    return Trial(part, f"{name} {part}", name, {}, metrics, "", Use(name), said=said)


class TestWhatIsExported:
    def test_it_is_chosen_at_the_dates_before_the_one_it_is_judged_at(self):
        lucky = candidate("lucky", d2025_04_01=0.9, d2025_03_01=0.3, d2025_02_01=0.3)
        steady = candidate("steady", d2025_04_01=0.1, d2025_03_01=0.3, d2025_02_01=0.4)
        elsewhere = candidate("elsewhere", "churn", d2025_04_01=0.9, d2025_03_01=0.9, d2025_02_01=0.9)
        assert exported(experiment_of(), [elsewhere, lucky, steady], "decline") is steady

    def test_with_no_other_date_it_is_chosen_at_its_own(self):
        lucky, steady = candidate("lucky", d2025_04_01=0.9), candidate("steady", d2025_04_01=0.1)
        assert exported(experiment_of(), [steady, lucky], "decline") is lucky

    def test_a_loss_is_better_when_lower_and_of_no_candidate_there_is_none(self):
        experiment = experiment_of("churn.choose_by=brier_loss")
        high, low = (
            candidate(name, by="brier_loss", d2025_04_01=1 - loss, d2025_03_01=loss)
            for name, loss in (("high", 0.3), ("low", 0.2))
        )
        assert exported(experiment, [high, low], "decline") is low
        assert exported(experiment, [high, low], "churn") is None


@pytest.mark.parametrize("capacity", [100, 5000])
def test_more_contacts_than_eligible_customers_are_refused_before_anything_runs(shop, capacity):
    experiment = experiment_of(f"campaign.capacity={capacity}")
    steps = run_experiment(experiment, shop)
    if capacity == 100:
        next(steps)
    else:
        with pytest.raises(InputError, match=rf"campaign\.capacity: found {capacity}; expected at most the 132 who"):
            next(steps)


SEARCH = "churn.search={trials: 4, settings: {boosted_trees: {max_leaf_nodes: [2, 4, 6], learning_rate: [0.01, 0.1]}}}"


class TestSearch:
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, shop):
        return contest(shop, SEARCH, "churn.judged_also_at=[2025-03-01]")

    def tries(self, found, day="2025-04-01"):
        return [t for t in found.trials if t.contest == "search" and t.params["learnt_before"] == day]

    def test_every_try_is_a_trial_of_its_own_with_its_settings(self, found):
        searched = [trial for trial in found.trials if trial.contest == "search"]
        assert len({trial.key() for trial in searched}) == len({trial.name for trial in searched}) == len(searched)
        for trial in searched:
            assert set(trial.params) == {
                *("label", "use", "max_iter", "max_leaf_nodes", "learning_rate", "learnt_before")
            }
            assert set(trial.metrics) == {"average_precision_score"}
            assert trial.use.settings["max_iter"] == 15
        for day in ("2025-04-01", "2025-03-01"):
            assert [t.params["label"] for t in self.tries(found, day)].count("no_order") in (2, 3, 4)
        first = self.tries(found)[0].params
        assert (first["max_leaf_nodes"], first["learning_rate"]) == (8, 0.04)  # what the config has

    def test_the_best_is_what_is_judged_and_exported(self, found):
        columns = found.experiment.churn.columns
        for part, label in (("churn", "no_order"), ("decline", "spend_decline")):
            tried = [t for t in self.tries(found) if t.params["label"] == label]
            best = max(tried, key=lambda trial: trial.metrics["average_precision_score"])
            (judged,) = [t for t in found.trials if t.contest == part and t.params["kind"] == "model"]
            own = uses(found.experiment.churn.classifiers)[0]
            assert said_now(judged).use == (own if best is tried[0] else best.use)
            risk = risk_of(found.experiment, found.questions, [judged], part, columns)
            assert risk.classifier == said_now(judged).use

    def test_nothing_after_the_date_is_seen_and_the_seed_decides(self, found, shop, window, with_lines):
        log, rng = shop.transactions, np.random.default_rng(2)
        ahead = (log["day"] >= window.as_of_day).to_numpy()
        changed = log.copy()
        changed.loc[ahead, "customer_id"] = rng.permutation(log.loc[ahead, "customer_id"])
        other = contest(with_lines(shop, changed), SEARCH)
        known, again = ([(t.name, t.params, t.metrics) for t in self.tries(each)] for each in (found, other))
        assert len(known) > 4
        assert again == known
        judged, changed_too = (
            [t.metrics["2025-04-01/roc_auc_score"] for t in found.trials if t.contest == "churn"],
            [t.metrics["roc_auc_score"] for t in other.trials if t.contest == "churn"],
        )
        assert judged != changed_too


class TestNotes:
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, shop):
        return contest(shop, "churn.also=[value_decline]", "churn.judged_also_at=[2025-03-01]", "campaign.capacity=20")

    def test_steps_are_told_as_they_go(self, found):
        told = [step.what for step in found.steps if isinstance(step, Doing)]
        assert told[0] == "no_order: boosted_trees_15"
        assert len(told) == len(found.trials) == 6

    def test_the_share_that_chance_alone_gives_stands_beside_every_label(self, found):
        for question in found.questions:
            model = next(t for t in found.trials if t.contest == question.part and t.params["kind"] == "model")
            rates = [judged.null_rate for judged in question.dates]
            assert model.metrics["null_rate"] == pytest.approx(np.mean(rates))
            assert 0 <= model.metrics["null_rate"] <= 1
            chance = f"if nobody changed, chance alone would make it {np.mean(rates):.1%}."
            (told,) = [note for note in found.said if note.startswith(f"{question.label} comes true for ")]
            assert chance in told

    def test_who_is_ahead_of_the_rules_is_told_of_every_label(self, found):
        for question in found.questions:
            (told,) = [note for note in found.said if note.startswith(f"{question.label}: the best model")]
            assert "the best simple rule (recency)" in told
            assert "mean over 2 dates" in told

    def test_whose_forecast_is_exported_is_told_and_that_its_date_had_no_say_in_it(self, found):
        for part in ("churn", "decline"):
            (told,) = [note for note in found.said if note.startswith(f"p_{part} is that of ")]
            best = exported(found.experiment, found.trials, part).family
            assert told == f"p_{part} is that of {best}, the best of 2 at 2025-03-01; 2025-04-01 had no say in that."

    def test_with_one_date_alone_that_is_told_too(self, found):
        alone = [replace(t, said={"2025-04-01": t.said["2025-04-01"]}) for t in found.trials]
        said = list(risk_notes(found.experiment, found.questions, alone))
        (told,) = [note for note in said if note.startswith("p_churn is that of ")]
        assert told.endswith(", the best of 2 at 2025-04-01, which flatters it a little.")

    def test_a_small_loss_is_no_minus_nothing(self, found, monkeypatch):
        table = policies_table(found.experiment, found.trials)
        small = table.assign(low=-0.4, middle=-0.2, high=0.3)
        monkeypatch.setattr(risk_outcome, "policies_table", lambda *_: small)
        (told,) = [n for n in risk_notes(found.experiment, found.questions, found.trials) if n.startswith("Contacting")]
        assert "-0" not in told
        assert "would have brought 0 (0 to 0)" in told

    def test_what_was_so_a_year_ago_is_looked_up_only_to_calibrate(self, found):
        experiment, question = experiment_of("churn.calibrate=false"), found.questions[0]
        again = replace(question, dates=[replace(question.now)])
        *_, trial = forecasts_of_labels(experiment, again, experiment.churn.columns)
        assert said_now(trial).learnt.calibration.kind == "none"
        assert "year_ago" not in vars(again.now)
        assert "year_ago" in vars(question.now)

    def test_means_and_spread_are_over_the_dates(self, found):
        for trial in found.trials:
            each = [trial.metrics[f"{day}/roc_auc_score"] for day in ("2025-04-01", "2025-03-01")]
            assert trial.metrics["roc_auc_score"] == pytest.approx(np.mean(each))
            assert trial.metrics["roc_auc_score_sd"] == pytest.approx(np.std(each, ddof=1))

    def test_contacting_at_random_brings_the_exact_mean(self, found):
        table = policies_table(found.experiment, found.trials).set_index("policy")
        best = exported(found.experiment, found.trials, "decline")
        declined, lost = came_of(said_now(best))
        each = profit(declined.astype(float), lost, campaign_of(found.experiment))
        n = table.loc["model", "n_contacted"]
        assert 0 < n <= 20
        assert table.loc["at random", "n_contacted"] == table.loc["recency", "n_contacted"] == n
        assert table.loc["at random", "middle"] == pytest.approx(n * each.mean())
        draws = np.random.default_rng(1)
        drawn = [each[draws.choice(len(each), n, replace=False)].sum() for _ in range(4000)]
        assert table.loc["at random", "middle"] == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 63)
        assert table.loc["everyone", "middle"] == pytest.approx(each.sum())
        assert table.loc["nobody", ["low", "middle", "high"]].tolist() == [0, 0, 0]
        (told,) = [note for note in found.said if note.startswith(f"Contacting the {n} flagged would have brought ")]
        assert f"at random {table.loc['at random', 'middle']:,.0f} (" in told

    def test_what_is_judged_beside_them_is_not_exported(self, found):
        table = judgement_table(found.questions, found.trials)
        assert table["label"].unique().tolist() == ["no_order", "spend_decline", "value_decline"]
        columns = found.experiment.churn.columns
        risks = [
            risk_of(found.experiment, found.questions, found.trials, part, columns) for part in ("churn", "decline")
        ]
        assert [risk.label.use for risk in risks] == ["no_order", "spend_decline"]
