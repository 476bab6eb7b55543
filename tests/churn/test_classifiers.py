import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from clientscape.catalog import Use, call, functions
from clientscape.churn import baselines, classifiers
from clientscape.churn.classifiers import RISING, Stack, boosted_trees, logistic, stacked
from clientscape.churn.odds import log_odds
from clientscape.features.build import CATALOGUE as FEATURES

CATALOGUE = functions(classifiers, baselines)


def made(name):
    return call(Use(name), CATALOGUE, "classifier", seed=3)


@pytest.fixture(scope="module")
def customers():
    """2000 customers: who leaves shows it in every column that a rule sees, and in no other."""
    rng = np.random.default_rng(5)
    n = 2000
    fading = rng.normal(size=n)
    X = pd.DataFrame(
        {
            "recency_days": 1.0 + np.floor(40 * np.exp(0.9 * fading + rng.normal(0, 0.2, n))),
            "gap_days_median": np.exp(rng.normal(3.0, 0.2, n)),
            "expected_orders": 3 * np.exp(-0.9 * fading + rng.normal(0, 0.2, n)),
            "spend_last_horizon": 50 * np.exp(-0.9 * fading + rng.normal(0, 0.2, n)),
            "spend_horizon_before": np.full(n, 50.0),
            "usual_value": np.full(n, 80.0),
            "tenure_days": rng.integers(200, 366, n).astype(float),
            "n_order_days": 1.0 + rng.poisson(5, n),
            "spend_total": rng.lognormal(4, 1, n) - 20,
            "gap_cv_ratio": rng.gamma(2, 1, n),
        }
    )
    X.loc[rng.random(n) < 0.2, ["gap_days_median", "gap_cv_ratio"]] = np.nan
    return X, fading + rng.normal(0, 0.3, n) > 0.5


@pytest.fixture(scope="module")
def halves(customers):
    X, y = customers
    return X[:1000], y[:1000], X[1000:].reset_index(drop=True), y[1000:]


@pytest.fixture(scope="module")
def fitted(halves):
    """Each of the catalogue, fitted to the first half."""
    X, y, _, _ = halves
    return {name: made(name).fit(X, y) for name in CATALOGUE}


@pytest.mark.parametrize("name", CATALOGUE)
class TestEveryClassifier:
    def test_rows_are_probabilities(self, name, fitted, halves):
        p = fitted[name].predict_proba(halves[2])
        assert p.shape == (1000, 2)
        assert ((p >= 0) & (p <= 1)).all()
        assert_allclose(p.sum(axis=1), 1)

    def test_a_planted_signal_is_learnt(self, name, fitted, halves):
        _, _, unseen, truth = halves
        auc = roc_auc_score(truth, fitted[name].predict_proba(unseen)[:, 1])
        assert auc > (0.85 if name == "hiatus" else 0.9)  # a single cut gives but two values

    def test_shuffled_labels_teach_nothing(self, name, halves):
        X, y, unseen, truth = halves
        shuffled = np.random.default_rng(0).permutation(y)
        p = made(name).fit(X, shuffled).predict_proba(unseen)[:, 1]
        # Where a column rules the truth, what noise says of it shows: so noise is asked about noise.
        assert abs(roc_auc_score(np.random.default_rng(1).permutation(truth), p) - 0.5) < 0.06

    def test_probabilities_are_right_on_average(self, name, fitted, halves):
        _, _, unseen, truth = halves
        assert fitted[name].predict_proba(unseen)[:, 1].mean() == pytest.approx(truth.mean(), abs=0.03)

    def test_the_same_seed_gives_the_same_bytes(self, name, fitted, halves):
        X, y, unseen, _ = halves
        again = made(name).fit(X, y).predict_proba(unseen)
        assert again.tobytes() == fitted[name].predict_proba(unseen).tobytes()

    def test_a_customer_alone_gets_what_he_gets_in_company(self, name, fitted, halves):
        unseen = halves[2]
        together = fitted[name].predict_proba(unseen)
        for i in range(0, 1000, 100):
            assert_allclose(fitted[name].predict_proba(unseen.iloc[[i]])[0], together[i], rtol=1e-12)

    def test_missing_values_are_taken(self, name, fitted, halves):
        p = fitted[name].predict_proba(halves[2].assign(spend_total=np.nan, gap_cv_ratio=np.nan))
        assert np.isfinite(p).all()

    def test_columns_without_any_value_are_taken(self, name, halves):
        X, y, unseen, _ = halves
        nothing = {"spend_horizon_before": np.nan, "gap_days_median": np.nan, "gap_cv_ratio": np.nan}
        model = made(name).fit(X.assign(**nothing), y)
        assert np.isfinite(model.predict_proba(unseen.assign(**nothing))).all()
        assert np.isfinite(model.predict_proba(unseen)).all()  # the values come later

    def test_the_unit_of_money_hardly_matters(self, name, fitted, halves):
        X, y, unseen, truth = halves
        money = [column for column in X if "spend" in column]
        cents, unseen_cents = (frame.assign(**{c: frame[c] * 100 for c in money}) for frame in (X, unseen))
        one = roc_auc_score(truth, fitted[name].predict_proba(unseen)[:, 1])
        other = roc_auc_score(truth, made(name).fit(cents, y).predict_proba(unseen_cents)[:, 1])
        assert one == pytest.approx(other, abs=0.01)


