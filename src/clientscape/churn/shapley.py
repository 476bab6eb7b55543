"""What each column adds to the log-odds of boosted trees: Shapley values, exact, without a heavy library at scoring."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

Matrix = NDArray[np.float64]
Path = list[tuple[int, bool]]  # the nodes above a leaf, and whether the way to it goes left there
MOST_NUMBERS = 100_000  # at a time, so that they stay near the processor


def shapley(model: HistGradientBoostingClassifier, X: Matrix) -> tuple[float, Matrix]:
    """The mean log-odds of the training customers, and how far each column moves each customer from it, as X.

    A column that is left out of a coalition is averaged over by the training customers at each node (Lundberg et al.
    2020, "From local explanations to global understanding with explainable AI for trees", algorithm 1). On the way
    to a leaf of value v let z_j be the share of them that column j lets through, and o_j 1 if it lets this one
    through, else 0. A coalition of the others has the weight of a beta integral, so that all of them together give

        v (o_i - z_i) times the integral over t from 0 to 1 of the product of z_j (1 - t) + o_j t over all j but i,

    a polynomial, which Gauss-Legendre quadrature integrates exactly.
    """
    start = float(np.ravel(model._baseline_prediction)[0])
    parts = np.zeros(X.shape)
    for (tree,) in model._predictors:
        leaves = list(_leaves(tree.nodes))
        start += sum(value * _shares(tree.nodes, path)[1].prod() for value, path in leaves)
        if len(leaves) > 1:
            _add(parts, X, tree.nodes, leaves)
    return start, parts


def _add(parts: Matrix, X: Matrix, nodes: Any, leaves: list[tuple[float, Path]]) -> None:
    """Add what one tree gives to each column."""
    columns = [_shares(nodes, path)[0] for _, path in leaves]
    width = max(len(own) for own in columns)
    # A leaf with fewer columns gets some more that let everyone through: they add nothing.
    z = np.ones((len(leaves), width, 1))
    to = np.zeros((X.shape[1], len(leaves), width))
    for leaf, (value, path) in enumerate(leaves):
        z[leaf, : len(columns[leaf]), 0] = _shares(nodes, path)[1]
        to[columns[leaf], leaf, np.arange(len(columns[leaf]))] = value
    for rows in np.array_split(np.arange(len(X)), 1 + len(X) * z.size // MOST_NUMBERS):
        o = _let_through(X[rows], nodes, leaves, columns, width)
        integral = np.zeros_like(o)
        for t, weight in zip(*np.polynomial.legendre.leggauss((width + 1) // 2), strict=True):
            factors = z * (1 - t) / 2 + o * (1 + t) / 2  # t from -1..1 to 0..1
            integral += weight / 2 * factors.prod(axis=1, keepdims=True) / factors
        parts[rows] += np.tensordot(to, (o - z) * integral, axes=2).T


def _leaves(nodes: Any) -> Iterator[tuple[float, Path]]:
    """The value of each leaf, and the way to it."""
    ways: list[tuple[int, Path]] = [(0, [])]
    while ways:
        at, path = ways.pop()
        if nodes["is_leaf"][at]:
            yield float(nodes["value"][at]), path
        else:
            ways += [(int(nodes["left"][at]), [*path, (at, True)]), (int(nodes["right"][at]), [*path, (at, False)])]


def _shares(nodes: Any, path: Path) -> tuple[list[int], Matrix]:
    """The columns on the way to a leaf, and the share of the training customers that each lets through."""
    shares: dict[int, float] = {}
    for at, left in path:
        child, column = int(nodes["left" if left else "right"][at]), int(nodes["feature_idx"][at])
        shares[column] = shares.get(column, 1.0) * float(nodes["count"][child]) / float(nodes["count"][at])
    return list(shares), np.array(list(shares.values()))


def _let_through(
    X: Matrix, nodes: Any, leaves: list[tuple[float, Path]], columns: list[list[int]], width: int
) -> Matrix:
    """1 where a column lets a customer through to a leaf, else 0: (n_leaves, width, n)."""
    goes_left = {}
    for at in {at for _, path in leaves for at, _ in path}:
        own = X[:, nodes["feature_idx"][at]]
        goes_left[at] = np.where(np.isnan(own), nodes["missing_go_to_left"][at] > 0, own <= nodes["num_threshold"][at])
    through = np.ones((len(leaves), width, len(X)))
    for leaf, (_, path) in enumerate(leaves):
        for at, left in path:
            place = columns[leaf].index(int(nodes["feature_idx"][at]))
            through[leaf, place] *= goes_left[at] if left else ~goes_left[at]
    return through
