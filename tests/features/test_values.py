"""Every feature against values worked out by hand, on every engine that needs no server."""

import numpy as np
import pandas as pd
import pytest
from tests.features.by_hand import EXAMPLES, ORDERS, USUAL, bare
from tests.features.logs import tables_of

from clientscape.features.build import CATALOGUE, letters

VALUES = [(example, name) for example, (_, _, values) in EXAMPLES.items() for name in values]


@pytest.fixture(scope="module", params=["walk", "polars"])
def found(request, described, every_use):
    """The features of each example, only those that it has values of."""
    return {
        example: described(
            tables, window, [use for use in every_use if use.name in values], prices=USUAL, engine=request.param
        )
        for example, (tables, window, values) in EXAMPLES.items()
    }


@pytest.mark.parametrize(("example", "name"), VALUES)
def test_three_customers_by_hand(found, example, name):
    column = found[example][name]
    values = EXAMPLES[example][2][name]
    assert column.index.tolist() == ["A", "B", "C"]
    if pd.api.types.is_string_dtype(column):
        assert column.fillna("").tolist() == pd.Series(values, dtype="str").fillna("").tolist()
    else:
        np.testing.assert_allclose(column.to_numpy(), values, rtol=1e-12, atol=1e-12)


def test_no_feature_lacks_values(every_use):
    by_hand = {name for _, name in VALUES}
    assert by_hand == {use.name for use in every_use}
    assert {use.use for use in every_use if use.name in by_hand} == set(CATALOGUE)


# Over the whole history: C's first order is 396 days old, and he spent 40 and 8 on the days after it.
LETTERS = {
    "x": (2, 0, 2),
    "t_x": (70, 0, 366),
    "T": (89, 0, 395),
    "m_x": (20.0, np.nan, 24.0),
    "m_all": (20.0, 20.1, (99 + 40 + 8) / 3),
    "last_rate": (2 / 90, 0.0, 2 / 90),
}


def test_letters_of_three_customers_by_hand(window):
    found = letters(tables_of(bare(ORDERS)), window)
    for letter, values in LETTERS.items():
        np.testing.assert_allclose(found[letter].to_numpy(float), values, rtol=1e-12)
