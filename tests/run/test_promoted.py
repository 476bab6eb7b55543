"""Whether a new model takes the champion's place: both judged on one shop, and what the registry then says."""

import itertools
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from tests.executions import FAST, PLANTED

from clientscape.catalog import Use
from clientscape.churn.calibration import Calibrated
from clientscape.run.asked import ask
from clientscape.run.config import load_experiment
from clientscape.run.contests import Trial, snapshot
from clientscape.run.experiment import window_of
from clientscape.run.foreseen import horizons
from clientscape.run.promote import challenger_at
from clientscape.run.promoted import judged, promotion
from clientscape.run.risk_outcome import exported, risk_of, said_now
from clientscape.run.risks import campaign_of, forecasts_of_labels
from clientscape.scorer.former import Former
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import Plan

PARTS = ("churn", "decline")
SETS = (
    "segments.truth=null",
    "window={lookback_days: 180, horizon_days: 60}",
    "lifetime=same_rate",
    "churn.decline_label=no_order",  # what this shop's columns tell most of
    "churn.classifiers=[logistic]",
    "churn.baselines=[recency]",
    "churn.columns=[recency_days, n_order_days, spend_total]",
    "churn.judged_also_at=[2025-03-01]",
)


@pytest.fixture(scope="module")
def new(shop):
    """A challenger, with what a run knows of it when it asks for the verdict."""
    experiment = load_experiment(PLANTED, [FAST], SETS)
    window = window_of(experiment, shop)
    now, then = (snapshot(experiment, shop, at) for at in (window, window.before()))
    questions = ask(experiment, shop, now, then)
    columns = experiment.churn.columns
    steps = itertools.chain(*(forecasts_of_labels(experiment, question, columns) for question in questions))
    trials = [step for step in steps if isinstance(step, Trial)]
    best = {part: exported(experiment, trials, part) for part in PARTS}
    churn, decline = (risk_of(experiment, questions, trials, part, columns) for part in PARTS)
    plan = Plan(
        features=[Use(column) for column in columns],
        lifetime=Use("same_rate"),
        segment_columns=columns,
        space=Use("log_standard"),
        clusterer=Use("kmeans", {"n_segments": 3}),
        rules=Use("putler11"),
        stages=Use("lifecycle"),
        churn=churn,
        decline=decline,
        campaign=campaign_of(experiment),
        lookback_days=180,
        horizon_days=60,
        seed=7,
        risk_origins=experiment.churn.learn_from.origins,
        risk_every_days=experiment.churn.learn_from.every_days,
    )
    learnt = {part: said_now(best[part]).learnt for part in PARTS}
    scorer = Scorer(plan).fit_snapshots(shop, now, then, learnt)
    ahead = horizons(experiment, shop, now, then)
    scores = scorer.score_snapshot(now)
    return SimpleNamespace(
        scorer=scorer, plan=plan, best=best, tables=shop, ahead=ahead, scores=scores, window=window, learnt=learnt
    )


def against(new, champion, **other):
    """The verdict on the challenger beside a champion."""
    given = {"scorer": new.scorer, "scores": new.scores, "best": new.best} | other
    return promotion(Former(champion, ""), tables=new.tables, ahead=new.ahead, **given)


def fitted(new, plan, window=None):
    return Scorer(plan).fit(new.tables, window or new.window)


def turned(new):
    """The same model, but what raises its forecast of decline should lower it."""
    champion = Scorer(new.plan)
    wrong = Calibrated(new.scorer.parts["decline"].model, slope=-1.0)
    champion.parts, champion.facts = new.scorer.parts | {"decline": wrong}, new.scorer.facts
    return champion


