import numpy as np
import pandas as pd
import pytest

from clientscape.catalog import ask, functions, inputs
from clientscape.evaluate import clustering
from clientscape.evaluate.choice import Guard, choose, ranked, refused_by
from clientscape.evaluate.clustering import (
    above_null_score,
    coverage,
    largest_share,
    n_segments,
    null_silhouette_high,
    null_silhouette_low,
    smallest_share,
)
from clientscape.evaluate.silhouettes import Silhouette, silhouettes

CATALOGUE = functions(clustering)
SCORES = [name for name in CATALOGUE if name.endswith("_score")]
LOSSES = [name for name in CATALOGUE if name.endswith("_loss")]
SHAPE = [name for name in [*SCORES, *LOSSES] if inputs(CATALOGUE[name]) in (("X", "labels"), ("silhouette",))]


@pytest.fixture(scope="module")
def planted():
    """Three groups of unequal size in a plane, and where each customer belongs."""
    truth = np.repeat([0, 1, 2], [150, 100, 50])
    centres = np.array([[0, 0], [6, 0], [0, 6]])
    return centres[truth] + np.random.default_rng(0).normal(size=(300, 2)), truth


def said(name, X, labels, truth):
    shape, nulls = silhouettes(X, [labels], seed=1)[0], [Silhouette(0.1, 0.0)]
    given = {"X": X, "density_X": X, "labels": labels, "truth": truth, "silhouette": shape, "nulls": nulls}
    return ask(CATALOGUE[name], given, seed=1)


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
    alone = said(name, X, truth, None)
    assert said(name, far, np.r_[truth, np.full(20, -1)], None) == pytest.approx(alone, abs=1e-8)


class TestNulls:
    NULLS = (Silhouette(0.12, 0.0), Silhouette(np.nan, np.nan), Silhouette(0.2, 0.0))

    def test_a_silhouette_is_held_against_the_highest_of_shuffled_columns(self):
        assert above_null_score(Silhouette(0.5, 0.01), self.NULLS) == pytest.approx(0.3)
        assert (null_silhouette_low(self.NULLS), null_silhouette_high(self.NULLS)) == (0.0, 0.2)

    def test_what_was_not_measured_is_missing(self):
        assert np.isnan(above_null_score(Silhouette(0.5, 0.0), ()))


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
        position, why = choose(trials, PLACED, {"silhouette_score": 1})
        assert position == 0
        assert "two has the best silhouette_score (0.500) of the 3 of 5 trials" in why
        assert "coverage at least 0.9" in why
        assert "Next is three (0.420)" in why
        assert "silhouette_score alone would have chosen dense (0.610, refused for coverage 0.5)" in why

    def test_where_the_guards_cost_nothing_the_sentence_does_not_say_so(self, trials):
        position, why = choose(trials, {"coverage": Guard(at_least=0.4)}, {"silhouette_score": 1})
        assert position == 3
        assert "alone" not in why

    def test_a_loss_is_better_when_lower(self, trials):
        position, why = choose(trials, PLACED, {"davies_bouldin_loss": 1})
        assert position == 1
        assert "Next is three again (0.800)" in why

    def test_among_equals_the_first_is_chosen(self, trials):
        position, _ = choose(
            trials, {"coverage": Guard(0.9), "smallest_share": Guard(at_most=0.2)}, {"silhouette_score": 1}
        )
        assert position == 1

    def test_the_position_counts_rows_whatever_the_index(self, trials):
        trials.index = [9, 8, 7, 6, 5]
        assert choose(trials, PLACED, {"silhouette_score": 1})[0] == 0
        assert choose(trials[::-1], PLACED, {"silhouette_score": 1})[0] == 4

    def test_a_missing_number_breaks_any_bound(self, trials):
        found = refused_by(trials, {"smallest_share": Guard(at_most=0.5), "coverage": Guard(at_least=0.9)})
        assert found.tolist() == ["", "", "", "coverage 0.5", "smallest_share nan, coverage 0"]
        assert Guard(at_least=0).refuses(np.nan)
        assert not Guard().refuses(np.nan)

    def test_a_bound_may_be_reached(self):
        assert not Guard(at_least=0.04, at_most=8).refuses(0.04)
        assert not Guard(at_least=0.04, at_most=8).refuses(8)

    def test_all_refused(self, trials):
        position, why = choose(trials, {"smallest_share": Guard(at_least=0.45)}, {"silhouette_score": 1})
        assert position is None
        assert "smallest_share at least 0.45" in why
        assert "refused 5 of 5 trials" in why

    def test_a_trial_without_the_number_is_never_chosen(self, trials):
        position, why = choose(trials[4:], {}, {"silhouette_score": 1})
        assert position is None
        assert "the guards (none) refused 0 of 1 trials, and silhouette_score is missing for the other 1" in why


BY = {"silhouette_score": 1.0, "davies_bouldin_loss": 1.0}


class TestWeightedRank:
    def test_it_is_the_mean_of_the_places_by_each_metric(self, trials):
        ranks = ranked(trials, BY)
        assert ranks.tolist()[:4] == [(2 + 4) / 2, (3.5 + 2) / 2, (3.5 + 3) / 2, (1 + 1) / 2]
        assert np.isnan(ranks.iloc[4])

    def test_a_weight_of_two_counts_twice(self, trials):
        assert ranked(trials, {"silhouette_score": 2.0, "davies_bouldin_loss": 1.0}).iloc[0] == (2 * 2 + 4) / 3

    def test_places_are_counted_among_those_that_keep_the_guards(self, trials):
        position, why = choose(trials, PLACED, BY)
        assert position == 1
        assert "three has the best weighted rank (1.8) of the 3 of 5 trials" in why
        assert "silhouette_score 0.420 (place 2, weight 1), davies_bouldin_loss 0.700 (place 1, weight 1)" in why
        assert "silhouette_score alone would have chosen dense (0.610, refused for coverage 0.5)" in why

    def test_what_was_measured_on_a_sample_stands_in_and_is_named(self, trials):
        sampled = trials.rename(columns={"davies_bouldin_loss": "subsampled_davies_bouldin_loss"})
        position, why = choose(sampled, PLACED | {"davies_bouldin_loss": Guard(at_most=0.85)}, BY)
        assert position == 1
        assert "subsampled_davies_bouldin_loss 0.700 (place 1, weight 1)" in why
