"""Silhouettes of many clusterings of the same customers out of one pass over their distances.

All labelings together cut the customers into joint cells. A block of distances is summed cell by cell, once; one matrix
product then adds up the cells of every segment of every labeling. Exact up to `exact_up_to` customers; above, over a
sample in which each segment has its share, with a standard error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

BLOCK = 256  # rows of distances at a time: a block stays in the cache
FEWEST = 20  # of each segment in a sample, or all it has
PARTS = 10  # of a sample, each left out once to see how far the score moves


@dataclass(frozen=True)
class Silhouette:
    """Mean silhouette of the placed customers and its standard error, 0 where all were asked; nan if undefined."""

    score: float
    error: float


def silhouettes(
    X: Matrix,
    labelings: Sequence[Labels],
    *,
    exact_up_to: int = 20_000,
    sample_size: int = 5_000,
    errors: bool = True,
    seed: int,
) -> list[Silhouette]:
    """Silhouette of each labeling, among the customers that it places (Rousseeuw 1987) [-1..1].

    X (n, d); each labeling (n,), -1 for the unplaced. Above `exact_up_to` customers `sample_size` are drawn, in each
    joint cell of the labelings as many as its share, and of each segment at least FEWEST; the segments' means are
    weighted by their true sizes. The error is that of the grouped jackknife (Wolter 2007, ch. 4), without `errors`
    missing: a customer who is left out moves not only his own silhouette, but those of all who are measured by him.
    """
    if not labelings:
        return []
    cells = _joint_cells(labelings)
    if len(X) <= exact_up_to:
        return [Silhouette(score, 0.0 * score) for score in _scores(X, labelings, cells, np.arange(len(X)))]
    kept = _sampled(cells, labelings, sample_size, seed)
    scores, moved = _scores(X, labelings, cells, kept), np.full(len(labelings), np.nan)
    if errors:
        part = np.empty(len(kept), dtype=np.int64)
        shuffled = np.random.default_rng(seed).permutation(len(kept))  # files are seldom in a random order
        part[shuffled[np.argsort(cells[kept[shuffled]], kind="stable")]] = np.arange(len(kept)) % PARTS
        without = np.array([_scores(X, labelings, cells, kept[part != i]) for i in range(PARTS)])
        variance = ((without - without.mean(axis=0)) ** 2).sum(axis=0) * (PARTS - 1) / PARTS
        moved = np.sqrt(variance * (1 - len(kept) / len(X)))
    return [Silhouette(float(score), float(error)) for score, error in zip(scores, moved, strict=True)]


def _scores(X: Matrix, labelings: Sequence[Labels], cells: Labels, kept: Labels) -> list[float]:
    """The mean silhouette of each labeling, from the customers that are kept."""
    values = _values(X[kept], [labels[kept] for labels in labelings], cells[kept])
    return [_mean(labels, labels[kept], value) for labels, value in zip(labelings, values, strict=True)]


def _values(X: Matrix, labelings: Sequence[Labels], cells: Labels) -> list[Matrix]:
    """The silhouette of each customer in each labeling; nan for the unplaced."""
    order = np.argsort(cells, kind="stable")
    X = X[order] - X.mean(axis=0)  # nearer to 0 the product below loses fewer digits
    sorted_labels = [labels[order] for labels in labelings]
    _, starts = np.unique(cells[order], return_index=True)
    blocks = [_membership(labels[starts]) for labels in sorted_labels]
    columns = np.cumsum([0, *(block.shape[1] for block in blocks)])
    membership = np.hstack(blocks)
    sizes = membership.T @ np.diff([*starts, len(X)])
    squares = np.einsum("ij,ij->i", X, X)
    nothing = 1e-13 * squares.max(initial=0.0)  # what is left of the distance of equals, by rounding
    values = [np.full(len(X), np.nan) for _ in labelings]
    for at in range(0, len(X), BLOCK):
        rows = slice(at, at + BLOCK)
        distances = X[rows] @ X.T
        distances *= -2.0
        distances += squares
        distances += squares[rows, None]
        distances[distances < nothing] = 0.0
        np.sqrt(distances, out=distances)
        sums = np.add.reduceat(distances, starts, axis=1) @ membership
        for i, labels in enumerate(sorted_labels):
            of = slice(columns[i], columns[i + 1])
            values[i][rows] = _silhouette(sums[:, of], sizes[of], labels[rows])
    back = np.empty(len(X), dtype=np.int64)
    back[order] = np.arange(len(X))
    return [value[back] for value in values]


def _silhouette(sums: Matrix, sizes: Matrix, own: Labels) -> Matrix:
    """(b - a) / max(a, b) of each row, from its sums of distances to each segment; 0 for who is alone in his."""
    if len(sizes) < 2:
        return np.full(len(sums), np.nan)
    placed = own >= 0
    rows, mine = np.arange(len(sums)), np.where(placed, own, 0)
    within = sums[rows, mine] / np.maximum(sizes[mine] - 1, 1)
    others = np.divide(sums, sizes, out=np.full(sums.shape, np.inf), where=sizes > 0)  # a number may be skipped
    others[rows, mine] = np.inf
    nearest = others.min(axis=1)
    larger = np.maximum(within, nearest)
    value = np.divide(nearest - within, larger, out=np.zeros(len(sums)), where=(larger > 0) & (sizes[mine] > 1))
    return np.where(placed, value, np.nan)


def _mean(labels: Labels, sampled: Labels, values: Matrix) -> float:
    """The segments' means, weighted by their sizes among all; nan unless there are 2 to n - 1 segments."""
    sizes = np.bincount(labels[labels >= 0])
    there = np.flatnonzero(sizes)
    if not 2 <= len(there) < sizes.sum():
        return float("nan")
    placed = sampled >= 0
    drawn = np.bincount(sampled[placed], minlength=len(sizes))[there]
    sums = np.bincount(sampled[placed], values[placed], minlength=len(sizes))[there]
    mean = float(sizes[there] @ (sums / np.maximum(drawn, 1)) / sizes[there[drawn > 0]].sum())
    return round(mean, 10)  # the last digits depend on the company that a labeling is judged in


