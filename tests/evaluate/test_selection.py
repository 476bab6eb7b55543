"""Which columns stay: of near-duplicates the first, and for a forecast those that help on customers it never met."""

from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest

from clientscape.churn.classifiers import boosted_trees, logistic
from clientscape.churn.examples import Examples
from clientscape.churn.labels import no_order
from clientscape.evaluate.classification import average_precision_score, brier_loss, roc_auc_score
from clientscape.evaluate.selection import Measure, distinct, importances, kept, supported
from clientscape.window import Covers, Window

SIGNALS, NOISES = ["strong", "weaker"], [f"noise_{i}" for i in range(6)]
WINDOW = Window(date(2025, 4, 1), Covers(date(2024, 1, 1), date(2025, 7, 1)))  # of no account here
COLUMNS = ["noise_0", "strong", *NOISES[1:4], "weaker", *NOISES[4:]]


@pytest.fixture(scope="module")
def table():
    """500 customers: `twin` is `spend` bent and a little blurred, `cousin` is like it but not near it."""
    rng = np.random.default_rng(1)
    spend = rng.lognormal(3, 1, 500)
    return pd.DataFrame(
        {
            "spend": spend,
            "visits": rng.poisson(5, 500),
            "twin": np.sqrt(spend) + rng.normal(0, 0.01, 500),
            "opposite": -spend,
            "cousin": np.log(spend) + rng.normal(0, 1, 500),
            "constant": 3,
            "nothing": np.nan,
            "member": np.where(rng.random(500) < 0.3, 1.0, np.nan),
        }
    )


