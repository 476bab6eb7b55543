"""Contributions add up to the forecast to the last digits; the reasons say what the numbers say."""

import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from clientscape.catalog import Use, call, functions
from clientscape.churn import baselines, classifiers
from clientscape.churn.calibration import Calibrated
from clientscape.churn.odds import log_odds
from clientscape.churn.reasons import Reason, contributions, importance, read, strongest, written
from clientscape.churn.themes import is_bad_news, theme_of
from clientscape.features.build import CATALOGUE as FEATURES

CATALOGUE = functions(classifiers, baselines)


def made(name, X, y, **settings):
    return call(Use(name, settings), CATALOGUE, "classifier", seed=3).fit(X, y)


def shop(n, seed):
    """Customers of whom those with a long silence, a fallen spend and a short tenure leave; holes in two columns."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "recency_days": rng.integers(1, 180, n).astype(float),
            "gap_days_median": rng.gamma(2, 10, n),
            "tenure_days": rng.integers(60, 366, n).astype(float),
            "n_order_days": 2.0 + rng.poisson(8, n),
            "spend_total": rng.lognormal(5, 1, n) - 20,
            "spend_last_30": rng.gamma(1, 40, n),
            "spend_last_horizon": rng.gamma(1, 90, n),
            "spend_horizon_before": rng.gamma(1, 90, n),
            "usual_value": rng.gamma(1, 80, n),
            "expected_orders": rng.gamma(1, 3, n),
            "empty": np.nan,
        }
    )
    X.loc[rng.random(n) < 0.2, ["gap_days_median", "spend_horizon_before"]] = np.nan
    fall = X["spend_last_horizon"] < X["spend_horizon_before"].fillna(0)
    force = X["recency_days"] / 40 + fall - X["expected_orders"] / 4 - X["tenure_days"] / 200 + X["empty"].isna()
    return X, np.asarray(force + rng.logistic(size=n) > 2.0)


X, Y = shop(1200, 1)
ASKED, _ = shop(300, 2)


@pytest.fixture(scope="module")
def fitted():
    return {name: made(name, X, Y) for name in CATALOGUE}


@pytest.mark.parametrize("name", CATALOGUE)
class TestContributionsOfEvery:
    def test_add_up_to_the_forecast(self, name, fitted):
        start, parts = contributions(fitted[name], ASKED)
        assert list(parts) == list(ASKED)
        odds = log_odds(fitted[name].predict_proba(ASKED)[:, 1])
        assert_allclose(start + parts.sum(axis=1).to_numpy(), odds, rtol=0, atol=1e-9)

    def test_add_up_when_it_is_calibrated_too(self, name, fitted):
        model = Calibrated(fitted[name], 0.7, -0.4)
        start, parts = contributions(model, ASKED)
        odds = log_odds(model.predict_proba(ASKED)[:, 1])
        assert_allclose(start + parts.sum(axis=1).to_numpy(), odds, rtol=0, atol=1e-9)
        raw_start, raw = contributions(fitted[name], ASKED)
        assert_allclose(parts, 0.7 * raw)
        assert start == pytest.approx(0.7 * raw_start - 0.4)

    def test_of_a_customer_alone_are_those_in_company(self, name, fitted):
        _, together = contributions(fitted[name], ASKED)
        _, alone = contributions(fitted[name], ASKED.iloc[[7]])
        assert_allclose(alone.to_numpy()[0], together.to_numpy()[7], rtol=1e-12, atol=1e-12)

    def test_of_a_column_that_says_nothing_are_nothing(self, name, fitted):
        _, parts = contributions(fitted[name], ASKED)
        assert (parts["empty"] == 0).all()


class TestContributionsByHand:
    def test_of_a_linear_model_are_coefficients_times_distances_from_the_mean(self):
        seen = pd.DataFrame({"a": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0], "b": [1.0, np.nan, 3.0, 4.0, np.nan, 3.0]})
        model = made("logistic", seen, np.array([0, 0, 1, 0, 1, 1], bool))
        coefficients = model[-1].coef_[0]  # of a, of b, and of the mark that b is missing
        logs = np.log1p(seen.fillna(3.0))
        scaled = (logs - logs.mean()) / logs.std(ddof=0)
        mark = seen["b"].isna().astype(float)
        mark = (mark - mark.mean()) / mark.std(ddof=0)
        start, parts = contributions(model, seen)
        assert start == model[-1].intercept_[0]
        assert_allclose(parts["a"], scaled["a"] * coefficients[0])
        assert_allclose(parts["b"], scaled["b"] * coefficients[1] + mark * coefficients[2])

    def test_of_one_stump_are_the_distance_from_the_mean_leaf(self):
        """A single split tells nothing but its own feature; the start is the mean over the training customers."""
        model = call(Use("boosted_trees", {"max_iter": 1, "max_leaf_nodes": 2}), CATALOGUE, "classifier", seed=0).fit(
            X[["recency_days", "tenure_days"]], Y
        )
        start, parts = contributions(model, X[["recency_days", "tenure_days"]])
        odds = model.decision_function(X[["recency_days", "tenure_days"]])
        assert start == pytest.approx(odds.mean())
        assert_allclose(parts["recency_days"], odds - odds.mean(), atol=1e-12)
        assert (parts["tenure_days"] == 0).all()

    def test_of_two_additive_splits_are_shapley_values(self):
        """Recency and tenure each shift the log-odds by themselves, on a full grid: nothing to share between them."""
        grid = pd.DataFrame(
            [(r, t) for r in (1.0, 2.0) for t in (10.0, 20.0) for _ in range(100)],
            columns=["recency_days", "tenure_days"],
        )
        share = {(1.0, 10.0): 20, (1.0, 20.0): 40, (2.0, 10.0): 60, (2.0, 20.0): 80}
        y = np.array([i % 100 < share[r, t] for i, (r, t) in enumerate(grid.itertuples(index=False))])
        model = made("boosted_trees", grid, y, max_leaf_nodes=2)
        cells = grid.drop_duplicates()
        odds = pd.Series(model.decision_function(cells), index=pd.MultiIndex.from_frame(cells)).unstack()
        _, parts = contributions(model, cells)
        by_recency = odds.mean(axis=1) - odds.to_numpy().mean()
        assert_allclose(parts["recency_days"], by_recency.loc[cells["recency_days"]], atol=1e-9)

    def test_of_a_rule_are_those_of_its_one_number(self, fitted):
        for name, column in (("recency", "recency_days"), ("overdue", "recency_days"), ("hiatus", "recency_days")):
            _, parts = contributions(fitted[name], ASKED)
            assert (parts.drop(columns=column) == 0).to_numpy().all()
        _, parts = contributions(fitted["hiatus"], ASKED)
        assert parts["recency_days"].round(9).nunique() == 2

    def test_of_another_kind_of_model_are_not_known(self):
        with pytest.raises(TypeError, match="no contributions are known of a str"):
            contributions("a model", ASKED)


TREES = classifiers.boosted_trees(max_iter=60, seed=3)
LIGHT = {"logistic": classifiers.logistic(seed=3), "boosted_trees": TREES}
LIGHT["stacked"] = classifiers.Stack(classifiers.logistic(seed=3), TREES, 2)


class TestStability:
    @pytest.mark.parametrize("name", LIGHT)
    def test_a_column_that_tells_nothing_hardly_changes_the_first_reason_and_is_none(self, name):
        changed = []
        for seed in range(3):
            (seen, y), (asked, _) = shop(4000, 30 + seed), shop(500, 40 + seed)
            noise = np.random.default_rng(seed)
            noisy, noisy_asked = (frame.assign(gap_cv_ratio=noise.gamma(2, 0.5, len(frame))) for frame in (seen, asked))
            plain = contributions(LIGHT[name].fit(seen, y), asked)[1]
            parts = contributions(LIGHT[name].fit(noisy, y), noisy_asked)[1]
            first, other = ([r[0].feature if r else "" for r in strongest(p, noisy_asked)] for p in (plain, parts))
            changed += [one != two for one, two in zip(first, other, strict=True)]
            assert other.count("gap_cv_ratio") < 0.02 * len(asked)
            # Behind the four that drive the outcome; the rest tell nothing either.
            assert importance(parts)["feature"].tolist().index("gap_cv_ratio") >= 4
        assert np.mean(changed) < 0.05


class TestStrongest:
    VALUES = pd.DataFrame(
        {
            "recency_days": [83.0, 2.0],
            "overdue_ratio": [4.0, 0.1],
            "spend_last_30": [10.0, 500.0],
            "spend_last_90": [90.0, 900.0],
            "order_days_last_90": [3.0, 9.0],
            "gap_cv_ratio": [0.5, np.nan],
            "gap_days_median": [21.0, 20.0],
            "tenure_days": [300.0, 45.0],
            "spend_total": [1200.0, 900.0],
            "n_order_days": [15.0, 9.0],
        }
    )
    PARTS = pd.DataFrame(
        {
            "recency_days": [0.5, -0.3],
            "overdue_ratio": [0.4, -0.2],
            "spend_last_30": [2.0, -0.5],
            "spend_last_90": [-1.3, 0.6],
            "order_days_last_90": [0.2, 0.06],
            "gap_cv_ratio": [0.1, 0.3],
        }
    )

    def test_like_features_are_one_reason_told_by_the_one_that_adds_most(self):
        first, second = strongest(self.PARTS, self.VALUES)
        assert [(r.feature, r.value, pytest.approx(r.contribution)) for r in first] == [
            ("recency_days", 83.0, 0.9),
            ("spend_last_30", 10.0, 0.7),
            ("order_days_last_90", 3.0, 0.2),
        ]
        told = [(r.feature, pytest.approx(r.contribution)) for r in second]
        assert told == [("gap_cv_ratio", 0.3), ("spend_last_90", 0.1), ("order_days_last_90", 0.06)]
        assert math.isnan(second[0].value)

    def test_a_theme_is_told_by_what_is_news_if_that_adds_anything(self):
        parts = pd.DataFrame({"n_order_days": [0.9, 0.9], "order_days_last_90": [0.1, -0.1]})
        assert [reason.feature for (reason,) in strongest(parts, self.VALUES)] == ["order_days_last_90", "n_order_days"]

    def test_a_theme_is_told_by_bad_news_before_good_and_by_what_adds_most_where_there_is_none(self):
        """The first spent as usual in the last 30 days, and a third less in the last 45; the second more than ever."""
        values = self.VALUES.assign(spend_last_30=[200.0, 500.0], spend_change_45=[-0.2, 0.4])
        parts = pd.DataFrame({"spend_last_30": [0.5, 0.4], "spend_change_45": [0.1, 0.3]})
        told = [(r.feature, r.contribution) for (r,) in strongest(parts, values)]
        assert told == [("spend_change_45", pytest.approx(0.6)), ("spend_last_30", pytest.approx(0.7))]

    def test_only_what_raises_the_risk_is_a_reason(self):
        assert strongest(-self.PARTS.abs(), self.VALUES) == [(), ()]
        assert strongest(self.PARTS.clip(upper=0.02), self.VALUES)[0] == ()  # too little to be told
        assert [len(reasons) for reasons in strongest(self.PARTS, self.VALUES, n=1)] == [1, 1]

    def test_his_own_numbers_stand_beside(self):
        (silence, spend, orders), second = strongest(self.PARTS, self.VALUES)
        assert silence.beside == {"gap_days_median": 21.0}
        assert spend.beside == {"usual": pytest.approx((1200 - 10) * 30 / 270)}
        assert orders.beside == {"usual": pytest.approx((15 - 3) * 90 / 210)}
        assert second[1].beside == {}  # he is known for 45 days only: nothing is usual in 90

    @pytest.mark.parametrize(("known", "total", "usual"), [(60, 500, 490), (59, 500, None), (90, 5, None)])
    def test_usual_is_what_came_before_where_that_was_as_long_and_no_return(self, known, total, usual):
        values = self.VALUES.assign(tenure_days=float(known), spend_total=float(total))
        (reason,) = strongest(self.PARTS[["spend_last_30"]], values)[0]
        assert reason.beside == ({} if usual is None else {"usual": usual})

    def test_what_is_not_known_does_not_stand_beside(self):
        bare = strongest(self.PARTS, self.VALUES[list(self.PARTS)])
        assert {str(reason.beside) for reasons in bare for reason in reasons} == {"{}"}
        lone = strongest(self.PARTS, self.VALUES.assign(gap_days_median=np.nan))
        assert lone[0][0].beside == {}

    def test_overdue_and_the_last_horizon_have_theirs(self):
        values = self.VALUES.assign(spend_last_horizon=5.0, spend_horizon_before=80.0, usual_value=[60.0, np.nan])
        parts = pd.DataFrame({"overdue_ratio": [1.0, 1.0], "spend_last_horizon": [0.5, 0.5]})
        (overdue, last), (_, unusual) = strongest(parts, values)
        assert overdue.beside == {"gap_days_median": 21.0, "recency_days": 83.0}
        assert last.beside == {"spend_horizon_before": 80.0, "usual": 60.0}
        assert unusual.beside == {"spend_horizon_before": 80.0}

    @pytest.mark.parametrize(
        ("feature", "own", "bad"),
        [
            ("recency_days", {"recency_days": 3.0}, True),
            ("overdue_ratio", {"overdue_ratio": 0.2}, True),
            ("spend_change_90", {"spend_change_90": -0.1}, True),
            ("order_days_change_30", {"order_days_change_30": 0.0}, False),
            ("spend_last_30", {"spend_last_30": 39.0, "spend_total": 399.0, "tenure_days": 300.0}, True),
            ("spend_last_30", {"spend_last_30": 40.0, "spend_total": 400.0, "tenure_days": 300.0}, False),
            ("orders_last_30", {"orders_last_30": 1.0, "n_orders": 19.0, "tenure_days": 300.0}, True),
            ("orders_last_30", {"orders_last_30": 2.0, "n_orders": 20.0, "tenure_days": 300.0}, False),
            ("spend_last_30", {"spend_last_30": 900.0}, True),  # what is usual is not known
            ("n_order_days", {"n_order_days": 1.0}, False),
            ("gap_cv_ratio", {"gap_cv_ratio": 9.0}, False),
        ],
    )
    def test_news_is_bad_where_less_than_usual_was_done(self, feature, own, bad):
        assert is_bad_news(feature, own) is bad

    def test_rows_belong_to_customers_whatever_their_index(self):
        turned = strongest(self.PARTS.iloc[::-1], self.VALUES.iloc[::-1])
        assert str(turned[::-1]) == str(strongest(self.PARTS, self.VALUES))

    def test_every_feature_has_one_theme_and_unknown_ones_their_own(self):
        assert theme_of("spend_last_horizon") == theme_of("spend_last_7") == theme_of("spend_change_45")
        assert theme_of("n_orders") == theme_of("n_order_days_ever") == theme_of("gap_days_median") != "n_orders"
        assert theme_of("attribute_region is north") == theme_of("days_since_joined_on") == "attributes"
        assert theme_of("weekend_share") == "weekend_share"
        own = {theme_of(name) for name in FEATURES}
        assert 10 < len(own) < len(FEATURES)


class TestWriting:
    REASONS = (
        Reason("recency_days", 83.0, 1 / 3, {"gap_days_median": 21.0}),
        Reason("gap_cv_ratio", math.nan, 123456.789),
    )

    def test_is_json_with_six_digits(self):
        assert written(self.REASONS) == (
            '[{"feature": "recency_days", "value": 83.0, "contribution": 0.333333, '
            '"beside": {"gap_days_median": 21.0}}, '
            '{"feature": "gap_cv_ratio", "value": null, "contribution": 123457.0, "beside": {}}]'
        )

    def test_what_was_written_is_read(self):
        first, second = read(written(self.REASONS))
        assert first == Reason("recency_days", 83.0, 0.333333, {"gap_days_median": 21.0})
        assert math.isnan(second.value)
        assert written(read(written(self.REASONS))) == written(self.REASONS)
        assert read(written([])) == read("") == ()


def test_importance_is_the_mean_size_of_what_a_column_adds():
    parts = pd.DataFrame({"a": [0.1, -0.1], "b": [-2.0, 1.0], "c": [0.0, 0.2]})
    table = importance(parts)
    assert table["feature"].tolist() == ["b", "a", "c"]
    assert table["mean_absolute_contribution"].tolist() == pytest.approx([1.5, 0.1, 0.1])
