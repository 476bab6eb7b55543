"""The contest of forecasts of order days."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clientscape.report.look import (
    BLUE,
    INK,
    LARGE,
    MEDIUM,
    MUTED,
    ORANGE,
    PALETTE,
    RULE,
    SMALL,
    canvas,
    legend,
    plain,
    quiet,
    settled,
)

KINDS = {"model": BLUE, "learned": PALETTE[2], "simple rule": ORANGE}
MARKS = {"model": "o", "learned": "s", "simple rule": "D"}

MEASURES = {
    "mean_absolute_loss": ("Mean absolute\nerror", "← lower is better", "{:.3f}"),
    "root_mean_squared_loss": ("Root mean\nsquared error", "← lower is better", "{:.3f}"),
    "correlation_score": ("Correlation r", "higher is better →", "{:.3f}"),
    "gini_score": ("Gini", "higher is better →", "{:.3f}"),
    "total_ratio": ("Total, forecast\nover actual", "1 is right", "{:.2f}"),
}


def nothing(sentence: str) -> Figure:
    """Say in place of a picture why there is none."""
    figure = canvas(1.2)
    figure.text(0.5, 0.5, plain(sentence), ha="center", va="center", fontsize=LARGE, color=MUTED)
    return settled(figure)


def standings(table: pd.DataFrame) -> Figure:
    """Show who forecasts order days best, by each measure, and whether that holds at other dates.

    One row per forecaster and origin, forecasters in the order to be shown: forecaster, kind (`model`, `learned` or
    `simple rule`), as_of (text), horizon_days, mean_absolute_loss, root_mean_squared_loss, correlation_score,
    gini_score, total_ratio. Full dots and numbers are those of the first row's origin. Errors grow with the horizon:
    those of other origins are set against the line of the best simple rule, which lies where it does at the first.
    What is far off all others, such as a forecast of nothing, is a hollow mark at the panel's edge.
    """
    if table.empty:
        return nothing("No forecast of order days was judged.")
    days = table["horizon_days"].map("{:,.0f}".format)
    table = table.assign(origin=table["as_of"] + ", " + days + " days ahead")
    main = str(table["origin"].iloc[0])
    names = list(dict.fromkeys(table["forecaster"]))
    written = [textwrap.fill(str(name), 26) for name in names]
    lines = 1 + max(name.count("\n") for name in written)
    figure = canvas(1.9 + (0.11 + 0.16 * lines) * len(names), gap=0.1)
    panels = figure.subplots(1, len(MEASURES), sharey=True, gridspec_kw={"wspace": 0.12})
    dots = table.assign(at=table["forecaster"].map({name: at for at, name in enumerate(names)}))
    for axes, measure in zip(panels, MEASURES, strict=True):
        # A forecast that is the same for all has no ranking; its Gini of 0 would only squeeze the others.
        told = dots[measure].notna() & ((measure != "gini_score") | (dots[measure] != 0))
        _standing(axes, dots[told], measure, main, len(names))
    panels[0].set_yticks(range(len(names)), [plain(name) for name in written])
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    legend(figure, _marks_of_standings(table, main), loc="outside lower center", ncols=3, columnspacing=2.5)
    return settled(figure)


def _standing(axes: Axes, dots: pd.DataFrame, measure: str, main: str, rows: int) -> None:
    """Draw one measure: a full dot for each forecaster at the main origin, faint ones at the others."""
    title, better, form = MEASURES[measure]
    axes.hlines(range(rows), 0, 1, transform=axes.get_yaxis_transform(), color=RULE, linewidth=0.8, zorder=1)
    if measure.endswith("_loss"):
        dots = _against_the_rule(dots, measure, main)
    full = dots[dots["origin"] == main]
    rules = full.loc[full["kind"] == "simple rule", measure]
    if measure == "total_ratio":
        axes.axvline(1, color=MUTED, linewidth=1.2, linestyle="--", zorder=1)
    elif len(rules):
        axes.axvline(_best(measure, rules), color=ORANGE, linewidth=1.2, zorder=1)
    for kind, colour in KINDS.items():
        for some, size, alpha in ((dots[dots["origin"] != main], 16, 0.4), (full, 44, 1.0)):
            of = some[some["kind"] == kind]
            seen = _within(measure, of[measure], full[measure])
            far = (seen != of[measure]).to_numpy()
            look: dict[str, Any] = {"edgecolors": colour, "marker": MARKS[kind], "alpha": alpha, "zorder": 2 + alpha}
            axes.scatter(seen[~far], of["at"][~far], s=size, facecolors=colour, linewidths=0, **look)
            axes.scatter(seen[far], of["at"][far], s=size, facecolors="white", linewidths=1.2, **look)
    best = form.format(_best(measure, full[measure])) if len(full) else ""
    place: dict[str, Any] = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
    for at, value in zip(full["at"], full[measure], strict=True):
        text = form.format(value)
        style: dict[str, Any] = {"color": INK, "fontweight": "bold"} if text == best else {"color": MUTED}
        axes.annotate(
            text.replace("-", "−"), (1, at), (31, 0), ha="right", va="center", fontsize=SMALL, **place, **style
        )
    quiet(axes)
    axes.margins(x=0.1)
    axes.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
    axes.tick_params(axis="x", labelsize=SMALL, labelcolor=MUTED)
    axes.set_title(title, loc="left", fontsize=MEDIUM, fontweight="bold", color=INK, pad=20)
    axes.annotate(
        better, (0, 1), (0, 6), xycoords="axes fraction", fontsize=SMALL, color=MUTED, textcoords="offset points"
    )


def _within(measure: str, values: pd.Series, full: pd.Series) -> pd.Series:
    """The values as far as a panel reaches: it is for telling those apart that are near the best."""
    if measure == "total_ratio":
        return values.clip(0.5, 1.75)
    return values.clip(upper=1.75 * full.min()) if measure.endswith("_loss") and len(full) else values


def _against_the_rule(dots: pd.DataFrame, measure: str, main: str) -> pd.DataFrame:
    """Errors of other origins, scaled so that their best simple rule lies on that of the main one."""
    best = dots[dots["kind"] == "simple rule"].groupby("origin")[measure].min()
    if main not in best:
        return dots[dots["origin"] == main]
    scale = (best[main] / best).where(best > 0, 1.0)
    return dots.assign(**{measure: dots[measure] * dots["origin"].map(scale)})


def _best(measure: str, values: pd.Series) -> float:
    wrong = (values - 1).abs() if measure == "total_ratio" else values if measure.endswith("_loss") else -values
    return float(values.iloc[int(np.argmin(wrong))])


def _marks_of_standings(table: pd.DataFrame, main: str) -> list[Line2D]:
    def mark(label: str, **style: Any) -> Line2D:
        dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 7}
        return Line2D([], [], label=label, **dot | style)

    others = table["origin"].nunique() - 1
    marks = [mark(kind, color=KINDS[kind], marker=MARKS[kind]) for kind in KINDS if (table["kind"] == kind).any()]
    if (table["kind"] == "simple rule").any():
        marks.append(Line2D([], [], color=ORANGE, linewidth=1.2, label="best simple rule"))
    marks.append(mark(f"as of {main}", color=MUTED))
    if others:
        said = f"{others} other date{'s' * (others > 1)}, errors against the rule's"
        marks.append(mark(said, color=MUTED, markersize=4, alpha=0.5))
    return marks
