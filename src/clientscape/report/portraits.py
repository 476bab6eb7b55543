"""Portraits of segments: what marks each, and what each brings."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from clientscape.report.cells import heading
from clientscape.report.look import INK, MEDIUM, MUTED, SMALL, WIDTH, canvas, colours, legend, plain, quiet, settled

SHARES = ("share_of_customers", "share_of_spend")
BELOW_ABOVE = LinearSegmentedColormap.from_list("below_above", ["#2b5f9e", "#9dbfe3", "#f7f7f5", "#f3bd8c", "#c4651a"])


def profile_heat_map(profile: pd.DataFrame) -> Figure:
    """Show in which features each segment lies above or below the average customer.

    One row per segment (index: its name). share_of_customers and share_of_spend stand at the left as numbers;
    every other column is a feature, in standard deviations from the average customer.
    """
    features = [column for column in profile.columns if column not in SHARES]
    values = profile[features].to_numpy(float)
    rows, columns = values.shape
    figure = canvas(2.1 + 0.4 * rows, width=max(WIDTH, 2.6 + 0.62 * (columns + 2)))
    axes = figure.subplots()
    edges = np.arange(columns + 1), np.arange(rows + 1)
    look: dict[str, Any] = {"cmap": BELOW_ABOVE, "vmin": -2, "vmax": 2, "edgecolor": "white", "linewidth": 2}
    mesh = axes.pcolormesh(*edges, np.ma.masked_invalid(values), **look)
    centred: dict[str, Any] = {"ha": "center", "va": "center"}
    for (row, column), value in np.ndenumerate(values):
        text = f"{value:+z.1f}".replace("-", "−") if np.isfinite(value) else "–"
        red, green, blue, _ = BELOW_ABOVE((value + 2) / 4)
        ink = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 and np.isfinite(value) else INK
        axes.text(column + 0.5, row + 0.5, text, fontsize=SMALL, color=ink, **centred)
    for x, share in zip((-1.7, -0.7), SHARES, strict=True):
        for row, value in enumerate(profile[share]):
            axes.text(x, row + 0.5, _percent(value), fontsize=MEDIUM, color=INK, **centred)
    axes.scatter([-2.45] * rows, np.arange(rows) + 0.5, s=70, marker="s", c=_colour_of_each(profile.index))
    axes.set(xlim=(-2.7, columns), ylim=(max(rows, 1), 0))
    axes.set_yticks(np.arange(rows) + 0.5, [plain(name) for name in profile.index])
    names = ["Customers", "Spend", *(plain(heading(str(feature))) for feature in features)]
    axes.set_xticks([-1.7, -0.7, *(np.arange(columns) + 0.5)], names, rotation=35, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    quiet(axes)
    axes.spines["bottom"].set_visible(False)
    _scale(figure, axes, mesh)
    return settled(figure)


def _scale(figure: Figure, axes: Axes, mesh: ScalarMappable) -> None:
    place: dict[str, Any] = {"location": "bottom", "shrink": 0.3, "aspect": 40, "pad": 0.04, "anchor": (1.0, 0.0)}
    bar = figure.colorbar(mesh, ax=axes, ticks=[-2, -1, 0, 1, 2], **place)
    bar.set_label("standard deviations from the average customer", fontsize=SMALL, color=MUTED)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=SMALL, labelcolor=MUTED)


def segment_bars(segments: pd.DataFrame) -> Figure:
    """Show which segments bring more, and which less, than their number of customers.

    One row per segment (index: its name) with share_of_customers and share_of_spend, drawn in the order given.
    """
    figure = canvas(1.0 + 0.5 * len(segments))
    axes = figure.subplots()
    full = [to_rgb(colour) for colour in _colour_of_each(segments.index)]
    pale = [_pale(colour) for colour in full]
    at = np.arange(len(segments))
    for share, shift, colour, ink in zip(SHARES, (-0.19, 0.19), (pale, full), (MUTED, INK), strict=True):
        values = segments[share].to_numpy(float)
        axes.barh(at + shift, np.nan_to_num(values), height=0.34, color=colour)
        for y, value in zip(at + shift, values, strict=True):
            side, align = (-5, "right") if value < 0 else (5, "left")
            place = (float(np.nan_to_num(value)), y)
            style: dict[str, Any] = {"fontsize": SMALL, "color": ink, "ha": align, "va": "center"}
            axes.annotate(_percent(value), place, (side, 0), textcoords="offset points", **style)
    quiet(axes, grid="x")
    axes.set_yticks(at, [plain(name) for name in segments.index])
    axes.set_ylim(len(segments) - 0.45, -0.55)
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.axvline(0, color=MUTED, linewidth=0.8)
    grey = to_rgb(MUTED)
    handles = [Patch(color=_pale(grey), label="share of customers"), Patch(color=grey, label="share of spend")]
    legend(axes, handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2)
    return settled(figure)


def _colour_of_each(names: Iterable[str]) -> list[str]:
    colour = colours(names)
    return [colour[name] for name in names]


def _pale(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    red, green, blue = (1 - 0.4 * (1 - channel) for channel in colour)
    return red, green, blue


def _percent(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.0%}".replace("-", "−")
