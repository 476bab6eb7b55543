"""What the pictures of a contest of clusterings share: the whole table, colours and shapes, the axis of numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clientscape.report.look import INK, MUTED, colours, plain

FINDS_ITS_NUMBER = {"hdbscan"}  # families that are not asked for a number of segments: points, never a line
SHAPES = "osD^vP"
USUAL = 8  # numbers of segments that are shown at their place whatever was asked for
MAY_BE_MISSING = (
    *("silhouette_error", "null_silhouette_low", "null_silhouette_high", "stability_score"),
    *("foresight_score", "tiers_foresight_score", "random_foresight_score"),
)


def completed(trials: pd.DataFrame) -> pd.DataFrame:
    """The table of trials with every column that may not have been measured, missing throughout where it was not."""
    absent = {column: float("nan") for column in MAY_BE_MISSING if column not in trials}
    return trials.assign(**absent, passed=trials["passed"].astype(bool), chosen=trials["chosen"].astype(bool))


def dress(trials: pd.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """The colour of each family and the shape of each space, alike in all pictures of the same trials."""
    spaces = enumerate(sorted(trials["space"].unique()))
    return colours(trials["family"]), {space: SHAPES[place % len(SHAPES)] for place, space in spaces}


def last_place(trials: pd.DataFrame, others: Iterable[float] = ()) -> float:
    """The number of segments at which a panel ends; trials that found as many or more stand there together.

    Who is not asked for a number may find sixty: at his own place he would squeeze all the others. `others`
    are numbers that are shown at their place as well.
    """
    asked = trials.loc[~trials["family"].isin(FINDS_ITS_NUMBER), "n_segments"]
    return float(max([USUAL, *asked, *others]) + 2)


def dodged(trials: pd.DataFrame, last: float) -> "pd.Series[float]":
    """Where each trial stands on the axis of numbers: beside its number, by family, and not beyond the last place."""
    families = sorted(trials["family"].unique())
    shift = np.linspace(-0.24, 0.24, len(families)) if len(families) > 1 else np.zeros(len(families))
    return trials["n_segments"].clip(upper=last) + trials["family"].map(dict(zip(families, shift, strict=True)))


def count_segments(axes: Axes, numbers: pd.Series, last: float) -> None:
    """Write the numbers of segments below a panel, its last place as `14+`."""
    inside = numbers[numbers < last]
    low, high = (int(inside.min()), int(inside.max())) if len(inside) else (int(last), int(last) - 1)
    ticks = list(range(low, high + 1, 1 if high - low <= 12 else 2))
    names = [str(tick) for tick in ticks]
    if beyond := bool((numbers >= last).any()):
        ticks, names = [*ticks, int(last)], [*names, f"{last:.0f}+"]
    axes.set_xticks(ticks, names)
    axes.set_xlim(low - 0.6, (last if beyond else high) + 0.6)


def legend_of_trials(trials: pd.DataFrame, *, shapes: bool) -> list[Line2D]:
    """What the marks of trials mean; `shapes` says whether the picture tells spaces apart by them."""
    colour, shape = dress(trials)
    told = shape if shapes and len(shape) > 1 else {}
    handles = [mark(plain(family), color=colour[family]) for family in sorted(trials["family"].unique())]
    handles += [mark(plain(space), color=MUTED, marker=form) for space, form in told.items()]
    if not trials["passed"].all():
        handles.append(mark("refused by a guard", color=MUTED, markerfacecolor="white", markeredgewidth=1.4))
    if trials["chosen"].any():
        ring: dict[str, Any] = {"markersize": 12, "markerfacecolor": "none", "markeredgewidth": 1.8}
        handles.append(mark("chosen", color=INK, **ring))
    return handles


def mark(label: str, **style: Any) -> Line2D:
    """A mark for a legend."""
    dot: dict[str, Any] = {"marker": "o", "markersize": 6.5, "linestyle": "none"}
    return Line2D([], [], label=label, **dot | style)
