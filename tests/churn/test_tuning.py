"""The search for settings: it looks at no later date, keeps what the config says unless something is better."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss
from tests.churn.dated import Spy, at_days

from clientscape.catalog import Use
from clientscape.churn import tuning
from clientscape.churn.classifiers import boosted_trees, logistic
from clientscape.churn.tuning import tune

COLUMNS = ["x", "noise"]
ORIGINS = at_days([0, 15, 30, 45], n=400)
SPACE = {"C": [1e-6, 0.1, 10.0]}


PLAIN = Use("logistic")


def tuned(use=PLAIN, space=SPACE, origins=ORIGINS, metric=log_loss, is_loss=True, n_trials=12, seed=3):
    return tune(use, space, origins, COLUMNS, metric, is_loss=is_loss, n_trials=n_trials, seed=seed)


def test_each_value_is_what_the_settings_do_at_the_latest_date_after_learning_from_horizons_that_had_ended():
    found = tuned()
    before = pd.concat([seen.X for seen in ORIGINS[:2]])  # at day 45, those of days 0 and 15 had
    y = np.concatenate([seen.y for seen in ORIGINS[:2]])
    for settings, value in found.tried:
        p = logistic(**settings, seed=3).fit(before[COLUMNS], y).predict_proba(ORIGINS[3].X[COLUMNS])[:, 1]
        assert value == pytest.approx(log_loss(ORIGINS[3].y, p), rel=1e-6)


def test_the_best_is_taken_and_the_others_are_told():
    found = tuned(use=Use("logistic", {"C": 1e-6}))
    values = {settings["C"]: value for settings, value in found.tried}
    assert set(values) == {1e-6, 0.1, 10.0}  # each once, in twelve tries
    assert found.use.settings["C"] == min(values, key=values.__getitem__)
    assert values[1e-6] > 0.6  # nothing is learnt with so strong a penalty


def test_a_score_is_maximised():
    found = tuned(use=Use("logistic", {"C": 1e-6}), metric=lambda y, p: -log_loss(y, p), is_loss=False)
    values = {settings["C"]: value for settings, value in found.tried}
    assert values[found.use.settings["C"]] == max(values.values())


def test_the_settings_of_the_config_are_the_first_try_even_if_the_space_lacks_them():
    use = Use("boosted_trees", {"max_iter": 7, "min_samples_leaf": 20})
    found = tuned(use, {"max_iter": [1, 2], "learning_rate": [0.3]}, n_trials=1)
    assert [settings for settings, _ in found.tried] == [
        {"max_iter": 7, "min_samples_leaf": 20, "learning_rate": 0.04}  # the default of a setting that it leaves open
    ]
    assert found.use == use  # and without a better one it stays as it was written


def test_of_equals_the_config_stays():
    found = tuned(metric=lambda y, p: 0.5)
    assert found.use == PLAIN
    assert len(found.tried) == 3


def test_equal_tries_are_fitted_once(monkeypatch):
    seen = []
    monkeypatch.setattr(tuning, "CLASSIFIERS", {"spy": lambda *, depth=1: Spy(seen, odds=depth)})
    found = tune(Use("spy"), {"depth": [1, 2]}, ORIGINS, ["x", "when"], log_loss, is_loss=True, n_trials=9, seed=0)
    assert seen == [[0, 15]] * 2
    assert len(found.tried) == 2


def test_a_metric_that_is_missing_wins_nothing():
    assert tuned(metric=lambda y, p: np.nan).use == PLAIN
    some = tuned(
        metric=lambda y, p: np.nan if abs(p - 0.5).max() < 0.2 else log_loss(y, p), use=Use("logistic", {"C": 1e-6})
    )
    assert some.use.settings["C"] in (0.1, 10.0)


def test_the_same_seed_searches_alike():
    space = {"max_iter": [1, 2, 3, 5, 8], "max_leaf_nodes": [2, 3, 5], "min_samples_leaf": [5, 20]}
    one, again, other = (tuned(Use("boosted_trees"), space, n_trials=6, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert [settings for settings, _ in one.tried] != [settings for settings, _ in other.tried]
    assert boosted_trees(**one.use.settings, seed=1)  # what is found can be called


@pytest.mark.parametrize("days", [[0], [0, 15], [0, 29]])
def test_without_a_horizon_that_had_ended_nothing_is_tried(days):
    found = tuned(origins=at_days(days, n=50))
    assert (found.use, found.tried) == (PLAIN, [])


def test_one_outcome_only_cannot_be_judged_by():
    never = replace(ORIGINS[3], y=np.zeros(400, bool))
    assert tuned(origins=[*ORIGINS[:3], never]).tried == []
