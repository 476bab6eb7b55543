"""The one road from tables to scores, in training and at night."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.scorer.plans import KMEANS, PLANS

from clientscape.catalog import Use, call
from clientscape.churn.reasons import read as read_reasons
from clientscape.clv.simple import last_period, same_rate
from clientscape.faults import InputError
from clientscape.scorer.forecasting import came, forecast, forecaster_of, lessons
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import LIFETIMES, Risk
from clientscape.scorer.risks import examples_of, label_of, lesson_windows, taught, year_ago
from clientscape.scorer.snapshot import take
from clientscape.scorer.store import load, save
from clientscape.tables import SCORES


@pytest.fixture(scope="module", params=PLANS)
def plan(request):
    return PLANS[request.param]


@pytest.fixture(scope="module")
def fitted(plan, shop, window):
    return Scorer(plan).fit(shop, window)


@pytest.fixture(scope="module")
def scores(fitted, shop, window):
    return fitted.score(shop, window.as_of)


@pytest.fixture(scope="module")
def scorer(shop, window):
    return Scorer(KMEANS).fit(shop, window)


def learnt_of(plan, tables, now, then):
    """What the classifiers of a plan learn, as a run hands it in; one horizon before is the only date there is."""
    found = {}
    for part, risk in plan.risks.items():
        assert lesson_windows(tables, now.window, 4, 30, label_of(risk.label)) == [then.window]
        seen = [examples_of(tables, then, risk.label, "1GB")]
        found[part] = taught(risk, seen, year_ago(tables, now.window, seen, risk.label, "1GB"), plan.seed)
    return found


def same_bytes(one, other):
    assert_frame_equal(one, other, check_exact=True)
    for column in one.select_dtypes("number"):
        assert one[column].to_numpy().tobytes() == other[column].to_numpy().tobytes(), column


class TestEveryPlan:
    def test_scoring_the_training_log_reproduces_the_training_table(self, plan, fitted, scores, shop, window):
        now, then = (
            take(shop, w, plan.features, call(plan.lifetime, LIFETIMES, "lifetime"), fit=True)
            for w in (window, window.before())
        )
        learnt, forecaster = learnt_of(plan, shop, now, then), forecaster_of(plan, shop, now)
        scorer = Scorer(plan).fit_snapshots(shop, now, then, learnt, forecaster)
        same_bytes(scorer.score_snapshot(now), scores)

    def test_a_customer_alone_gets_what_he_gets_in_company(self, fitted, scores, shop, window, with_lines):
        log = shop.transactions
        for i in range(0, len(scores), 40):
            who = scores["customer_id"].iloc[i]
            alone = fitted.score(with_lines(shop, log[log["customer_id"] == who]), window.as_of)
            company = scores.iloc[[i]].reset_index(drop=True)
            assert_frame_equal(alone, company, rtol=1e-9, atol=1e-12)

    def test_scoring_and_fitting_twice_give_equal_bytes(self, plan, fitted, scores, shop, window):
        same_bytes(fitted.score(shop, window.as_of), scores)
        same_bytes(Scorer(plan).fit(shop, window).score(shop, window.as_of), scores)

    def test_training_sees_no_future_and_no_order_of_rows(self, plan, scores, shop, window, with_lines):
        known = shop.transactions[shop.transactions["day"] < window.as_of_day].sample(frac=1, random_state=1)
        cut = with_lines(shop, known)
        same_bytes(Scorer(plan).fit(cut, window).score(cut, window.as_of), scores)

    def test_a_stored_scorer_gives_equal_scores(self, plan, fitted, scores, shop, window, tmp_path):
        save(fitted, tmp_path / "model")
        loaded = load(tmp_path / "model")
        assert loaded.plan == plan
        assert loaded.facts == fitted.facts
        same_bytes(loaded.score(shop, window.as_of), scores)

    def test_every_customer_of_the_window_has_one_whole_row(self, scores, shop, window):
        day = shop.transactions["day"]
        bought = shop.transactions[(day < window.as_of_day) & (day >= window.as_of_day - 365)]
        assert scores["customer_id"].tolist() == sorted(bought["customer_id"].unique())
        assert scores.columns.tolist() == list(SCORES)
        may_miss = {"p_alive", "p_decline", "value_at_risk", "expected_profit"}
        assert not scores.drop(columns=may_miss).isna().any(axis=None)

    def test_who_cannot_be_asked_about_decline_is_not_flagged_and_told_so(self, scores):
        missing = scores["p_decline"].isna()
        assert 0 < missing.sum() < len(scores)
        assert (missing == scores["status"].str.endswith("not eligible for spend_decline")).all()
        for column in ("value_at_risk", "expected_profit"):
            assert scores[column].isna().equals(missing)
        assert not scores.loc[missing, "flagged"].any()

    def test_the_most_profitable_that_the_capacity_holds_are_flagged(self, plan, scores):
        asked = scores.dropna(subset=["p_decline"])
        n_pay = int((asked["expected_profit"] > 0).sum())
        assert asked["flagged"].sum() == min(plan.campaign.n_capacity(len(asked)), n_pay) > 0
        in_it, out = (asked.loc[asked["flagged"] == side, "expected_profit"] for side in (True, False))
        assert in_it.min() > max(0, out.max())

    def test_a_contact_is_worth_what_the_formula_says(self, fitted, scores):
        """By hand, at the middle of the success rates: of what he would lose three tenths are margin."""
        asked = scores.dropna(subset=["p_decline"])
        p, at_stake = asked["p_decline"], asked["value_at_risk"]
        assert asked["expected_profit"].to_numpy() == pytest.approx(
            (0.2 * (0.3 * at_stake - 5 * p) - 5 * (1 - p) - 1).to_numpy()
        )

    def test_reasons_are_those_of_the_flagged(self, plan, scores):
        assert (scores["reasons"] != "").equals(scores["flagged"])
        told = scores.loc[scores["flagged"], "reasons"].map(read_reasons)
        assert 1 <= told.map(len).max() <= 3  # who is worth much may be flagged though nothing raises his risk
        assert {reason.feature for reasons in told for reason in reasons} <= set(plan.decline.seen)

    def test_segments_count_down_the_expected_value(self, scores):
        placed = scores[scores["segment_id"] > 0]
        value = placed.groupby("segment_id")["expected_value"].mean()
        assert value.index.tolist() == list(range(1, len(value) + 1))
        assert value.is_monotonic_decreasing
        assert placed.groupby("segment_id")["segment"].nunique().eq(1).all()
        assert (scores.loc[scores["segment_id"] == 0, "segment"] == "unplaced").all()


def test_the_currency_unit_is_of_no_account(shop, window, with_lines):
    """Exact by construction: no brick of this plan feels a factor of two, and the costs are in that unit too."""
    plan = replace(PLANS["hdbscan"], clusterer=KMEANS.clusterer)
    dearer = replace(plan, campaign=replace(plan.campaign, contact_cost=2.0, offer_cost=10.0))
    log = shop.transactions
    doubled = with_lines(shop, log.assign(amount_minor=2 * log["amount_minor"]))
    once = Scorer(plan).fit(shop, window).score(shop, window.as_of)
    twice = Scorer(dearer).fit(doubled, window).score(doubled, window.as_of)
    money = ["expected_value", "value_at_risk", "expected_profit"]
    assert twice["flagged"].sum() > 3
    told = twice.drop(columns="reasons")  # they tell amounts too
    assert_frame_equal(told, once.drop(columns="reasons").assign(**2 * once[money]), rtol=1e-12)


def test_a_log_with_dropout_is_forecast_by_the_models_and_alone_as_in_company(lines, window, with_lines):
    rng = np.random.default_rng(4)
    rows, first, last = [], pd.Timestamp(window.covers.first), (window.end - window.covers.first).days
    for who in range(250):
        at, gap, leaves, worth = rng.integers(0, 300), rng.gamma(2, 15), rng.beta(1, 5), 40 * rng.gamma(3, 0.4)
        while at < last:
            cost = round(float(worth * rng.gamma(4, 0.25)) + 1, 2)
            rows.append((f"C{who:03}", str(len(rows)), first + timedelta(days=int(at)), cost))
            at = last if rng.random() < leaves else at + 1 + rng.exponential(gap)
    tables = lines(rows)
    scorer = Scorer(KMEANS).fit(tables, window)
    scores = scorer.score(tables, window.as_of)
    assert scorer.parts["lifetime"].status == "ok"
    assert scores["status"].isin(["ok", "not eligible for spend_decline"]).all()
    assert scores["p_alive"].between(0, 1).all()
    for i in range(0, len(scores), 60):
        his = tables.transactions["customer_id"] == scores["customer_id"].iloc[i]
        alone = scorer.score(with_lines(tables, tables.transactions[his]), window.as_of)
        assert_frame_equal(alone, scores.iloc[[i]].reset_index(drop=True), rtol=1e-9, atol=1e-12)


class TestRefusals:
    def test_another_currency(self, scorer, shop, window):
        with pytest.raises(InputError, match=r"found USD; expected EUR"):
            scorer.score(replace(shop, currency="USD"), window.as_of)

    @pytest.mark.parametrize("as_of", [date(2023, 12, 1), date(2024, 1, 1), date(2025, 7, 2)])
    def test_a_date_that_the_source_does_not_cover(self, scorer, shop, as_of):
        with pytest.raises(InputError, match=r"score\.as_of"):
            scorer.score(shop, as_of)

    def test_a_past_that_the_source_does_not_cover(self, scorer, shop):
        with pytest.raises(InputError, match=r"score\.lookback_days"):
            scorer.score(shop, date(2024, 12, 30))

    def test_both_faults_at_once(self, scorer, shop):
        with pytest.raises(InputError) as refusal:
            scorer.score(replace(shop, currency="USD"), date(2025, 7, 2))
        assert len(refusal.value.faults) == 2

    def test_a_log_without_an_order_in_the_window(self, scorer, lines, window):
        with pytest.raises(InputError, match="no rows"):
            scorer.score(lines([("A", "1", "2024-02-01", 5.0)]), window.as_of)

    def test_the_last_night_is_scored(self, scorer, shop):
        assert len(scorer.score(shop, shop.covers.end))


@pytest.fixture(scope="module")
def of_kmeans(shop, window):
    return Scorer(KMEANS).fit(shop, window)


def test_who_came_back_is_no_newcomer(of_kmeans, shop, window, with_lines):
    """One order long before the window and one in it: not new, and not worth a window's spend in a month."""
    rows = shop.transactions.iloc[[0, 0]].assign(
        customer_id="back",
        order_id=["old", "new"],
        amount_minor=10_000,
        day=[window.as_of_day - 420, window.as_of_day - 3],
    )
    scored = with_lines(shop, pd.concat([shop.transactions, rows]))
    row = of_kmeans.score(scored, window.as_of).set_index("customer_id").loc["back"]
    assert row["stage"] == "active"
    taken = take(scored, window, KMEANS.features, of_kmeans.parts["lifetime"], fit=False)
    usual = taken.table.set_index("customer_id").loc["back", "usual_value"]
    assert usual == pytest.approx(100.0 * 90 / 365)


