import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from clientscape.report.curves import capture, tracking
from clientscape.report.forecasts import MEASURES, standings
from clientscape.report.histories import calibration, frequency_recency, portrait
from clientscape.report.look import png

NAMES = {"BG/NBD": "model", "boosted": "learned", "same rate": "simple rule", "zero": "simple rule"}


@pytest.fixture(scope="module")
def contest():
    """Four forecasters at two origins; `zero` has no correlation."""
    rows = [
        ("BG/NBD", 0.819, 1.733, 0.669, 0.51, 0.857),
        ("boosted", 0.801, 1.740, 0.672, 0.52, 1.012),
        ("same rate", 1.038, 2.158, 0.651, 0.49, 1.474),
        ("zero", 0.835, 2.467, np.nan, np.nan, 0.0),
    ]
    columns = ["forecaster", *MEASURES]
    origins = [
        pd.DataFrame(rows, columns=columns).assign(as_of=as_of, horizon_days=days)
        for as_of, days in (("1997-09-30", 273), ("1997-06-30", 180))
    ]
    table = pd.concat(origins, ignore_index=True)
    return table.assign(kind=table["forecaster"].map(NAMES))


def of_each(names, **columns):
    return pd.concat([pd.DataFrame(columns).assign(forecaster=name, kind=NAMES.get(name, "model")) for name in names])


def calibrated(names=NAMES, n=3):
    actual = np.linspace(0.2, 6.4, n)
    return of_each(
        names,
        bucket=[str(i) for i in range(n)],
        n_customers=[14110, 4390, 640][:n],
        actual=actual,
        low=actual - 0.1,
        high=actual + 0.1,
        expected=actual * 0.9,
    )


def tracked(names=NAMES, scale=1.0):
    weeks = np.arange(1, 6)
    table = of_each(names, week=weeks, actual=weeks * 100.0 * scale)
    return table.assign(expected=table["actual"] * 0.99)


def captured(names=(*NAMES, "perfect foresight")):
    share = np.array([0.0, 0.1, 0.5, 1.0])
    table = of_each(names, share_of_customers=share, share_of_orders=share)
    half = table["forecaster"].isin(["BG/NBD"]) & (table["share_of_customers"] == 0.1)
    top = (table["forecaster"] == "perfect foresight") & (table["share_of_customers"] == 0.1)
    return table.assign(share_of_orders=table["share_of_orders"].mask(half, 0.46).mask(top, 0.68))


@pytest.fixture(scope="module")
def panels(contest):
    return standings(contest).axes


@pytest.fixture(scope="module")
def grid():
    x, recency = (axis.ravel() for axis in np.meshgrid(np.arange(6.0), np.arange(0.0, 100.0, 10.0)))
    possible = recency <= 90 - 10 * x
    x, recency = x[possible], recency[possible]
    return pd.DataFrame(
        {
            "x": x,
            "recency_days": recency,
            "p_alive": np.exp(-recency / 50),
            "expected_orders": x * np.exp(-recency / 50),
        }
    )


def words(axes):
    return [text.get_text() for text in axes.texts]


def dots(axes):
    return sum(len(dot.get_offsets()) for dot in axes.collections if isinstance(dot, PathCollection))


def test_the_standings_have_a_panel_for_each_measure_and_say_which_way_is_better(panels):
    assert len(panels) == 5
    assert [tick.get_text() for tick in panels[0].get_yticklabels()] == list(NAMES)
    assert [words(axes)[-1] for axes in panels] == [
        *["← lower is better"] * 2,
        *["higher is better →"] * 2,
        "1 is right",
    ]
    assert words(panels[0])[:-1] == ["0.819", "0.801", "1.038", "0.835"]
    assert words(panels[4])[:-1] == ["0.86", "1.01", "1.47", "0.00"]


def test_lines_stand_for_the_best_simple_rule_and_for_the_right_total(panels):
    assert [axes.lines[0].get_xdata()[0] for axes in panels] == [0.835, 2.158, 0.651, 0.49, 1]


def test_the_best_number_is_bold_and_a_missing_one_leaves_no_dot(panels):
    bold = [[t.get_text() for t in axes.texts if t.get_fontweight() == "bold"] for axes in panels]
    assert bold == [["0.801"], ["1.733"], ["0.672"], ["0.520"], ["1.01"]]
    assert [dots(axes) for axes in panels] == [8, 8, 6, 6, 8]


def test_the_first_origin_is_the_main_one_though_another_is_of_the_same_day(contest):
    twice = pd.concat([contest, contest[contest["as_of"] == "1997-09-30"].assign(horizon_days=90)])
    figure = standings(twice)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()][-2:] == [
        "as of 1997-09-30, 273 days ahead",
        "2 other dates, errors against the rule's",
    ]
    assert words(figure.axes[0])[:-1] == ["0.819", "0.801", "1.038", "0.835"]


def test_errors_of_another_horizon_are_set_against_the_best_rule_there(contest):
    shorter = contest.assign(mean_absolute_loss=contest["mean_absolute_loss"].mask(contest["horizon_days"] == 180, 0.4))
    places = [
        dot.get_offsets()[:, 0].tolist()
        for dot in standings(shorter).axes[0].collections
        if isinstance(dot, PathCollection) and len(dot.get_offsets())
    ]
    expected = [[0.835], [0.819], [0.835], [0.801], [0.835, 0.835], [1.038, 0.835]]
    assert places == [pytest.approx(some) for some in expected]


