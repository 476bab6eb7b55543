"""The chart of a contest of forecasters of a label, beside the simple rules."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clientscape.report.look import (
    BLUE,
    GREY,
    INK,
    LARGE,
    MEDIUM,
    MUTED,
    ORANGE,
    SMALL,
    canvas,
    halo,
    headline,
    legend,
    plain,
    quiet,
    settled,
)


def judgement(table: pd.DataFrame) -> Figure:
    """Show whether the models foresee more than the simple rules.

    One row per forecaster and label: label, forecaster, kind (`model` or `simple rule`), roc_auc_score,
    average_precision_score, base_rate, lift_at_10_score.
    """
    labels = list(dict.fromkeys(table["label"]))
    if not labels:
        figure = canvas(1.2)
        figure.text(0.5, 0.5, "No forecaster was judged.", ha="center", va="center", fontsize=LARGE, color=MUTED)
        return settled(figure)
    counts = [int((table["label"] == label).sum()) for label in labels]
    figure = canvas(0.9 + sum(1.0 + 0.3 * count for count in counts), gap=0.1)
    heights = [count + 1.2 for count in counts]
    grid = figure.subplots(len(labels), 3, squeeze=False, sharex="col", height_ratios=heights)
    for panels, label in zip(grid, labels, strict=True):
        rows = table[table["label"] == label].sort_values("average_precision_score", ascending=False, kind="stable")
        base_rate = rows["base_rate"].iloc[0]
        _dots(panels[0], rows, "roc_auc_score", "{:.3f}", 0.5)
        _dots(panels[1], rows, "average_precision_score", "{:.3f}", base_rate, f"base rate {base_rate:.3f}")
        _dots(panels[2], rows, "lift_at_10_score", "{:.1f}×", 1.0)
        panels[0].set_yticks(np.arange(len(rows)), [plain(name) for name in rows["forecaster"]])
        headline(panels[0], str(label).replace("_", " "))
    for axes, name in zip(grid[-1], ("ROC AUC", "Average precision", "Lift in the top tenth"), strict=True):
        axes.set_xlabel(name, fontsize=MEDIUM, color=INK, labelpad=8)
    handles = [
        Line2D([], [], color=BLUE, marker="o", markersize=8, linestyle="none", label="model"),
        Line2D([], [], color=ORANGE, marker="D", markersize=7, linestyle="none", label="simple rule"),
        Line2D([], [], color=ORANGE, linewidth=1.2, label="best simple rule"),
        Line2D([], [], color=MUTED, linewidth=1.2, linestyle="--", label="chance"),
    ]
    legend(figure, handles, loc="outside lower center", ncols=4)
    return settled(figure)


def _dots(axes: Axes, rows: pd.DataFrame, measure: str, form: str, chance: float, note: str = "") -> None:
    """Draw one panel: a dot for each forecaster, a line for the best simple rule, a dashed line for chance."""
    rule = (rows["kind"] == "simple rule").to_numpy()
    values = rows[measure].to_numpy(float)
    at = np.arange(len(rows))
    style: dict[str, Any] = {"fontsize": SMALL, "color": MUTED, "ha": "center", "textcoords": "offset points"}
    axes.hlines(at, 0, 1, transform=axes.get_yaxis_transform(), color=GREY, linewidth=0.6, zorder=1)
    if np.isfinite(chance):
        axes.axvline(chance, color=MUTED, linewidth=1.2, linestyle="--", zorder=1)
        axes.annotate(note, (chance, 1), (-3, 4), xycoords=("data", "axes fraction"), **style | {"ha": "left"})
    if np.isfinite(values[rule]).any():
        axes.axvline(np.nanmax(values[rule]), color=ORANGE, linewidth=1.2, zorder=1)
    axes.scatter(values[~rule], at[~rule], s=48, color=BLUE, zorder=3)
    axes.scatter(values[rule], at[rule], s=42, color=ORANGE, marker="D", zorder=3)
    for x, y in zip(values, at, strict=True):
        if np.isfinite(x):
            axes.annotate(form.format(x), (x, y), (0, 7), path_effects=halo(), zorder=4, **style)
    quiet(axes)
    axes.set(yticks=[], ylim=(len(rows) - 0.5, -0.7))
    axes.margins(x=0.12)
