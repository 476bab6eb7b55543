"""Leaving and declining: nothing leaks, all points the right way, and alone a customer gets what he gets in company."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from clientscape.catalog import Use, expand
from clientscape.churn.odds import probabilities
from clientscape.churn.reasons import contributions, strongest
from clientscape.churn.reasons import read as read_reasons
from clientscape.clv.simple import same_rate
from clientscape.evaluate.profit import Campaign
from clientscape.faults import InputError
from clientscape.scorer import fitting
from clientscape.scorer.fitting import least_history_days
from clientscape.scorer.model import Scorer
from clientscape.scorer.plan import BASELINES, CLASSIFIERS, LABELS, Plan, Risk
from clientscape.scorer.risks import YearAgo, examples_of, label_of, lesson_windows, taught, year_ago
from clientscape.scorer.snapshot import take
from clientscape.scorer.store import load, save

COLUMNS = ["recency_days", "n_order_days", "spend_total", "gap_days_median", "spend_last_90", "order_days_last_30"]
PLAN = Plan(
    features=expand([*COLUMNS[:4], {"use": "spend_last", "days": 90}, {"use": "order_days_last", "days": 30}]),
    lifetime=Use("same_rate"),
    segment_columns=COLUMNS[:3],
    space=Use("log_standard"),
    clusterer=Use("kmeans", {"n_segments": 3}),
    rules=Use("putler11"),
    stages=Use("lifecycle"),
    churn=Risk(Use("no_order"), Use("logistic"), COLUMNS),
    decline=Risk(Use("value_decline"), Use("logistic"), [*COLUMNS, "expected_orders"]),
    campaign=Campaign(1.0, 5.0, (0.1, 0.3), 0.3, capacity=0.2),
    lookback_days=180,
    horizon_days=60,
    seed=7,
)
NOT_CHURN = replace(PLAN.churn, classifier=None)  # where it is not what is asked


@pytest.fixture(scope="module")
def window(window):
    """A past that several dates to learn from have as well."""
    return replace(window, lookback_days=180, horizon_days=60)


@pytest.fixture(scope="module")
def seen(shop, window):
    """Snapshots now and at the dates to learn from, by window."""
    windows = [window, *window.lessons(4, 30)]
    assert len(windows) == 5
    return {at: take(shop, at, PLAN.features, same_rate(), fit=True) for at in windows}


@pytest.fixture(scope="module")
def fitted(shop, window, seen):
    """A maker of scorers that forecast decline, by label and classifier; each is fitted once."""
    made = {}
    segmentation = None

    def make(label, classifier):
        nonlocal segmentation
        if (label, classifier) not in made:
            decline = replace(PLAN.decline, label=Use(label), classifier=Use(classifier))
            lessons = lessons_of(decline, shop, window, seen)
            scorer = Scorer(replace(PLAN, churn=NOT_CHURN, decline=decline))
            learnt = {"decline": taught(decline, lessons, YearAgo(), 7)}
            scorer.fit_snapshots(shop, seen[window], seen[window.before()], learnt, None, segmentation)
            segmentation = scorer.parts["space"], scorer.parts["clusterer"]
            made[label, classifier] = scorer
        return made[label, classifier]

    return make


def lessons_of(risk, shop, window, seen):
    windows = lesson_windows(shop, window, 4, 30, label_of(risk.label))
    assert len(windows) == 4
    return [examples_of(shop, seen[at], risk.label, "1GB") for at in windows]


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("label", LABELS)
class TestEveryForecast:
    """Each label by each classifier and simple rule of the catalogue."""

    def test_stored_and_loaded_it_says_the_same_and_contributions_add_up_to_it(
        self, label, classifier, fitted, seen, window, tmp_path
    ):
        scorer, now = fitted(label, classifier), seen[window]
        save(scorer, tmp_path / "model")
        loaded = load(tmp_path / "model")
        assert loaded.plan == scorer.plan
        scores = loaded.score_snapshot(now)
        assert_frame_equal(scores, scorer.score_snapshot(now), check_exact=True)
        p = scores["p_decline"].to_numpy()
        asked = np.isfinite(p)
        assert asked.sum() > 30
        assert 0 <= p[asked].min() < p[asked].max() <= 1
        numbers = loaded.parts["decline_words"].transform(now.table.loc[asked, loaded.plan.decline.seen])
        start, parts = contributions(loaded.parts["decline"], numbers)
        assert probabilities(start + parts.sum(axis=1).to_numpy())[:, 1] == pytest.approx(p[asked], rel=1e-9)


@pytest.mark.parametrize(
    ("label", "classifier"),
    [("value_decline", "stacked"), ("rhythm_break", "boosted_trees"), ("spend_decline", "logistic")],
)
class TestAlone:
    def test_a_customer_alone_gets_flag_and_reasons_that_he_gets_in_company(
        self, label, classifier, fitted, shop, window, with_lines
    ):
        """The cut above which he counts among the top spenders, and the threshold of the flag, are frozen."""
        scorer, log = fitted(label, classifier), shop.transactions
        scores = scorer.score(shop, window.as_of)
        flagged, other = (scores.index[scores["flagged"] == side] for side in (True, False))
        assert len(flagged) >= 3
        some = [*flagged[:3], *other[:: len(other) // 4]]
        assert scores.loc[some, "p_decline"].isna().any()
        for row in some:
            his = with_lines(shop, log[log["customer_id"] == scores.loc[row, "customer_id"]])
            alone = scorer.score(his, window.as_of)
            assert_frame_equal(alone, scores.loc[[row]].reset_index(drop=True), rtol=1e-9, atol=1e-12)

    def test_the_flagged_alone_have_reasons_the_strongest_first_with_their_own_numbers(
        self, label, classifier, fitted, seen, window
    ):
        scorer, table = fitted(label, classifier), seen[window].table
        scores = scorer.score_snapshot(seen[window])
        assert (scores["reasons"] != "").equals(scores["flagged"])
        for row in scores.index[scores["flagged"]]:
            told = read_reasons(scores.loc[row, "reasons"])
            assert [one.contribution for one in told] == sorted((one.contribution for one in told), reverse=True)
            assert all(one.contribution > 0 for one in told)
            for one in told:
                assert one.value == pytest.approx(table.loc[row, one.feature], rel=1e-5, nan_ok=True)


class TestNoLeak:
    @pytest.mark.parametrize(
        ("label", "classifier"), [("value_decline", "boosted_trees"), ("rhythm_break", "logistic")]
    )
    def test_what_comes_after_as_of_changes_nothing(self, label, classifier, shop, window, with_lines):
        """The same customers' later lines, at other amounts, on other days, of others."""
        log, rng = shop.transactions, np.random.default_rng(5)
        ahead = (log["day"] >= window.as_of_day).to_numpy()
        assert ahead.sum() > 200
        changed = log.copy()
        changed.loc[ahead, "customer_id"] = rng.permutation(log.loc[ahead, "customer_id"])
        changed.loc[ahead, "amount_minor"] = 100 * rng.permutation(log.loc[ahead, "amount_minor"])
        changed.loc[ahead, "day"] = rng.permutation(log.loc[ahead, "day"])
        other = with_lines(shop, changed)
        one, two = (take(tables, window, PLAN.features, same_rate(), fit=True) for tables in (shop, other))
        assert_frame_equal(one.table, two.table, check_exact=True)
        assert_frame_equal(one.past, two.past, check_exact=True)
        asked = replace(PLAN, decline=replace(PLAN.decline, label=Use(label), classifier=Use(classifier)))
        one, two = (Scorer(asked).fit(tables, window).score(tables, window.as_of) for tables in (shop, other))
        assert_frame_equal(one, two, check_exact=True)

    @pytest.mark.parametrize("label", ["spend_decline", "value_decline"])
    def test_shuffled_labels_teach_nothing_about_the_customers_of_the_test(self, label, shop, window, seen):
        """Shuffled over all dates: at which of them more decline would be something to learn."""
        risk = replace(PLAN.decline, label=Use(label))
        lessons, test = lessons_of(risk, shop, window, seen), examples_of(shop, seen[window], risk.label, "1GB")
        y, ends = np.concatenate([at.y for at in lessons]), np.cumsum([len(at.y) for at in lessons])
        rng = np.random.default_rng(3)

        def auc(parts):
            told = [replace(at, y=part) for at, part in zip(lessons, parts, strict=True)]
            p = taught(risk, told, YearAgo(), 7).model.predict_proba(test.X[risk.seen])[:, 1]
            return roc_auc_score(test.y, p)

        shuffled = [auc(np.split(rng.permutation(y), ends[:-1])) for _ in range(25)]
        noise = np.std(shuffled) / np.sqrt(len(shuffled))
        assert abs(np.mean(shuffled) - 0.5) < 3 * noise < 0.15
        assert auc(np.split(y, ends[:-1])) > 0.6


