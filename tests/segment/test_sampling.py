import numpy as np
import pytest
from numpy.testing import assert_array_equal

from clientscape.segment.sampling import stratified


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(2)
    return rng.normal(size=(5000, 4)) * [5, 3, 1, 0.1]


def test_a_sample_has_its_size_and_rises(crowd):
    for size in (1, 17, 999, 4999):
        drawn = stratified(crowd, size, seed=1)
        assert len(drawn) == size
        assert (np.diff(drawn) > 0).all()
        assert 0 <= drawn[0] <= drawn[-1] < 5000


def test_everyone_is_drawn_where_all_fit(crowd):
    for size in (5000, 6000):
        assert_array_equal(stratified(crowd, size, seed=1), np.arange(5000))


def test_the_seed_decides(crowd):
    assert_array_equal(stratified(crowd, 500, seed=1), stratified(crowd, 500, seed=1))
    assert len(np.intersect1d(stratified(crowd, 500, seed=1), stratified(crowd, 500, seed=2))) < 250


def test_each_rank_of_the_widest_axis_gives_its_share(crowd):
    tenths = np.arange(5000)[np.argsort(crowd[:, 0])].reshape(10, 500)
    drawn = stratified(crowd, 500, seed=3)
    # By chance alone the numbers would spread by 6.4 around 50; the first axis is a principal one to 2%.
    assert [np.isin(drawn, tenth).sum() for tenth in tenths] == pytest.approx([50] * 10, abs=5)


def test_each_joint_bin_gives_its_share_up_to_one():
    ranks = np.repeat(np.arange(10.0), 10), np.tile(np.arange(10.0), 10)
    X = np.repeat(np.column_stack([2 * ranks[0], ranks[1]]), 20, axis=0)  # 100 kinds of customers, 20 of each
    drawn = stratified(X, 500, seed=4)
    assert_array_equal(np.bincount(drawn // 20, minlength=100), 5)


def test_every_customer_may_be_drawn(crowd):
    often = sum(np.bincount(stratified(crowd, 1000, seed), minlength=5000) for seed in range(60))
    assert often.min() >= 1
    assert often.mean() == pytest.approx(12)
    assert often.std() == pytest.approx(np.sqrt(60 * 0.2 * 0.8), rel=0.1)


@pytest.mark.parametrize("d", [1, 3])
def test_equal_customers_are_drawn_from_too(d):
    assert len(stratified(np.ones((300, d)), 100, seed=0)) == 100