def origin(seed, n=1000, drives=("strong", "weaker")):
    """Customers of a date: those columns drive the outcome, the others tell nothing."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, len(COLUMNS))), columns=COLUMNS)
    force = 1.2 * X[drives[0]] + (0.6 * X[drives[1]] if len(drives) > 1 else 0.0)
    y = np.asarray(force + rng.logistic(size=n) > 1.0)
    return Examples(X, y, X, X, WINDOW, no_order())


def measure(metric=average_precision_score, make=logistic, seed=0, **more):
    is_loss = metric.__name__.endswith("_loss")
    return Measure(partial(make, seed=seed), metric, is_loss, **{"repeats": 2, "folds": 5, "seed": seed, **more})


def chosen(*origins, at_least=1, **settings):
    return kept(supported(importances(origins, COLUMNS, measure(**settings)), at_least))


class TestNearDuplicates:
    def test_the_one_listed_first_stays_and_the_others_say_whose_duplicate_they_are(self, table):
        verdicts = distinct(table, ["visits", "spend", "cousin", "twin", "opposite"], 0.95)
        assert kept(verdicts) == ["visits", "spend", "cousin"]
        told = {verdict.column: verdict for verdict in verdicts if not verdict.kept}
        assert {verdict.duplicate_of for verdict in told.values()} == {"spend"}
        assert told["opposite"].correlation == pytest.approx(1.0)
        assert told["twin"].why == f"duplicate of spend, rank correlation {told['twin'].correlation:.3f}"
        assert kept(distinct(table, ["twin", "visits", "spend"], 0.95)) == ["twin", "visits"]

    def test_who_says_nothing_goes_and_who_is_missing_for_some_only_stays(self, table):
        verdicts = distinct(table, ["constant", "spend", "nothing", "member"], 0.95)
        assert kept(verdicts) == ["spend", "member"]
        assert [v.why for v in verdicts if not v.kept] == ["one value only", "nothing but missing"]

    def test_a_bound_of_one_drops_no_copy_and_a_low_one_drops_cousins(self, table):
        columns = ["spend", "visits", "twin", "opposite", "cousin"]
        assert kept(distinct(table, columns, 1.0)) == columns
        assert kept(distinct(table, columns, 0.5)) == ["spend", "visits"]

    def test_a_chain_is_cut_where_its_ends_differ(self):
        """Neighbours are alike, the ends are not: whoever goes is near the one that stays for him."""
        rng = np.random.default_rng(2)
        steps = np.cumsum(rng.normal(size=(400, 12)), axis=1)[:, 3:]
        chain = pd.DataFrame(steps, columns=[f"step_{i}" for i in range(9)])
        like = chain.corr(method="spearman").abs()
        verdicts = distinct(chain, list(chain), 0.85)
        assert like.loc["step_0", "step_8"] < 0.85
        assert 1 < len(kept(verdicts)) < 9
        for verdict in verdicts:
            if not verdict.kept:
                assert like.loc[verdict.column, verdict.duplicate_of] == pytest.approx(verdict.correlation)
                assert verdict.correlation > 0.85

    def test_neither_the_order_of_customers_nor_a_second_look_changes_anything(self, table):
        columns = list(table)
        first = distinct(table, columns, 0.9)
        assert [(v.column, v.kept, v.why) for v in first] == [
            (v.column, v.kept, v.why) for v in distinct(table.sample(frac=1, random_state=3), columns, 0.9)
        ]

    def test_one_column_or_none_are_no_cluster(self, table):
        assert kept(distinct(table, ["spend"], 0.5)) == ["spend"]
        assert kept(distinct(table, ["constant"], 0.5)) == []


class TestSupport:
    @pytest.mark.parametrize("n_origins", [1, 2, 3])
    def test_signals_stay_and_most_noise_goes_whatever_the_seed(self, n_origins):
        stayed = [chosen(*(origin(10 * seed + i) for i in range(n_origins)), seed=seed) for seed in range(4)]
        assert all(set(SIGNALS) <= set(columns) for columns in stayed)
        noise = [column for columns in stayed for column in columns if column in NOISES]
        # One standard error is a mild gate: by chance about one noise in four passes it.
        assert len(noise) < 0.4 * 4 * len(NOISES)

    def test_what_helped_once_but_not_later_is_not_supported(self):
        once, later = [], []
        for seed in range(3):
            before, after = origin(seed), origin(100 + seed, drives=("strong",))
            assert "weaker" in chosen(before)
            once.append(importances([before], COLUMNS, measure()).mean())
            later.append(importances([before, after], COLUMNS, measure()).mean())
        folds, out_of_time = pd.DataFrame(once).mean(), pd.DataFrame(later).mean()
        assert min(folds["strong"], out_of_time["strong"]) > 0.1
        assert out_of_time["weaker"] < 0.25 * folds["weaker"]

    def test_there_is_a_row_for_each_fold_of_each_origin_that_is_judged(self):
        origins = [origin(seed, n=300) for seed in range(3)]
        assert importances(origins[:1], COLUMNS, measure(folds=4)).shape == (4, len(COLUMNS))
        assert importances(origins, COLUMNS, measure(folds=4)).shape == (8, len(COLUMNS))

    @pytest.mark.parametrize("metric", [roc_auc_score, brier_loss])
    @pytest.mark.parametrize("make", [logistic, partial(boosted_trees, max_iter=20)])
    def test_a_loss_counts_the_other_way_and_any_classifier_may_measure(self, metric, make):
        importance = importances([origin(4)], COLUMNS, measure(metric, make, repeats=2))
        assert (importance[SIGNALS].mean() > 0).all()
        assert importance.mean().idxmax() == "strong"

    def test_the_same_seed_gives_the_same_numbers_and_another_one_others(self):
        first, again, other = (importances([origin(5)], COLUMNS, measure(seed=seed)) for seed in (1, 1, 2))
        pd.testing.assert_frame_equal(first, again, check_exact=True)
        assert not first.equals(other)

    def test_the_best_stay_even_without_support_and_are_told_so(self):
        importance = pd.DataFrame({"a": [-1.0, -0.8], "b": [-0.1, 0.1], "c": [0.5, 0.7], "d": [-0.2, 0.1]})
        verdicts = {verdict.column: verdict for verdict in supported(importance, 2)}
        assert kept(list(verdicts.values())) == ["b", "c"]
        assert verdicts["c"].why == "importance +0.6000 ± 0.1000"
        assert verdicts["b"].why.startswith("no support, but one of the 2 best: ")
        assert verdicts["a"].why == "no support: importance -0.9000 ± 0.1000"
        assert kept(supported(importance, 99)) == list("abcd")

    def test_with_too_few_cases_nobody_is_judged(self):
        seen = origin(6, n=200)
        assert chosen(replace(seen, y=np.arange(200) == 3)) == COLUMNS
