"""What silhouette hides: whether segments hold, and whether they foresee anything."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from clientscape.report.callouts import Callout, name_points
from clientscape.report.forecasts import nothing
from clientscape.report.look import INK, MEDIUM, MUTED, SMALL, canvas, headline, legend, quiet, settled
from clientscape.report.trials import completed, count_segments, dodged, dress, last_place, legend_of_trials, mark

ROLES = {
    "silhouette_score": "highest silhouette",
    "stability_score": "most stable",
    "foresight_score": "foresees most",
}
LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "tiers_foresight_score": ("as many value tiers", {"color": INK, "linewidth": 1.6}),
    "random_foresight_score": ("as many random groups", {"color": MUTED, "linewidth": 1.2, "linestyle": "--"}),
}
RULES: dict[str, Any] = {"s": 60, "marker": "X", "color": INK, "edgecolor": "white", "linewidths": 0.8, "zorder": 4}
SMALLEST, LARGEST = 14.0, 70.0  # area of a mark where nobody is placed, and where all are [points²]


def tradeoff(trials: pd.DataFrame, baselines: pd.DataFrame) -> Figure:
    """Show what silhouette hides: whether the segments hold on other customers, and whether they foresee spend.

    One row per trial: trial, family, space, n_segments, silhouette_score, coverage, passed and chosen (bool); and,
    where measured, stability_score, foresight_score, tiers_foresight_score and random_foresight_score (value tiers and
    random groups of the same number). baselines: one row per set of rules: rules, n_segments, foresight_score; may be
    empty. The chosen trial and the favourites of the measures are named, refused or not. A panel without a value is
    left out.
    """
    trials = completed(trials)
    kinds = {"stability": trials[["silhouette_score", "stability_score"]], "foresight": trials[["foresight_score"]]}
    shown = [kind for kind, needed in kinds.items() if needed.notna().all(axis=1).any()]
    if not shown:
        return nothing("Neither the stability nor the foresight of the clusterings was measured.")
    figure = canvas(0.4 + 3.9 * len(shown), gap=0.12)
    panels = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    drawn = []
    for axes, kind in zip(panels, shown, strict=True):
        drawn.append(_stability(axes, trials) if kind == "stability" else _foresight(axes, trials, baselines))
    beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "labelspacing": 0.7}
    handles, of_baselines = _legend(trials), _legend_of_baselines(trials, baselines)
    if shown == ["foresight"]:
        handles += of_baselines
    elif "foresight" in shown:
        legend(panels[1], of_baselines, **beside)
    legend(panels[0], handles, **beside)
    settled(figure)
    for axes, (callouts, points) in zip(panels, drawn, strict=True):
        name_points(axes, callouts, points)
    return figure


def _stability(axes: Axes, trials: pd.DataFrame) -> tuple[list[Callout], NDArray[np.float64]]:
    """Draw silhouette against stability; hand back the names to write and all points."""
    headline(axes, "Do silhouette and stability agree?")
    drawn = trials.assign(x=trials["silhouette_score"], y=trials["stability_score"])
    _scatter(axes, drawn)
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.margins(0.08, 0.2)
    _label(axes, "Silhouette of the segments", "Stability of the segments")
    return _favourites(drawn, ROLES), drawn[["x", "y"]].to_numpy(float)


def _foresight(axes: Axes, trials: pd.DataFrame, baselines: pd.DataFrame) -> tuple[list[Callout], NDArray[np.float64]]:
    """Draw foresight by number of segments, beside value tiers, random groups and sets of rules."""
    headline(axes, "Do the segments foresee what customers spend?")
    rules = baselines.reindex(columns=["rules", "n_segments", "foresight_score"]).dropna()
    last = last_place(trials, rules["n_segments"])
    drawn = trials.assign(x=dodged(trials, last), y=trials["foresight_score"])
    rules = rules.assign(x=rules["n_segments"].clip(upper=last), y=rules["foresight_score"])
    taken = [drawn[["x", "y"]], rules[["x", "y"]]]
    for column, (_, style) in LINES.items():
        line = trials[trials["n_segments"] < last].dropna(subset=[column]).groupby("n_segments")[column].mean()
        axes.plot(line.index, line, zorder=1, **style)
        if len(line):
            x = np.linspace(line.index[0], line.index[-1], 80)
            taken.append(pd.DataFrame({"x": x, "y": np.interp(x, line.index, line)}))
    _scatter(axes, drawn)
    axes.scatter(rules["x"], rules["y"], **RULES)
    count_segments(axes, pd.concat([trials["n_segments"], rules["n_segments"]]), last)
    axes.margins(y=0.2)
    _label(axes, "Number of segments", "Foreseen share of log spend")
    named = [Callout(row["x"], row["y"], row["rules"]) for row in rules.to_dict("records")]
    favourites = _favourites(drawn, ["silhouette_score", "foresight_score"])
    return [*favourites, *named], np.vstack(taken).astype(float)


def _scatter(axes: Axes, drawn: pd.DataFrame) -> None:
    """Draw trials at x and y: colour by family, shape by space, area by coverage; refused hollow, the chosen ringed."""
    colour, shape = dress(drawn)
    for space, form in shape.items():
        some = drawn[drawn["space"] == space]
        edge = some["family"].map(colour)
        style: dict[str, Any] = {"marker": form, "edgecolors": list(edge), "linewidths": 1.3, "zorder": 3}
        axes.scatter(
            some["x"], some["y"], s=_area(some["coverage"]), c=list(edge.where(some["passed"], "white")), **style
        )
    chosen = drawn[drawn["chosen"]]
    axes.scatter(chosen["x"], chosen["y"], s=200, facecolor="none", edgecolor=INK, linewidths=1.8, zorder=5)
    quiet(axes, grid="y")
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if missing := int(drawn[["x", "y"]].isna().any(axis=1).sum()):
        place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right"}
        said = f"not measured for {missing} of {len(drawn)} trials"
        axes.annotate(said, (1, 1), (0, 6), fontsize=SMALL, color=MUTED, **place)


def _favourites(drawn: pd.DataFrame, measures: Iterable[str]) -> list[Callout]:
    """The chosen trial and the best by some measures, with what each is; one that is not drawn has no name."""
    roles: dict[Any, list[str]] = {row: ["chosen"] for row in drawn.index[drawn["chosen"]]}
    for measure in measures:
        if drawn[measure].notna().any():
            roles.setdefault(drawn[measure].idxmax(), []).append(ROLES[measure])
    return [
        Callout(row["x"], row["y"], f"{row['trial']}\n{', '.join(roles[index])}", bold=bool(row["chosen"]))
        for index, row in drawn.loc[list(roles)].dropna(subset=["x", "y"]).iterrows()
    ]


def _area(coverage: pd.Series) -> pd.Series:
    return SMALLEST + (LARGEST - SMALLEST) * coverage.fillna(0)


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=MEDIUM, color=INK, labelpad=6)
    axes.set_ylabel(y, fontsize=MEDIUM, color=INK, labelpad=6)


def _legend(trials: pd.DataFrame) -> list[Line2D]:
    handles = legend_of_trials(trials, shapes=True)
    if trials["coverage"].min() < 1:
        sizes = {share: float(_area(pd.Series([share])).iloc[0]) ** 0.5 for share in (1.0, 0.5)}
        handles += [mark(f"{share:.0%} of customers placed", color=MUTED, markersize=s) for share, s in sizes.items()]
    return handles


def _legend_of_baselines(trials: pd.DataFrame, baselines: pd.DataFrame) -> list[Line2D]:
    drawn = [(label, style) for column, (label, style) in LINES.items() if trials[column].notna().any()]
    handles = [Line2D([], [], label=label, **style) for label, style in drawn]
    ruled = baselines.reindex(columns=["foresight_score"]).notna().any(axis=None)
    return [*handles, mark("rules", marker="X", color=INK, markersize=8)] if ruled else handles
