"""The integrals that Pareto/NBD needs: z^m (1 + z/A)^-p (1 + z/B)^-q over 0 < z < length, by Gauss and Legendre.

In y = ln(1 + d z) with d = (p + 1)/A + q/B the singularities at z = -A and z = -B come to lie at a distance of pi
from the real line, whatever the parameters are, and the integrand is concave in its logarithm, with features on
a scale of one. It is cut where it has become negligible, and what is left is covered by panels. All terms are
positive, so that nothing cancels.
"""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from scipy.special import xlogy

from clientscape.clv.histories import FloatArray, IntArray, Mask

NEGLIGIBLE = 42.0  # e^-42 is below the last digit
BLOCK = 1 << 14  # nodes that fit into the processor's cache with all that is computed of them
HALVINGS = 16  # of the range, to find the peak and the cuts: they need not be exact


def log_tail(p: FloatArray, q: FloatArray, A: FloatArray, B: FloatArray, length: FloatArray) -> FloatArray:
    """Logarithm of the integrals with m = 0 [n], all arguments [n]; -inf where the length is 0."""
    found = np.empty(length.size)
    for rows, _, density in _tail_nodes(p, q, A, B, length):
        # One after the other: a sum along the axis rounds otherwise where there is but one row.
        found[rows] = sum(density, np.zeros(rows.size))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(found))


def tail_moments(
    p: FloatArray, q: FloatArray, A: FloatArray, B: FloatArray, length: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Integrals with m = 0 [n], and under the integrand as a density, means and covariances of four functions of z.

    The functions are ln(1 + z/A), 1/(A + z), ln(1 + z/B), 1/(B + z); means are [4, n], covariances [4, 4, n].
    """
    total, means, covariances = np.empty(length.size), np.empty((4, length.size)), np.empty((4, 4, length.size))
    for rows, z, density in _tail_nodes(p, q, A, B, length):
        a, b = A[rows], B[rows]
        functions = np.stack([np.log1p(z / a), 1 / (a + z), np.log1p(z / b), 1 / (b + z)])
        total[rows] = density.sum(axis=0)
        density /= np.where(total[rows] > 0, total[rows], 1.0)
        means[:, rows] = mean = (functions * density).sum(axis=1)
        functions -= mean[:, None]
        for i, function in enumerate(functions):
            moment = function * density
            for j in range(i + 1):
                covariances[i, j, rows] = covariances[j, i, rows] = (moment * functions[j]).sum(axis=0)
    return total, means, covariances


def _tail_nodes(
    p: FloatArray, q: FloatArray, A: FloatArray, B: FloatArray, length: FloatArray
) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
    """Rows, and of each of them nodes z and weights times integrand, both [nodes, rows]."""
    slope = (p + 1) / A + q / B
    cut = np.minimum(_negligible_from(p, A), _negligible_from(q, B))
    high = np.log1p(slope * np.minimum(length, cut))
    for rows, y, weights in _panels(np.zeros(high.size), high, nodes=8, width=1.2):
        stretched = np.exp(y)
        z = (stretched - 1) / slope[rows]
        density = np.exp(-p[rows] * np.log1p(z / A[rows]) - q[rows] * np.log1p(z / B[rows]))
        yield rows, z, density * stretched * weights / slope[rows]


def _negligible_from(exponent: FloatArray, scale: FloatArray) -> FloatArray:
    """Where nothing is left to integrate of (1 + z/scale)^-exponent."""
    return np.asarray(scale * np.expm1(np.minimum(NEGLIGIBLE / np.maximum(exponent - 1, 0.01), 600)))


def log_integral(
    m: FloatArray, p: FloatArray, q: FloatArray, A: FloatArray, B: FloatArray, length: FloatArray
) -> FloatArray:
    """Logarithm of the integrals [n], all arguments [n]; the length is above 0."""
    slope = (p + 1) / A + q / B

    def log_integrand(y: FloatArray, rows: IntArray | slice = slice(None)) -> FloatArray:
        z = np.expm1(y) / slope[rows]
        return np.asarray(xlogy(m[rows], z) - p[rows] * np.log1p(z / A[rows]) - q[rows] * np.log1p(z / B[rows]) + y)

    def falls(y: FloatArray) -> Mask:
        z = np.expm1(y) / slope
        return np.asarray(z + (z + 1 / slope) * (m - z * (p / (A + z) + q / (B + z))) < 0)

    start, end = np.zeros(length.size), np.log1p(slope * length)
    peak = _turns(falls, start, end)[1]
    top = log_integrand(peak)
    low = _turns(lambda y: log_integrand(y) > top - NEGLIGIBLE, start, peak)[0]
    high = _turns(lambda y: log_integrand(y) < top - NEGLIGIBLE, peak, end)[1]
    total = np.zeros(length.size)
    for first, last in ((low, peak), (peak, high)):
        for rows, y, weights in _panels(first, last, nodes=16, width=2.4, fewest=2):
            terms = weights * np.exp(log_integrand(y, rows) - top[rows])
            total[rows] += sum(terms, np.zeros(rows.size))
    return np.asarray(np.log(total) + top - np.log(slope))


def _turns(condition: Callable[[FloatArray], Mask], low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where a condition turns true between low and high, in narrower bounds."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        holds = condition(middle)
        low, high = np.where(holds, low, middle), np.where(holds, middle, high)
    return low, high


def _panels(
    low: FloatArray, high: FloatArray, nodes: int, width: float, fewest: int = 1
) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
    """Rows, and of each of them points between low and high and their weights, both [points, rows].

    Each range is cut in equal panels of at most the width; rows with as many panels come together, in blocks.
    """
    span = high - low
    panels = np.maximum(np.ceil(span / width), fewest).astype(np.intp)
    for count in np.flatnonzero(np.bincount(panels)):
        alike = np.flatnonzero(panels == count)
        points, weights = _composite(int(count), nodes)
        size = max(1, BLOCK // points.size)
        for begin in range(0, alike.size, size):
            rows = alike[begin : begin + size]
            yield rows, low[rows] + points * span[rows], weights * span[rows]


@cache
def _composite(panels: int, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Points and weights of the rule over (0, 1) [panels * nodes, 1]."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    start = np.arange(panels)[:, None]
    at = (start + (points + 1) / 2) / panels
    return at.reshape(-1, 1), np.tile(weights / 2 / panels, panels)[:, None]
