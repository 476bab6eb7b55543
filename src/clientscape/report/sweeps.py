"""The sweep over numbers of segments: what each gains in silhouette, and what it costs."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from clientscape.report.callouts import Callout, name_points
from clientscape.report.forecasts import nothing
from clientscape.report.look import (
    GREY,
    INK,
    LARGE,
    MEDIUM,
    MUTED,
    SMALL,
    WIDTH,
    canvas,
    legend,
    plain,
    quiet,
    settled,
)
from clientscape.report.trials import (
    FINDS_ITS_NUMBER,
    completed,
    count_segments,
    dodged,
    dress,
    last_place,
    legend_of_trials,
    mark,
)

MEASURES = {
    "silhouette_score": "Silhouette of the segments",
    "stability_score": "Stability of the segments",
    "coverage": "Share of customers placed",
    "smallest_share": "Share of the smallest segment",
}
BAND = ["null_silhouette_low", "null_silhouette_high"]


def k_curve(trials: pd.DataFrame) -> Figure:
    """Show what each number of segments gains in silhouette, and what it costs; a column of panels for each space.

    One row per trial: trial, family, space, n_segments, silhouette_score, coverage, smallest_share, passed and chosen
    (bool); and, where measured, stability_score, silhouette_error (standard error of a sampled silhouette, two of them
    to either side), null_silhouette_low and null_silhouette_high (what the same clusterer reaches where each column is
    shuffled by itself). The band spans what any family that is asked for a number reaches on shuffled columns; one that
    is not has a stroke of its own. Where a family has several trials of one number, the line takes the best. Trials
    with many more segments than were asked for stand together at the right.
    """
    if trials.empty:
        return nothing("No clustering was tried.")
    last = last_place(trials)
    trials = completed(trials).assign(x=dodged(trials, last))
    spaces = sorted(trials["space"].unique())
    measures = [measure for measure in MEASURES if measure != "stability_score" or trials[measure].notna().any()]
    heights = [2.6 if measure == "silhouette_score" else 1.0 for measure in measures]
    figure = canvas(1.8 + 1.2 * sum(heights), width=max(WIDTH, 2.6 * len(spaces)), gap=0.07)
    shape: dict[str, Any] = {"sharex": True, "sharey": "row", "height_ratios": heights, "gridspec_kw": {"wspace": 0.05}}
    grid = figure.subplots(len(measures), len(spaces), squeeze=False, **shape)
    for panels, space in zip(grid.T, spaces, strict=True):
        _space(panels, trials, space, measures)
    for row, measure in zip(grid, measures, strict=True):
        row[0].set_title(MEASURES[measure], loc="left", fontsize=MEDIUM, color=INK, pad=8)
        _scale(row[0], measure)
    count_segments(grid[0, 0], trials["n_segments"], last)
    for axes in grid[-1]:
        axes.set_xlabel("Number of segments", fontsize=MEDIUM, color=INK, labelpad=6)
    legend(figure, _legend(trials), loc="outside lower center", ncols=4, columnspacing=2.5)
    settled(figure)
    for axes, space in zip(grid[0], spaces, strict=True):
        here = trials[trials["space"] == space].rename(columns={"silhouette_score": "y"}).dropna(subset=["y"])
        chosen = here[here["chosen"]].to_dict("records")
        named = [Callout(row["x"], row["y"], row["trial"], bold=True) for row in chosen]
        name_points(axes, named, here[["x", "y"]].to_numpy(float))
    return figure


def _space(panels: Any, trials: pd.DataFrame, space: str, measures: list[str]) -> None:
    """Draw the panels of one space, from silhouette down."""
    colour, shape = dress(trials)
    here = trials[trials["space"] == space]
    top = panels[0]
    _shuffled(top, here)
    for family in sorted(here["family"].unique()):
        some = here[here["family"] == family]
        for axes, measure in zip(panels, measures, strict=True):
            _family(axes, some, measure, colour[family], shape[space])
        _uncertain(top, some, colour[family])
    for axes in panels:
        quiet(axes, grid="y")
    name: dict[str, Any] = {"fontsize": LARGE, "fontweight": "bold", "color": INK, "textcoords": "offset points"}
    top.annotate(plain(space), (0, 1), (0, 28), xycoords="axes fraction", annotation_clip=False, **name)


def _shuffled(axes: Axes, here: pd.DataFrame) -> None:
    """Shade what the families that are asked for a number reach on shuffled columns."""
    asked = here[~here["family"].isin(FINDS_ITS_NUMBER)].dropna(subset=BAND)
    if asked.empty:
        return
    by_number = asked.groupby("n_segments").agg({BAND[0]: "min", BAND[1]: "max"})
    x, low, high = by_number.index.to_numpy(float), *by_number.to_numpy(float).T
    # Somewhat further out on both sides: a single number has a band too.
    wide = np.concatenate([x[:1] - 0.4, x, x[-1:] + 0.4])
    axes.fill_between(wide, np.pad(low, 1, "edge"), np.pad(high, 1, "edge"), color=GREY, alpha=0.65, linewidth=0)


def _uncertain(axes: Axes, some: pd.DataFrame, colour: str) -> None:
    """Draw how far a sampled silhouette may be off, and what HDBSCAN and its like reach on shuffled columns."""
    sampled = some[some["silhouette_error"] > 0]
    reach = 2 * sampled["silhouette_error"]
    low, high = sampled["silhouette_score"] - reach, sampled["silhouette_score"] + reach
    axes.vlines(sampled["x"], low, high, color=colour, linewidth=1.2, zorder=2.5)
    own = some[some["family"].isin(FINDS_ITS_NUMBER)].dropna(subset=BAND)
    axes.vlines(own["x"], own[BAND[0]], own[BAND[1]], color=GREY, linewidth=5, zorder=1)


def _family(axes: Axes, some: pd.DataFrame, measure: str, colour: str, shape: str) -> None:
    """Draw the trials of one family: a line through the best of each number, refused ones hollow, the chosen ringed."""
    if some["family"].iloc[0] not in FINDS_ITS_NUMBER:
        ranked = some.sort_values(["n_segments", "silhouette_score"], ascending=[True, False])
        best = ranked.drop_duplicates("n_segments")
        axes.plot(best["x"], best[measure], color=colour, linewidth=1.3, alpha=0.7)
    face = np.where(some["passed"], colour, "white")
    style: dict[str, Any] = {"s": 26, "marker": shape, "edgecolors": colour, "linewidths": 1.3, "zorder": 3}
    axes.scatter(some["x"], some[measure], c=list(face), **style)
    chosen = some[some["chosen"]]
    axes.scatter(chosen["x"], chosen[measure], s=150, facecolor="none", edgecolor=INK, linewidths=1.8, zorder=4)


def _scale(axes: Axes, measure: str) -> None:
    axes.margins(y=0.12 if measure == "silhouette_score" else 0.25)
    if measure in ("coverage", "smallest_share"):
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axes.set_ylim(bottom=-0.08 * axes.get_ylim()[1])
    if measure == "coverage":
        axes.set(ylim=(-0.1, 1.15), yticks=[0, 0.5, 1])
    if measure == "stability_score":
        axes.set(ylim=(min(0.5, axes.dataLim.y0) - 0.07, 1.1), yticks=[0.5, 0.75, 1])
    axes.tick_params(axis="y", labelsize=SMALL)


def _legend(trials: pd.DataFrame) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [*legend_of_trials(trials, shapes=False)]
    if trials[BAND].notna().all(axis=1).any():
        handles.append(Patch(color=GREY, alpha=0.65, linewidth=0, label="reached on shuffled columns"))
    if (trials["silhouette_error"] > 0).any():
        stroke: dict[str, Any] = {"marker": "|", "markersize": 9, "markeredgewidth": 1.2}
        handles.append(mark("two standard errors, if sampled", color=MUTED, **stroke))
    return handles
