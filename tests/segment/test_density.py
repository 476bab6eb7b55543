import sys

import hdbscan as library
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from clientscape.segment import linkage
from clientscape.segment.clusterers import hdbscan
from clientscape.segment.linkage import regions


def blobs(rng):
    return np.repeat([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], 60, axis=0) + rng.normal(size=(240, 3))


def cloud(rng):
    groups = np.repeat([[0, 0, 0], [5, 0, 0], [0, 5, 0]], 100, axis=0) + rng.normal(size=(300, 3))
    return np.vstack([groups, rng.uniform(-5, 10, size=(150, 3))])


def nested(rng):
    """Dense groups inside wider ones, so that the tree has many floors."""
    wide = rng.normal(size=(6, 2)) * 20
    dense = wide[rng.integers(6, size=30)] + rng.normal(size=(30, 2)) * 3
    return dense[rng.integers(30, size=900)] + rng.normal(size=(900, 2)) * rng.choice([0.2, 1.0], size=(900, 1))


def ties(rng):
    return np.round(np.repeat([0, 6, 12], 100) + 2 * rng.normal(size=300), 1)[:, None]


def counts(rng):
    """Whole numbers in two columns: most customers are equal to others to the bit."""
    return np.log1p(rng.poisson(rng.gamma(1, 3, size=(500, 1)) * [1, 2])).astype(float)


def wide(rng):
    """More columns than the fast tree is for."""
    return np.repeat(3 * np.eye(3, 64), 40, axis=0) + 0.2 * rng.normal(size=(120, 64))


DATA = (blobs, cloud, nested, ties, counts, wide)


def theirs(X, min_cluster_size, min_samples):
    model = library.HDBSCAN(min_cluster_size, min_samples=min_samples, prediction_data=True, core_dist_n_jobs=1).fit(X)
    densest = model.prediction_data_.max_lambdas
    densest.update({cluster: min(density, np.finfo(float).max) for cluster, density in densest.items()})
    return model


@pytest.mark.parametrize("make", DATA)
@pytest.mark.parametrize(("min_cluster_size", "min_samples"), [(5, 3), (15, 10), (40, 5)])
class TestAgainstTheLibrary:
    def test_customers_are_placed_as_approximate_predict_places_them(self, make, min_cluster_size, min_samples):
        rng = np.random.default_rng(3)
        X = make(rng)
        model = theirs(X, min_cluster_size, min_samples)
        fitted = hdbscan(min_cluster_size=min_cluster_size, min_samples=min_samples, seed=0).fit(X)
        near, strewn = X + rng.normal(size=X.shape) * 0.3, rng.uniform(X.min(), X.max(), size=X.shape)
        for asked in (X, near, strewn, 1e6 * X):
            labels, strengths = library.approximate_predict(model, asked)
            assert_array_equal(fitted.predict(asked), labels)
            assert_allclose(fitted.confidence(asked), strengths, rtol=1e-12, atol=1e-12)

    def test_the_tree_gives_the_labels_of_the_library(self, make, min_cluster_size, min_samples):
        X = make(np.random.default_rng(3))
        grown, model = regions(X, min_cluster_size, min_samples), theirs(X, min_cluster_size, min_samples)
        held = model.labels_ >= 0
        assert_array_equal(grown.segment[grown.region][held], model.labels_[held])
        assert grown.segment.max() == model.labels_.max()
        assert_array_equal(grown.core, model.prediction_data_.core_distances)


def test_hdbscan_leaves_strangers_unplaced():
    fitted = hdbscan(min_cluster_size=15, seed=0).fit(blobs(np.random.default_rng(1)))
    strangers = np.array([[100.0, 100, 100], [4, 4, 4]])
    assert fitted.predict(strangers).tolist() == [-1, -1]
    assert fitted.confidence(strangers).tolist() == [0, 0]


@pytest.mark.parametrize("settings", [{"min_cluster_size": 150}, {"min_cluster_size": 500}])
@pytest.mark.parametrize("noise", ["keep", "nearest"])
def test_without_a_segment_nobody_is_placed(settings, noise):
    X = cloud(np.random.default_rng(0))
    fitted = hdbscan(**settings, noise=noise, seed=0).fit(X)
    assert set(fitted.labels_) == {-1}
    assert set(fitted.predict(X[:1])) == {-1}
    assert set(fitted.confidence(X)) == {0}


@pytest.mark.parametrize("n", [2, 8, 15, 30])
def test_fewer_customers_than_neighbours_asked_for_are_taken(n):
    X = blobs(np.random.default_rng(1))
    fitted = hdbscan(min_cluster_size=2, min_samples=20, seed=0).fit(X[::7][:n])
    assert fitted.predict(X).shape == (240,)


@pytest.fixture(scope="module")
def strewn():
    """Groups with customers between them, of whom some belong nowhere."""
    return cloud(np.random.default_rng(0))


