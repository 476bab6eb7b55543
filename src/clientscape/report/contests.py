"""The chart of a contest of forecasters of labels, beside the simple rules."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clientscape.report.forecasts import KINDS, MARKS, nothing
from clientscape.report.look import (
    INK,
    LARGE,
    MEDIUM,
    MUTED,
    ORANGE,
    RULE,
    SMALL,
    canvas,
    legend,
    plain,
    quiet,
    settled,
)

MEASURES = {
    "roc_auc_score": ("ROC AUC", "{:.3f}"),
    "average_precision_score": ("Average precision", "{:.3f}"),
    "lift_at_10_score": ("Lift in the top tenth", "{:.1f}×"),
}
DASHES: dict[str, Any] = {"chance": "--", "base rate": "--", "by chance alone": (0, (1.2, 1.4))}


def judgement(table: pd.DataFrame) -> Figure:
    """Show whether the models foresee more than the simple rules, and whether they do so at each date.

    One row per forecaster and label: label, forecaster, kind (`model` or `simple rule`), roc_auc_score,
    average_precision_score, lift_at_10_score and base_rate, means over the dates; with `_low` and `_high` the least and
    the most of a measure over them, drawn as a line; and null_rate, the base rate if no customer changed, missing where
    it was not simulated. The best of each measure is bold.
    """
    labels = list(dict.fromkeys(table["label"]))
    if not labels:
        return nothing("No forecaster was judged.")
    table = _completed(table).assign(forecaster=[textwrap.fill(str(name), 26) for name in table["forecaster"]])
    of_label = [table[table["label"] == label] for label in labels]
    heights = [0.27 * sum(1 + name.count("\n") * 0.5 for name in rows["forecaster"]) for rows in of_label]
    figure = canvas(0.6 + sum(heights) + 1.15 * len(labels), gap=0.09)
    shape: dict[str, Any] = {"squeeze": False, "height_ratios": [0.3 + height for height in heights]}
    grid = figure.subplots(len(labels), 3, gridspec_kw={"wspace": 0.12}, **shape)
    for panels, label, rows in zip(grid, labels, of_label, strict=True):
        _label(panels, str(label), rows)
    legend(figure, _marks(table), loc="outside lower center", ncols=5, columnspacing=2.2)
    return settled(figure)


def _completed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with all the columns that are drawn: what was judged once reaches from itself to itself."""
    ends = {f"{measure}_{end}": table[measure] for measure in MEASURES for end in ("low", "high")}
    absent = {column: values for column, values in (ends | {"null_rate": np.nan}).items() if column not in table}
    return table.assign(**absent)


def _label(panels: Any, label: str, rows: pd.DataFrame) -> None:
    """Draw one label: a panel for each measure, forecasters by falling average precision."""
    rows = rows.sort_values("average_precision_score", ascending=False, kind="stable")
    base_rate, null_rate = rows["base_rate"].iloc[0], rows["null_rate"].iloc[0]
    lines: dict[str, dict[str, float]] = {
        "roc_auc_score": {"chance": 0.5},
        "average_precision_score": {"base rate": base_rate, "by chance alone": null_rate},
        "lift_at_10_score": {"chance": 1.0},
    }
    for axes, (measure, (title, form)) in zip(panels, MEASURES.items(), strict=True):
        _measure(axes, rows, measure, form)
        axes.set_xlabel(title, fontsize=MEDIUM, color=INK, labelpad=4)
        _levels(axes, {name: level for name, level in lines[measure].items() if np.isfinite(level)})
    panels[0].set_yticks(np.arange(len(rows)), [plain(name) for name in rows["forecaster"]])
    title = label.replace("_", " ")
    panels[0].set_title(plain(title), loc="left", fontsize=LARGE, fontweight="bold", color=INK, pad=16)


def _levels(axes: Axes, levels: dict[str, float]) -> None:
    """Draw the lines of chance; where they have names of their own, these stand above each other and never meet."""
    low, high = axes.get_xlim()
    for place, (name, level) in enumerate(sorted(levels.items(), key=lambda pair: pair[1])):
        axes.axvline(level, color=MUTED, linewidth=1.2, linestyle=DASHES[name], zorder=1)
        if name == "chance":
            continue
        right = level > (low + high) / 2
        style: dict[str, Any] = {"fontsize": SMALL, "color": MUTED, "ha": "right" if right else "left"}
        where: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        axes.annotate(f"{name} {level:.3f}", (level, 1), (3 if right else -3, 3 + 11 * place), **where, **style)


def _measure(axes: Axes, rows: pd.DataFrame, measure: str, form: str) -> None:
    """Draw one panel: a dot for each forecaster with its reach over the dates, a line for the best simple rule."""
    values = rows[measure].to_numpy(float)
    rule = (rows["kind"] == "simple rule").to_numpy()
    at = np.arange(len(rows))
    axes.hlines(at, 0, 1, transform=axes.get_yaxis_transform(), color=RULE, linewidth=0.8, zorder=0)
    if np.isfinite(values[rule]).any():
        axes.axvline(np.nanmax(values[rule]), color=ORANGE, linewidth=1.2, zorder=1)
    for kind, of_kind in (("model", ~rule), ("simple rule", rule)):
        reach = rows[of_kind]
        axes.hlines(at[of_kind], reach[f"{measure}_low"], reach[f"{measure}_high"], color=KINDS[kind], linewidth=1.6)
        axes.scatter(values[of_kind], at[of_kind], s=44, color=KINDS[kind], marker=MARKS[kind], zorder=3)
    best = form.format(np.nanmax(values)) if np.isfinite(values).any() else ""
    place: dict[str, Any] = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
    place |= {"ha": "right", "va": "center", "fontsize": SMALL}
    for x, y in zip(values, at, strict=True):
        if np.isfinite(x):
            text = form.format(x)
            style: dict[str, Any] = {"color": INK, "fontweight": "bold"} if text == best else {"color": MUTED}
            axes.annotate(text, (1, y), (32, 0), **place, **style)
    quiet(axes)
    axes.set(yticks=[], ylim=(len(rows) - 0.4, -0.6))
    axes.margins(x=0.1)
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.tick_params(axis="x", labelsize=SMALL, labelcolor=MUTED, pad=3)


def _marks(table: pd.DataFrame) -> list[Line2D]:
    kinds = [kind for kind in ("model", "simple rule") if (table["kind"] == kind).any()]
    dot: dict[str, Any] = {"linestyle": "none", "markersize": 7}
    marks = [Line2D([], [], color=KINDS[kind], marker=MARKS[kind], label=kind, **dot) for kind in kinds]
    if "simple rule" in kinds:
        marks.append(Line2D([], [], color=ORANGE, linewidth=1.2, label="best simple rule"))
    marks.append(Line2D([], [], color=MUTED, linewidth=1.2, linestyle="--", label="chance"))
    if any((table[f"{measure}_low"] < table[f"{measure}_high"]).any() for measure in MEASURES):
        reach: dict[str, Any] = {"marker": "o", "markersize": 5, "linewidth": 1.6}
        marks.append(Line2D([], [], color=MUTED, label="mean, least and most over the dates", **reach))
    return marks
