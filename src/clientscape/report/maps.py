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
from matplotlib.text import Text
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
)


def segment_map(coordinates: NDArray[Any], labels: ArrayLike, *, title: str) -> Figure:
    """Where do the segments lie, and do they lie apart?

    `coordinates` (n, 2), one row per customer; `labels` (n,), the name of his segment or `unplaced`.
    """
    names = np.asarray(labels, dtype=str)
    sizes = pd.Series(names, dtype=str).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    colour = colours(sizes.index)
    figure = canvas(6.2)
    axes = figure.subplots()
    _points(axes, coordinates, [colour[name] for name in names], size=_point_size(len(names)))
    headline(axes, title)
    note = "Each point is a customer; neighbours are alike. Distances across the map are only a picture."
    axes.set_xlabel(note, loc="left", fontsize=SMALL, color=MUTED, labelpad=8)
    handles = [
        _dot(colour[name], f"{name}\n{size:,} ({size / len(names):.0%})")
        for name, size in sorted(sizes.items(), key=lambda item: item[0] == UNPLACED)
    ]
    legend(axes, handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), labelspacing=0.9, handletextpad=0.4)
    _name(axes, {name: np.median(coordinates[names == name], axis=0) for name in sizes.index if name != UNPLACED})
    return figure


def montage(
    coordinates: NDArray[Any], labelings: Mapping[str, NDArray[np.integer[Any]]], trials: pd.DataFrame, *, chosen: str | None
) -> Figure:
    """How does each trial cut the same map, and what do its numbers say?

    `labelings` holds the labels (n,) of each trial, -1 where a customer is unplaced. `trials` is indexed by
    trial and has silhouette_score, n_segments and coverage.
    """
    columns = min(max(len(labelings), 1), 3 if len(labelings) <= 9 else 4)
    rows = math.ceil(len(labelings) / columns) or 1
    width = WIDTH / max(columns, 3)
    figure = canvas((0.8 * width + 0.75) * rows + 0.3, width=width * columns)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (trial, labels) in zip(panels, labelings.items(), strict=False):
        _points(axes, coordinates, _colours_by_size(labels), size=_point_size(len(labels)) / 3)
        title = textwrap.fill(trial, 28 if columns == 3 else 22)
        axes.set_title(
            f"{title} (chosen)" if trial == chosen else title, fontsize=MEDIUM, fontweight="bold", color=INK, loc="left", pad=6
        )
        facts = trials.loc[trial]
        axes.set_xlabel(_read(facts), loc="left", fontsize=SMALL, color=MUTED)
        for spine in axes.spines.values():
            spine.set(color=INK if trial == chosen else RULE, linewidth=2.5 if trial == chosen else 0.8)
    for axes in panels[len(labelings) :]:
        axes.set_visible(False)
    return figure


def _read(facts: pd.Series) -> str:
    silhouette = facts["silhouette_score"]
    score = "–" if pd.isna(silhouette) else f"{silhouette:.3f}"
    return f"silhouette {score}, {facts['n_segments']:.0f} segments,\n{facts['coverage']:.0%} of customers placed"


def _points(axes: Axes, coordinates: NDArray[Any], colour: list[str], *, size: float) -> None:
    """Points in a mixed but fixed order, so that no segment covers another; the grey ones below."""
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


def _dot(colour: str, label: str) -> Line2D:
    return Line2D([], [], color=colour, marker="o", markersize=8, linestyle="none", label=label)


def _colours_by_size(labels: NDArray[np.integer[Any]]) -> list[str]:
    """A colour for each customer; the largest cluster takes the first, so that like trials look alike."""
    found, sizes = np.unique(labels[labels >= 0], return_counts=True)
    ranked = found[np.argsort(-sizes, kind="stable")]
    colour = {int(label): PALETTE[i % len(PALETTE)] for i, label in enumerate(ranked)}
    return [colour.get(int(label), GREY) for label in labels]


def _name(axes: Axes, places: Mapping[str, NDArray[Any]]) -> None:
    """Names at their places, from the top down; one that would lie on another moves below it."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": LARGE - 1, "fontweight": "bold", "color": INK}
    texts = [axes.text(x, y, name, path_effects=halo(), **style) for name, (x, y) in places.items()]
    for text in texts:
        text.set_in_layout(False)
    axes.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]
    placed: list[Text] = []
    for text in sorted(texts, key=lambda text: -text.get_position()[1]):
        x, y = text.get_position()
        for above in placed:
            if text.get_window_extent().overlaps(above.get_window_extent()):
                height = text.get_window_extent().height
                bottom = above.get_window_extent().y0 - 0.6 * height
                text.set_y(axes.transData.inverted().transform((0, bottom))[1])
        if text.get_position()[1] < y:
            axes.plot([x, x], [y, text.get_position()[1]], color=INK, linewidth=0.8, marker="o", markersize=3, markevery=[0])
        placed.append(text)
