"""HDBSCAN's tree of dense regions (Campello, Moulavi, Sander 2013) as plain arrays; only this needs hdbscan."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.neighbors import KDTree

from clientscape.segment.condensed import Merges, condensed, merges, segments
from clientscape.segment.kept import Kept
from clientscape.segment.matrices import Labels, Matrix, Positions

_MOST_COLUMNS_OF_BORUVKA = 60  # as HDBSCAN chooses
_NEIGHBOURS: Kept[tuple[Matrix, Positions]] = Kept(2)


@dataclass(frozen=True)
class Regions:
    """The condensed tree over m customers: c regions, the root first, each after the one that it split from.

    Parameters
    ----------
    core : (m,) distance to the customer's `min_samples`-th neighbour, himself the first.
    region, fell_at : (m,) the region that a customer fell out of, and the density (1 / distance) at which he did.
    above, born_at : (c,) the region that a region split from, and the density at which it did; the root is its own.
    segment : (c,) the chosen segment that a region lies in, -1 for none.
    densest : (c,) the highest density of a customer of that segment, 0 for none.
    """

    core: Matrix
    region: Positions
    fell_at: Matrix
    above: Positions
    born_at: Matrix
    segment: Labels
    densest: Matrix


def regions(X: Matrix, min_cluster_size: int, min_samples: int) -> Regions:
    """The condensed tree of customers (m, d) and its segments by excess of mass, numbered as HDBSCAN numbers them."""
    tree, core = _single_linkage(X.tobytes(), X.shape[1], min_samples)
    grown = condensed(tree, min_cluster_size)
    peak = np.zeros(len(grown.above))
    np.maximum.at(peak, grown.region, grown.fell_at)
    np.maximum.at(peak, grown.above[1:], grown.born_at[1:])
    segment, densest = _chosen(segments(grown), grown.region, grown.above, peak)
    return Regions(core, grown.region, grown.fell_at, grown.above, grown.born_at, segment, densest)


def _chosen(labels: Labels, region: Positions, above: Positions, peak: Matrix) -> tuple[Labels, Matrix]:
    """The segment that each region lies in and its highest density, from the labels of the customers."""
    segment, densest = np.full(len(above), -1, dtype=np.int64), np.zeros(len(above))
    for label in range(int(labels.max()) + 1):
        top = _common(np.unique(region[labels == label]), above)
        # Where customers are equal to the bit density is infinite, and every strength, theirs too, would be 0 of it.
        segment[top], densest[top] = label, min(peak[top], np.finfo(float).max)
    for at in range(1, len(above)):
        if segment[at] < 0:
            segment[at], densest[at] = segment[above[at]], densest[above[at]]
    return segment, densest


def _common(inside: Positions, above: Positions) -> int:
    """The smallest region that all these lie in."""
    # hdbscan takes the first of them: of a segment whose customers all fell out deeper down, it loses all but one part.
    heap = set(inside.tolist())
    while len(heap) > 1:
        last = max(heap)  # a region comes after the one that it split from
        heap.remove(last)
        heap.add(int(above[last]))
    return int(heap.pop())


def neighbours(X: Matrix, min_samples: int) -> tuple[Matrix, Positions]:
    """Distances and positions of each customer's nearest (m, k), himself among them; as many as placing asks for."""
    k = min(2 * min_samples, len(X))
    return _NEIGHBOURS.of(lambda: KDTree(X).query(X, k=k), X, k)


@lru_cache(maxsize=2)  # fits that differ in min_cluster_size share it, and it is nearly all of their cost
def _single_linkage(coordinates: bytes, n_columns: int, min_samples: int) -> tuple[Merges, Matrix]:
    """The single linkage tree by mutual reachability, and core distances (m,)."""
    from hdbscan import hdbscan_

    X = np.frombuffer(coordinates).reshape(-1, n_columns).copy()
    distances = neighbours(X, min_samples)[0]
    core = np.ascontiguousarray(distances[:, min(min_samples, len(X)) - 1])
    asked = min(len(X) - 1, min_samples)
    if n_columns > _MOST_COLUMNS_OF_BORUVKA:
        tree = hdbscan_._hdbscan_prims_kdtree(X, asked, metric="euclidean", p=None)[0]
    else:
        tree = hdbscan_._hdbscan_boruvka_kdtree(X, asked, metric="euclidean", p=None, core_dist_n_jobs=1)[0]
    return merges(tree), core
