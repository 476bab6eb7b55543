import warnings

import numpy as np
import pytest
from hdbscan import HDBSCAN
from hdbscan._hdbscan_tree import compute_stability, condense_tree, get_clusters
from numpy.testing import assert_array_equal

from clientscape.segment.condensed import condensed, merges, segments


def cloud(rng):
    groups = np.repeat([[0, 0], [5, 0], [0, 5]], 100, axis=0) + rng.normal(size=(300, 2))
    return np.vstack([groups, rng.uniform(-5, 10, size=(150, 2))])


def nested(rng):
    """Dense groups inside wider ones, so that the tree has many floors."""
    wide = rng.normal(size=(6, 2)) * 20
    dense = wide[rng.integers(6, size=30)] + rng.normal(size=(30, 2)) * 3
    return dense[rng.integers(30, size=900)] + rng.normal(size=(900, 2)) * rng.choice([0.2, 1.0], size=(900, 1))


def counts(rng):
    """Whole numbers: many customers are equal to the bit, where density has no end."""
    return np.log1p(rng.poisson(rng.gamma(1, 3, size=(500, 1)) * [1, 2])).astype(float)


@pytest.mark.parametrize("make", [cloud, nested, counts])
@pytest.mark.parametrize("min_samples", [2, 10])
def test_every_size_gives_what_the_library_gives(make, min_samples):
    X = make(np.random.default_rng(4))
    m = len(X)
    single_linkage = HDBSCAN(min_samples=min_samples, core_dist_n_jobs=1).fit(X).single_linkage_tree_.to_numpy()
    tree = merges(single_linkage)
    for size in (2, 3, 5, 10, 25, 60, 200, 2000):
        theirs = condense_tree(single_linkage.copy(), size)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            labels = get_clusters(theirs, compute_stability(theirs))[0]
        found = condensed(tree, size)
        assert_array_equal(segments(found), labels)
        customers = theirs["child"] < m
        fallen, split = theirs[customers], theirs[~customers]
        assert_array_equal(found.region[fallen["child"]], fallen["parent"] - m)
        assert_array_equal(found.fell_at[fallen["child"]], fallen["lambda_val"])
        assert_array_equal(found.above[split["child"] - m], split["parent"] - m)
        assert_array_equal(found.born_at[split["child"] - m], split["lambda_val"])
        assert_array_equal(found.size[split["child"] - m], split["child_size"])


def test_a_tree_by_hand():
    """Two pairs at distance 1 and 2 that join at 4; a fifth customer joins at 8."""
    tree = merges(np.array([[0, 1, 1, 2], [2, 3, 2, 2], [5, 6, 4, 4], [7, 4, 8, 5]], dtype=float))
    found = condensed(tree, 2)
    assert_array_equal(found.region, [1, 1, 2, 2, 0])
    assert_array_equal(found.fell_at, [1, 1, 1 / 2, 1 / 2, 1 / 8])
    assert_array_equal(found.above, [0, 0, 0])
    assert_array_equal(found.born_at, [0, 1 / 4, 1 / 4])
    assert_array_equal(segments(found), [0, 0, 1, 1, -1])
    assert_array_equal(segments(condensed(tree, 3)), [-1] * 5)
