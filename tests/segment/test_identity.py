"""Lasting ids and names of segments, whatever their labels are."""

import numpy as np
import pandas as pd
import pytest

from clientscape.segment.identity import identify, place


@pytest.fixture
def profile():
    columns = ["recency_days", "spend_total", "gap_cv_ratio"]
    return pd.DataFrame(
        [[2, 0.5, 0], [2, 0.5, 0.1], [-0.3, 0.9, 0.1], [0, 0, 0.0]], columns=columns, index=[0, 1, 2, -1]
    )


def test_ids_count_down_the_value_and_names_differ(profile):
    found = identify(profile, pd.Series({0: 10.0, 1: 30.0, 2: 20.0, -1: 99.0}))
    assert {label: number for label, (number, _) in found.items()} == {-1: 0, 1: 1, 2: 2, 0: 3}
    names = [name for _, name in found.values()]
    assert len(set(names)) == len(names)
    assert found[-1][1] == "unplaced"


def test_labels_of_another_number_get_the_same_names(profile):
    value = pd.Series({0: 10.0, 1: 30.0, 2: 20.0})
    other = {0: 2, 1: 0, 2: 1}
    renamed = identify(profile.rename(index=other), value.rename(index=other))
    assert {label: renamed[other[label]] for label in other} == {
        label: named for label, named in identify(profile, value).items() if label >= 0
    }


@pytest.mark.parametrize("n_columns", [1, 2])
def test_equal_segments_still_get_names_of_their_own(n_columns):
    profile = pd.DataFrame(np.ones((6, n_columns)), columns=["recency_days", "spend_total"][:n_columns])
    names = [name for _, name in identify(profile, pd.Series(np.arange(6.0))).values()]
    assert len(set(names)) == 7


def test_a_label_unknown_at_training_is_unplaced(profile):
    ids, names = place(np.array([2, -1, 17]), identify(profile, pd.Series({0: 1.0, 1: 2.0, 2: 3.0})))
    assert ids.tolist() == [1, 0, 0]
    assert names[1:].tolist() == ["unplaced", "unplaced"]
