"""Charts of finished tables: the contest of trials, the portraits of segments, the judgement of forecasts."""

import itertools

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
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
    quiet,
)

FINDS_ITS_NUMBER = {"hdbscan"}  # families whose number of segments is not asked for: points, never a line
SHARES = ("share_of_customers", "share_of_spend")
BELOW_ABOVE = LinearSegmentedColormap.from_list("below_above", ["#2b5f9e", "#9dbfe3", "#f7f7f5", "#f3bd8c", "#c4651a"])


def k_curve(trials: pd.DataFrame) -> Figure:
    """How many segments: what does each number gain in silhouette, and what does it cost?

    One row per trial: trial, family, space, n_segments, silhouette_score, coverage, smallest_share,
    passed and chosen (bool). Where a family has several trials of one number, the line takes the best.
    """
    figure = canvas(7.4)
    panels = figure.subplots(3, 1, sharex=True, height_ratios=[3, 1.2, 1.2])
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
            _trial_points(axes, group, measure, float(shift), colour[space], marker[family])
        quiet(axes, grid="y")
        axes.set_title(title, loc="left", fontsize=MEDIUM, color=INK, pad=6)
        axes.margins(x=0.05, y=0.15)
    for axes in panels[1:]:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.set_ylim(bottom=0)
    panels[2].xaxis.set_major_locator(MaxNLocator(integer=True))
    panels[2].set_xlabel("Number of segments", fontsize=MEDIUM, color=INK)
    _legend_of_trials(panels[0], {space: colour[space] for space in sorted(trials["space"].unique())}, marker)
    return figure


def _trial_points(axes: Axes, group: pd.DataFrame, measure: str, shift: float, colour: str, marker: str) -> None:
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
            style = {"fontsize": MEDIUM, "fontweight": "bold", "color": INK, "path_effects": halo(), "zorder": 5}
            axes.annotate(str(row["trial"]), (x, y), (0, 13), textcoords="offset points", ha="center", **style)


def _legend_of_trials(axes: Axes, spaces: dict[str, str], families: dict[str, str]) -> None:
    def mark(marker: str, label: str, **style: object) -> Line2D:
        return Line2D([], [], **({"color": MUTED, "marker": marker, "linestyle": "none", "label": label} | style))  # type: ignore[arg-type]

    handles = [Line2D([], [], color=colour, linewidth=4, label=space) for space, colour in spaces.items()]
    handles += [mark(marker, family) for family, marker in families.items()]
    handles += [mark("o", "refused by a guard", markerfacecolor="white", markeredgewidth=1.4)]
    handles += [mark("o", "chosen", markersize=12, markerfacecolor="none", color=INK, markeredgewidth=1.8)]
    legend(axes, handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), labelspacing=0.7)