FITTED = {"logistic": Use("logistic"), "boosted_trees": Use("boosted_trees", {"max_iter": 60})}
FITTED["stacked"] = Use("stacked", {"folds": 2})


@pytest.fixture(scope="module", params=[name for name in CLASSIFIERS if name not in BASELINES])
def model(request, shop, window):
    """A scorer whose forecasts are both by one classifier."""
    use = FITTED.get(request.param, Use(request.param))
    both = {part: replace(risk, classifier=use) for part, risk in PLAN.risks.items()}
    return Scorer(replace(PLAN, **both)).fit(shop, window)


class TestDirection:
    def test_one_more_recent_order_lets_p_churn_fall(self, model, shop, seen, window, with_lines):
        """Of trees only the direction of recency is sure; what they read into counts and spend may rise a little."""
        log = shop.transactions
        known = log[(log["day"] < window.as_of_day) & (log["amount_minor"] > 0)]
        more = known.groupby("customer_id").tail(1).assign(day=window.as_of_day - 1, order_id="one more")
        later = with_lines(shop, pd.concat([log, more]))
        before, after = (model.score(tables, window.as_of).set_index("customer_id") for tables in (shop, later))
        change = (after["p_churn"].reindex(before.index) - before["p_churn"]).to_numpy()
        silent = seen[window].table["recency_days"].to_numpy() > 60
        alone = model.plan.churn.classifier.use == "boosted_trees"
        assert (change <= 0).mean() > (0.8 if alone else 0.95)
        assert change.max() < 0.03
        assert change[silent].max() < 0

    def test_doubled_amounts_double_values_and_leave_chances_and_segments(self, model, shop, window, with_lines):
        """Exactly for trees; logistic regression sees log(1 + amount), which a factor does not quite shift evenly."""
        log = shop.transactions
        doubled = with_lines(shop, log.assign(amount_minor=2 * log["amount_minor"]))
        once = model.score(shop, window.as_of)
        twice = Scorer(model.plan).fit(doubled, window).score(doubled, window.as_of)
        near = 1e-12 if model.plan.churn.classifier.use == "boosted_trees" else 0.02
        for p in ("p_churn", "p_decline"):
            assert twice[p].to_numpy() == pytest.approx(once[p].to_numpy(), abs=near, nan_ok=True)
        for same in ("segment_id", "segment", "stage", "rfm_segment"):
            assert twice[same].equals(once[same])
        assert twice["expected_value"].to_numpy() == pytest.approx(2 * once["expected_value"].to_numpy(), rel=1e-12)
        stake = 2 * once["value_at_risk"].to_numpy()
        assert twice["value_at_risk"].to_numpy() == pytest.approx(stake, rel=near, nan_ok=True)


