import numpy as np
import pytest
import sklearn.metrics as skm
from sklearn.cluster import KMeans

from clientscape.evaluate.silhouettes import silhouettes


@pytest.fixture(scope="module")
def crowd():
    """900 customers in five coordinates, and 14 labelings of them: good, bad, partial, with gaps and single members."""
    rng = np.random.default_rng(0)
    X = 100 + np.repeat(rng.normal(size=(6, 5)) * 3, 150, axis=0) + rng.normal(size=(900, 5))
    X[5:12] = X[4]  # customers who are equal to the bit
    labelings = [KMeans(k, n_init=1, random_state=k).fit(X).labels_.astype(np.int64) for k in range(2, 10)]
    partial = labelings[3].copy()
    partial[rng.random(900) < 0.3] = -1
    single = labelings[2].copy()
    single[:3] = [40, 41, 42]
    return X, [*labelings, partial, single, 3 * labelings[1], rng.integers(0, 7, 900), np.arange(900) % 2, -1 - partial]


def test_one_pass_says_what_scikit_learn_says_of_each(crowd):
    X, labelings = crowd
    known = [skm.silhouette_score(X[labels >= 0], labels[labels >= 0]) for labels in labelings[:-1]]
    found = silhouettes(X, labelings[:-1], seed=0)
    np.testing.assert_allclose([each.score for each in found], known, atol=1e-9)
    assert {each.error for each in found} == {0.0}


def test_a_labeling_says_the_same_alone_and_in_company(crowd):
    X, labelings = crowd
    alone = [silhouettes(X, [labels], seed=0)[0].score for labels in labelings[:5]]
    np.testing.assert_allclose([each.score for each in silhouettes(X, labelings[:5], seed=0)], alone, atol=1e-12)


@pytest.mark.parametrize("labels", [np.zeros(20), np.full(20, -1), np.arange(20), np.where(np.arange(20) < 9, 0, -1)])
def test_it_is_missing_where_it_is_not_defined(labels):
    X = np.random.default_rng(0).normal(size=(20, 2))
    assert np.isnan(silhouettes(X, [labels.astype(np.int64)], seed=0)[0].score)


class TestSample:
    def test_it_is_off_by_about_its_error(self, crowd):
        X, labelings = crowd
        exact = silhouettes(X, labelings[:8], seed=0)
        away = []
        for seed in range(20):
            sampled = silhouettes(X, labelings[:8], exact_up_to=500, sample_size=300, seed=seed)
            assert all(0.001 < each.error < 0.06 for each in sampled)
            away += [(one.score - other.score) / one.error for one, other in zip(sampled, exact, strict=True)]
        assert abs(np.mean(away)) < 0.5
        assert 0.4 < np.std(away) < 1.6

    def test_a_small_segment_is_asked(self, crowd):
        X, labelings = crowd
        far = np.vstack([X, X[:4] + 50])
        labels = np.append(labelings[0], [7, 7, 7, 7])
        sampled = silhouettes(far, [labels], exact_up_to=500, sample_size=60, seed=1)[0]
        assert sampled.score == pytest.approx(silhouettes(far, [labels], seed=1)[0].score, abs=4 * sampled.error)
        assert np.isfinite(sampled.error)

    def test_the_seed_decides(self, crowd):
        X, labelings = crowd
        one, two, other = (silhouettes(X, labelings[:2], exact_up_to=1, sample_size=200, seed=s) for s in (1, 1, 2))
        assert one == two != other