def test_what_is_far_off_is_hollow_at_the_edge_and_its_number_stays(contest):
    poor = contest.assign(mean_absolute_loss=contest["mean_absolute_loss"].mask(contest["forecaster"] == "zero", 9.0))
    panel = standings(poor).axes[0]
    hollow = [
        dot.get_offsets()[:, 0].tolist()
        for dot in panel.collections
        if isinstance(dot, PathCollection)
        and len(dot.get_offsets())
        and dot.get_facecolor()[0, :3].tolist() == [1, 1, 1]
    ]
    assert hollow == [pytest.approx([1.75 * 0.801])] * 2
    assert words(panel)[:-1] == ["0.819", "0.801", "1.038", "9.000"]


def test_a_forecaster_has_a_panel_and_the_customers_are_counted_below_the_lowest():
    panels = calibration(calibrated()).axes
    assert [axes.get_title(loc="left") for axes in panels if axes.get_visible()] == list(NAMES)
    assert [words(axes) for axes in panels[:4]] == [
        [],
        ["14k", "4.4k", "640"],
        ["14k", "4.4k", "640"],
        ["14k", "4.4k", "640"],
    ]
    (alone,) = calibration(calibrated(["zero"])).axes
    assert words(alone) == ["14,110", "4,390", "640"]


def test_a_forecast_far_above_all_outcomes_is_written_at_the_top():
    table = calibrated(["zero"]).assign(expected=[0.2, 3.0, 42.0])
    (axes,) = calibration(table).axes
    assert axes.get_ylim()[1] < 10
    assert "↑42" in words(axes)


def test_the_labels_of_the_lines_do_not_lie_on_each_other():
    figure = tracking(tracked([f"forecaster {i}" for i in range(14)]))
    boxes = [Text.get_window_extent(text) for text in figure.axes[0].texts]  # without their threads
    assert len(boxes) == 15
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1 for box in boxes)


@pytest.mark.parametrize(
    ("scale", "label", "tick"), [(1, "Order days so far", "200"), (100, "Order days so far, thousands", "20")]
)
def test_many_orders_are_counted_in_thousands(scale, label, tick):
    (axes,) = tracking(tracked(scale=scale)).axes
    assert axes.get_ylabel() == label
    assert tick in [text.get_text() for text in axes.get_yticklabels()]


def test_the_legend_of_the_curves_says_what_each_finds_in_the_top_tenth():
    (axes,) = capture(captured()).axes
    found = [text.get_text().strip("\u2007") for text in axes.get_legend().get_texts()]
    assert found[:2] == ["68%  perfect foresight", "46%  BG/NBD"]
    assert sorted(found[2:]) == ["10%  boosted", "10%  chance", "10%  same rate", "10%  zero"]


def test_the_grid_has_two_maps_and_the_impossible_is_blank(grid):
    alive, orders = frequency_recency(grid).axes
    assert [axes.get_title(loc="left") for axes in (alive, orders)] == ["Chance to be active", "Expected order days"]
    assert alive.collections[0].get_array().mask.sum() == 60 - len(grid)
    assert alive.yaxis_inverted()
    assert orders.yaxis_inverted()
    assert {"30%", "50%"} <= set(words(alive))


def test_without_chances_there_is_one_map(grid):
    (axes,) = frequency_recency(grid.assign(p_alive=np.nan)).axes
    assert axes.get_title(loc="left") == "Expected order days"


def sides(grid, name="BG/NBD"):
    return calibrated([name]), tracked([name]), captured([name, "perfect foresight"]), grid


def test_a_portrait_has_four_sides_and_leaves_out_what_is_empty(grid):
    full = portrait("BG/NBD", *sides(grid))
    assert full.get_suptitle() == "BG/NBD"
    assert len(full.axes) == 4
    for none in (grid.iloc[:0], pd.DataFrame(), grid.assign(expected_orders=np.nan)):
        assert len(portrait("BG/NBD", *sides(none)).axes) == 3
    nothing = portrait(ODD, *[pd.DataFrame()] * 4)
    assert [text.get_text() for text in nothing.texts] == [r"\$5 to \$10: no forecast was judged."]


DRAWN = {
    "standings": lambda contest, grid: standings(contest),
    "calibration": lambda contest, grid: calibration(calibrated()),
    "tracking": lambda contest, grid: tracking(tracked()),
    "capture": lambda contest, grid: capture(captured()),
    "frequency_recency": lambda contest, grid: frequency_recency(grid),
    "portrait": lambda contest, grid: portrait("BG/NBD", *sides(grid)),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_equal_tables_give_equal_bytes(draw, contest, grid):
    assert png(draw(contest, grid)) == png(draw(contest, grid))


def measured(table, value):
    """Put a value in place of all that was measured."""
    columns = table.select_dtypes("float").columns.difference(["x", "recency_days", "share_of_customers"])
    return table.assign(**dict.fromkeys(columns, value))


ODD = "$5 to $10"
ONE = {"standings": 1, "calibration": 1, "tracking": 1, "capture": 4, "frequency_recency": 1}


@pytest.mark.parametrize("change", ["one row", "none", "missing", "zeros", "odd name"])
@pytest.mark.parametrize("figure", ONE)
def test_poor_tables_are_drawn(figure, change, contest, grid):
    table, draw = {
        "standings": (contest, standings),
        "calibration": (calibrated(), calibration),
        "tracking": (tracked(), tracking),
        "capture": (captured(), capture),
        "frequency_recency": (grid, frequency_recency),
    }[figure]
    poor = {
        "one row": table.head(ONE[figure]),
        "none": table.iloc[:0],
        "missing": measured(table, np.nan),
        "zeros": measured(table, 0.0),
        "odd name": table.head(ONE[figure]).assign(forecaster=ODD),
    }[change]
    assert isinstance(draw(poor), Figure)


def test_a_portrait_of_an_odd_name_without_numbers_is_drawn(grid):
    assert isinstance(portrait(ODD, *(measured(table, np.nan) for table in sides(grid, ODD))), Figure)
