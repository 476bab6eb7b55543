"""Charts of forecasts by a customer's history, and the portrait of one forecaster."""

import math
import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from clientscape.report.curves import BOUND, capture_curves, spread, track
from clientscape.report.forecasts import nothing
from clientscape.report.look import (
    BLUE,
    INK,
    LARGE,
    MEDIUM,
    MUTED,
    SMALL,
    canvas,
    colours,
    halo,
    headline,
    legend,
    plain,
    quiet,
    settled,
)

BLUES = LinearSegmentedColormap.from_list("blues", ["#e8eff7", "#a9c6e4", "#2f6db3", "#173c66"])
OCHRES = LinearSegmentedColormap.from_list("ochres", ["#fbecdb", "#f3c99b", "#e08a3c", "#8a4a12"])
MAPS: dict[str, tuple[str, Colormap]] = {
    "p_alive": ("Chance to be active", BLUES),
    "expected_orders": ("Expected order days", OCHRES),
}
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
AMOUNTS = tuple(digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5))
HISTORY = "Repeat order days so far (small: customers)"
EXPECTED = "Order days in the horizon, mean"
SIDES = {
    "tracking": "All orders, week by week",
    "calibration": "Forecast and outcome by history",
    "capture": "Orders on the best customers",
    "grid": "Expected order days",
}


