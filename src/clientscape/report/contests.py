"""Charts of contests: clusterings among themselves, forecasters beside the simple rules."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

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
    colours,
    halo,
    headline,
    legend,
    plain,
    quiet,
    settled,
)

FINDS_ITS_NUMBER = {"hdbscan"}  # families that are not asked for a number of segments: points, never a line


def k_curve(trials: pd.DataFrame) -> Figure:
    """Show what each number of segments gains in silhouette, and what it costs.

    One row per trial: trial, family, space, n_segments, silhouette_score, coverage, smallest_share,
    passed and chosen (bool). Where a family has several trials of one number, the line takes the best.
    """
    figure = canvas(7.4, gap=0.08)
    panels = figure.subplots(3, 1, sharex=True, height_ratios=[3, 1.1, 1.1])
    measures = {
        "silhouette_score": "Silhouette of the segments",
        "coverage": "Share of customers placed",
        "smallest_share": "Share of the smallest segment",
    }
    colour = colours(trials["space"])
    marker = dict(zip(sorted(trials["family"].unique()), itertools.cycle("osD^vP"), strict=False))
    series = [group for _, group in trials.groupby(["family", "space"])]
    dodge = np.linspace(-0.15, 0.15, len(series)) if len(series) > 1 else np.zeros(len(series))
    for axes, (measure, title) in zip(panels, measures.items(), strict=True):
        for group, shift in zip(series, dodge, strict=True):
            family, space = group.iloc[0][["family", "space"]]
            _trials(axes, group, measure, float(shift), colour[space], marker[family])
        quiet(axes, grid="y")
        axes.set_title(title, loc="left", fontsize=MEDIUM, color=INK, pad=8)
        axes.margins(x=0.05, y=0.15)
    for axes in panels[1:]:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axes.set_ylim(bottom=-0.08 * axes.get_ylim()[1])
    panels[1].set(ylim=(-0.1, 1.15), yticks=[0, 0.5, 1])
    panels[2].xaxis.set_major_locator(MaxNLocator(15, integer=True))
    panels[2].set_xlabel("Number of segments", fontsize=MEDIUM, color=INK, labelpad=8)
    _legend_of_trials(panels[0], {space: colour[space] for space in sorted(trials["space"].unique())}, marker)
    return settled(figure)


def _trials(axes: Axes, group: pd.DataFrame, measure: str, shift: float, colour: str, marker: str) -> None:
    ranked = group.sort_values(["n_segments", "silhouette_score"], ascending=[True, False])
    best = ranked.drop_duplicates("n_segments")
    if group["family"].iloc[0] not in FINDS_ITS_NUMBER:
        axes.plot(best["n_segments"] + shift, best[measure], color=colour, linewidth=1.4, alpha=0.7)
    for passed, face in ((True, colour), (False, "white")):
        some = group[group["passed"].astype(bool) == passed]
        x = some["n_segments"] + shift
        axes.scatter(x, some[measure], s=38, marker=marker, facecolor=face, edgecolor=colour, linewidths=1.4, zorder=3)
    for row in group[group["chosen"].astype(bool)].to_dict("records"):
        x, y = row["n_segments"] + shift, row[measure]
        axes.scatter([x], [y], s=190, facecolor="none", edgecolor=INK, linewidths=1.8, zorder=4)
        if measure == "silhouette_score" and pd.notna(y):
            style: dict[str, Any] = {"fontsize": MEDIUM, "fontweight": "bold", "color": INK, "path_effects": halo()}
            axes.annotate(
                plain(row["trial"]), (x, y), (0, 13), textcoords="offset points", ha="center", zorder=5, **style
            )


def _legend_of_trials(axes: Axes, spaces: dict[str, str], families: dict[str, str]) -> None:
    def mark(marker: str, label: str, **style: Any) -> Line2D:
        return Line2D([], [], **({"color": MUTED, "marker": marker, "linestyle": "none", "label": label} | style))

    handles = [Line2D([], [], color=colour, linewidth=4, label=plain(space)) for space, colour in spaces.items()]
    handles += [mark(marker, plain(family)) for family, marker in families.items()]
    handles += [mark("o", "refused by a guard", markerfacecolor="white", markeredgewidth=1.4)]
    handles += [mark("o", "chosen", markersize=12, markerfacecolor="none", color=INK, markeredgewidth=1.8)]
    legend(axes, handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), labelspacing=0.7)


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
