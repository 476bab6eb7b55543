import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm

from clientscape.catalog import ask, functions, inputs
from clientscape.evaluate import clustering
from clientscape.evaluate.choice import Guard, choose, refused_by
from clientscape.evaluate.clustering import (
    coverage,
    largest_share,
    n_segments,
    silhouette_score,
    smallest_share,
)

CATALOGUE = functions(clustering)
SCORES = [name for name in CATALOGUE if name.endswith("_score")]
LOSSES = [name for name in CATALOGUE if name.endswith("_loss")]
SHAPE = [name for name in [*SCORES, *LOSSES] if inputs(CATALOGUE[name]) == ("X", "labels")]


@pytest.fixture(scope="module")
def planted():
    """Three groups of unequal size in a plane, and where each customer belongs."""
    truth = np.repeat([0, 1, 2], [150, 100, 50])
    centres = np.array([[0, 0], [6, 0], [0, 6]])
    return centres[truth] + np.random.default_rng(0).normal(size=(300, 2)), truth


def said(name, X, labels, truth):
    return ask(CATALOGUE[name], {"X": X, "labels": labels, "truth": truth}, seed=1)


@pytest.mark.parametrize("name", [*SCORES, *LOSSES])
class TestEveryMetric:
    def test_planted_segments_are_better_than_shuffled_ones(self, name, planted):
        X, truth = planted
        shuffled = np.random.default_rng(1).permutation(truth)
        gain = said(name, X, truth, truth) - said(name, X, shuffled, truth)
        assert gain < 0 if name in LOSSES else gain > 0

    def test_half_shuffled_segments_lie_between(self, name, planted):
        X, truth = planted
        half = truth.copy()
        half[::2] = np.random.default_rng(1).permutation(half[::2])
        best, between, worst = (said(name, X, labels, truth) for labels in (truth, half, np.roll(truth, 60)))
        assert min(best, worst) < between < max(best, worst)

    def test_the_labels_numbers_and_the_order_of_rows_do_not_matter(self, name, planted):
        X, truth = planted
        mixed = np.random.default_rng(2).permutation(len(X))
        renamed = np.array([7, 3, 5])[truth]
        assert said(name, X[mixed], renamed[mixed], truth[mixed]) == pytest.approx(said(name, X, truth, truth))


@pytest.mark.parametrize("name", SHAPE)
@pytest.mark.parametrize("labels", [[0] * 6, [-1] * 6, [0, 0, 0, -1, -1, -1], [0, 1, 2, 3, 4, 5]])
def test_shape_is_missing_for_a_single_segment_for_none_and_for_one_each(name, labels):
    X = np.arange(12.0).reshape(6, 2)
    assert np.isnan(said(name, X, np.array(labels), None))


@pytest.mark.parametrize("name", SHAPE)
def test_the_unplaced_do_not_count_for_shape(name, planted):
    X, truth = planted
    far = np.vstack([X, np.full((20, 2), 1e3)])
    assert said(name, far, np.r_[truth, np.full(20, -1)], None) == said(name, X, truth, None)


class TestSampledSilhouette:
    def test_it_is_near_the_exact_one(self, planted):
        X, truth = planted
        assert silhouette_score(X, truth, sample_size=150, seed=1) == pytest.approx(
            skm.silhouette_score(X, truth), abs=0.03
        )

    def test_the_same_seed_gives_the_same_value(self, planted):
        one, two, other = (silhouette_score(*planted, sample_size=100, seed=seed) for seed in (1, 1, 2))
        assert one == two != other

    def test_below_the_size_it_is_exact(self, planted):
        assert silhouette_score(*planted, seed=1) == skm.silhouette_score(*planted)

    @pytest.mark.parametrize("n", range(198, 207))
    def test_any_number_of_customers_around_the_size_is_judged(self, planted, n):
        X = np.resize(planted[0], (n, 2))
        assert np.isfinite(silhouette_score(X, np.arange(n) % 5, sample_size=200, seed=1))

    @pytest.mark.parametrize("alone", [1, 50, 120])
    def test_segments_of_one_customer_do_no_harm(self, planted, alone):
        X, truth = planted
        labels = truth.copy()
        labels[:alone] = np.arange(10, 10 + alone)
        assert np.isfinite(silhouette_score(X, labels, sample_size=200, seed=1))