def test_too_short_a_history_is_refused_also_without_a_lookback(shop, window):
    scorer = Scorer(replace(KMEANS, lookback_days=None)).fit(shop, replace(window, lookback_days=None))
    with pytest.raises(InputError, match="the shortest history that the model learnt from"):
        scorer.score(shop, date(2024, 5, 1))


def test_an_earlier_date_than_the_model_s_is_said(of_kmeans, shop, window):
    scores = of_kmeans.score(shop, window.before().as_of)
    assert scores["status"].str.contains("scored by a later model").all()
    assert not of_kmeans.score(shop, window.as_of)["status"].str.contains("later model").any()


def test_churn_and_decline_each_see_their_own_columns(of_kmeans, shop, window):
    learnt = of_kmeans.parts["churn"].model[0].feature_names_in_
    assert list(learnt) == KMEANS.churn.columns != KMEANS.decline.columns
    assert of_kmeans.parts["decline"].model.model_.n_features_in_ == len(KMEANS.decline.columns)
    fewer = replace(KMEANS, decline=replace(KMEANS.decline, columns=["spend_total", "recency_days"]))
    scores, other = of_kmeans.score(shop, window.as_of), Scorer(fewer).fit(shop, window).score(shop, window.as_of)
    assert other["p_churn"].equals(scores["p_churn"])
    assert not other["p_decline"].equals(scores["p_decline"])