def _joint_cells(labelings: Sequence[Labels]) -> Labels:
    """A number for each combination of labels that there is."""
    cells = np.zeros(len(labelings[0]), dtype=np.int64)
    for labels in labelings:
        low = labels.min(initial=0)
        pairs = cells * (labels.max(initial=0) - low + 1) + labels - low
        cells = np.unique(pairs, return_inverse=True)[1]
    return cells


def _membership(labels: Labels) -> Matrix:
    """Which cell belongs to which segment: (cells, segments) of 0 and 1."""
    membership = np.zeros((len(labels), int(labels.max(initial=-1)) + 1))
    placed = labels >= 0
    membership[np.flatnonzero(placed), labels[placed]] = 1.0
    return membership


def _sampled(cells: Labels, labelings: Sequence[Labels], size: int, seed: int) -> Labels:
    """Positions of the sample: every so-manieth customer of the cells in turn, and the fewest of each segment."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(cells))
    by_cell = shuffled[np.argsort(cells[shuffled], kind="stable")]
    chosen = np.zeros(len(cells), dtype=bool)
    # From a random start: else the same small cells would be asked whatever the seed.
    taken = np.floor((np.arange(size) + rng.random()) * (len(cells) / size)).astype(np.int64)
    chosen[by_cell[np.minimum(taken, len(cells) - 1)]] = True
    for labels in labelings:
        drawn = np.bincount(labels[chosen & (labels >= 0)], minlength=int(labels.max(initial=-1)) + 1)
        for label in np.flatnonzero(drawn < FEWEST):
            members = shuffled[labels[shuffled] == label]
            chosen[members[:FEWEST]] = True
    return np.flatnonzero(chosen)
