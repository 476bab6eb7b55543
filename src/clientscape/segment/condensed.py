"""Trees of dense regions, condensed for several least sizes out of one single linkage tree.

Numbers regions and segments as hdbscan does, which goes through the tree node by node for each size.
"""

from dataclasses import dataclass

import numpy as np

from clientscape.segment.matrices import Labels, Matrix, Positions


@dataclass(frozen=True)
class Merges:
    """A single linkage tree over m customers: nodes below m are customers, m + i is what merge i made.

    left, right : (m - 1,) the nodes that a merge joins. density : (m - 1,), 1 / the distance at which it does.
    parent, size : (2 m - 1,) of each node; the root is its own parent. turn : (m - 1,) of each merge, breadth first.
    """

    left: Positions
    right: Positions
    density: Matrix
    parent: Positions
    size: Positions
    turn: Positions


@dataclass(frozen=True)
class Condensed:
    """Who fell out of which region at what density, and which region split from which, as in `linkage.Regions`."""

    region: Positions
    fell_at: Matrix
    above: Positions
    born_at: Matrix
    size: Positions


def merges(single_linkage: Matrix) -> Merges:
    """The tree (m - 1, 4) of hdbscan: two nodes, their distance, and how many customers they hold."""
    m = len(single_linkage) + 1
    left, right = single_linkage[:, :2].T.astype(np.intp)
    parent, size = np.arange(2 * m - 1), np.ones(2 * m - 1, dtype=np.intp)
    parent[left] = parent[right] = m + np.arange(m - 1)
    size[m:] = single_linkage[:, 3].astype(np.intp)
    apart = single_linkage[:, 2]
    density = np.divide(1, apart, out=np.full(m - 1, np.inf), where=apart > 0)
    depth, before = np.ones(2 * m - 1, dtype=np.intp), np.zeros(2 * m - 1, dtype=np.intp)
    depth[-1], before[right] = 0, size[left]
    up = parent
    while (up != up[-1]).any():
        depth, before, up = depth + depth[up], before + before[up], up[up]
    turn = np.empty(m - 1, dtype=np.intp)
    turn[np.lexsort((before[m:], depth[m:]))] = np.arange(m - 1)
    return Merges(left, right, density, parent, size, turn)


def condensed(tree: Merges, min_cluster_size: int) -> Condensed:
    """Regions of at least so many customers; the whole is the first, the two of a split follow each other."""
    m = len(tree.left) + 1
    large = tree.size >= min_cluster_size
    large[-1] = True
    holder = _top(np.where(large, np.arange(2 * m - 1), tree.parent))
    splits = np.flatnonzero(large[tree.left] & large[tree.right])
    splits = splits[np.argsort(tree.turn[splits])]
    born = np.stack([tree.left[splits], tree.right[splits]], axis=1).ravel()
    number = np.zeros(2 * m - 1, dtype=np.intp)
    number[born] = 1 + np.arange(len(born))
    begins = np.zeros(2 * m - 1, dtype=bool)
    begins[born] = begins[-1] = True
    within = number[_top(np.where(begins, np.arange(2 * m - 1), tree.parent))]
    above = np.concatenate([[0], np.repeat(within[m + splits], 2)])
    born_at = np.concatenate([[0.0], np.repeat(tree.density[splits], 2)])
    size = np.concatenate([[m], tree.size[born]])
    return Condensed(within[holder[:m]], tree.density[holder[:m] - m], above, born_at, size)


def segments(tree: Condensed) -> Labels:
    """The segment of each customer by excess of mass, -1 for none; never the whole (Campello et al. 2013)."""
    n_regions = len(tree.above)
    with np.errstate(invalid="ignore", over="ignore"):  # where customers are equal to the bit, density has no end
        mass = np.bincount(tree.region, tree.fell_at - tree.born_at[tree.region], n_regions)
        np.add.at(mass, tree.above[1:], ((tree.born_at - tree.born_at[tree.above]) * tree.size)[1:])
        below = np.zeros(n_regions, dtype=np.float32)  # hdbscan sums in single precision, which decides between equals
        kept = np.zeros(n_regions, dtype=bool)
        for at in range(n_regions - 1, 0, -1):
            kept[at] = not below[at] > mass[at]
            if not kept[at]:
                mass[at] = below[at]
            below[tree.above[at]] = below[tree.above[at]] + mass[at]
    segment = np.full(n_regions, -1, dtype=np.int64)
    inside = np.zeros(n_regions, dtype=bool)
    numbered = -1
    for at in range(1, n_regions):
        inside[at] = inside[tree.above[at]]
        segment[at] = segment[tree.above[at]]
        if kept[at] and not inside[at]:
            numbered += 1
            segment[at], inside[at] = numbered, True
    return segment[tree.region]


def _top(up: Positions) -> Positions:
    """Where each node comes to by going up until a node is its own."""
    while not np.array_equal(further := up[up], up):
        up = further
    return up
