import numpy as np
import pytest

from clientscape.clv.merging import distinct, merge

rng = np.random.default_rng(0)
DAYS = [rng.integers(0, 4, 500).astype(float), rng.integers(0, 30, 500).astype(float)]
SPARSE = [DAYS[0], DAYS[1] * 1e6]


@pytest.mark.parametrize(
    "columns",
    [
        DAYS,  # a table of counts
        [DAYS[0], DAYS[1] / 7],  # weeks
        SPARSE,  # too many cells for a table
        [DAYS[0], DAYS[1] * 1e16],  # and for a number
        [DAYS[0], DAYS[1] * np.pi],  # no whole numbers
        [DAYS[1]],
    ],
    ids=["days", "weeks", "seconds", "huge", "any", "one column"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_are_merged_to_the_bit(columns, weighted):
    weights = rng.integers(0, 3, 500).astype(float) if weighted else None
    rows, places, counts = np.unique(np.column_stack(columns), axis=0, return_inverse=True, return_counts=True)
    merged, n = merge(*columns, weights=weights)
    assert np.array_equal(np.column_stack(merged), rows)
    assert np.array_equal(n, np.bincount(places, weights) if weighted else counts)
    found, each = distinct(*columns)
    assert np.array_equal(np.column_stack(found), rows)
    assert np.array_equal(each(found[-1]), columns[-1])
