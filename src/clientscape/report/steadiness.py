"""How steady each segment of the chosen clustering is."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clientscape.report.forecasts import nothing
from clientscape.report.look import INK, MEDIUM, MUTED, SMALL, canvas, colours, halo, legend, plain, quiet, settled

DISSOLVED, STABLE = 0.5, 0.75


def steadiness(table: pd.DataFrame) -> Figure:
    """Show which segments come back when customers are drawn anew, and which fall apart.

    One row per segment of the chosen clustering, drawn in the order given: segment, jaccard (mean over the draws of the
    likeness to the most alike group [0..1]), jaccard_low (its 10% quantile over the draws), n_customers. Up to 0.5 a
    segment counts as dissolved, from 0.75 on as stable (Hennig 2007, Computational Statistics & Data Analysis 52).
    """
    if table.empty:
        return nothing("No segment was looked for in other draws of customers.")
    figure = canvas(1.5 + 0.44 * len(table))
    axes = figure.subplots()
    at = np.arange(len(table))
    colour = colours(table["segment"])
    means, lows = (table[column].to_numpy(float) for column in ("jaccard", "jaccard_low"))
    axes.barh(at, np.nan_to_num(means), height=0.6, color=[colour[name] for name in table["segment"]])
    axes.hlines(at, lows, means, color=INK, linewidth=1.6, zorder=3)
    axes.scatter(lows, at, marker="|", s=80, color=INK, linewidths=1.6, zorder=3)
    head: dict[str, Any] = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "va": "bottom"}
    for line, word, side in ((DISSOLVED, "dissolved", -1), (STABLE, "stable", 1)):
        axes.axvline(line, color=MUTED, linewidth=1.2, linestyle="--", zorder=2)
        where: dict[str, Any] = {"ha": "left" if side > 0 else "right", "fontsize": SMALL, "color": MUTED}
        axes.annotate(f"{word} →" if side > 0 else f"← {word}", (line, 1), (3 * side, 3), **head, **where)
    for y, mean in zip(at, means, strict=True):
        text = "–" if np.isnan(mean) else f"{mean:.2f}"
        style: dict[str, Any] = {"fontsize": MEDIUM, "color": INK, "va": "center", "textcoords": "offset points"}
        axes.annotate(text, (np.nan_to_num(mean), y), (6, 0), path_effects=halo(), fontweight="bold", **style)
    quiet(axes, grid="x")
    counts = (f"{name}\n{n:,.0f} customers" for name, n in zip(table["segment"], table["n_customers"], strict=True))
    axes.set_yticks(at, [plain(count) for count in counts])
    axes.set(xlim=(0, 1.06), xticks=[0, 0.25, 0.5, 0.75, 1], ylim=(len(table) - 0.4, -0.6))
    axes.set_xlabel("Likeness to the group that comes back (Jaccard)", fontsize=MEDIUM, color=INK, labelpad=6)
    low: dict[str, Any] = {"color": INK, "linewidth": 1.6, "marker": "|", "markevery": [0], "markersize": 9}
    legend(figure, [Line2D([], [], label="one draw in ten is below the mark", **low)], loc="outside lower right")
    return settled(figure)
