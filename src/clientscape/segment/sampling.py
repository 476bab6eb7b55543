"""Which customers a fit sees when there are more than it can take."""

import numpy as np

from clientscape.segment.matrices import Matrix, Positions

_BINS = 10
_LEAST = 5  # below this, neighbours and segments of a sample say nothing


def scaled(asked: int, share: float) -> int:
    """So many of all customers as a number of those in a sample: five at least, unless fewer were asked for."""
    return min(asked, max(_LEAST, round(asked * share)))


def stratified(X: Matrix, size: int, seed: int) -> Positions:
    """Positions of a sample of customers, rising; everyone where there are no more than asked for.

    Parameters
    ----------
    X : (n, d), finite.
    size : customers to draw.

    The strata are the joint bins of ten ranks along each of the two principal axes of widest spread; equal customers
    share a bin. Each stratum is shuffled, then every (n / size)-th customer is taken through all of them from a random
    start (systematic sampling; Cochran 1977, ch. 8). So a stratum gives its share of the sample up to one customer,
    and every customer is drawn with the same probability.
    """
    n = len(X)
    if n <= size:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(n)
    in_strata = shuffled[np.argsort(_strata(X)[shuffled], kind="stable")]
    taken = np.floor((np.arange(size) + rng.random()) * (n / size)).astype(np.intp)
    return np.sort(in_strata[np.minimum(taken, n - 1)])


def _strata(X: Matrix) -> Positions:
    """The number of each customer's stratum."""
    off = X - X.mean(axis=0)
    widest = np.linalg.eigh(off.T @ off)[1][:, ::-1][:, :2]
    strata = np.zeros(len(X), dtype=np.intp)
    for along in (off @ widest).T:
        cuts = np.quantile(along, np.arange(1, _BINS) / _BINS)
        strata = strata * _BINS + np.searchsorted(cuts, along, side="left")
    return strata