def calibration(table: pd.DataFrame) -> Figure:
    """Show whether customers of each history order as often as was forecast.

    One row per forecaster and bucket, in the order to be shown: forecaster, bucket (text, repeat order days so far),
    n_customers, actual (mean order days in the horizon), low and high (95% interval of that mean), expected (mean
    forecast).
    """
    names = list(dict.fromkeys(table["forecaster"]))
    if not names:
        return nothing("No forecast was compared by history.")
    narrow = table["bucket"].str.len().max() <= 2
    columns = min(len(names), 4 if len(names) > 6 and narrow else 3)
    rows = math.ceil(len(names) / columns)
    figure = canvas(1.3 + 2.0 * rows if len(names) > 1 else 4.4, gap=0.08)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    colour = colours(names)
    top = _ceiling(table)
    for place, (axes, name) in enumerate(zip(panels, names, strict=False)):
        lowest = place + columns >= len(names)
        calibrate(axes, table[table["forecaster"] == name], colour[name], top, counted=lowest, short=columns > 2)
        axes.tick_params(labelbottom=lowest)
        title = textwrap.fill(str(name), 84 // columns)
        axes.set_title(plain(title), loc="left", fontsize=MEDIUM, fontweight="bold", color=INK, pad=8)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    figure.supxlabel(HISTORY, fontsize=MEDIUM, color=INK)
    figure.supylabel(EXPECTED, fontsize=MEDIUM, color=INK)
    legend(figure, _marks_of_calibration(MUTED), loc="outside upper left", ncols=2)
    return settled(figure)


def calibrate(
    axes: Axes, rows: pd.DataFrame, colour: str, top: float, *, counted: bool = True, short: bool = False
) -> None:
    """Draw one forecaster on a panel of height `top`; `counted` writes the customers below it, `short` in thousands."""
    at = np.arange(len(rows))
    inside = (rows["expected"] <= top).to_numpy()
    axes.vlines(at, rows["low"], rows["high"], color=INK, linewidth=1.6, zorder=4)
    axes.scatter(at, rows["actual"], s=22, color=INK, zorder=5, clip_on=False)
    axes.plot(at, rows["expected"], color=colour, linewidth=1.8, zorder=2)
    axes.scatter(at[inside], rows["expected"][inside], s=30, color=colour, marker="D", zorder=3, clip_on=False)
    quiet(axes, grid="y")
    axes.set_xticks(at, [plain(bucket) for bucket in rows["bucket"]])
    axes.set(ylim=(0, top), xlim=(-0.5, max(len(rows), 1) - 0.5))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    style: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    style |= {"ha": "center", "va": "top", "fontsize": SMALL - 1.5, "color": MUTED}
    for x, count, expected in zip(at, rows["n_customers"], rows["expected"], strict=True):
        if expected > top:
            axes.annotate(f"↑{expected:.{int(expected < 9.95)}f}", (x, 1), (3, -1), path_effects=halo(), **style)
        if counted:
            text = f"{count / 1000:.{int(count < 9_950)}f}k" if short and count >= 1000 else f"{count:,.0f}"
            axes.annotate(text, (x, 0), (0, -20), **style)


def _ceiling(table: pd.DataFrame) -> float:
    """The height of a panel: what is forecast far above all outcomes leaves it, lest it flatten all the rest."""
    reached = table[["actual", "high"]].max().max()
    top = 1.08 * min(table[["actual", "high", "expected"]].max().max(), 1.15 * reached or np.inf)
    return top if top > 0 else 1.0


def _marks_of_calibration(colour: str) -> list[Line2D]:
    actual = Line2D([], [], color=INK, marker="o", markersize=5, linewidth=1.6, label="actual, with its 95% interval")
    return [actual, Line2D([], [], color=colour, marker="D", markersize=4.5, linewidth=1.8, label="forecast")]


def frequency_recency(grid: pd.DataFrame) -> Figure:
    """Show what a forecaster expects of each history.

    One row per history that can occur: x (repeat order days), recency_days (days since the last order), p_alive
    (missing throughout if the forecaster does not say it) and expected_orders (order days in the horizon).
    """
    maps = [column for column in MAPS if _said(grid, column)]
    if not maps:
        return nothing("No forecast by frequency and recency.")
    figure = canvas(4.4, width=4.9 * len(maps))
    panels = figure.subplots(1, len(maps), squeeze=False, sharey=True)[0]
    for axes, column in zip(panels, maps, strict=True):
        heat(axes, grid, column)
        headline(axes, MAPS[column][0])
    for axes in panels[1:]:
        axes.set_ylabel("")
    return settled(figure)


def heat(axes: Axes, grid: pd.DataFrame, column: str) -> None:
    """Draw one column of the grid as a heat map with contours; what cannot occur stays white."""
    square = grid.pivot(index="recency_days", columns="x", values=column)
    x, y, z = square.columns.to_numpy(float), square.index.to_numpy(float), np.ma.masked_invalid(square.to_numpy(float))
    share = column == "p_alive"
    top = 1.0 if share else float(z.max()) or 1.0
    levels = [level for level in (SHARES if share else AMOUNTS) if max(z.min(), top / 40) < level < z.max()]
    norm = PowerNorm(1.0 if share else 0.5, vmin=0, vmax=top)
    axes.pcolormesh(_edges(x), _edges(y), z, cmap=MAPS[column][1], norm=norm)
    if min(z.shape) > 1 and levels:
        lines = axes.contour(x, y, z, levels=levels, colors=INK, linewidths=0.8)
        form = "{:.0%}" if share else "{:g}"
        for text in axes.clabel(lines, fmt=lambda level: form.format(level), fontsize=SMALL):
            text.set_path_effects(halo())
    quiet(axes)
    axes.spines["left"].set_visible(True)
    axes.set_ylim(_edges(y)[-1], _edges(y)[0])
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel("Repeat order days", fontsize=MEDIUM, color=INK, labelpad=6)
    axes.set_ylabel("Days since the last order", fontsize=MEDIUM, color=INK, labelpad=6)


def _said(grid: pd.DataFrame, column: str) -> bool:
    return column in grid and bool(grid[column].notna().any())


def _edges(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.diff(centres) if len(centres) > 1 else np.ones(1)
    inner = centres[:-1] + np.diff(centres) / 2
    return np.concatenate([centres[:1] - steps[0] / 2, inner, centres[-1:] + steps[-1] / 2])


def portrait(
    forecaster: str, calibration: pd.DataFrame, tracking: pd.DataFrame, capture: pd.DataFrame, grid: pd.DataFrame
) -> Figure:
    """Show one forecaster from four sides; an empty table's side is left out.

    The tables are those of the four charts, with the rows of this forecaster; `capture` may keep `perfect foresight`.
    """
    told = grid if _said(grid, "expected_orders") else grid.iloc[:0]
    tables = {"tracking": tracking, "calibration": calibration, "capture": capture, "grid": told}
    sides = [side for side, table in tables.items() if len(table)]
    if not sides:
        return nothing(f"{forecaster}: no forecast was judged.")
    places = sides if len(sides) % 2 == 0 else [sides[0], *sides]
    mosaic: list[Any] = [places[i : i + 2] for i in range(0, len(places), 2)]
    figure = canvas(0.6 + 3.7 * len(mosaic), gap=0.12)
    panels = figure.subplot_mosaic(mosaic)
    colour = {"forecast": BLUE}
    labels = []
    for side, axes in panels.items():
        headline(axes, SIDES[side])
        if side == "tracking":
            labels = track(axes, tracking.assign(forecaster="forecast"), colour)
        elif side == "calibration":
            calibrate(axes, calibration, BLUE, _ceiling(calibration))
            axes.set_xlabel(HISTORY, fontsize=MEDIUM, color=INK, labelpad=18)
            axes.set_ylabel(EXPECTED, fontsize=MEDIUM, color=INK, labelpad=6)
            legend(axes, _marks_of_calibration(BLUE), loc="upper left")
        elif side == "capture":
            bound = capture["forecaster"] == BOUND
            capture_curves(axes, capture.assign(forecaster=np.where(bound, BOUND, "forecast"), kind="model"), colour)
        else:
            heat(axes, grid, "expected_orders")
    figure.suptitle(plain(forecaster), x=0.012, ha="left", fontsize=LARGE + 3, fontweight="bold", color=INK)
    settled(figure)
    if labels:
        spread(panels["tracking"], labels)
    return figure