class TestLogistic:
    def test_is_a_plain_logistic_regression_of_logarithms(self, halves):
        X, y, unseen, _ = halves
        columns = ["recency_days", "spend_total"]  # nothing missing, some of it below zero
        bent, asked = (np.sign(frame) * np.log1p(frame.abs()) for frame in (X[columns], unseen[columns]))
        scaled = [((frame - bent.mean()) / bent.std(ddof=0)).clip(-3, 3) for frame in (bent, asked)]
        assert (scaled[1].abs() == 3).to_numpy().any()  # who lies further out counts as that
        by_hand = LogisticRegression(C=0.1).fit(scaled[0], y).predict_proba(scaled[1])
        assert_allclose(logistic(seed=1).fit(X[columns], y).predict_proba(unseen[columns]), by_hand, rtol=1e-6)

    def test_that_a_value_is_missing_tells_something_of_its_own(self):
        """Missing means leaving here, and the median of the known values means staying."""
        rng = np.random.default_rng(2)
        known = rng.normal(100, 10, 600)
        X = pd.DataFrame({"a": np.where(np.arange(600) % 3 == 0, np.nan, known)})
        y = X["a"].isna().to_numpy()
        p = logistic(seed=0).fit(X, y).predict_proba(pd.DataFrame({"a": [np.nan, 100.0]}))[:, 1]
        assert p[0] > 0.9
        assert p[1] < 0.1


@pytest.fixture(scope="module")
def bumpy():
    """The young leave; of the others those who ordered just now, as they have stocked up, and the long silent."""
    rng = np.random.default_rng(4)
    X = pd.DataFrame({"tenure_days": rng.integers(1, 366, 4000), "recency_days": rng.integers(1, 181, 4000)})
    gone = (X["recency_days"] < 20) | (X["recency_days"] > 120)
    return X.astype(float), rng.random(4000) < np.where(gone, 0.7, 0.2)


class TestTrees:
    @pytest.mark.parametrize("place", [0, 1])
    def test_risk_never_falls_with_recency_wherever_its_column_stands(self, bumpy, place):
        X, y = bumpy
        columns = ["tenure_days", "recency_days"] if place else ["recency_days", "tenure_days"]
        asked = pd.DataFrame({"tenure_days": 100.0, "recency_days": np.arange(1.0, 181.0)})[columns]
        rises = np.diff(boosted_trees(seed=0).fit(X[columns], y).predict_proba(asked)[:, 1])
        assert (rises >= 0).all()
        assert rises.max() > 0.1
        free = np.diff(boosted_trees(monotone=False, seed=0).fit(X[columns], y).predict_proba(asked)[:, 1])
        assert free.min() < -0.1

    def test_what_may_only_rise_is_a_feature(self):
        assert set(FEATURES) >= RISING

    def test_settings_reach_the_trees(self, halves):
        X, y, _, _ = halves
        stump = boosted_trees(max_iter=1, max_leaf_nodes=2, seed=0).fit(X, y)
        assert len(np.unique(stump.predict_proba(X)[:, 1])) == 2
        lone = boosted_trees(max_iter=1, min_samples_leaf=600, seed=0).fit(X, y)
        assert lone.predict_proba(X)[:, 1] == pytest.approx(y.mean())


def light(folds=3):
    """A stack as that of the catalogue, of fewer trees."""
    return Stack(logistic(seed=0), boosted_trees(max_iter=60, learning_rate=0.1, seed=0), folds)


class TestStack:
    def test_log_odds_are_a_weighted_sum_of_those_of_the_two(self, fitted, halves):
        unseen = halves[2]
        stack = fitted["stacked"]
        linear, trees = (log_odds(fitted[name].predict_proba(unseen)[:, 1]) for name in ("logistic", "boosted_trees"))
        by_hand = stack.level_ + stack.weights_[0] * linear + stack.weights_[1] * trees
        assert_allclose(log_odds(stack.predict_proba(unseen)[:, 1]), by_hand, rtol=1e-9, atol=1e-9)

    def test_weights_go_where_the_truth_is(self):
        """A straight line is the linear model's, an island is the trees'; in both cases the stack is as good."""
        rng = np.random.default_rng(9)
        X = pd.DataFrame(np.exp(rng.normal(size=(4000, 2))), columns=["a", "b"])
        log = np.log1p(X)
        line = 4 * (log["a"] - log["b"])
        island = np.where((X["a"].between(0.5, 2)) & (X["b"].between(0.5, 2)), 2.0, -2.0)
        shares = []
        for force in (line, island):
            y = np.asarray(force + rng.logistic(size=4000) > 0)
            stack = light().fit(X[:2000], y[:2000])
            both = stack.linear_, stack.trees_
            losses = [log_loss(y[2000:], m.predict_proba(X[2000:])[:, 1]) for m in (stack, *both)]
            assert losses[0] < min(losses[1:]) + 0.005
            shares.append(stack.weights_[1] / sum(stack.weights_))
        assert shares[0] < 0.2
        assert shares[1] > 0.8

    def test_no_weight_is_negative(self, halves):
        X, y, _, _ = halves
        for seed in range(4):
            noise = np.random.default_rng(seed).permutation(y)
            assert min(light(2).fit(X[:300], noise[:300]).weights_) >= 0

    def test_two_outcomes_in_no_fold_but_one_give_the_plain_mean(self):
        X = pd.DataFrame({"a": np.arange(4.0)})
        stack = stacked(folds=4, seed=0).fit(X, np.array([False, False, False, True]))
        assert np.isfinite(stack.predict_proba(X)).all()
