"""HDBSCAN's tree of dense regions (Campello, Moulavi, Sander 2013) as plain arrays; only this needs hdbscan."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.neighbors import KDTree

from clientscape.segment.matrices import Labels, Matrix, Positions

_MOST_COLUMNS_OF_BORUVKA = 60  # as HDBSCAN chooses


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
    from hdbscan._hdbscan_tree import compute_stability, condense_tree, get_clusters

    single_linkage, core = _single_linkage(X.tobytes(), X.shape[1], min_samples)
    tree = condense_tree(single_linkage.copy(), min_cluster_size)
    labels = get_clusters(tree, compute_stability(tree))[0]
    m = len(X)
    parent, child, density = tree["parent"] - m, tree["child"], tree["lambda_val"]
    customers = child < m
    region, fell_at = np.zeros(m, dtype=np.intp), np.zeros(m)
    region[child[customers]], fell_at[child[customers]] = parent[customers], density[customers]
    n_regions = int(parent.max()) + 1
    above, born_at = np.zeros(n_regions, dtype=np.intp), np.zeros(n_regions)
    above[child[~customers] - m], born_at[child[~customers] - m] = parent[~customers], density[~customers]
    peak = np.zeros(n_regions)
    np.maximum.at(peak, parent, density)
    segment, densest = _chosen(labels, region, above, peak)
    return Regions(core, region, fell_at, above, born_at, segment, densest)


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


@lru_cache(maxsize=2)  # fits that differ in min_cluster_size share it, and it is nearly all of their cost
def _single_linkage(coordinates: bytes, n_columns: int, min_samples: int) -> tuple[Matrix, Matrix]:
    """The single linkage tree by mutual reachability (m - 1, 4), and core distances (m,)."""
    from hdbscan import hdbscan_

    X = np.frombuffer(coordinates).reshape(-1, n_columns).copy()
    neighbours = min(len(X) - 1, min_samples)
    if n_columns > _MOST_COLUMNS_OF_BORUVKA:
        tree = hdbscan_._hdbscan_prims_kdtree(X, neighbours, metric="euclidean", p=None)[0]
    else:
        tree = hdbscan_._hdbscan_boruvka_kdtree(X, neighbours, metric="euclidean", p=None, core_dist_n_jobs=1)[0]
    core = KDTree(X).query(X, k=min_samples)[0][:, -1]
    return tree, np.ascontiguousarray(core)