class TestNoiseNearest:
    def test_who_was_placed_stays_where_he_is(self, strewn):
        keep, nearest = (hdbscan(min_cluster_size=15, noise=noise, seed=0).fit(strewn) for noise in ("keep", "nearest"))
        placed = keep.labels_ >= 0
        assert 0.3 < placed.mean() < (nearest.labels_ >= 0).mean() < 1
        assert_array_equal(nearest.labels_[placed], keep.labels_[placed])
        assert_array_equal(nearest.confidence(strewn)[placed], keep.confidence(strewn)[placed])

    def test_the_limit_is_the_usual_distance_of_neighbours_in_the_segment(self, strewn):
        limit = 1.5
        fitted = hdbscan(min_cluster_size=15, noise="nearest", limit=limit, seed=0).fit(strewn)
        kept = hdbscan(min_cluster_size=15, seed=0).fit(strewn)
        model = theirs(strewn, 15, 10)
        core, strength = model.prediction_data_.core_distances, kept.confidence(strewn)
        asked = np.random.default_rng(1).uniform(-6, 11, size=(300, 3))
        for row in asked[kept.predict(asked) < 0]:
            distances = np.where(kept.labels_ >= 0, np.sqrt(((strewn - row) ** 2).sum(axis=1)), np.inf)
            host = distances.argmin()
            reach = limit * np.quantile(core[kept.labels_ == kept.labels_[host]], 0.95)
            inside = distances[host] <= reach
            assert fitted.predict(row[None])[0] == (kept.labels_[host] if inside else -1)
            expected = strength[host] * (1 - distances[host] / reach) if inside else 0
            assert_allclose(fitted.confidence(row[None])[0], expected, rtol=1e-9, atol=1e-12)

    def test_a_wider_limit_places_more_and_none_is_placed_from_afar(self, strewn):
        shares = [
            (hdbscan(min_cluster_size=15, noise="nearest", limit=limit, seed=0).fit(strewn).labels_ >= 0).mean()
            for limit in (0.5, 1.0, 2.0, 4.0)
        ]
        assert shares == sorted(shares)
        assert shares[0] < shares[-1]
        fitted = hdbscan(min_cluster_size=15, noise="nearest", seed=0).fit(strewn)
        assert fitted.predict(np.full((1, 3), 1e3)).tolist() == [-1]


def test_sizes_are_scaled_by_the_share_of_the_sample(monkeypatch):
    asked = []
    grow = regions
    monkeypatch.setattr(
        "clientscape.segment.density.regions",
        lambda X, size, samples: asked.append((size, samples)) or grow(X, size, samples),
    )
    X = np.repeat(blobs(np.random.default_rng(1)), 5, axis=0) + np.random.default_rng(2).normal(size=(1200, 3)) * 0.1
    for fit_on, size, samples in ((300, 100, 40), (300, 16, 8), (300, 3, 2), (2000, 100, 40)):
        hdbscan(min_cluster_size=size, min_samples=samples, fit_on=fit_on, seed=0).fit(X)
    assert asked == [(25, 10), (5, 5), (3, 2), (100, 40)]


def test_fits_that_differ_in_the_least_size_share_a_tree():
    X = cloud(np.random.default_rng(8))
    linkage._single_linkage.cache_clear()
    shared = [hdbscan(min_cluster_size=size, min_samples=7, seed=0).fit(X).labels_ for size in (5, 15, 30)]
    assert linkage._single_linkage.cache_info().misses == 1
    for size, labels in zip((5, 15, 30), shared, strict=True):
        linkage._single_linkage.cache_clear()
        assert_array_equal(hdbscan(min_cluster_size=size, min_samples=7, seed=0).fit(X).labels_, labels)


def test_a_segment_whose_customers_all_fell_out_deeper_keeps_them_all():
    above = np.array([0, 0, 0, 1, 1])  # 1 split into 3 and 4 and lost nobody itself
    segment, _ = linkage._chosen(np.array([0, 0, 1]), np.array([3, 4, 2]), above, np.ones(5))
    assert segment.tolist() == [-1, 0, 1, 0, 0]


def test_blocks_of_customers_make_no_difference(monkeypatch):
    X = cloud(np.random.default_rng(0))
    fitted = hdbscan(min_cluster_size=15, noise="nearest", seed=0).fit(X)
    labels, confidence = fitted.placed(X)
    monkeypatch.setattr("clientscape.segment.density._BLOCK", 7)
    assert_array_equal(fitted.predict(X), labels)
    assert_array_equal(fitted.confidence(X), confidence)


def test_customers_are_placed_without_hdbscan(monkeypatch):
    X = cloud(np.random.default_rng(0))
    fitted = hdbscan(min_cluster_size=15, noise="nearest", seed=0).fit(X)
    for name in [name for name in sys.modules if name.partition(".")[0] == "hdbscan"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert_array_equal(fitted.predict(X), fitted.labels_)
    with pytest.raises(ImportError):
        fitted.fit(X + 1)
