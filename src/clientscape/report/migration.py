"""The picture of a migration: who moved from which segment to which."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Annotation
from numpy.typing import NDArray

from clientscape.evaluate.migration import NO_LONGER, NOT_YET
from clientscape.report.curves import spread
from clientscape.report.forecasts import nothing
from clientscape.report.look import INK, LARGE, MEDIUM, MUTED, SMALL, canvas, colours, plain, settled

THIN = 0.005  # share of all customers below which a band is not drawn
BAR = 0.03  # width of a bar; the bands run from 0 to 1
GAP = 0.022  # between the bars of the side that has more of them; all customers are 1 high
STAYED, MOVED = 0.22, 0.62  # opacity
Vector = NDArray[np.float64]


def alluvial(matrix: pd.DataFrame, *, dates: tuple[str, str] = ("before", "now")) -> Figure:
    """Show where the customers of each segment went, and where those of today came from.

    matrix holds customers by segment at the earlier date (rows, `not yet a customer` among them) and at the later
    one (columns, `no longer seen` among them), both in the order to be shown. A band has the colour of the segment
    that it comes from and is pale where they stayed; shares are of the customers at that date. Bands below half a
    percent of all are left out, and counted.
    """
    flows = matrix.loc[(matrix.sum(axis=1) > 0).to_numpy(), (matrix.sum(axis=0) > 0).to_numpy()]
    if flows.empty:
        return nothing("No customer at either date.")
    sides = flows.sum(axis=1), flows.sum(axis=0)
    shares = flows.to_numpy(float) / flows.to_numpy().sum()
    height = 1 + GAP * (max(flows.shape) - 1)
    sizes = [shares.sum(axis=1), shares.sum(axis=0)]
    starts = [_starts(some, height) for some in sizes]
    colour = colours({*flows.index, *flows.columns} - {NOT_YET, NO_LONGER}) | {NOT_YET: MUTED, NO_LONGER: MUTED}
    figure = canvas(1.9 + 0.45 * max(flows.shape), gap=0.1)
    axes = figure.subplots()
    _bands(axes, flows, shares, starts, colour)
    labels: list[tuple[list[Annotation], list[Annotation]]] = []
    for side, customers in enumerate(sides):
        _bars(axes, [colour[name] for name in customers.index], sizes[side], starts[side], side)
        labels.append(_labels(axes, customers, starts[side] + sizes[side] / 2, side))
        style: dict[str, Any] = {"fontsize": LARGE, "fontweight": "bold", "color": INK, "ha": ("left", "right")[side]}
        at = ((-BAR, 1 + BAR)[side], 0)
        axes.annotate(plain(dates[side]), at, (0, 9), textcoords="offset points", va="bottom", **style)
    axes.set(xlim=(-BAR, 1 + BAR), ylim=(height, 0))
    axes.axis("off")
    figure.supxlabel(_note(flows, shares), x=0.5, fontsize=SMALL, color=MUTED)
    settled(figure)
    for names, numbers in labels:
        for some in (names, numbers):
            spread(axes, some, gap=2.6 * MEDIUM)
        for number in numbers:
            x, y = number.get_position()
            number.set_position((x, y - 2))
    return figure


def _starts(sizes: Vector, height: float) -> Vector:
    """Where each bar begins, from the top; both sides are as high, so the one with fewer bars has wider gaps."""
    gap = (height - 1) / max(len(sizes) - 1, 1)
    return np.asarray(np.cumsum(sizes) - sizes + gap * np.arange(len(sizes)))


def _bands(axes: Axes, flows: pd.DataFrame, shares: Vector, starts: list[Vector], colour: Mapping[str, str]) -> None:
    left = starts[0][:, None] + np.cumsum(shares, axis=1) - shares
    right = starts[1] + np.cumsum(shares, axis=0) - shares
    for i, j in np.argwhere(shares >= THIN):
        origin = str(flows.index[i])
        path = _band(left[i, j], right[i, j], shares[i, j])
        alpha = STAYED if origin == flows.columns[j] else MOVED
        axes.add_patch(PathPatch(path, facecolor=colour[origin], alpha=alpha, linewidth=0))


def _band(left: float, right: float, width: float) -> Path:
    """A band between two heights, level at both ends."""
    upper = [(0.0, left), (0.45, left), (0.55, right), (1.0, right)]
    lower = [(x, y + width) for x, y in reversed(upper)]
    curve = [Path.CURVE4] * 3
    return Path([*upper, *lower, upper[0]], [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _bars(axes: Axes, colours_of_each: list[str], sizes: Vector, starts: Vector, side: int) -> None:
    for colour, size, start in zip(colours_of_each, sizes, starts, strict=True):
        axes.add_patch(Rectangle((side * (1 + BAR) - BAR, start), BAR, size, facecolor=colour, linewidth=0))


def _labels(
    axes: Axes, customers: "pd.Series[int]", centres: Vector, side: int
) -> tuple[list[Annotation], list[Annotation]]:
    """Name and number beside each bar, the number below the name; both to be spread when all is settled."""
    at_date = int(customers.drop([NOT_YET, NO_LONGER], errors="ignore").sum())
    x, way, align = ((-BAR, -1, "right"), (1 + BAR, 1, "left"))[side]
    thread = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkA": 2, "shrinkB": 1, "relpos": (1 - side, 0)}
    style: dict[str, Any] = {"textcoords": "offset points", "ha": align}
    names, numbers = [], []
    for name, n, y in zip(customers.index, customers, centres, strict=True):
        outside = name in (NOT_YET, NO_LONGER)
        number = f"{n:,}" if outside else f"{n:,} · {_share(n / at_date)}"
        look: dict[str, Any] = {"fontsize": MEDIUM, "color": MUTED if outside else INK, "arrowprops": thread}
        names.append(axes.annotate(plain(name), (x, y), (18 * way, 0), va="bottom", **look, **style))
        numbers.append(axes.annotate(number, (x, y), (18 * way, 0), va="top", fontsize=SMALL, color=MUTED, **style))
    return names, numbers


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.0095 else f"{share:.1%}"


def _note(flows: pd.DataFrame, shares: Vector) -> str:
    thin = (shares < THIN) & (shares > 0)
    said = "Colour: the segment that customers come from; pale: who stayed."
    if not thin.any():
        return said
    moves, left_out = _many(int(thin.sum()), "move"), _many(int(flows.to_numpy()[thin].sum()), "customer")
    return f"{said} Not drawn: {moves} below {THIN:.1%} of all, {left_out}."


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"
