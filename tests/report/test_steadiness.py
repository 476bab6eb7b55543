import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from clientscape.report.look import colours, png
from clientscape.report.steadiness import steadiness


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "segment": ["Loyal", "New", "Costs $1 or $2"],
            "jaccard": [0.91, 0.42, np.nan],
            "jaccard_low": [0.80, 0.30, np.nan],
            "n_customers": [1200, 40, 5],
        }
    )


def test_each_segment_has_a_bar_as_long_as_its_mean_in_its_own_colour(table):
    (axes,) = steadiness(table).axes
    assert [bar.get_width() for bar in axes.patches] == [0.91, 0.42, 0.0]
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [
        colours(table["segment"])[n] for n in table["segment"]
    ]
    assert [tick.get_text() for tick in axes.get_yticklabels()][:2] == ["Loyal\n1,200 customers", "New\n40 customers"]


def test_the_lines_of_hennig_are_drawn_and_named(table):
    (axes,) = steadiness(table).axes
    assert [line.get_xdata()[0] for line in axes.lines] == [0.5, 0.75]
    assert [text.get_text() for text in axes.texts] == ["← dissolved", "stable →", "0.91", "0.42", "–"]


def test_a_whisker_reaches_down_to_the_low_draws(table):
    (axes,) = steadiness(table).axes
    reached = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments() if len(segment)]
    assert reached == [[0.80, 0.91], [0.30, 0.42]]


def test_no_segment_is_said(table):
    assert "No segment" in steadiness(table.iloc[:0]).texts[0].get_text()


def test_equal_tables_give_equal_bytes(table):
    assert png(steadiness(table)) == png(steadiness(table.copy()))