def test_facts_about_sizes():
    labels = np.array([0, 0, 0, 0, 2, 2, 5, -1, -1, -1])
    assert coverage(labels) == 0.7
    assert n_segments(labels) == 3
    assert smallest_share(labels) == 0.1
    assert largest_share(labels) == 0.4


def test_facts_about_nobody_placed():
    labels = np.full(4, -1)
    assert (coverage(labels), n_segments(labels), smallest_share(labels), largest_share(labels)) == (0, 0, 0, 0)


@pytest.fixture
def trials():
    return pd.DataFrame(
        [
            ("two", 0.50, 0.9, 0.30, 1.0),
            ("three", 0.42, 0.7, 0.20, 1.0),
            ("three again", 0.42, 0.8, 0.20, 1.0),
            ("dense", 0.61, 0.4, 0.40, 0.5),
            ("nothing", np.nan, np.nan, np.nan, 0.0),
        ],
        columns=["trial", "silhouette_score", "davies_bouldin_loss", "smallest_share", "coverage"],
    )


PLACED = {"coverage": Guard(at_least=0.9)}


class TestChoice:
    def test_guards_come_first_and_the_sentence_names_what_they_cost(self, trials):
        position, why = choose(trials, PLACED, "silhouette_score")
        assert position == 0
        assert "two has the best silhouette_score (0.500) of the 3 of 5 trials" in why
        assert "coverage at least 0.9" in why
        assert "Next is three (0.420)" in why
        assert "silhouette_score alone would have chosen dense (0.610), refused for coverage 0.5" in why

    def test_where_the_guards_cost_nothing_the_sentence_does_not_say_so(self, trials):
        position, why = choose(trials, {"coverage": Guard(at_least=0.4)}, "silhouette_score")
        assert position == 3
        assert "alone" not in why

    def test_a_loss_is_better_when_lower(self, trials):
        position, why = choose(trials, PLACED, "davies_bouldin_loss")
        assert position == 1
        assert "Next is three again (0.800)" in why

    def test_among_equals_the_first_is_chosen(self, trials):
        position, _ = choose(trials, {"coverage": Guard(0.9), "smallest_share": Guard(at_most=0.2)}, "silhouette_score")
        assert position == 1

    def test_the_position_counts_rows_whatever_the_index(self, trials):
        trials.index = [9, 8, 7, 6, 5]
        assert choose(trials, PLACED, "silhouette_score")[0] == 0
        assert choose(trials[::-1], PLACED, "silhouette_score")[0] == 4

    def test_a_missing_number_breaks_any_bound(self, trials):
        found = refused_by(trials, {"smallest_share": Guard(at_most=0.5), "coverage": Guard(at_least=0.9)})
        assert found.tolist() == ["", "", "", "coverage 0.5", "smallest_share nan, coverage 0"]
        assert Guard(at_least=0).refuses(np.nan)
        assert not Guard().refuses(np.nan)

    def test_a_bound_may_be_reached(self):
        assert not Guard(at_least=0.04, at_most=8).refuses(0.04)
        assert not Guard(at_least=0.04, at_most=8).refuses(8)

    def test_all_refused(self, trials):
        position, why = choose(trials, {"smallest_share": Guard(at_least=0.45)}, "silhouette_score")
        assert position is None
        assert "smallest_share at least 0.45" in why
        assert "refused 5 of 5 trials" in why

    def test_a_trial_without_the_number_is_never_chosen(self, trials):
        position, why = choose(trials[4:], {}, "silhouette_score")
        assert position is None
        assert "the guards (none) refused 0 of 1 trials, and silhouette_score is missing for the other 1" in why
