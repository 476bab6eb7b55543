"""k-means (Lloyd 1982), all starts of a fit at once.

A customer's nearest centre c has the lowest c'c - 2 c'x, which is linear in (x, 1): so each step is one matrix product
over the centres of all starts, and one more for the sums of the customers that each of them has. Draws the numbers that
scikit-learn's `KMeans` draws, and so goes from the same starts to the same centres, unless a customer is equally near
to two.
"""

from dataclasses import dataclass

import numpy as np

from clientscape.segment.matrices import Labels, Matrix, Positions

TOLERANCE = 1e-4  # of the mean variance: how far all centres of a start may move in a last step, as in scikit-learn
MOST_STEPS = 300
_AT_ONCE = 65_536  # distances: they stay in the cache of the processor


@dataclass(frozen=True)
class Divisions:
    """Where several starts end: centres (s, k, d), each customer's nearest (s, n), sums of squares (s,).

    emptied : whether a centre lost all its customers on the way. It then stayed where it was.
    """

    centres: Matrix
    labels: Labels
    inertias: Matrix
    emptied: bool

    @property
    def best(self) -> Matrix:
        """The centres (k, d) that scikit-learn would take.

        A lower sum is better only where other customers are together: starts end a last small step before their means,
        at sums that also differ by where they came from.
        """
        best = 0
        for i in range(1, len(self.inertias)):
            if self.inertias[i] < self.inertias[best] and not self._same(i, best):
                best = i
        return np.asarray(self.centres[best])

    def _same(self, one: int, other: int) -> bool:
        k = self.centres.shape[1]
        pairs = np.bincount(self.labels[one] * k + self.labels[other])
        return bool(np.count_nonzero(pairs) == len(np.unique(self.labels[one])))


def divisions(
    X: Matrix, n_segments: int, n_starts: int, rng: np.random.RandomState, *, most_steps: int = MOST_STEPS
) -> Divisions:
    """Centres from so many starts of customers (n, d), each moved until it stays."""
    middle = X.mean(axis=0)
    crowd = _Crowd(X - middle, n_starts * n_segments)
    centres = crowd.rows[_seeds(crowd.rows, n_segments, n_starts, rng)]
    limit, emptied = TOLERANCE * crowd.rows.var(axis=0).mean(), False
    going = np.arange(n_starts)
    for _ in range(most_steps):
        sums = crowd.sums(centres[going])
        held = sums[..., -1:] > 0
        emptied |= not held.all()
        newer = np.where(held, sums[..., :-1] / np.maximum(sums[..., -1:], 1), centres[going])
        shifts = ((newer - centres[going]) ** 2).sum(axis=(1, 2))
        centres[going] = newer
        going = going[shifts > limit]
        if not len(going):
            break
    labels, inertias = crowd.nearest(centres)
    return Divisions(centres + middle, labels, inertias, emptied)


class _Crowd:
    """Customers whose mean is 0, also as features (d + 1, at most so many) in blocks."""

    def __init__(self, rows: Matrix, n_centres: int) -> None:
        self.rows = rows
        self.features = np.vstack([rows.T, np.ones(len(rows))])
        width = max(_AT_ONCE // n_centres, 64)
        self.blocks = [np.ascontiguousarray(self.features[:, at : at + width]) for at in range(0, len(rows), width)]

    def sums(self, centres: Matrix) -> Matrix:
        """Sums of the features of each centre's customers (s, k, d + 1), who is last in them a one."""
        s, k, d = centres.shape
        asked, sums = _asked(centres), np.zeros((s * k, d + 1))
        for block in self.blocks:
            apart = (asked @ block).reshape(s, k, -1)
            his = apart == apart.min(axis=1, keepdims=True)
            if np.count_nonzero(his) > s * block.shape[1]:
                his &= his.cumsum(axis=1) == 1  # of two centres that are equally near the first
            sums += his.reshape(s * k, -1).astype(float) @ block.T
        return sums.reshape(s, k, d + 1)

    def nearest(self, centres: Matrix) -> tuple[Labels, Matrix]:
        """Each customer's nearest centre (s, n), and the sum of the squared distances (s,)."""
        s, k, _ = centres.shape
        apart = [(_asked(centres) @ block).reshape(s, k, -1) for block in self.blocks]
        labels = np.concatenate([each.argmin(axis=1) for each in apart], axis=1)
        lowest = np.concatenate([each.min(axis=1) for each in apart], axis=1)
        return labels, lowest.sum(axis=1) + (self.rows**2).sum()


def _asked(centres: Matrix) -> Matrix:
    squares = (centres**2).sum(axis=2, keepdims=True)
    return np.concatenate([-2 * centres, squares], axis=2).reshape(-1, centres.shape[2] + 1)


def _seeds(rows: Matrix, n_segments: int, n_starts: int, rng: np.random.RandomState) -> Positions:
    """Customers to start from (s, k), by greedy k-means++ (Arthur, Vassilvitskii 2007)."""
    n, trials = len(rows), 2 + int(np.log(n_segments))
    drawn = [(rng.choice(n, p=np.full(n, 1 / n)), rng.uniform(size=(n_segments - 1, trials))) for _ in range(n_starts)]
    squares = (rows**2).sum(axis=1)
    features = np.vstack([rows.T, squares, np.ones(n)])
    return np.array([_of_start(rows, squares, features, first, numbers) for first, numbers in drawn])


def _of_start(rows: Matrix, squares: Matrix, features: Matrix, first: int, numbers: Matrix) -> list[int]:
    """Each further customer is the best of a few trials, drawn by how far they are from those before."""

    def squared(at: Positions) -> Matrix:
        apart = np.column_stack([-2 * rows[at], np.ones(len(at)), squares[at]]) @ features
        return np.asarray(np.maximum(apart, 0, out=apart))

    chosen = [int(first)]
    apart = squared(np.array([first]))[0]
    for asked in numbers:
        cumulated = apart.cumsum()
        tried = np.minimum(cumulated.searchsorted(asked * cumulated[-1]), len(rows) - 1)
        left = squared(tried)
        np.minimum(left, apart, out=left)
        best = left.sum(axis=1).argmin()
        apart = left[best]
        chosen.append(int(tried[best]))
    return chosen
