"""One look for all pictures: the colours of segments, the sizes of type, the bytes of a PNG."""

import itertools
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

UNPLACED = "unplaced"

# Found by search: every pair, and each with GREY, stays apart under full protanopia and deuteranopia;
# ordered so that the first few are the most distinct.
PALETTE = (
    *("#2f6db3", "#e08a3c", "#08521d", "#d35583", "#67d690", "#c286f9"),
    *("#16b1be", "#643951", "#8d814d", "#46349d", "#bfbafd", "#910679"),
)
GREY = "#d3d6db"
INK, MUTED, RULE = "#1f2933", "#5f6b78", "#e3e7eb"
BLUE, ORANGE = PALETTE[:2]

WIDTH = 9.5  # of a full-width picture [inches]
LARGE, MEDIUM, SMALL = 12.0, 9.5, 8.5  # [points]


def colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, by its place in sorted order; `unplaced` is grey, a thirteenth name begins again."""
    placed = sorted({name for name in names if name != UNPLACED})
    return dict(zip(placed, itertools.cycle(PALETTE))) | {UNPLACED: GREY}


def canvas(height: float, *, width: float = WIDTH) -> Figure:
    """An empty white figure that arranges its own panels; sizes in inches."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def headline(axes: Axes, text: str) -> None:
    """A title at the left edge of a panel."""
    axes.set_title(text, loc="left", fontsize=LARGE, fontweight="bold", color=INK, pad=12)


def quiet(axes: Axes, *, grid: str | None = None) -> None:
    """Take from a panel all that is not data; `grid` is the axis whose faint lines stay."""
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom" and grid != "x")
        spine.set_color(MUTED)
    axes.tick_params(length=0, labelsize=MEDIUM, labelcolor=INK, pad=6)
    axes.set_axisbelow(True)
    if grid == "x" or grid == "y":
        axes.grid(axis=grid, color=RULE, linewidth=0.8)


def halo() -> list[patheffects.AbstractPathEffect]:
    """A white rim that keeps text readable on top of points."""
    return [patheffects.withStroke(linewidth=3, foreground="white")]


def legend(owner: Axes | Figure, handles: Iterable[Any], **where: Any) -> None:
    """A legend without a frame."""
    owner.legend(handles=list(handles), frameon=False, fontsize=MEDIUM, labelcolor=INK, **where)


def png(figure: Figure) -> bytes:
    """The figure as PNG at 150 dpi; the same figure gives the same bytes."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=150, facecolor="white", metadata={"Software": None})
    return out.getvalue()