class TestTheVerdict:
    def test_the_same_model_again_is_level_in_all_and_not_promoted(self, new):
        found = against(new, new.scorer)
        assert not found.promoted
        assert found.reason.startswith("Not promoted: decline is level.")
        for part in ("churn", "decline", "orders", "segments"):
            assert f"{part} level (" in found.reason
        assert "95% interval of the difference +0.000 to +0.000" in found.reason

    def test_a_champion_whose_forecast_of_decline_points_the_wrong_way_is_beaten(self, new):
        found = against(new, turned(new))
        assert found.promoted
        assert found.reason.startswith("Promoted: decline is ahead, nothing is behind.")
        assert "churn level" in found.reason

    def test_who_is_behind_elsewhere_stays_where_he_is(self, new):
        """Ahead in decline; its orders are far off."""
        off = new.scores.assign(expected_orders=50.0)
        found = against(new, turned(new), scores=off)
        assert not found.promoted
        assert found.reason.startswith("Not promoted: orders is behind.")
        assert "decline ahead" in found.reason

    def test_another_label_cannot_be_compared(self, new):
        other = replace(new.plan, decline=replace(new.plan.decline, label=Use("spend_decline")))
        found = against(new, fitted(new, other))
        assert found.reason.startswith("Not promoted: decline is not comparable.")
        assert "it is no_order over 60 days and the champion's is spend_decline over 60 days" in found.reason

    def test_another_horizon_cannot_be_compared(self, new):
        shorter = replace(new.plan, horizon_days=30)
        found = against(new, fitted(new, shorter, replace(new.window, horizon_days=30)))
        assert "decline not comparable, as it is no_order over 60 days and the champion's is no_order over 30" in (
            found.reason
        )
        assert "orders not comparable, as they are over 60 days and the champion's over 30" in found.reason

    def test_what_a_champion_has_learnt_from_cannot_judge_it(self, new):
        later = fitted(new, new.plan, replace(new.window, as_of=date(2025, 4, 20)))
        found = against(new, later)
        assert not found.promoted
        assert found.reason.count("the champion learnt from what was known on 2025-04-20, after 2025-0") == 4

    def test_labels_are_compared_at_the_window_s_own_date_alone(self, new):
        """Before either learnt: at 2025-03-01, where the new one was chosen, it would be flattered."""
        trial = new.best["decline"]
        now, earlier = trial.fitted.items()
        assert [said.judged.window.as_of for _, said in (now, earlier)] == [date(2025, 4, 1), date(2025, 3, 1)]
        champion = turned(new)
        champion.facts = champion.facts | {"as_of": "2025-02-01"}  # it has seen nothing of either date
        backwards = replace(earlier[1], p=1.0 - earlier[1].p)
        fitted = {"both": (now, earlier), "alone": (now,), "wrong once": (now, (earlier[0], backwards))}
        found = {
            name: against(new, champion, best=new.best | {"decline": replace(trial, fitted=dict(rows))})
            for name, rows in fitted.items()
        }
        assert found["both"].promoted
        assert found["both"] == found["alone"] == found["wrong once"]

    def test_a_champion_that_cannot_score_these_customers_is_not_compared_and_that_is_said(self, new):
        elsewhere = Scorer(new.plan)
        elsewhere.parts, elsewhere.facts = new.scorer.parts, new.scorer.facts | {"currency": "USD"}
        found = against(new, elsewhere)
        assert not found.promoted
        assert found.reason.count("the champion cannot score these customers (score.currency") == 4

    def test_a_champion_with_a_longer_past_than_one_horizon_earlier_has_does_not_break_the_run(self, new):
        longer = replace(new.plan, lookback_days=440)
        found = against(new, fitted(new, replace(longer, risk_origins=1), replace(new.window, lookback_days=390)))
        assert "segments not comparable, as the champion cannot score these customers (score.lookback_days" in (
            found.reason
        )
        assert "decline level" in found.reason or "decline ahead" in found.reason or "decline behind" in found.reason

    def test_without_a_model_of_decline_nobody_is_promoted(self, new):
        none = replace(new.plan, decline=replace(new.plan.decline, classifier=None, lacking="There are 3 customers."))
        learnt = {"churn": new.learnt["churn"]}
        without = Scorer(none).fit_snapshots(new.tables, new.ahead.now, new.ahead.then, learnt)
        found = against(new, new.scorer, scorer=without, best=new.best | {"decline": None})
        assert found.reason.startswith("Not promoted: decline is not comparable.")
        assert "decline not comparable, as the new model has no forecast of it (There are 3 customers.)" in found.reason
        replaced = against(new, without)
        assert replaced.promoted
        assert "decline ahead, as the champion has no forecast of it (There are 3 customers.)" in replaced.reason

    def test_without_a_champion_there_is_nothing_to_compare(self, new):
        found = promotion(Former(), new.scorer, new.scores, new.tables, new.best, new.ahead)
        assert (found.promoted, found.reason) == (False, "Not compared: there is no champion yet.")

    def test_a_champion_that_cannot_be_read_is_replaced(self, new):
        lost = Former(None, "the champion cannot be read (no such file)", 4, lost=True)
        found = promotion(lost, new.scorer, new.scores, new.tables, new.best, new.ahead)
        assert found.promoted
        assert found.reason == (
            "Promoted, as nobody can score with the old one: the champion cannot be read (no such file)."
        )


def test_judged_afresh_at_the_same_date_the_verdict_is_the_same(new):
    """What a stored model says, beside what the run that made it knew."""
    for champion in (new.scorer, turned(new)):
        afresh = judged(challenger_at(new.scorer, new.tables, new.window.as_of), champion, new.tables)
        assert afresh == against(new, champion)
