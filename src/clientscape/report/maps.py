"""Maps of customers: where the segments lie, and how the trials cut the same map."""

import math
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from clientscape.report.look import (
    GREY,
    INK,
    LARGE,
    MEDIUM,
    MUTED,
    PALETTE,
    RULE,
    SMALL,
    UNPLACED,
    WIDTH,
    canvas,
    colours,
    halo,
    headline,
    legend,
    plain,
    settled,
)

Labels = NDArray[np.integer[Any]]


def segment_map(coordinates: NDArray[Any], labels: ArrayLike, *, title: str) -> Figure:
    """Show where the segments lie, and whether they lie apart.

    `coordinates` (n, 2), one row per customer; `labels` (n,), the name of his segment or `unplaced`.
    """
    names = np.asarray(labels, dtype=str)
    sizes = {str(name): int(size) for name, size in zip(*np.unique(names, return_counts=True), strict=True)}
    colour = colours(sizes)
    figure = canvas(6.2)
    axes = figure.subplots()
    _points(axes, coordinates, [colour[name] for name in names], size=_point_size(len(names)))
    headline(axes, title)
    note = "Each point is a customer; neighbours are alike. Distances across the map are only a picture."
    axes.set_xlabel(note, loc="left", fontsize=SMALL, color=MUTED, labelpad=8)
    ranked = sorted(sizes, key=lambda name: (name == UNPLACED, -sizes[name]))
    counts = {name: f"{plain(name)}\n{size:,} ({size / len(names):.0%})" for name, size in sizes.items()}
    dot: dict[str, Any] = {"marker": "o", "markersize": 8, "linestyle": "none"}
    handles = [Line2D([], [], color=colour[name], label=counts[name], **dot) for name in ranked]
    legend(axes, handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), labelspacing=0.45, handletextpad=0.4)
    settled(figure)
    _write_names(axes, {name: np.median(coordinates[names == name], axis=0) for name in ranked if name != UNPLACED})
    return figure


def montage(
    coordinates: NDArray[Any], labelings: Mapping[str, Labels], trials: pd.DataFrame, *, chosen: str | None
) -> Figure:
    """Show how each trial cuts the same map, and what its numbers say.

    `labelings` holds the labels (n,) of each trial, -1 where a customer is unplaced. `trials` is indexed by
    trial and has silhouette_score, n_segments and coverage; where measured stability_score; and passed (bool), where
    guards were asked.
    """
    columns = min(max(len(labelings), 1), 3 if len(labelings) <= 9 else 4)
    rows = math.ceil(len(labelings) / columns) or 1
    width = WIDTH / max(columns, 3)
    figure = canvas((0.8 * width + 0.9) * rows, width=width * columns, gap=0.1)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    facts = trials.to_dict("index")
    for axes, (trial, labels) in zip(panels, labelings.items(), strict=False):
        _points(axes, coordinates, _colours_by_size(labels), size=_point_size(len(labels)) / 3)
        name = textwrap.fill(plain(f"{trial} (chosen)" if trial == chosen else trial), 29 if columns <= 3 else 22)
        axes.set_title(name, fontsize=MEDIUM, fontweight="bold", color=INK, loc="left", pad=6)
        axes.set_xlabel(_reading(facts[trial]), loc="left", fontsize=SMALL, color=MUTED)
        for spine in axes.spines.values():
            spine.set(color=INK if trial == chosen else RULE, linewidth=2.5 if trial == chosen else 0.8)
    for axes in panels[len(labelings) :]:
        axes.set_visible(False)
    return settled(figure)


def _reading(facts: Mapping[Any, Any]) -> str:
    """What a trial's numbers say, in two lines."""
    scores = (("silhouette", facts["silhouette_score"], 3), ("stability", facts.get("stability_score", np.nan), 2))
    told = [f"{word} {'–' if pd.isna(value) else format(value, f'.{digits}f')}" for word, value, digits in scores]
    first = ", ".join(told if pd.notna(scores[1][1]) else told[:1])
    refused = "" if facts.get("passed", True) else ", refused"
    return f"{first}\n{facts['n_segments']:.0f} segments, {facts['coverage']:.0%} placed{refused}"


def _points(axes: Axes, coordinates: NDArray[Any], colour: list[str], *, size: float) -> None:
    """Draw points in a mixed but fixed order, so that no segment covers another; the grey ones below."""
    order = np.random.default_rng(0).permutation(len(colour))
    order = order[np.argsort([colour[i] != GREY for i in order], kind="stable")]
    x, y = coordinates[order, 0], coordinates[order, 1]
    axes.scatter(x, y, s=size, c=[colour[i] for i in order], alpha=0.55, linewidths=0)
    axes.set(xticks=[], yticks=[])
    axes.margins(0.06)
    for spine in axes.spines.values():
        spine.set_color(RULE)


def _point_size(n: int) -> float:
    return float(np.clip(30_000 / max(n, 1), 4, 40))


def _colours_by_size(labels: Labels) -> list[str]:
    """Give the largest cluster the first colour, so that like trials look alike; a colour for each customer."""
    found, sizes = np.unique(labels[labels >= 0], return_counts=True)
    ranked = found[np.argsort(-sizes, kind="stable")]
    colour = {int(label): PALETTE[i % len(PALETTE)] for i, label in enumerate(ranked)}
    return [colour.get(int(label), GREY) for label in labels]


def _write_names(axes: Axes, places: Mapping[str, NDArray[Any]]) -> None:
    """Write names at their places, from the top down; one that would lie on another moves below it."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": LARGE - 1, "fontweight": "bold", "color": INK}
    texts = [axes.text(x, y, plain(name), path_effects=halo(), zorder=5, **style) for name, (x, y) in places.items()]
    pixels = axes.transData.inverted()
    texts.sort(key=lambda text: -text.get_position()[1])
    for i, text in enumerate(texts):
        x, y = text.get_position()
        height = text.get_window_extent().height
        start = text.get_window_extent().y0
        boxes = [above.get_window_extent() for above in texts[:i]]
        while hit := next((box for box in boxes if text.get_window_extent().overlaps(box)), None):
            text.set_y(pixels.transform((0, hit.y0 - 0.6 * height))[1])
        if start - text.get_window_extent().y0 > height:
            line: dict[str, Any] = {"color": INK, "linewidth": 0.8, "marker": "o", "markersize": 3, "markevery": [0]}
            axes.plot([x, x], [y, text.get_position()[1]], **line)
