import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans

from clientscape.segment import lloyd
from clientscape.segment.clusterers import kmeans
from clientscape.segment.lloyd import divisions


def blobs(rng):
    return 4 * rng.normal(size=(5, 3))[rng.integers(5, size=900)] + rng.normal(size=(900, 3))


def cloud(rng):
    return rng.normal(size=(700, 6)) * [3, 1, 1, 1, 1, 0.1]


def log_counts(rng):
    """Whole numbers, with many customers who are equal to the bit, far from 0."""
    return 50 + np.log1p(rng.poisson(rng.gamma(1, 3, size=(800, 1)) * [1, 2, 0.5])).astype(float)


@pytest.mark.parametrize("make", [blobs, cloud])
@pytest.mark.parametrize("n_segments", [1, 2, 5, 9])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_goes_where_scikit_learn_goes(make, n_segments, seed):
    X = make(np.random.default_rng(5))
    theirs = KMeans(n_segments, n_init=4, random_state=seed).fit(X)
    found = divisions(X, n_segments, 4, np.random.RandomState(seed))
    assert not found.emptied
    best = np.flatnonzero((found.centres == found.best).all(axis=(1, 2)))[0]
    assert_allclose(found.inertias[best], theirs.inertia_, rtol=1e-9)
    order, their_order = np.lexsort(found.best.T), np.lexsort(theirs.cluster_centers_.T)
    assert_allclose(found.best[order], theirs.cluster_centers_[their_order], rtol=1e-9)
    assert_array_equal(np.argsort(order)[found.labels[best]], np.argsort(their_order)[theirs.labels_])


def test_a_lower_sum_counts_where_other_customers_are_together():
    labels = np.array([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 1, 1], [0, 1, 0, 1]])
    found = lloyd.Divisions(np.arange(8.0).reshape(4, 2, 1), labels, np.array([5.0, 4.9, 4.95, 6.0]), False)
    assert_array_equal(found.best, [[4], [5]])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_among_customers_who_are_equally_near_to_two_it_ends_as_well(seed):
    X = log_counts(np.random.default_rng(5))
    theirs = KMeans(9, n_init=10, random_state=seed).fit(X).inertia_
    assert divisions(X, 9, 10, np.random.RandomState(seed)).inertias.min() < 1.01 * theirs


def test_each_start_is_one_of_scikit_learns():
    X = blobs(np.random.default_rng(0))
    drawn = np.random.RandomState(3)
    theirs = [KMeans(6, n_init=1, max_iter=4, random_state=drawn).fit(X).inertia_ for _ in range(3)]
    assert len(set(theirs)) == 3
    found = divisions(X, 6, 3, np.random.RandomState(3), most_steps=4)
    assert_allclose(found.inertias, theirs, rtol=1e-9)


def test_of_two_centres_that_are_equally_near_one_has_the_customer():
    crowd = lloyd._Crowd(np.array([[-1.0], [0.0], [1.0]]), 2)
    sums = crowd.sums(np.array([[[-1.0], [1.0]]]))
    assert_array_equal(sums[..., 1], [[2, 1]])
    assert_array_equal(crowd.nearest(np.array([[[-1.0], [1.0]]]))[0], [[0, 0, 1]])


def test_blocks_of_customers_make_no_difference(monkeypatch):
    X = blobs(np.random.default_rng(1))
    whole = divisions(X, 4, 3, np.random.RandomState(0))
    monkeypatch.setattr(lloyd, "_AT_ONCE", 1)
    parts = divisions(X, 4, 3, np.random.RandomState(0))
    assert_allclose(parts.centres, whole.centres, rtol=1e-9)
    assert_array_equal(parts.labels, whole.labels)


def test_centres_that_nobody_is_nearest_to_are_told():
    X = np.repeat([[0.0], [1.0]], 20, axis=0)
    found = divisions(X, 3, 2, np.random.RandomState(0))
    assert found.emptied
    assert np.isfinite(found.centres).all()
    assert_array_equal(kmeans(n_segments=3, seed=0).fit(X).centres_, [[0], [1]])
