"""Whether segments come back: on other customers, from other starts, in halves.

Each refit begins afresh. Begun at the segments that it is to confirm, it would confirm any number of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


class Fitted(Protocol):
    """What a refit is asked."""

    def predict(self, X: Matrix) -> Labels:
        """Place customers."""


Fit = Callable[[Matrix, int, float], Fitted]  # customers, a seed, and the share of all that they are -> a clustering


@dataclass(frozen=True)
class Effort:
    """How often each clustering is fitted again: on draws of customers, on pairs of halves, from other seeds."""

    draws: int = 20
    halves: int = 5
    seeds: int = 2


@dataclass(frozen=True)
class Stability:
    """What the refits of one clustering agree on.

    agreements : adjusted Rand score of each draw with the reference, over all customers.
    jaccards : (draws, highest label + 1), how much of each segment came back at its best; nan for an unused label.
    strengths : prediction strength of each half. seeds : adjusted Rand score of each other start.
    """

    agreements: Matrix
    jaccards: Matrix
    strengths: Matrix
    seeds: Matrix


def refits(
    X: Matrix,
    references: Sequence[Labels],
    fits: Sequence[Fit],
    seeded: Sequence[bool],
    effort: Effort,
    *,
    share: float = 1.0,
    seed: int,
) -> list[Stability]:
    """Fit clusterings again and again, several side by side on the same draws.

    X (n, d); for each clustering its reference labels (n,), how it is fitted, and whether it depends on a seed.
    A draw is the distinct customers of a bootstrap sample (Hennig 2007: doubles would be clusters of their own), about
    63% of them; the refit places all. Halves are disjoint. A size that is asked for in customers is to be asked of a
    draw by its share, or a segment of just that size could never come back; `share` is that of X itself.
    """
    made = range(len(fits))
    by_draw = [
        [
            (labels, fit(X[drawn], seed + i + 1, share * len(drawn) / len(X)).predict(X))
            for labels, fit in zip(references, fits, strict=True)
        ]
        for i, drawn in enumerate(_draws(len(X), effort.draws, seed))
    ]
    by_half: list[list[float]] = [[] for _ in made]
    for i, (one, other) in enumerate(_halves(len(X), effort.halves, seed)):
        for strengths, fit in zip(by_half, fits, strict=True):
            first, second = (fit(X[half], seed + i + 1, share * len(half) / len(X)) for half in (one, other))
            strengths += [
                _strength(second.predict(X[other]), first.predict(X[other])),
                _strength(first.predict(X[one]), second.predict(X[one])),
            ]
    starts = [
        [fit(X, seed + 1 + i, share).predict(X) for i in range(effort.seeds if depends else 0)]
        for fit, depends in zip(fits, seeded, strict=True)
    ]
    return [
        Stability(
            np.array([_agreement(*draw[i]) for draw in by_draw]),
            np.array([_jaccards(*draw[i]) for draw in by_draw]),
            np.array(by_half[i]),
            np.array([_agreement(references[i], labels) for labels in starts[i]]),
        )
        for i in made
    ]


def stability_score(stability: Stability) -> float:
    """Mean agreement with the clustering of a draw of the customers (bootstrap; Fang, Wang 2012) [-0.5..1]."""
    placed = ~np.isnan(stability.jaccards).all()  # to place nobody again is easy
    return _mean(stability.agreements) if stability.jaccards.size and placed else np.nan


def least_jaccard_score(stability: Stability) -> float:
    """How much of the least steady segment comes back: mean over draws of its best overlap (Hennig 2007) [share]."""
    means = stability.jaccards.mean(axis=0)
    known = means[~np.isnan(means)]
    return float(known.min()) if len(known) else np.nan


def prediction_strength_score(stability: Stability) -> float:
    """Pairs of a half's weakest segment that the other half keeps together (Tibshirani, Walther 2005) [share]."""
    return _mean(stability.strengths)


def seed_agreement_score(stability: Stability) -> float:
    """Agreement with the same clustering from another start; missing where nothing is drawn [-0.5..1]."""
    return _mean(stability.seeds)


def subsampled_stability_score(subsampled_stability: Stability) -> float:
    """`stability_score`, reference and draws both on a sample of the customers [-0.5..1]."""
    return stability_score(subsampled_stability)


def subsampled_least_jaccard_score(subsampled_stability: Stability) -> float:
    """`least_jaccard_score` on a sample of the customers [share]."""
    return least_jaccard_score(subsampled_stability)


def subsampled_prediction_strength_score(subsampled_stability: Stability) -> float:
    """`prediction_strength_score` on a sample of the customers [share]."""
    return prediction_strength_score(subsampled_stability)


def subsampled_seed_agreement_score(subsampled_stability: Stability) -> float:
    """`seed_agreement_score` on a sample of the customers [-0.5..1]."""
    return seed_agreement_score(subsampled_stability)


def _draws(n: int, draws: int, seed: int) -> Iterator[Labels]:
    for i in range(draws):
        yield np.unique(np.random.default_rng([seed, 0, i]).integers(n, size=n))


def _halves(n: int, pairs: int, seed: int) -> Iterator[tuple[Labels, Labels]]:
    for i in range(pairs):
        order = np.random.default_rng([seed, 1, i]).permutation(n)
        yield np.sort(order[: n // 2]), np.sort(order[n // 2 :])


def _agreement(one: Labels, other: Labels) -> float:
    """Adjusted Rand score (Hubert, Arabie 1985), the unplaced one more group."""
    table = _table(one, other)
    n, pairs = int(table.sum()), int((table**2).sum())
    in_one, in_other = int((table.sum(axis=1) ** 2).sum()), int((table.sum(axis=0) ** 2).sum())
    both, only_one, only_other = pairs - n, in_one - pairs, in_other - pairs
    neither = n**2 - n - both - only_one - only_other
    if only_one == 0 and only_other == 0:
        return 1.0
    chance = (both + only_one) * (only_one + neither) + (both + only_other) * (only_other + neither)
    return 2.0 * (both * neither - only_one * only_other) / chance


def _jaccards(reference: Labels, placed: Labels) -> Matrix:
    """The best overlap of each segment of the reference with one of the refit: shared over together."""
    table = _table(reference, placed)
    sizes, others = table.sum(axis=1), table.sum(axis=0)
    together = np.maximum(sizes[:, None] + others - table, 1)
    overlap = (table / together)[1:, 1:].max(axis=1, initial=0.0)
    return np.where(sizes[1:] > 0, overlap, np.nan)


def _strength(own: Labels, by_other: Labels) -> float:
    """Of the segment that does worst, the share of its pairs that the other half's segments keep together."""
    table = _table(own, by_other)[1:].astype(float)
    sizes = table.sum(axis=1)
    kept = (table * (table - 1))[:, 1:].sum(axis=1)
    pairs = sizes * (sizes - 1)
    asked = pairs > 0
    return float((kept[asked] / pairs[asked]).min(initial=1.0)) if asked.any() else np.nan


def _table(one: Labels, other: Labels) -> Labels:
    """Customers by label in the one and the other clustering; the first row and column are the unplaced."""
    shape = int(one.max(initial=-1)) + 2, int(other.max(initial=-1)) + 2
    counted = np.bincount((one + 1) * shape[1] + other + 1, minlength=shape[0] * shape[1])
    return np.asarray(counted.reshape(shape), dtype=np.int64)


def _mean(values: Matrix) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
