import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import roc_auc_score

from clientscape.catalog import Use, call, functions
from clientscape.churn import baselines, classifiers
from clientscape.churn.baselines import hiatus, recency

CATALOGUE = functions(classifiers, baselines)


def made(name):
    return call(Use(name), CATALOGUE, "classifier", seed=3)


@pytest.fixture(scope="module")
def customers():
    """2000 customers: recency tells who leaves, the other columns nothing; holes in one of them."""
    rng = np.random.default_rng(5)
    X = pd.DataFrame(
        {
            "recency_days": 1 + rng.gamma(1.5, 40, 2000).astype(int),
            "spend_total": rng.lognormal(4, 1, 2000) - 20,
            "gap_cv_ratio": rng.gamma(2, 1, 2000),
        }
    )
    X.loc[rng.random(2000) < 0.2, "gap_cv_ratio"] = np.nan
    return X, X["recency_days"].to_numpy() + rng.normal(0, 12, 2000) > 60


@pytest.fixture(scope="module")
def halves(customers):
    X, y = customers
    return X[:1000], y[:1000], X[1000:].reset_index(drop=True), y[1000:]


@pytest.mark.parametrize("name", CATALOGUE)
class TestEveryClassifier:
    def test_rows_are_probabilities(self, name, halves):
        X, y, unseen, _ = halves
        p = made(name).fit(X, y).predict_proba(unseen)
        assert p.shape == (1000, 2)
        assert ((p >= 0) & (p <= 1)).all()
        assert_allclose(p.sum(axis=1), 1)

    def test_a_planted_signal_is_learnt(self, name, halves):
        X, y, unseen, truth = halves
        auc = roc_auc_score(truth, made(name).fit(X, y).predict_proba(unseen)[:, 1])
        assert auc > (0.85 if name == "hiatus" else 0.9)  # a single cut gives but two values

    def test_shuffled_labels_teach_nothing(self, name, halves):
        X, y, unseen, truth = halves
        shuffled = np.random.default_rng(0).permutation(y)
        p = made(name).fit(X, shuffled).predict_proba(unseen)[:, 1]
        # Where recency rules the truth, what noise says of recency shows: so noise is asked about noise.
        assert abs(roc_auc_score(np.random.default_rng(1).permutation(truth), p) - 0.5) < 0.06

    def test_probabilities_are_right_on_average(self, name, halves):
        X, y, unseen, truth = halves
        assert made(name).fit(X, y).predict_proba(unseen)[:, 1].mean() == pytest.approx(truth.mean(), abs=0.03)

    def test_the_same_seed_gives_the_same_bytes(self, name, halves):
        X, y, unseen, _ = halves
        one, two = (made(name).fit(X, y).predict_proba(unseen) for _ in range(2))
        assert one.tobytes() == two.tobytes()

    def test_a_customer_alone_gets_what_he_gets_in_company(self, name, halves):
        X, y, unseen, _ = halves
        fitted = made(name).fit(X, y)
        together = fitted.predict_proba(unseen)
        for i in range(0, 1000, 100):
            assert_allclose(fitted.predict_proba(unseen.iloc[[i]])[0], together[i], rtol=1e-12)

    def test_missing_values_are_taken(self, name, halves):
        X, y, unseen, _ = halves
        p = made(name).fit(X, y).predict_proba(unseen.assign(spend_total=np.nan, gap_cv_ratio=np.nan))
        assert np.isfinite(p).all()


def test_the_recency_rule_ranks_as_recency_does(halves):
    X, y, unseen, truth = halves
    p = recency().fit(X, y).predict_proba(unseen)[:, 1]
    assert roc_auc_score(truth, p) == roc_auc_score(truth, unseen["recency_days"])


def test_hiatus_cuts_where_the_two_sides_differ_most():
    X = pd.DataFrame({"recency_days": [10, 20, 30, 40, 50, 60]})
    rule = hiatus().fit(X, np.array([False, False, True, False, True, True]))
    assert rule.cut_days_ in (30, 50)
    assert hiatus().fit(X, np.arange(6) >= 3).cut_days_ == 40
    asked = pd.DataFrame({"recency_days": [39, 40]})
    assert_array_equal(hiatus().fit(X, np.arange(6) >= 3).predict_proba(asked)[:, 1], [0, 1])


def test_hiatus_gives_everyone_the_base_rate_where_recency_tells_the_wrong_way():
    X = pd.DataFrame({"recency_days": [10, 20, 30, 40]})
    rule = hiatus().fit(X, np.array([True, True, False, False]))
    assert rule.predict_proba(X)[:, 1].tolist() == [0.5] * 4
