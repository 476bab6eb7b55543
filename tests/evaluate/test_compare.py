"""Whether a difference is beyond chance."""

import numpy as np
import pytest

from clientscape.catalog import functions
from clientscape.evaluate import classification
from clientscape.evaluate.compare import paired_interval

METRICS = functions(classification)
rng = np.random.default_rng(0)
OUTCOME = rng.random(800) < 0.3
GOOD = np.clip(OUTCOME * 0.5 + rng.random(800) * 0.5, 0, 1)
POOR = rng.random(800)


@pytest.mark.parametrize("name", ["roc_auc_score", "average_precision_score"])
def test_a_real_gain_lies_above_zero_and_turns_with_the_sides(name):
    low, high = paired_interval(METRICS[name], OUTCOME, GOOD, POOR, seed=1)
    assert 0 < low < METRICS[name](OUTCOME, GOOD) - METRICS[name](OUTCOME, POOR) < high
    turned = paired_interval(METRICS[name], OUTCOME, POOR, GOOD, seed=1)
    np.testing.assert_allclose(turned, (-high, -low))


def test_chance_lies_around_zero_and_a_forecast_does_not_beat_itself():
    low, high = paired_interval(METRICS["roc_auc_score"], OUTCOME, rng.random(800), POOR, seed=1)
    assert low < 0 < high
    assert paired_interval(METRICS["roc_auc_score"], OUTCOME, GOOD, GOOD, seed=1) == (0, 0)


def test_the_seed_decides_and_one_outcome_gives_nothing():
    first, again, other = (paired_interval(METRICS["brier_loss"], OUTCOME, GOOD, POOR, seed=s) for s in (1, 1, 2))
    assert first == again != other
    assert np.isnan(paired_interval(METRICS["roc_auc_score"], np.zeros(9, bool), GOOD[:9], POOR[:9], seed=1)).all()
