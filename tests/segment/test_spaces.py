import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from clientscape.catalog import functions
from clientscape.segment import spaces
from clientscape.segment.spaces import log_standard, ranks, standard

CATALOGUE = functions(spaces)


@pytest.fixture(scope="module", name="X")
def money():
    """Money-like columns of 300 customers: skewed, negative here and there, with holes, one nearly constant."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.lognormal(3, 1, 300), rng.normal(0, 50, 300), rng.poisson(0.02, 300).astype(float)])
    X[rng.random(X.shape) < 0.05] = np.nan
    return X


@pytest.mark.parametrize("name", CATALOGUE)
class TestEverySpace:
    def test_missing_is_where_the_training_median_is(self, name, X):
        space = CATALOGUE[name]().fit(X)
        median = np.nanmedian(X, axis=0)
        assert_array_equal(space.transform(np.full((1, 3), np.nan)), space.transform(median[None]))
        # What others miss at night does not move it.
        assert_array_equal(space.transform(np.array([[1e9] * 3, [np.nan] * 3]))[1:], space.transform(median[None]))

    def test_one_row_lies_where_it_lies_in_company(self, name, X):
        space = CATALOGUE[name]().fit(X)
        together = space.transform(X)
        assert np.isfinite(together).all()
        assert_array_equal(np.vstack([space.transform(X[[i]]) for i in range(len(X))]), together)

    def test_more_is_never_further_down(self, name, X):
        space = CATALOGUE[name]().fit(X)
        up = np.sort(np.nan_to_num(np.vstack([X, 10 * X])), axis=0)
        assert (np.diff(space.transform(up), axis=0) >= 0).all()

    def test_fitting_again_gives_the_same_place(self, name, X):
        assert CATALOGUE[name]().fit(X).transform(X).tobytes() == CATALOGUE[name]().fit(X).transform(X).tobytes()

    def test_the_order_of_the_customers_does_not_matter(self, name, X):
        there, back = (CATALOGUE[name]().fit(rows).transform(X) for rows in (X, X[::-1]))
        searched = name == "yeo_johnson"  # its powers are found to eight digits, not reckoned
        assert_allclose(there, back, rtol=1e-4 if searched else 1e-9, atol=1e-6 if searched else 1e-12)

    @pytest.mark.parametrize("n", [1, 2, 7])
    def test_a_handful_of_customers_is_placed(self, name, X, n):
        assert np.isfinite(CATALOGUE[name]().fit(X[:n]).transform(X)).all()

    def test_a_column_of_nothing_says_nothing(self, name, X):
        holed = np.column_stack([X[:, :1], np.full(len(X), np.nan)])
        placed = CATALOGUE[name]().fit(holed).transform(holed)
        assert placed.shape == holed.shape
        assert np.ptp(placed[:, 1]) == 0


def test_log_standard_is_the_z_score_of_the_signed_logarithm():
    X = np.array([[-7.0], [0.0], [63.0]])
    logs = np.log([1 / 8, 1, 64])
    assert_allclose(log_standard().fit(X).transform(X)[:, 0], (logs - logs.mean()) / logs.std())


def test_standard_is_the_z_score():
    X = np.array([[1.0], [2.0], [6.0]])
    assert_allclose(standard().fit(X).transform(X)[:, 0], np.array([-2, -1, 3]) / np.sqrt(14 / 3))


def test_ranks_are_places_among_the_training_customers():
    space = ranks().fit(np.array([[1.0], [100.0], [2.0], [3.0], [4.0]]))
    assert_allclose(space.transform(np.array([[-5], [1], [2.5], [100], [1e9]]))[:, 0], [0, 0, 0.375, 1, 1])


def test_ranks_take_no_sample_of_a_large_shop():
    X = np.random.default_rng(0).normal(size=(20_000, 1))
    X[0] = -1e6  # the one who would be missed
    space = ranks(n_quantiles=50).fit(X)
    assert space.scale[-1].quantiles_[0, 0] == -1e6
