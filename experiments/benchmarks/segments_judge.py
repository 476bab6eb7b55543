"""Whether two sweeps say the same."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = Mapping[str, NDArray[np.int64]]
SAME = 1e-3  # likelihoods count as equal where they differ by less, relative to the larger


@dataclass
class Verdict:
    """How far two sweeps are from each other.

    divisions : clusterings of each family, and how many of them put the same customers together.
    identical : of these of HDBSCAN, how many have the same numbers, too.
    silhouettes, statistics : the largest difference of a silhouette, and of any statistic, relative to the larger where
    that is above 1; of clusterings that put the same customers together and are not mixtures.
    likelihoods : mean log likelihood of a customer under each mixture, ours and theirs.
    """

    divisions: dict[str, tuple[int, int]]
    identical: int
    silhouettes: float
    statistics: float
    likelihoods: dict[str, tuple[float, float]]

    def better(self) -> int:
        """Mixtures that are likelier than theirs."""
        return sum(_beyond(ours, theirs) for ours, theirs in self.likelihoods.values())

    def worse(self) -> int:
        """Mixtures that are less likely than theirs."""
        return sum(_beyond(theirs, ours) for ours, theirs in self.likelihoods.values())


def verdict(ours: Mapping[str, Any], theirs: Mapping[str, Any], our_labels: Labels, their_labels: Labels) -> Verdict:
    """Hold what was told of a sweep against what a contender told."""
    found = Verdict({}, 0, 0.0, 0.0, {})
    for name, metrics in theirs["metrics"].items():
        family, same = name.partition("(")[0], together(our_labels[name], their_labels[name])
        asked, equal = found.divisions.get(family, (0, 0))
        found.divisions[family] = asked + 1, equal + same
        found.identical += family == "hdbscan" and np.array_equal(our_labels[name], their_labels[name])
        if same:
            apart = {key: _apart(ours["metrics"][name][key], value) for key, value in metrics.items()}
            found.silhouettes = max(found.silhouettes, apart["silhouette_score"])
            if family != "gaussian_mixture":  # refits of a mixture may end elsewhere where the fit did not
                found.statistics = max(found.statistics, *apart.values())
    likelihoods = theirs["log_likelihoods"].items()
    found.likelihoods = {name: (ours["log_likelihoods"][name], value) for name, value in likelihoods}
    return found


def together(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether the same customers are together, whatever the numbers; the unplaced are to be the same."""
    pairs = np.unique(np.stack([one, other]), axis=1)
    of_one, of_other = (len(np.unique(labels)) for labels in pairs)
    return pairs.shape[1] == of_one == of_other and np.array_equal(one < 0, other < 0)


def _apart(one: float, other: float) -> float:
    if math.isnan(one) or math.isnan(other):
        return 0.0 if math.isnan(one) and math.isnan(other) else math.inf
    return abs(one - other) / max(1.0, abs(one), abs(other))


def _beyond(one: float, other: float) -> bool:
    return one - other > SAME * max(abs(one), abs(other))
