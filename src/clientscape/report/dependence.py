"""What moves the forecasts of churn and decline: the features that weigh most, and how their values do."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator, SymmetricalLogLocator

from clientscape.report.forecasts import nothing
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
    halo,
    legend,
    plain,
    quiet,
    settled,
)
from clientscape.report.words import noun, number

LEAVING = "no_order"
OTHERS = (ORANGE, PALETTE[2], PALETTE[3])
MOST_BARS, MOST_PANELS, COLUMNS = 14, 6, 3
BINS = 20  # of a running median, of equally many customers
FAR, ROOM = 0.002, 0.1  # share of the contributions that may lie beyond a panel to either side, and the space around
SKEWED = 8.0  # the farthest value over the usual distance from which on a logarithmic axis tells more


def importances(table: pd.DataFrame) -> Figure:
    """Show which features weigh most in the forecast of each label, side by side.

    One row per label and feature: label, feature, mean_absolute_contribution (to the log-odds, over the customers).
    Features stand by their mean share, over the labels, of all that moves a label; at most fourteen are shown.
    """
    if table.empty:
        return nothing("No contributions of features were computed.")
    weight = _weights(table)
    shown = list(weight.index[:MOST_BARS])
    labels = list(dict.fromkeys(table["label"]))
    figure = canvas(1.0 + 0.27 * len(shown), gap=0.06)
    panels = figure.subplots(1, len(labels), squeeze=False, sharey=True, gridspec_kw={"wspace": 0.08})[0]
    colour = _colours(labels)
    for axes, label in zip(panels, labels, strict=True):
        found = table[table["label"] == label].set_index("feature")["mean_absolute_contribution"]
        values = found.reindex(shown).to_numpy(float)
        axes.barh(np.arange(len(shown)), np.nan_to_num(values), height=0.62, color=colour[str(label)])
        for y, value in enumerate(values):
            text = "–" if np.isnan(value) else f"{value:.2f}"
            style: dict[str, Any] = {"fontsize": SMALL, "color": INK, "va": "center", "textcoords": "offset points"}
            axes.annotate(text, (np.nan_to_num(value), y), (5, 0), **style)
        quiet(axes)
        axes.margins(x=0.14)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(NullLocator())
        axes.set_title(plain(_words(label)), loc="left", fontsize=LARGE, fontweight="bold", color=INK, pad=8)
    panels[0].set_yticks(range(len(shown)), [plain(noun(feature, "en")) for feature in shown])
    panels[0].set_ylim(len(shown) - 0.4, -0.6)
    figure.supxlabel("Mean shift of the log-odds, up or down", fontsize=MEDIUM, color=INK)
    return settled(figure)


def dependence(table: pd.DataFrame) -> Figure:
    """Show how the value of each of the strongest features moves the forecast.

    One row per label, feature and customer: label, feature, value (may be missing), contribution (to the log-odds).
    Up to six features, each with its customers, and the median along the value as a line; above 0 it raises the risk.
    The farthest few in a thousand may lie beyond the panel.
    """
    if table.empty:
        return nothing("No contributions of features were computed.")
    strength = table["contribution"].abs().groupby([table["label"], table["feature"]]).mean()
    weight = _weights(strength.rename("mean_absolute_contribution").reset_index())
    told = [feature for feature in weight.index if table.loc[table["feature"] == feature, "value"].notna().any()]
    shown = told[:MOST_PANELS]
    if not shown:
        return nothing("No feature that moves the forecasts has a value.")
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure = canvas(0.7 + 2.45 * rows, gap=0.1)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True, gridspec_kw={"wspace": 0.05}).ravel()
    labels = list(dict.fromkeys(table["label"]))
    colour = _colours(labels)
    for axes, feature in zip(panels, shown, strict=False):
        _panel(axes, table[table["feature"] == feature], feature, colour)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    low, high = table.loc[table["feature"].isin(shown), "contribution"].quantile([FAR, 1 - FAR])
    room = ROOM * (high - low) or 1.0
    panels[0].set_ylim(min(low, 0.0) - room, max(high, 0.0) + room)
    figure.supylabel("Shift of the log-odds", fontsize=MEDIUM, color=INK)
    handles = [Line2D([], [], color=colour[str(label)], linewidth=2.4, label=plain(_words(label))) for label in labels]
    legend(figure, handles, loc="outside upper right", ncols=4, columnspacing=2.5)
    return settled(figure)


def _panel(axes: Axes, rows: pd.DataFrame, feature: str, colour: Mapping[str, str]) -> None:
    """Draw one feature: faint customers, and the running median of each label."""
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    line = 0
    for label, of_label in rows.groupby("label", sort=False):
        some = of_label.dropna(subset=["value"]).sort_values("value", kind="stable")
        axes.scatter(some["value"], some["contribution"], s=5, color=colour[str(label)], alpha=0.12, linewidths=0)
        median = _running(some)
        axes.plot(median["value"], median["contribution"], color=colour[str(label)], linewidth=2.2, zorder=4)
        if len(some) < len(of_label):
            shift = of_label.loc[of_label["value"].isna(), "contribution"].median()
            text = f"missing: {shift:+.2f}".replace("-", "−")
            style: dict[str, Any] = {"fontsize": SMALL, "color": colour[str(label)], "ha": "right"}
            style |= {"xycoords": "axes fraction", "textcoords": "offset points", "path_effects": halo()}
            axes.annotate(text, (1, 0), (-2, 4 + 12 * line), **style)
            line += 1
    quiet(axes)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    _scale(axes, rows["value"].dropna().to_numpy(float))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.tick_params(labelsize=SMALL)
    axes.set_title(plain(noun(feature, "en")), loc="left", fontsize=MEDIUM, fontweight="bold", color=INK, pad=8)


def _running(rows: pd.DataFrame) -> pd.DataFrame:
    """Median value and contribution of bins of equally many customers; equal values stay together."""
    ranks = rows["value"].rank(method="min").to_numpy() - 1
    medians = rows[["value", "contribution"]].groupby((ranks * BINS // max(len(rows), 1)).astype(int)).median()
    return medians


def _scale(axes: Axes, values: Any) -> None:
    """Take a logarithmic axis, linear about 0, where a few values lie far beyond all others."""
    usual = float(np.quantile(np.abs(values), 0.5))
    if usual > 0 and np.abs(values).max() > SKEWED * usual:
        linear = 10.0 ** round(math.log10(usual))  # up to the first tick
        axes.set_xscale("symlog", linthresh=linear, linscale=0.6)
        axes.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=linear, subs=[1.0]))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x, "en")))


def _weights(table: pd.DataFrame) -> pd.Series:
    """The features by falling weight: the mean over the labels of its share of all contributions to a label."""
    wide = table.pivot_table(index="feature", columns="label", values="mean_absolute_contribution", sort=False)
    share = wide / wide.sum()
    weight: pd.Series = share.fillna(0.0).mean(axis=1)
    return weight.sort_values(ascending=False, kind="stable")


def _colours(labels: Iterable[object]) -> dict[str, str]:
    """Leaving is blue in every picture, whether or not decline stands beside it."""
    names = list(dict.fromkeys(map(str, labels)))
    others = [name for name in names if name != LEAVING]
    return {LEAVING: BLUE} | {name: OTHERS[i % len(OTHERS)] for i, name in enumerate(others)}


def _words(label: object) -> str:
    return str(label).replace("_", " ")
