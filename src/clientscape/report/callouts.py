"""Names beside points, where they cover neither each other nor many points."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from clientscape.report.look import INK, MEDIUM, MUTED, SMALL, halo, plain

REACHES = (9.0, 16.0, 26.0, 40.0, 58.0, 80.0)  # from the point to the nearest edge of its name [points]
NEAR = REACHES[0]  # at which no thread is needed
CLEAR = 14.0  # around a point that has a name of its own [pixels]
DIRECTIONS = np.deg2rad(90 + np.arange(0, 360, 30))  # above is tried first


@dataclass(frozen=True)
class Callout:
    """A point and what is written beside it."""

    x: float
    y: float
    text: str
    bold: bool = False


def name_points(axes: Axes, callouts: Sequence[Callout], points: NDArray[np.float64]) -> None:
    """Write names beside their points on a settled panel, the first with the widest choice of places.

    points : (n, 2), all that is drawn on the panel, in its coordinates. A name stays inside of the panel if it can, off
    names and threads that are there already, off points, and near its own.
    """
    finite = points[np.isfinite(points).all(axis=1)]
    own = axes.transData.transform(np.reshape([(callout.x, callout.y) for callout in callouts], (-1, 2)))
    seen = np.vstack([axes.transData.transform(finite), own])
    kept = [Bbox([place - CLEAR, place + CLEAR]) for place in own]
    written: list[Bbox] = []
    for rank, callout in enumerate(callouts):
        box, thread = _write(axes, callout, seen, [*kept[:rank], *kept[rank + 1 :], *written])
        written.append(box)
        seen = np.vstack([seen, thread])


def _write(
    axes: Axes, callout: Callout, seen: NDArray[np.float64], kept: Sequence[Bbox]
) -> tuple[Bbox, NDArray[np.float64]]:
    """Write one name off the boxes `kept` at the place that costs least; one further off has a thread to its point."""
    style: dict[str, Any] = {"fontsize": MEDIUM if callout.bold else SMALL, "color": INK, "path_effects": halo()}
    style |= {"fontweight": "bold" if callout.bold else "normal", "linespacing": 1.1, "zorder": 6}
    style |= {"textcoords": "offset points", "ha": "center", "va": "center"}
    stroke: dict[str, Any] = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.9, "shrinkA": 1}
    rim = 4.0 if callout.bold else 0.0  # a bold name is that of a ringed point
    stroke |= {"shrinkB": 4.5 + rim}
    note = axes.annotate(plain(callout.text), (callout.x, callout.y), (0, 0), arrowprops=stroke, **style)
    extent, panel = Text.get_window_extent(note), axes.get_window_extent()
    pixel = note.get_figure(root=True).dpi / 72  # type: ignore[union-attr]
    half = np.array([extent.width, extent.height]) / 2
    place = np.asarray(axes.transData.transform((callout.x, callout.y)))
    tries = []
    for reach, angle in itertools.product(REACHES, DIRECTIONS):
        centre = place + np.array([np.cos(angle), np.sin(angle)]) * (half + (reach + rim) * pixel)
        thread = np.linspace(place, centre, 20)
        cost = _cost(centre, half, panel, seen, kept) + 20 * _covered(thread, kept) + reach / 20
        tries.append((cost, reach, centre, thread))
    _, reach, centre, thread = min(tries, key=lambda tried: tried[0])
    note.set_position(tuple((centre - place) / pixel))
    if note.arrow_patch and reach == NEAR:
        note.arrow_patch.set_visible(False)
    return Bbox([centre - half, centre + half]), thread


def _cost(
    centre: NDArray[np.float64],
    half: NDArray[np.float64],
    panel: Bbox,
    seen: NDArray[np.float64],
    kept: Sequence[Bbox],
) -> float:
    """How much a name is in the way: outside of the panel, on a name, on points."""
    low, high = centre - half, centre + half
    outside = max(*(np.asarray(panel.min) - low), *(high - np.asarray(panel.max)), 0.0)
    box = Bbox([low, high])
    on_points = 4 * _covered(seen, [box.padded(5)])
    return (2000 + outside if outside else 0.0) + 1000 * box.padded(3).count_overlaps(kept) + on_points


def _covered(points: NDArray[np.float64], boxes: Sequence[Bbox]) -> int:
    """How many points lie in any of some boxes."""
    return sum(int(((points > box.min) & (points < box.max)).all(axis=1).sum()) for box in boxes)
