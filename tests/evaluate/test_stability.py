import numpy as np
import pytest

from clientscape.evaluate.stability import (
    Effort,
    least_jaccard_score,
    prediction_strength_score,
    refits,
    seed_agreement_score,
    stability_score,
)
from clientscape.segment.clusterers import hdbscan, kmeans

EFFORT = Effort(draws=6, halves=3, seeds=2)


class Given:
    """A clustering that places customers by a rule, whoever it was fitted on."""

    def __init__(self, rule):
        self.rule = rule

    def predict(self, X):
        return self.rule(X).astype(np.int64)


def by(rule):
    return lambda X, seed, share=1.0: Given(rule)


@pytest.fixture(scope="module")
def groups():
    """Three groups far apart."""
    truth = np.repeat([0, 1, 2], [200, 100, 60])
    return np.array([[0, 0], [9, 0], [0, 9]])[truth] + np.random.default_rng(0).normal(size=(360, 2)), truth


@pytest.fixture(scope="module")
def shapeless():
    """One round cloud, in which any cut is as good as another."""
    return np.random.default_rng(1).normal(size=(360, 2))


def kmeans_of(k):
    return lambda X, seed, share=1.0: kmeans(n_segments=k, n_init=2, seed=seed).fit(X)


def measured(X, fit, seeded=True):
    return refits(X, [fit(X, 0).predict(X)], [fit], [seeded], EFFORT, seed=0)[0]


def test_segments_that_are_there_come_back(groups):
    X, _ = groups
    found = measured(X, kmeans_of(3))
    for score in (stability_score, least_jaccard_score, prediction_strength_score, seed_agreement_score):
        assert score(found) > 0.97


def test_cuts_through_a_cloud_do_not(shapeless):
    found = measured(shapeless, kmeans_of(5))
    assert stability_score(found) < 0.75
    assert least_jaccard_score(found) < 0.75
    assert prediction_strength_score(found) < 0.7


def test_one_segment_too_many_is_told_by_the_weakest_of_them(groups):
    X, _ = groups
    three, four = measured(X, kmeans_of(3)), measured(X, kmeans_of(4))
    assert least_jaccard_score(four) < 0.8 < least_jaccard_score(three)
    assert prediction_strength_score(four) < 0.8 < prediction_strength_score(three)


def test_numbers_by_hand():
    X = np.arange(8.0)[:, None]
    reference = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    found = refits(X, [reference], [by(lambda X: X[:, 0] >= 3)], [False], Effort(4, 0, 0), seed=0)[0]
    # The second segment took one of the first: 3 of 4 and 4 of 5 come back.
    np.testing.assert_allclose(found.jaccards, np.tile([3 / 4, 4 / 5], (4, 1)))
    assert least_jaccard_score(found) == 3 / 4
    assert np.isnan(seed_agreement_score(found))
    assert np.isnan(prediction_strength_score(found))


def test_a_segment_without_customers_keeps_its_place_and_is_missing():
    X = np.arange(8.0)[:, None]
    reference = np.array([0, 0, 0, 0, 2, 2, 2, 2])  # nobody of segment 1 is in the sample
    found = refits(X, [reference], [by(lambda X: X[:, 0] >= 3)], [False], Effort(2, 0, 0), seed=0)[0]
    np.testing.assert_allclose(found.jaccards, np.tile([3 / 4, np.nan, 4 / 5], (2, 1)))
    assert least_jaccard_score(found) == 3 / 4


def test_prediction_strength_is_that_of_the_weakest_segment():
    X = np.arange(40.0)[:, None]
    turns = iter([10, 20])

    def fit(X, seed, share):  # one half is cut at 10, the other at 20
        cut = next(turns)
        return Given(lambda X: X[:, 0] >= cut)

    found = refits(X, [np.zeros(40, dtype=np.int64)], [fit], [False], Effort(0, 1, 0), seed=3)[0]
    one = np.sort(np.random.default_rng([3, 1, 0]).permutation(40)[:20])
    expected = []
    for half, own, other in ((np.setdiff1d(np.arange(40), one), 20, 10), (one, 10, 20)):
        pairs = [(a, b) for a in half for b in half if a < b]
        together = {
            side: [(a >= other) == (b >= other) for a, b in pairs if (a >= own) == (b >= own) == side]
            for side in (False, True)
        }
        expected.append(min(np.mean(kept) for kept in together.values()))
    assert min(expected) < 1
    np.testing.assert_allclose(found.strengths, expected)


def test_customers_are_drawn_once_each_and_halves_share_nobody(groups):
    X, truth = groups
    seen, shares = [], []

    def fit(X, seed, share):
        seen.append((X, seed))
        shares.append(share)
        return Given(lambda X: np.zeros(len(X)))

    refits(X, [truth], [fit], [True], Effort(3, 2, 1), seed=5)
    draws, halves, starts = seen[:3], seen[3:7], seen[7:]
    for drawn, _ in draws:
        assert len(np.unique(drawn, axis=0)) == len(drawn)
        assert 0.55 < len(drawn) / len(X) < 0.72
    for (one, _), (other, _) in zip(halves[::2], halves[1::2], strict=True):
        assert len(np.unique(np.vstack([one, other]), axis=0)) == len(X)
    assert len({seed for _, seed in draws}) == 3
    assert shares == [len(some) / len(X) for some, _ in seen]
    assert [len(all_of_them) for all_of_them, _ in starts] == [len(X)]


def test_several_side_by_side_say_what_each_says_alone(groups):
    X, _ = groups
    fits = [kmeans_of(2), kmeans_of(4)]
    labels = [fit(X, 0).predict(X) for fit in fits]
    together = refits(X, labels, fits, [True, True], EFFORT, seed=0)
    for found, fit in zip(together, fits, strict=True):
        alone = measured(X, fit)
        np.testing.assert_array_equal(found.agreements, alone.agreements)
        np.testing.assert_array_equal(found.jaccards, alone.jaccards)


def test_to_place_nobody_is_not_stable(shapeless):
    found = measured(
        shapeless, lambda X, seed, share=1.0: hdbscan(min_cluster_size=200, seed=seed).fit(X), seeded=False
    )
    assert np.isnan(stability_score(found))
    assert np.isnan(least_jaccard_score(found))
    assert np.isnan(prediction_strength_score(found))