class TestTooLittle:
    """Where the data lacks for a model there is none, but all else."""

    def test_scores_miss_what_there_is_no_model_for_and_the_status_says_so(self, shop, window, seen, tmp_path):
        decline = replace(PLAN.decline, classifier=None, lacking="There are 3 eligible customers.")
        plan = replace(PLAN, churn=replace(NOT_CHURN, lacking="Nobody came back."), decline=decline)
        save(Scorer(plan).fit_snapshots(shop, seen[window], seen[window.before()], {}), tmp_path / "model")
        scores = load(tmp_path / "model").score_snapshot(seen[window])
        for missing in ("p_churn", "p_decline", "value_at_risk", "expected_profit"):
            assert scores[missing].isna().all()
        assert not scores["flagged"].any()
        assert (scores["reasons"] == "").all()
        assert scores["expected_value"].notna().all()
        assert set(scores["status"]) == {"no churn forecast; no decline forecast"}

    def test_without_a_date_to_learn_from_a_plan_with_classifiers_is_refused(self, shop, window):
        early = replace(window, as_of=window.covers.first + pd.Timedelta(days=200).to_pytimedelta())
        with pytest.raises(InputError, match="to learn"):
            Scorer(PLAN).fit(shop, early)


class TestYearAgo:
    """What was so in the same horizon a year ago, as a rate to set the level by."""

    def rates(self, lines, window, months):
        """Of customers who ordered on 20 March 2024 and once again in a month."""
        rows = [(f"C{i:03}", 2 * i, "2024-03-20", 10.0) for i in range(len(months))]
        rows += [(f"C{i:03}", 2 * i + 1, f"2024-{month:02}-20", 10.0) for i, month in enumerate(months)]
        asked = replace(window, lookback_days=60)
        latest = SimpleNamespace(window=asked.lessons(1, 30)[0])
        return year_ago(lines(rows), asked, [latest], Use("no_order"), "1GB")

    @pytest.mark.parametrize(("n_back", "rate"), [(0, 101 / 102), (30, 71 / 102), (100, 1 / 102)])
    def test_it_is_the_share_of_yes_of_the_year_before_never_quite_0_or_1(self, lines, window, n_back, rate):
        months = [4] * n_back + [7] * (100 - n_back)  # in July the horizon of 60 days has ended
        assert self.rates(lines, window, months) == YearAgo(pytest.approx(rate), None)

    def test_of_less_than_a_hundred_customers_it_is_no_level(self, lines, window):
        assert self.rates(lines, window, [4] * 99) == YearAgo()

    def test_it_is_looked_for_only_where_a_calibration_is_asked_for(self, shop, window, monkeypatch):
        asked = []
        monkeypatch.setattr(fitting, "year_ago", lambda *_: asked.append(1) or YearAgo())
        for calibrate, n in ((False, 0), (True, 1)):
            decline = replace(PLAN.decline, label=Use("no_order"), calibrate=calibrate)
            Scorer(replace(PLAN, churn=NOT_CHURN, decline=decline, risk_origins=1)).fit(shop, window)
            assert len(asked) == n


