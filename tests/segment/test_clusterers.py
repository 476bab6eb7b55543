import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import adjusted_rand_score

from clientscape.catalog import Use, call, functions
from clientscape.segment import clusterers
from clientscape.segment.clusterers import gaussian_mixture, hdbscan, kmeans

CATALOGUE = functions(clusterers)
# Values for settings that have no default.
GIVEN = {"n_segments": 4, "min_cluster_size": 15, "seed": 3}


def made(name, **given):
    needed = [p.name for p in inspect.signature(CATALOGUE[name]).parameters.values() if p.default is p.empty]
    return call(Use(name), CATALOGUE, "clusterer", **{key: GIVEN[key] for key in needed}, **given)


@pytest.fixture(scope="module")
def blobs():
    """Four round groups of 60 customers, well apart, and where each belongs."""
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(4), 60)
    centres = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]])
    return centres[truth] + rng.normal(size=(240, 3)), truth


@pytest.fixture(scope="module")
def cloud():
    """Three groups that run into each other, and 90 customers strewn over and around them."""
    rng = np.random.default_rng(0)
    groups = np.repeat([[0, 0, 0], [5, 0, 0], [0, 5, 0]], 60, axis=0) + rng.normal(size=(180, 3))
    return np.vstack([groups, rng.uniform(-5, 10, size=(90, 3))])


@pytest.fixture(scope="module")
def ties():
    """Customers of whom many are equal in the one thing that is known of them."""
    rng = np.random.default_rng(0)
    return np.round(np.repeat([0, 6, 12], 100) + 2 * rng.normal(size=300), 1)[:, None]


@pytest.mark.parametrize("name", CATALOGUE)
class TestEveryClusterer:
    def test_planted_groups_are_found(self, name, blobs):
        X, truth = blobs
        assert adjusted_rand_score(truth, made(name).fit(X).labels_) > 0.9

    def test_training_labels_are_what_predict_says(self, name, blobs, cloud, ties):
        for X in (blobs[0], cloud, ties):
            fitted = made(name).fit(X)
            assert_array_equal(fitted.labels_, fitted.predict(X))
            assert fitted.labels_.dtype == np.int64

    def test_the_same_seed_gives_the_same_bytes(self, name, cloud):
        one, two = made(name).fit(cloud), made(name).fit(cloud)
        assert_array_equal(one.labels_, two.labels_)
        assert one.confidence(cloud).tobytes() == two.confidence(cloud).tobytes()

    def test_confidence_is_a_share(self, name, blobs, cloud):
        far = np.vstack([cloud, 1e6 * cloud, np.zeros((1, 3))])
        for X in (blobs[0], cloud):
            confidence = made(name).fit(X).confidence(far)
            assert confidence.shape == (len(far),)
            assert ((confidence >= 0) & (confidence <= 1)).all()

    def test_confidence_is_highest_inside_a_group(self, name, blobs):
        X, truth = blobs
        fitted = made(name).fit(X)
        middle, between = X[truth == 1].mean(axis=0), (X[truth == 1].mean(axis=0) + X[truth == 2].mean(axis=0)) / 2
        inside, outside = fitted.confidence(np.array([middle, between]))
        assert inside > max(0.8, outside)

    def test_a_customer_alone_gets_what_he_gets_in_company(self, name, blobs, cloud, ties):
        for X in (blobs[0], cloud, ties):
            fitted = made(name).fit(X)
            labels, confidence = fitted.predict(X), fitted.confidence(X)
            for i in range(0, len(X), 15):
                assert fitted.predict(X[[i]])[0] == labels[i]
                assert_allclose(fitted.confidence(X[[i]])[0], confidence[i], rtol=1e-12, atol=1e-12)

    def test_customers_who_are_equal_to_the_bit_are_placed_for_sure(self, name):
        X = np.repeat(np.random.default_rng(4).normal(size=(4, 3)) * 5, 40, axis=0)
        fitted = made(name).fit(X)
        assert adjusted_rand_score(np.repeat(np.arange(4), 40), fitted.labels_) == 1
        assert_allclose(fitted.confidence(X), 1, rtol=1e-9)


def test_a_customer_on_a_centre_of_his_own_is_as_sure_alone_as_in_company():
    X = np.vstack([np.random.default_rng(3).normal(size=(12, 2)), [[31.7, 42.3]]])
    fitted = kmeans(n_segments=4, seed=3).fit(X)
    assert fitted.confidence(X)[-1] == fitted.confidence(X[[-1]])[0] == 1


def test_kmeans_confidence_is_one_less_the_ratio_of_the_two_nearest_distances():
    fitted = kmeans(n_segments=2, seed=0).fit(np.array([[-1.0], [1.0], [9.0], [11.0]]))
    assert_allclose(fitted.confidence(np.array([[0.0], [2.0], [5.0]])), [1, 1 - 2 / 8, 0])


def test_mixture_confidence_is_the_posterior_of_its_segment(blobs):
    fitted = gaussian_mixture(n_segments=4, seed=0).fit(blobs[0])
    posterior = fitted.model.predict_proba(blobs[0])
    assert_array_equal(fitted.confidence(blobs[0]), posterior[np.arange(240), fitted.labels_])


def test_hdbscan_leaves_strangers_unplaced(blobs):
    fitted = hdbscan(min_cluster_size=15).fit(blobs[0])
    strangers = np.array([[100.0, 100, 100], [4, 4, 4]])
    assert fitted.predict(strangers).tolist() == [-1, -1]
    assert fitted.confidence(strangers).tolist() == [0, 0]


@pytest.mark.parametrize("settings", [{"min_cluster_size": 100}, {"min_cluster_size": 500}])
def test_hdbscan_without_a_cluster_places_nobody(cloud, settings):
    fitted = hdbscan(**settings).fit(cloud)
    assert set(fitted.labels_) == {-1}
    assert set(fitted.predict(cloud[:1])) == {-1}
    assert set(fitted.confidence(cloud)) == {0}


@pytest.mark.parametrize("n", [2, 8, 15, 30])
def test_hdbscan_takes_fewer_customers_than_it_asks_for_neighbours(blobs, n):
    fitted = hdbscan(min_cluster_size=2, min_samples=20).fit(blobs[0][::7][:n])
    assert fitted.predict(blobs[0]).shape == (240,)