def profile_heat_map(profile: pd.DataFrame) -> Figure:
    """What marks each segment: in which features does it lie above or below the average customer?

    One row per segment (index: its name). share_of_customers and share_of_spend stand at the left as numbers;
    every other column is a feature, in standard deviations from the average customer.
    """
    features = [column for column in profile.columns if column not in SHARES]
    values = profile[features].to_numpy(float)
    rows, columns = values.shape
    figure = canvas(2.6 + 0.42 * rows, width=max(9.5, 3.4 + 0.62 * (columns + 2)))
    axes = figure.subplots()
    edges = np.arange(columns + 1), np.arange(rows + 1)
    mesh = axes.pcolormesh(*edges, np.ma.masked_invalid(values), cmap=BELOW_ABOVE, vmin=-2, vmax=2, edgecolor="white", linewidth=2)
    for (row, column), value in np.ndenumerate(values):
        ink = "white" if abs(value) > 1.4 else INK
        text = f"{value:+.1f}" if np.isfinite(value) else "–"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=SMALL, color=ink)
    for column, share in enumerate(SHARES):
        for row, value in enumerate(profile[share]):
            axes.text(column - 1.7, row + 0.5, _percent(value), ha="center", va="center", fontsize=MEDIUM, color=INK)
    colour = colours(profile.index)
    axes.scatter([-2.45] * rows, np.arange(rows) + 0.5, s=70, marker="s", c=[colour[n] for n in profile.index])
    axes.set(xlim=(-2.7, columns), ylim=(rows, 0))
    axes.set_yticks(np.arange(rows) + 0.5, profile.index)
    names = ["customers", "spend", *(feature.replace("_", " ") for feature in features)]
    axes.set_xticks([-1.7, -0.7, *(np.arange(columns) + 0.5)], names, rotation=35, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    quiet(axes)
    axes.spines["bottom"].set_visible(False)
    bar = figure.colorbar(mesh, ax=axes, location="bottom", shrink=0.35, aspect=40, pad=0.04, anchor=(1.0, 0.0))
    bar.set_label("standard deviations from the average customer", fontsize=SMALL, color=MUTED)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(length=0, labelsize=SMALL, labelcolor=MUTED)
    return figure


def _percent(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.0%}"


def segment_bars(segments: pd.DataFrame) -> Figure:
    """Which segments bring more, and which less, than their number of customers?

    One row per segment (index: its name) with share_of_customers and share_of_spend, drawn in the order given.
    """
    figure = canvas(1.2 + 0.55 * len(segments))
    axes = figure.subplots()
    colour = [colours(segments.index)[name] for name in segments.index]
    at = np.arange(len(segments))
    for share, shift, alpha in zip(SHARES, (-0.19, 0.19), (0.4, 1.0), strict=True):
        values = segments[share].to_numpy(float)
        axes.barh(at + shift, values, height=0.34, color=colour, alpha=alpha)
        for y, value in zip(at + shift, values, strict=True):
            right = 5 if not value < 0 else -5
            axes.annotate(
                _percent(value),
                (np.nan_to_num(value), y),
                (right, 0),
                textcoords="offset points",
                ha="left" if right > 0 else "right",
                va="center",
                fontsize=SMALL,
                color=MUTED if alpha < 1 else INK,
            )
    quiet(axes, grid="x")
    axes.set_yticks(at, segments.index)
    axes.set_ylim(len(segments) - 0.45, -0.55)
    axes.margins(x=0.08)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.axvline(0, color=MUTED, linewidth=0.8)
    handles = [Patch(color=MUTED, alpha=0.4, label="share of customers"), Patch(color=MUTED, label="share of spend")]
    legend(axes, handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderpad=0)
    return figure


def judgement(table: pd.DataFrame) -> Figure:
    """Do the models foresee more than the simple rules do?

    One row per forecaster and label: label, forecaster, kind (`model` or `simple rule`), roc_auc_score,
    average_precision_score, base_rate, lift_at_10.
    """
    labels = list(dict.fromkeys(table["label"]))
    if not labels:
        figure = canvas(1.2)
        figure.text(0.5, 0.5, "No forecaster was judged.", ha="center", va="center", fontsize=LARGE, color=MUTED)
        return figure
    counts = [int((table["label"] == label).sum()) for label in labels]
    figure = canvas(0.9 + sum(0.9 + 0.3 * count for count in counts))
    grid = figure.subplots(len(labels), 3, squeeze=False, sharex="col", height_ratios=[count + 1.5 for count in counts])
    for panels, label in zip(grid, labels, strict=True):
        rows = table[table["label"] == label].sort_values("average_precision_score", ascending=False, kind="stable")
        _dots(panels[0], rows, "roc_auc_score", "{:.3f}", 0.5)
        _dots(panels[1], rows, "average_precision_score", "{:.3f}", rows["base_rate"].iloc[0])
        _dots(panels[2], rows, "lift_at_10", "{:.1f}×", 1.0)
        panels[0].set_yticks(np.arange(len(rows)), rows["forecaster"])
        headline(panels[0], label.replace("_", " "))
    for axes, name in zip(grid[-1], ("ROC AUC", "Average precision", "Lift in the top tenth"), strict=True):
        axes.set_xlabel(name, fontsize=MEDIUM, color=INK, labelpad=8)
    handles = [
        Line2D([], [], color=BLUE, marker="o", markersize=8, linestyle="none", label="model"),
        Line2D([], [], color=ORANGE, marker="D", markersize=7, linestyle="none", label="simple rule"),
        Line2D([], [], color=ORANGE, linewidth=1.2, label="best simple rule"),
        Line2D([], [], color=MUTED, linewidth=1.2, linestyle="--", label="chance (base rate)"),
    ]
    legend(figure, handles, loc="outside lower center", ncols=4)
    return figure


def _dots(axes: Axes, rows: pd.DataFrame, measure: str, form: str, chance: float) -> None:
    """One panel: a dot for each forecaster, a line for the best simple rule, a dashed line for chance."""
    rule = (rows["kind"] == "simple rule").to_numpy()
    values = rows[measure].to_numpy(float)
    at = np.arange(len(rows))
    axes.hlines(at, 0, 1, transform=axes.get_yaxis_transform(), color=GREY, linewidth=0.6, zorder=1)
    if np.isfinite(chance):
        axes.axvline(chance, color=MUTED, linewidth=1.2, linestyle="--", zorder=1)
    if np.isfinite(values[rule]).any():
        axes.axvline(np.nanmax(values[rule]), color=ORANGE, linewidth=1.2, zorder=1)
    axes.scatter(values[~rule], at[~rule], s=48, color=BLUE, zorder=3)
    axes.scatter(values[rule], at[rule], s=42, color=ORANGE, marker="D", zorder=3)
    style = {"fontsize": SMALL, "color": MUTED, "path_effects": halo(), "zorder": 4}
    for x, y in zip(values, at, strict=True):
        if np.isfinite(x):
            axes.annotate(form.format(x), (x, y), (0, 7), textcoords="offset points", ha="center", **style)
    quiet(axes)
    axes.set(yticks=[], ylim=(len(rows) - 0.5, -0.7))
    axes.margins(x=0.12)
