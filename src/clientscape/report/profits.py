"""What contacting customers brings, by how many are contacted and by whom they are ranked."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from clientscape.report.forecasts import nothing
from clientscape.report.look import BLUE, INK, MEDIUM, MUTED, ORANGE, SMALL, canvas, halo, legend, plain, quiet, settled

STYLES: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "linewidth": 2.4, "zorder": 4},
    {"color": ORANGE, "linewidth": 1.8, "zorder": 3},
    {"color": MUTED, "linewidth": 1.4, "linestyle": "--", "zorder": 2},
)
REACH = 2.2  # how far the panel goes beyond the last thing that is marked
DEEPEST = -0.6  # of the highest profit: losses below it leave the panel


def profit_curves(table: pd.DataFrame, marks: Mapping[str, float], currency: str) -> Figure:
    """Show what contacting brought, ranked by the model beside a simple rule and chance.

    One row per ranking and number of customers: ranking, n_contacted, low, middle, high (realised profit at the lowest,
    middle and highest success rate [currency]); rankings in the order to be shown: the model's, whose range is a band,
    a rule's, at random. marks : what is marked -> customers contacted; the legend says the profit at the first of them.
    The panel ends somewhat beyond the marks and the best number.
    """
    if table.empty:
        return nothing("No profit was judged: the configuration names no campaign, or the label no value.")
    figure = canvas(4.9)
    axes = figure.subplots()
    handles = draw_profit(axes, table, marks, currency)
    title: dict[str, Any] = {}
    if marks:
        said = f"{currency} at {next(iter(marks.values())):,.0f} customers,\nranked by"
        title = {"title": plain(said), "title_fontsize": MEDIUM, "alignment": "left"}
    legend(axes, handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), labelspacing=0.6, **title)
    if title and (box := axes.get_legend()):
        box.get_title().set_color(INK)
    return settled(figure)


def draw_profit(axes: Axes, table: pd.DataFrame, marks: Mapping[str, float], currency: str) -> list[Line2D | Patch]:
    """Draw the curves on a panel; hand back the legend's handles, with the profit at the first mark."""
    of_ranking = {str(name): rows.sort_values("n_contacted") for name, rows in table.groupby("ranking", sort=False)}
    first = next(iter(of_ranking.values()))
    end = _end(first, marks)
    at = next(iter(marks.values()), None)
    handles: list[Line2D | Patch] = []
    for i, (name, rows) in enumerate(of_ranking.items()):
        style = STYLES[min(i, len(STYLES) - 1)]
        axes.plot(rows["n_contacted"], rows["middle"], solid_capstyle="round", **style)
        value = "" if at is None else f"{np.interp(at, rows['n_contacted'], rows['middle']):,.0f}".replace("-", "−")
        handles.append(Line2D([], [], label=f"{value:\u2007>7}  {plain(name)}" if value else plain(name), **style))
    axes.fill_between(first["n_contacted"], first["low"], first["high"], color=BLUE, alpha=0.14, linewidth=0, zorder=1)
    handles.append(Patch(color=BLUE, alpha=0.14, linewidth=0, label="lowest to highest success rate"))
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    quiet(axes, grid="y")
    axes.set(xlim=(0, end), ylim=_heights(of_ranking.values(), end))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}".replace("-", "−")))
    n = first["n_contacted"].max()
    axes.set_xlabel(f"Customers contacted, of {n:,.0f}", fontsize=MEDIUM, color=INK, labelpad=6)
    axes.set_ylabel(plain("Profit" + f", {currency}" * bool(currency)), fontsize=MEDIUM, color=INK, labelpad=6)
    _name(axes, {name: x for name, x in marks.items() if x <= end}, end)
    return handles


def _end(first: pd.DataFrame, marks: Mapping[str, float]) -> float:
    """Where the panel ends: customers far beyond all that is of interest would only squeeze the rest."""
    everyone = float(first["n_contacted"].max())
    best = float(first["n_contacted"].iloc[int(first["middle"].to_numpy().argmax())])
    reached = max(best, *marks.values()) if marks else best
    return max(1.0, min(everyone, REACH * reached if reached else everyone))


def _heights(curves: Any, end: float) -> tuple[float, float]:
    """The lowest and highest place of a panel; there is room for the names of the marks above all curves."""
    lows, highs = [0.0], [0.0]
    for i, rows in enumerate(curves):
        n = rows["n_contacted"].to_numpy(float)
        places = np.union1d(n[n <= end], [end])
        lows.append(np.interp(places, n, rows["low" if i == 0 else "middle"]).min())
        highs.append(np.interp(places, n, rows["high" if i == 0 else "middle"]).max())
    top = max(highs)
    bottom = max(min(lows), DEEPEST * top) if top > 0 else min(lows)
    tall = (top - bottom) or 1.0
    return bottom - 0.04 * tall, top + 0.2 * tall


def _name(axes: Axes, marks: Mapping[str, float], end: float) -> None:
    """Name the marks at the top of their lines, each below the one before."""
    place: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "va": "top"}
    for step, (name, x) in enumerate(sorted(marks.items(), key=lambda mark: mark[1])):
        axes.axvline(x, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2)
        right = x > 0.7 * end
        style: dict[str, Any] = {"fontsize": SMALL, "color": INK, "ha": "right" if right else "left", "zorder": 6}
        text = plain(f"{name}: {x:,.0f}")
        axes.annotate(text, (x, 1), (-4 if right else 4, -1 - 12 * step), path_effects=halo(), **place, **style)
