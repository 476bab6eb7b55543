import inspect
import subprocess
import sys

import numpy as np
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

from clientscape.catalog import Use, call, functions
from clientscape.faults import InputError
from clientscape.segment import clusterers
from clientscape.segment.clusterers import bisecting_kmeans, kmeans, ward

CATALOGUE = functions(clusterers)
TRUSTED = [
    "clientscape.segment.centres.Centres",
    "clientscape.segment.density.Density",
    "clientscape.segment.linkage.Regions",
    "clientscape.segment.mixtures.Mixture",
]
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

    def test_where_all_customers_are_equal_they_are_together(self, name):
        fitted = made(name).fit(np.full((60, 3), 0.1))
        assert len(set(fitted.labels_)) == 1
        assert np.isfinite(fitted.confidence(np.zeros((2, 3)))).all()

    @pytest.mark.parametrize("column", [np.zeros(240), None], ids=["constant", "collinear"])
    def test_columns_that_say_nothing_new_do_no_harm(self, name, blobs, column):
        X, truth = blobs
        fitted = made(name).fit(np.column_stack([X, X[:, 0] if column is None else column]))
        assert adjusted_rand_score(truth, fitted.labels_) > 0.9

    def test_a_sample_is_enough_to_place_everyone(self, name, blobs):
        X, truth = np.repeat(blobs[0], 5, axis=0), np.repeat(blobs[1], 5)
        fitted = made(name, fit_on=400).fit(X + np.random.default_rng(5).normal(scale=0.1, size=X.shape))
        assert fitted.facts_["fitted_on"] == 400
        assert len(fitted.labels_) == 1200
        assert adjusted_rand_score(truth, fitted.labels_) > 0.85

    def test_a_fit_on_everyone_says_so(self, name, blobs):
        assert made(name).fit(blobs[0]).facts_["fitted_on"] == 240

    @pytest.mark.parametrize("strange", [np.nan, np.inf])
    def test_numbers_that_are_not_finite_are_refused(self, name, blobs, strange):
        X = blobs[0].copy()
        X[7, 2] = strange
        with pytest.raises(InputError, match=r"1 values .* row 7, column 2"):
            made(name).fit(X)
        with pytest.raises(InputError, match="finite numbers"):
            made(name).fit(blobs[0]).predict(X)

    def test_other_columns_than_at_the_fit_are_refused(self, name, blobs):
        fitted = made(name).fit(blobs[0])
        for ask in (fitted.predict, fitted.confidence):
            with pytest.raises(InputError, match=r"\(240, 2\); expected rows of 3 columns"):
                ask(blobs[0][:, :2])

    def test_too_few_customers_are_refused(self, name, blobs):
        with pytest.raises(InputError, match="found 1 customers; expected at least"):
            made(name).fit(blobs[0][:1])
        if "n_segments" in inspect.signature(CATALOGUE[name]).parameters:
            with pytest.raises(InputError, match="found 3 customers; expected at least 4"):
                made(name).fit(blobs[0][:3])

    def test_labels_and_confidence_come_together_or_apart(self, name, cloud):
        fitted = made(name).fit(cloud)
        labels, confidence = fitted.placed(cloud)
        assert_array_equal(labels, fitted.predict(cloud))
        assert_array_equal(confidence, fitted.confidence(cloud))

    def test_a_stored_clusterer_places_as_before(self, name, cloud):
        fitted = made(name).fit(cloud)
        loaded = skops.io.loads(skops.io.dumps(fitted), trusted=TRUSTED)
        assert_array_equal(loaded.labels_, fitted.labels_)
        assert loaded.confidence(cloud).tobytes() == fitted.confidence(cloud).tobytes()


def test_importing_the_clusterers_does_not_import_hdbscan():
    code = "import sys, clientscape.segment.clusterers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "sklearn.cluster" in loaded
    assert "hdbscan" not in loaded


def test_a_customer_on_a_centre_of_his_own_is_as_sure_alone_as_in_company():
    X = np.vstack([np.random.default_rng(3).normal(size=(12, 2)), [[31.7, 42.3]]])
    fitted = kmeans(n_segments=4, seed=3).fit(X)
    assert fitted.confidence(X)[-1] == fitted.confidence(X[[-1]])[0] == 1


def test_kmeans_confidence_is_one_less_the_ratio_of_the_two_nearest_distances():
    fitted = kmeans(n_segments=2, seed=0).fit(np.array([[-1.0], [1.0], [9.0], [11.0]]))
    assert_allclose(fitted.confidence(np.array([[0.0], [2.0], [5.0]])), [1, 1 - 2 / 8, 0])


def test_centres_are_counted_in_the_order_of_their_coordinates(blobs):
    fitted = kmeans(n_segments=4, seed=0).fit(blobs[0])
    assert fitted.predict(np.array([[9.0, 0, 0], [0, 9, 0], [0, 0, 9]])).tolist()[0] == 3
    assert_array_equal(fitted.labels_, kmeans(n_segments=4, seed=9).fit(blobs[0]).labels_)


def test_fewer_kinds_of_customers_than_segments_give_fewer_segments():
    X = np.repeat([[0.1], [0.7], [3.3]], 20, axis=0)
    for name in ("kmeans", "bisecting_kmeans", "minibatch_kmeans", "ward"):
        fitted = made(name, n_init=2) if name != "ward" else made(name)
        assert len(set(fitted.fit(X).labels_)) == 3
        assert_allclose(fitted.confidence(X), 1, rtol=1e-9)


@pytest.mark.parametrize("n_segments", [2, 5, 9])
def test_ward_centres_are_the_means_of_the_groups_that_scipy_finds(cloud, n_segments):
    groups = fcluster(linkage(cloud, "ward"), n_segments, "maxclust")
    means = np.array([cloud[groups == group].mean(axis=0) for group in np.unique(groups)])
    assert_allclose(ward(n_segments=n_segments, seed=0).fit(cloud).centres_, np.unique(means, axis=0), rtol=1e-12)


def test_bisecting_splits_the_widest_group_again():
    X = np.repeat([[0.0], [1.0], [20.0], [24.0]], 10, axis=0)  # 20 and 24 lie farther apart than 0 and 1
    assert_allclose(bisecting_kmeans(n_segments=3, seed=0).fit(X).centres_, [[0.5], [20], [24]])
