"""The portrait of one forecaster of one label: its rankings, its probabilities, its profit, and whether it lasts."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from clientscape.report.forecasts import nothing
from clientscape.report.look import (
    BLUE,
    INK,
    LARGE,
    MEDIUM,
    MUTED,
    ORANGE,
    SMALL,
    canvas,
    headline,
    legend,
    plain,
    quiet,
    settled,
)
from clientscape.report.profits import draw_profit

DATES = LinearSegmentedColormap.from_list("dates", ["#8fb8e0", "#2f6db3", "#12305a"])  # from the earliest on
SIDES = {
    "pr": "Precision and recall",
    "calibration": "Forecast and outcome",
    "lift": "Found among the highest ranked",
    "profit": "Profit by customers contacted",
    "average_precision_score": "Average precision by date",
    "roc_auc_score": "ROC AUC by date",
}
TOP = 0.1


def risk_portrait(
    title: str,
    pr: pd.DataFrame,
    calibration: pd.DataFrame,
    lift: pd.DataFrame,
    profit: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    marks: Mapping[str, float] | None = None,
    currency: str = "",
) -> Figure:
    """Show one forecaster of one label from all sides; an empty table's side is left out.

    pr : origin, recall, precision. calibration : origin, predicted, observed, n_customers. lift : origin,
    share_of_customers, share_of_yes. profit : n_contacted, low, middle, high [currency]. origins : origin, forecaster
    (the first is the one that is shown, a second the best simple rule), kind, average_precision_score, roc_auc_score,
    base_rate; each origin a date (ISO 8601), drawn from the earliest on. marks : what to mark on the profit
    (`break-even`, `capacity`) -> customers contacted.
    """
    if origins.empty:
        return nothing(f"{title}: no forecast was judged.")
    origins = origins.sort_values("origin", kind="stable")
    tables = {"pr": pr, "calibration": calibration, "lift": lift, "profit": profit}
    sides = [side for side, table in tables.items() if len(table)]
    places = [*sides, sides[-1]] if len(sides) % 2 else sides
    mosaic: list[Any] = [places[i : i + 2] for i in range(0, len(places), 2)]
    mosaic.append(["average_precision_score", "roc_auc_score"])
    figure = canvas(0.2 + 3.4 * len(mosaic), gap=0.12)
    panels = figure.subplot_mosaic(mosaic, height_ratios=[1.0] * (len(mosaic) - 1) + [0.72])
    dates = list(dict.fromkeys(origins["origin"]))
    shades = np.linspace(0, 1, len(dates)) if len(dates) > 1 else [0.5]
    colour = {date: DATES(shade) for date, shade in zip(dates, shades, strict=True)}
    base = origins.drop_duplicates("origin").set_index("origin")["base_rate"]
    draw: dict[str, Callable[[Axes], object]] = {
        "pr": lambda axes: _precision_recall(axes, pr, base, colour),
        "calibration": lambda axes: _calibration(axes, calibration, colour),
        "lift": lambda axes: _gains(axes, lift, colour),
        "profit": lambda axes: draw_profit(axes, profit.assign(ranking="this forecast"), marks or {}, currency),
    }
    for side, axes in panels.items():
        headline(axes, SIDES[side])
        draw[side](axes) if side in draw else _over_dates(axes, origins, side)
    figure.suptitle(plain(title), x=0.012, ha="left", fontsize=LARGE + 3, fontweight="bold", color=INK)
    handles = [Line2D([], [], color=of_date, linewidth=2.4, label=f"as of {date}") for date, of_date in colour.items()]
    legend(figure, handles, loc="outside upper right", ncols=3, columnspacing=2.0)
    return settled(figure)


def _precision_recall(axes: Axes, pr: pd.DataFrame, base: pd.Series, colour: Mapping[str, Any]) -> None:
    """Draw a curve for each date, and dashed its base rate."""
    for date, rows in pr.groupby("origin", sort=False):
        axes.plot(rows["recall"], rows["precision"], color=colour[str(date)], linewidth=1.8, zorder=3)
        axes.axhline(base[date], color=colour[str(date)], linewidth=1.0, linestyle="--", zorder=2)
    lowest = float(base.min())
    quiet(axes, grid="y")
    axes.set(xlim=(0, 1), ylim=(0, min(1.02, 1.08 * pr["precision"].max())))
    _percent(axes, "Found, of all yes (recall)", "Right among them (precision)")
    text = f"base rate {lowest:.0%}" + (f" to {base.max():.0%}" if f"{lowest:.0%}" != f"{base.max():.0%}" else "")
    axes.annotate(text, (0, lowest), (4, -4), textcoords="offset points", va="top", fontsize=SMALL, color=MUTED)


def _calibration(axes: Axes, table: pd.DataFrame, colour: Mapping[str, Any]) -> None:
    """Draw each tenth of the customers where it was forecast and where it came out; its area is its customers."""
    top = min(1.0, 1.08 * float(table[["predicted", "observed"]].max().max())) or 1.0
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle="--", zorder=1)
    most = table["n_customers"].max()
    for date, rows in table.groupby("origin", sort=False):
        axes.plot(rows["predicted"], rows["observed"], color=colour[str(date)], linewidth=1.0, alpha=0.6, zorder=2)
        area = 10 + 40 * rows["n_customers"] / most
        axes.scatter(rows["predicted"], rows["observed"], s=area, color=colour[str(date)], linewidths=0, zorder=3)
    quiet(axes, grid="y")
    axes.set(xlim=(0, top), ylim=(0, top))
    _percent(axes, "Forecast chance, mean of a tenth", "Share of yes that came")
    away = (table["predicted"] - table["observed"]).abs() * table["n_customers"]
    errors = away.groupby(table["origin"]).sum() / table.groupby("origin")["n_customers"].sum()
    least = table["n_customers"].min()
    counts = f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"
    text = f"calibration error {errors.mean():.3f}\n{counts} customers a mark"
    axes.annotate(text, (0.03, 0.97), xycoords="axes fraction", va="top", fontsize=SMALL, color=MUTED, linespacing=1.5)


def _gains(axes: Axes, lift: pd.DataFrame, colour: Mapping[str, Any]) -> None:
    """Draw the share of yes among those ranked highest, and what the top tenth holds."""
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle="--", zorder=1)
    found = []
    for date, rows in lift.groupby("origin", sort=False):
        x, y = rows["share_of_customers"].to_numpy(float), rows["share_of_yes"].to_numpy(float)
        axes.plot(x, y, color=colour[str(date)], linewidth=1.8, zorder=3)
        found.append(float(np.interp(TOP, x, y)))
    axes.axvline(TOP, color=INK, linewidth=0.8, zorder=1)
    quiet(axes, grid="y")
    axes.set(xlim=(0, 1), ylim=(0, 1.01))
    _percent(axes, "Customers, highest forecast first", "Yes found among them")
    axes.set_xticks([0, 0.1, 0.25, 0.5, 0.75, 1])
    found = [share for share in found if not np.isnan(share)]  # a date without a yes has none to find
    if not found:
        return
    mean = float(np.mean(found))
    text = f"the top tenth holds {mean:.0%} of them:\na lift of {mean / TOP:.1f}×"
    style: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": SMALL, "color": MUTED, "linespacing": 1.5}
    axes.annotate(text, (0.98, 0.04), xycoords="axes fraction", **style)


def _over_dates(axes: Axes, origins: pd.DataFrame, measure: str) -> None:
    """Draw a measure by date, beside the best simple rule, and for average precision the base rate."""
    dates = list(dict.fromkeys(origins["origin"]))
    at = {date: i for i, date in enumerate(dates)}
    names = list(dict.fromkeys(origins["forecaster"]))
    looks: list[dict[str, Any]] = [{"color": BLUE, "marker": "o"}, {"color": ORANGE, "marker": "D"}]
    handles = []
    for name, look in zip(names, looks, strict=False):
        rows = origins[origins["forecaster"] == name]
        axes.plot(rows["origin"].map(at), rows[measure], linewidth=1.6, markersize=6, clip_on=False, zorder=3, **look)
        handles.append(Line2D([], [], markersize=5, linewidth=1.6, label=plain(name), **look))
    if measure == "average_precision_score":
        base = origins.drop_duplicates("origin")
        dashed: dict[str, Any] = {"color": MUTED, "linewidth": 1.2, "linestyle": "--"}
        axes.plot(base["origin"].map(at), base["base_rate"], zorder=2, **dashed)
        handles.append(Line2D([], [], label="base rate", **dashed))
    quiet(axes, grid="y")
    axes.set_xticks(range(len(dates)), [plain(date) for date in dates])
    axes.set_xlim(-0.3, len(dates) - 0.7)
    axes.margins(y=0.15)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    legend(axes, handles, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, columnspacing=1.4, handlelength=1.8)


def _percent(axes: Axes, x: str, y: str) -> None:
    for axis, words in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set_label_text(words, fontsize=MEDIUM, color=INK)
        axis.labelpad = 6
