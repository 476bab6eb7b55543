import numpy as np
import pytest
from matplotlib.colors import to_hex

from clientscape.report.look import colours, png
from clientscape.report.portraits import profile_heat_map, segment_bars

TWELVE = [f"segment {i}" for i in range(12)]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_heat_map_writes_shares_at_the_left_and_deviations_in_the_cells(profile):
    axes, scale = profile_heat_map(profile()).axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Loyal", "Lapsing", "New", "Big baskets"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["Customers", "Spend", "Recency, days", "Orders"]
    assert texts(axes)[:2] == ["−2.5", "+1.0"]
    assert texts(axes)[8:] == ["25%"] * 4 + ["12%", "21%", "29%", "38%"]
    assert scale.get_xlabel() == "standard deviations from the average customer"


def test_the_colours_of_the_heat_map_end_at_two_deviations(profile):
    mesh = profile_heat_map(profile()).axes[0].collections[0]
    assert mesh.get_clim() == (-2, 2)
    assert mesh.get_array().size == 8


def test_a_feature_that_a_segment_lacks_is_a_dash(profile):
    lacking = profile()
    lacking.loc["New", ["recency_days", "share_of_spend"]] = np.nan
    axes = profile_heat_map(lacking).axes[0]
    assert texts(axes).count("–") == 2
    assert axes.collections[0].get_array().mask.sum() == 1


def test_a_small_deviation_has_no_negative_zero(profile):
    assert "+0.0" in texts(profile_heat_map(profile().assign(n_orders=-0.01)).axes[0])


def test_bars_are_paired_in_the_order_given_and_in_the_segments_colour(profile):
    axes = segment_bars(profile()).axes[0]
    customers, spend = axes.containers
    assert [bar.get_width() for bar in customers] == [0.25] * 4
    assert [bar.get_width() for bar in spend] == [0.125, *np.linspace(0.5, 1.5, 4)[1:] / 4]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Loyal", "Lapsing", "New", "Big baskets"]
    assert axes.yaxis_inverted()
    assert to_hex(spend[0].get_facecolor()) == colours(profile().index)["Loyal"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["share of customers", "share of spend"]


def test_a_segment_of_returns_has_its_bar_and_its_number_on_the_left(profile):
    returns = profile()
    returns.loc["New", "share_of_spend"] = -0.05
    axes = segment_bars(returns).axes[0]
    (label,) = (text for text in axes.texts if text.get_text() == "−5%")
    assert label.get_ha() == "right"
    assert axes.get_xlim()[0] < -0.05


@pytest.mark.parametrize(
    "names", [["all"], TWELVE, ["unplaced", "$5 to $10"], []], ids=["one", "twelve", "odd", "none"]
)
@pytest.mark.parametrize("draw", [profile_heat_map, segment_bars])
def test_any_number_of_segments_is_drawn(profile, names, draw):
    assert png(draw(profile(names)))