class TestLeastHistory:
    def test_without_a_lookback_it_is_that_of_the_earliest_date_that_was_learnt_from(self, shop, window, seen):
        plan = replace(PLAN, lookback_days=None, churn=NOT_CHURN, decline=replace(NOT_CHURN, label=Use("no_order")))
        then = seen[window.before()]
        lessons = [SimpleNamespace(window=at) for at in seen if at != window]
        earliest = min(at.window.history_days for at in lessons)
        assert earliest < then.window.history_days

        labels = {f"{part}_label": label_of(Use("no_order")) for part in PLAN.risks}
        learnt = {"churn": SimpleNamespace(lessons=lessons[:1]), "decline": SimpleNamespace(lessons=lessons)}
        assert least_history_days(plan, labels, then.window, learnt) == earliest
        assert least_history_days(plan, labels, then.window, {}) == then.window.history_days
        assert least_history_days(PLAN, labels, then.window, learnt) == 180


class TestNeeded:
    def test_orders_are_known_beside_those_of_the_last_days_whatever_is_asked_for(self, shop, window):
        uses = [Use("orders_last", {"days": 30})]
        table = take(shop, window, uses, same_rate(), fit=True).table
        parts = pd.DataFrame({"orders_last_30": np.ones(len(table))})
        told = [reason for (reason,) in strongest(parts, table)]
        known = table["tenure_days"].to_numpy() >= 60
        assert 0 < known.sum() < len(known)
        for (_, row), reason in zip(table.iterrows(), told, strict=True):
            if row["tenure_days"] >= 60:
                before = row["n_orders"] - row["orders_last_30"]
                assert reason.beside == {"usual": pytest.approx(before * 30 / (row["tenure_days"] - 30))}
            else:
                assert reason.beside == {}


class TestWords:
    """A text column among those that classifiers see."""

    def test_a_level_that_was_never_seen_is_told_and_counts_as_none_of_the_known(self, shop, window, with_lines):
        uses = [*PLAN.features, Use("attribute", {"column": "region"})]
        sees = [*COLUMNS, "attribute_region"]
        risks = {part: replace(risk, columns=sees) for part, risk in PLAN.risks.items()}
        scorer = Scorer(replace(PLAN, features=uses, **risks)).fit(shop, window)
        before = scorer.score(shop, window.as_of)
        who = before["customer_id"].iloc[4]
        people = shop.customers.assign(
            region=shop.customers["region"].mask(shop.customers["customer_id"] == who, "Mars")
        )
        after = scorer.score(replace(shop, customers=people), window.as_of)
        others = before["customer_id"] != who
        assert_frame_equal(after[others], before[others], check_exact=True)
        assert after.loc[4, "status"].startswith("new to the model: region Mars")
        assert not before["status"].str.contains("new to the model").any()
        assert np.isfinite(after.loc[4, "p_churn"])
        assert after.loc[4, "p_churn"] != before.loc[4, "p_churn"]