def test_a_rule_sees_what_it_needs_whatever_the_models_see(shop, window):
    blind = replace(KMEANS, churn=Risk(Use("no_order"), Use("recency"), ["spend_total"]))
    assert Scorer(blind).fit(shop, window).score(shop, window.as_of)["p_churn"].nunique() > 10


class TestForecaster:
    """Scores carry what a forecaster says, where the plan has one."""

    def test_scores_are_the_forecasters_and_columns_the_lifetime_models(self, shop, window):
        plan = PLANS["gaussian_mixture"]
        scorer = Scorer(plan).fit(shop, window)
        taken = take(shop, window, plan.features, scorer.parts["lifetime"], fit=False)
        scores = scorer.score_snapshot(taken)
        said = forecast(scorer.parts["forecaster"], plan.forecast_columns, taken)
        for name in ("expected_orders", "expected_value"):
            assert scores[name].tolist() == said[name].tolist()
            assert scores[name].tolist() != taken.table[name].tolist()

    def test_without_an_earlier_date_there_is_nothing_to_learn_from(self, shop, window):
        early = replace(window, as_of=window.covers.first + timedelta(days=365))
        now = take(shop, early, KMEANS.features, same_rate(), fit=True)
        with pytest.raises(InputError, match="no date before 2024-12-31 to learn from"):
            forecaster_of(PLANS["gaussian_mixture"], shop, now)

    def test_a_date_teaches_only_where_what_was_expected_is_of_the_same_kind(self, shop, window):
        uses, origins = KMEANS.features, [replace(window, as_of=date(2025, 1, day), horizon_days=80) for day in (1, 5)]
        by_rule = take(shop, window, uses, same_rate(), fit=True)
        learnt = lessons(shop, by_rule, origins, uses, "1GB")
        assert [snapshot.window for snapshot in learnt.seen] == origins
        assert learnt.came[0].orders.tolist() == came(shop, learnt.seen[0]).orders.tolist()
        before_all = replace(window, as_of=date(2024, 1, 1) - timedelta(days=3), lookback_days=None)
        assert lessons(shop, by_rule, [before_all], uses, "1GB").seen == []
        # The rate of the last 90 days is no teacher for that of the last 80.
        assert lessons(shop, take(shop, window, uses, last_period(), fit=True), origins, uses, "1GB").seen == []
