"""The pictures of churn and decline: portrait, profit, importances and dependence."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from clientscape.evaluate.risk_curves import by_origin
from clientscape.report.dependence import dependence, importances
from clientscape.report.look import BLUE, ORANGE, png
from clientscape.report.profits import profit_curves
from clientscape.report.risk_portrait import risk_portrait

DATES = ["2017-10-01", "2017-11-01"]


@pytest.fixture
def origins():
    rows = [
        (date, name, kind, ap, 0.7, 0.2)
        for date in DATES
        for name, kind, ap in (("logistic", "model", 0.4), ("recency", "simple rule", 0.3))
    ]
    return pd.DataFrame(
        rows, columns=["origin", "forecaster", "kind", "average_precision_score", "roc_auc_score", "base_rate"]
    )


@pytest.fixture
def tables():
    rng = np.random.default_rng(5)
    judged = {}
    for date in DATES:
        p = rng.beta(1, 4, 400)
        judged[date] = rng.random(400) < p, p
    return by_origin(judged)


@pytest.fixture
def profit():
    """A curve of 1,000 customers: the best is to contact 100."""
    n = np.arange(0, 1001, 20)
    middle = np.where(n <= 100, 10.0 * n, 1000 - 3.0 * (n - 100))
    return pd.DataFrame({"n_contacted": n, "low": middle - n, "middle": middle, "high": middle + n})


@pytest.fixture
def contributions():
    rng = np.random.default_rng(2)
    rows = []
    for label, n, strength in (
        ("no_order", 300, {"recency_days": 1.0}),
        ("value_decline", 100, {"spend_change_90": 2.0}),
    ):
        for feature in ("recency_days", "spend_change_90", "n_orders"):
            value = rng.lognormal(2, 1.5, n) if feature == "recency_days" else rng.uniform(-1, 1, n)
            value[:10] = np.nan if feature == "spend_change_90" else value[:10]
            away = strength.get(feature, 0.01) * np.nan_to_num(np.sign(value) * np.log1p(np.abs(value)), nan=-0.5)
            rows.append(pd.DataFrame({"label": label, "feature": feature, "value": value, "contribution": away}))
    return pd.concat(rows, ignore_index=True)


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def titled(figure):
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def test_a_portrait_has_all_sides(tables, profit, origins):
    marks = {"capacity": 40, "break-even": 100}
    figure = risk_portrait("value decline: logistic", *tables.values(), profit, origins, marks=marks, currency="USD")
    panels = titled(figure)
    assert list(panels) == [
        *("Precision and recall", "Forecast and outcome", "Found among the highest ranked"),
        *("Profit by customers contacted", "Average precision by date", "ROC AUC by date"),
    ]
    assert texts(panels["Profit by customers contacted"]) == ["capacity: 40", "break-even: 100"]
    by_date = panels["Average precision by date"]
    assert [list(line.get_ydata()) for line in by_date.lines] == [[0.4, 0.4], [0.3, 0.3], [0.2, 0.2]]
    assert [to_hex(line.get_color()) for line in by_date.lines[:2]] == [BLUE, ORANGE]


def test_dates_are_drawn_from_the_earliest_on(tables, profit, origins):
    latest_first = origins.iloc[[2, 0, 3, 1]].assign(average_precision_score=[0.5, 0.4, 0.3, 0.2])
    by_date = titled(risk_portrait("logistic", *tables.values(), profit, latest_first))["Average precision by date"]
    assert [tick.get_text() for tick in by_date.get_xticklabels()] == DATES
    assert [list(line.get_ydata()) for line in by_date.lines[:2]] == [[0.4, 0.5], [0.2, 0.3]]


def test_a_portrait_says_the_error_and_the_lift_of_its_tables(origins):
    tables = by_origin({DATES[0]: (np.arange(100) < 20, np.repeat([0.5, 0.1], [20, 80]))})
    panels = titled(risk_portrait("logistic", *tables.values(), pd.DataFrame(), origins))
    # Errors 0.5 of 20 customers, 0.1 of 80; the highest tenth holds 10 of the 20 yes.
    (said,) = texts(panels["Forecast and outcome"])
    assert said.startswith("calibration error 0.180")
    assert "20 to 80 customers" in said
    (said,) = texts(panels["Found among the highest ranked"])
    assert "50%" in said
    assert "5.0×" in said


def test_a_portrait_leaves_out_what_is_empty(tables, origins):
    panels = titled(risk_portrait("no order: hiatus", *tables.values(), pd.DataFrame(), origins))
    assert "Profit by customers contacted" not in panels
    assert len(panels) == 5
    (said,) = risk_portrait("no order: hiatus", *[pd.DataFrame()] * 5).texts
    assert said.get_text() == "no order: hiatus: no forecast was judged."


def test_a_date_without_a_yes_is_drawn_as_far_as_it_goes(origins):
    p = np.linspace(0.1, 0.5, 40)
    never, some = np.zeros(40, bool), np.arange(40) >= 30
    for judged in ({DATES[0]: (never, p), DATES[1]: (some, p)}, {DATES[0]: (never, p)}):
        tables = by_origin(judged)
        panels = titled(risk_portrait("logistic", *tables.values(), pd.DataFrame(), origins))
        assert not any("nan" in text for axes in panels.values() for text in texts(axes))
    assert "Precision and recall" not in panels


def test_profit_curves_end_beyond_what_is_marked_and_say_the_profit_there(profit):
    random = profit.assign(**dict.fromkeys(("low", "middle", "high"), -1.0 * profit["n_contacted"]))
    table = pd.concat([profit.assign(ranking="expected profit"), random.assign(ranking="at random")])
    axes = profit_curves(table, {"flagged": 50}, "EUR").axes[0]
    assert axes.get_xlim() == (0, pytest.approx(220))
    labels = [text.get_text().strip("\u2007") for text in axes.get_legend().get_texts()]
    assert labels == ["500  expected profit", "−50  at random", "lowest to highest success rate"]
    assert axes.get_legend().get_title().get_text() == "EUR at 50 customers,\nranked by"
    assert texts(axes) == ["flagged: 50"]
    assert axes.get_xlabel() == "Customers contacted, of 1,000"


def test_a_campaign_that_never_pays_is_shown_whole(profit):
    loss = profit.assign(**dict.fromkeys(("low", "middle", "high"), -2.0 * profit["n_contacted"]))
    axes = profit_curves(loss.assign(ranking="expected profit"), {}, "EUR").axes[0]
    assert axes.get_xlim() == (0, 1000)
    assert axes.get_ylim()[0] < -2000
    assert axes.get_legend().get_title().get_text() == ""


def test_importances_stand_side_by_side_in_words(contributions):
    each = contributions["contribution"].abs().groupby([contributions["label"], contributions["feature"]], sort=False)
    table = each.mean().rename("mean_absolute_contribution").reset_index()
    left, right = importances(table).axes
    assert [axes.get_title(loc="left") for axes in (left, right)] == ["no order", "value decline"]
    assert {to_hex(bar.get_facecolor()) for bar in left.patches} == {BLUE}
    named = [tick.get_text() for tick in left.get_yticklabels()]
    assert named == ["days since the last order", "change of spend over 90 days", "orders"]
    widths = {
        label: [bar.get_width() for bar in axes.patches]
        for label, axes in zip(("no_order", "value_decline"), (left, right), strict=True)
    }
    found = table.set_index(["label", "feature"])["mean_absolute_contribution"]
    for label, bars in widths.items():
        assert bars == pytest.approx([found[label, name] for name in ("recency_days", "spend_change_90", "n_orders")])


def test_dependence_shows_customers_and_running_medians(contributions):
    figure = dependence(contributions)
    panels = titled(figure)
    assert list(panels)[:3] == ["days since the last order", "change of spend over 90 days", "orders"]
    recency, change, _ = figure.axes[:3]
    assert recency.get_xscale() == "symlog"
    assert change.get_xscale() == "linear"
    dots = [len(one.get_offsets()) for one in recency.collections if isinstance(one, PathCollection)]
    assert dots == [300, 100]
    rising = recency.lines[1].get_ydata()
    assert np.all(np.diff(rising) > 0)
    missing = [text for text in change.texts if isinstance(text, Annotation)]
    assert [text.get_text() for text in missing] == ["missing: −0.01", "missing: −1.00"]
    assert [to_hex(text.get_color()) for text in missing] == [BLUE, ORANGE]


def test_decline_has_its_colour_without_churn_beside_it(contributions):
    alone = dependence(contributions[contributions["label"] == "value_decline"])
    assert to_hex(alone.axes[0].lines[1].get_color()) == ORANGE


def test_nothing_to_show_is_said(contributions):
    for figure, said in (
        (importances(pd.DataFrame()), "No contributions of features were computed."),
        (dependence(pd.DataFrame()), "No contributions of features were computed."),
        (dependence(contributions.assign(value=np.nan)), "No feature that moves the forecasts has a value."),
        (profit_curves(pd.DataFrame(), {}, "EUR"), "No profit was judged"),
    ):
        assert figure.texts[0].get_text().startswith(said)


def test_constant_contributions_are_drawn(contributions):
    assert png(dependence(contributions.assign(contribution=0.0)))
    flat = contributions.drop_duplicates(["label", "feature"]).assign(mean_absolute_contribution=0.0)
    assert png(importances(flat))


def test_equal_tables_give_equal_bytes(tables, profit, origins, contributions):
    def all_of_them():
        named = profit.assign(ranking="expected profit")
        return [
            png(risk_portrait("a", *tables.values(), profit, origins)),
            png(profit_curves(named, {"flagged": 50}, "EUR")),
            png(dependence(contributions)),
        ]

    assert all_of_them() == all_of_them()
