"""One look for all pictures: the colours of segments, the sizes of type, the bytes of a PNG."""

import itertools
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Literal

from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientscape.segment.identity import NOT_PLACED as NAMES_OF_NOT_PLACED

UNPLACED = "unplaced"
NOT_PLACED = frozenset(NAMES_OF_NOT_PLACED.values())  # in each language

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
DPI = 150
LARGE, MEDIUM, SMALL = 12.0, 9.5, 8.5  # [points]


def colours(names: Iterable[str]) -> dict[str, str]:
    """Give each name a colour by its place in sorted order; `unplaced` is grey, a thirteenth name begins again."""
    placed = sorted({name for name in names if name not in NOT_PLACED})
    return dict(zip(placed, itertools.cycle(PALETTE), strict=False)) | dict.fromkeys(NOT_PLACED, GREY)


def canvas(height: float, *, width: float = WIDTH, gap: float = 0.04) -> Figure:
    """Open an empty white figure that arranges its own panels; all sizes in inches."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")
    if engine := figure.get_layout_engine():
        engine.set(h_pad=gap, w_pad=0.04)  # type: ignore[call-arg]
    return figure


def headline(axes: Axes, text: str) -> None:
    """Write a title at the left edge of a panel."""
    axes.set_title(plain(text), loc="left", fontsize=LARGE, fontweight="bold", color=INK, pad=12)


def quiet(axes: Axes, *, grid: Literal["x", "y"] | None = None) -> None:
    """Take from a panel all that is not data; `grid` is the axis whose faint lines stay."""
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom" and grid != "x")
        spine.set_color(MUTED)
    axes.tick_params(length=0, labelsize=MEDIUM, labelcolor=INK, pad=6)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=RULE, linewidth=0.8)


def plain(name: object) -> str:
    """Keep the dollars of a name from being read as mathematics."""
    return str(name).replace("$", r"\$")


def halo() -> list[patheffects.AbstractPathEffect]:
    """Make a white rim, which keeps text readable on top of points."""
    return [patheffects.withStroke(linewidth=3, foreground="white")]


def legend(owner: Axes | Figure, handles: Iterable[Any], **where: Any) -> None:
    """Add a legend without a frame."""
    owner.legend(handles=list(handles), frameon=False, fontsize=MEDIUM, labelcolor=INK, **where)


def settled(figure: Figure) -> Figure:
    """Arrange the panels now and for good: arranged anew at each drawing, they would creep."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def png(figure: Figure) -> bytes:
    """Save a figure as PNG; equal figures give equal bytes."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
    return out.getvalue()
