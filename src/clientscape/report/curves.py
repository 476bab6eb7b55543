"""Curves of forecasts of order days: their totals week by week, and the orders on their best customers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from clientscape.report.forecasts import nothing
from clientscape.report.look import GREY, INK, MEDIUM, MUTED, canvas, colours, legend, plain, quiet, settled

STROKES: dict[str, Any] = {"model": "-", "learned": (0, (6, 1.5)), "simple rule": (0, (1.5, 1.2))}
BOUND = "perfect foresight"  # not a forecaster: the most that any could capture
TOP = 0.1


def tracking(table: pd.DataFrame) -> Figure:
    """Show how the forecasts of all orders keep up with the orders that came, week by week.

    One row per forecaster and week: forecaster, week (1, 2, ...), actual and expected (order days of all customers
    from the date of the forecast to the end of that week).
    """
    if table.empty:
        return nothing("No forecast was followed week by week.")
    figure = canvas(4.8)
    axes = figure.subplots()
    labels = track(axes, table, colours(table["forecaster"]))
    settled(figure)
    spread(axes, labels)
    return figure


def track(axes: Axes, table: pd.DataFrame, colour: Mapping[str, str]) -> list[Annotation]:
    """Draw the weeks on a panel; hand back the labels at the lines' ends, to be spread when the figure is settled."""
    large = bool((table[["actual", "expected"]] >= 10_000).any(axis=None))
    series = {str(name): rows.set_index("week")["expected"] for name, rows in table.groupby("forecaster", sort=False)}
    series["actual"] = table.drop_duplicates("week").set_index("week")["actual"]
    labels = []
    for name, values in series.items():
        line = values.sort_index().dropna()
        actual = name == "actual"
        look: dict[str, Any] = {"color": INK if actual else colour[name], "linewidth": 3.2 if actual else 1.8}
        axes.plot(line.index, line, solid_capstyle="round", zorder=2 + actual, **look)
        if len(line):
            thread = {"arrowstyle": "-", "color": look["color"], "shrinkA": 4, "patchA": None, "relpos": (0, 0.5)}
            style: dict[str, Any] = {"va": "center", "fontsize": MEDIUM, "color": INK, "arrowprops": thread}
            style |= {"fontweight": "bold"} if actual else {}
            end = (line.index[-1], line.iloc[-1])
            labels.append(axes.annotate(plain(name), end, (26, 0), textcoords="offset points", **style))
    quiet(axes, grid="y")
    axes.margins(x=0.01)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y / 1000:g}" if large else f"{y:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel("Weeks after the date of the forecast", fontsize=MEDIUM, color=INK, labelpad=6)
    axes.set_ylabel("Order days so far" + ", thousands" * large, fontsize=MEDIUM, color=INK, labelpad=6)
    return labels


def spread(axes: Axes, labels: Sequence[Annotation], gap: float = 1.35 * MEDIUM) -> None:
    """Move labels within their panel until `gap` points lie between them, each as little as the others allow."""
    if not labels or not (figure := axes.get_figure()):
        return
    points = 72 / figure.dpi
    heights = [float(axes.transData.transform(label.xy)[1]) * points for label in labels]
    order = np.argsort(heights, kind="stable")
    pools: list[list[float]] = []
    for rank, label in enumerate(order):
        pools.append([heights[label] - rank * gap])
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    places = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools])
    panel = axes.get_window_extent()
    lowest, highest = panel.y0 * points, panel.y1 * points - (len(labels) - 0.5) * gap
    for rank, label in enumerate(order):
        height = max(lowest, min(float(places[rank]), highest)) + rank * gap
        labels[label].set_position((labels[label].get_position()[0], height - heights[label]))


def capture(table: pd.DataFrame) -> Figure:
    """Show what share of the orders came from the customers with the highest forecasts.

    One row per forecaster and point of its curve: forecaster, kind, share_of_customers (by falling forecast) and
    share_of_orders [0..1]. A forecaster `perfect foresight` is the upper bound, drawn grey.
    """
    if table.empty:
        return nothing("No forecast was judged by the orders it finds.")
    figure = canvas(5.4)
    capture_curves(figure.subplots(), table, colours(set(table["forecaster"]) - {BOUND}))
    return settled(figure)


def capture_curves(axes: Axes, table: pd.DataFrame, colour: Mapping[str, str]) -> None:
    """Draw the curves on a panel, with a legend that says what each finds in the top tenth."""
    ends = np.array([0.0, 1.0])
    dashed: dict[str, Any] = {"color": MUTED, "linewidth": 1.2, "linestyle": "--"}
    found = [("chance", ends, ends, dashed)]
    for name, rows in table.groupby("forecaster", sort=False):
        x, y = rows.sort_values("share_of_customers")[["share_of_customers", "share_of_orders"]].to_numpy(float).T
        look: dict[str, Any] = {"color": GREY, "linewidth": 3}
        if name != BOUND:
            look = {"color": colour[str(name)], "linewidth": 1.8, "linestyle": STROKES[rows["kind"].iloc[0]]}
        found.append((str(name), x, y, look))
    at_top = [float(np.interp(TOP, x, y)) for _, x, y, _ in found]
    handles = []
    for i in sorted(range(len(found)), key=lambda i: (np.isnan(at_top[i]), -np.nan_to_num(at_top[i]))):
        name, x, y, look = found[i]
        share = "–" if np.isnan(at_top[i]) else f"{at_top[i]:.0%}"
        axes.plot(x, y, zorder=2 if name in (BOUND, "chance") else 3, **look)
        handles.append(Line2D([], [], label=f"{share:\u2007>4}  {plain(name)}", **look))
    axes.axvline(TOP, color=INK, linewidth=0.8, zorder=1)
    quiet(axes, grid="y")
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xticks=[0, 0.1, 0.25, 0.5, 0.75, 1])
    for axis, words in ((axes.xaxis, "Customers, highest forecast first"), (axes.yaxis, "Orders that came from them")):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set_label_text(words, fontsize=MEDIUM, color=INK)
        axis.labelpad = 6
    title: dict[str, Any] = {"title": "Orders on the top tenth", "title_fontsize": MEDIUM, "alignment": "left"}
    legend(axes, handles, loc="lower right", handlelength=2.4, labelspacing=0.35, **title)
    if box := axes.get_legend():
        box.set_frame_on(True)
        box.get_title().set_color(INK)
        box.get_frame().set(edgecolor="none", facecolor="white", alpha=1)
