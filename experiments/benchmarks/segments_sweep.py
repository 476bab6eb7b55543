"""The sweep that is measured, and what a contender tells of it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from segments_customers import Matrix, customers, shuffled

from clientscape.catalog import Use
from clientscape.segment.sampling import stratified

Labels = NDArray[np.int64]

SEED = 7
MIN_SAMPLES = 10
SHARES = (0.005, 0.01, 0.02, 0.04, 0.08)  # of all customers: the least that a dense segment holds
MOST_SEGMENTS = 12
FAMILIES = ("kmeans", "gaussian_mixture", "hdbscan")


@dataclass(frozen=True)
class Sweep:
    """Customers and how often each clustering of them is fitted again.

    measured_on : customers that refits and nulls are measured on, all where there are no more.
    """

    n: int
    measured_on: int
    draws: int = 20
    halves: int = 5
    seeds: int = 2
    nulls: int = 5
    most_segments: int = MOST_SEGMENTS
    families: tuple[str, ...] = FAMILIES

    def uses(self) -> dict[str, list[Use]]:
        """The clusterings of each family."""
        numbers = [Use("kmeans", {"n_segments": k}) for k in range(2, self.most_segments + 1)]
        sizes = [max(5, round(share * self.n)) for share in SHARES]
        dense = [Use("hdbscan", {"min_cluster_size": size, "min_samples": MIN_SAMPLES}) for size in sizes]
        mixtures = [Use("gaussian_mixture", use.settings) for use in numbers]
        made = {"kmeans": numbers, "gaussian_mixture": mixtures, "hdbscan": dense}
        return {family: made[family] for family in self.families}

    def ground(self) -> tuple[Matrix, NDArray[np.int64] | None, list[Matrix]]:
        """All customers, positions of those that refits and nulls are measured on (None: all), and the nulls."""
        X = customers(self.n)
        sample = stratified(X, self.measured_on, SEED) if self.n > self.measured_on else None
        return X, sample, shuffled(X if sample is None else X[sample], self.nulls, seed=SEED)


@dataclass
class Told:
    """What came out of a sweep: numbers and labels by clustering, seconds of CPU by what they were spent on."""

    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    labels: dict[str, Labels] = field(default_factory=dict)
    log_likelihoods: dict[str, float] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All but the labels."""
        return {"metrics": self.metrics, "log_likelihoods": self.log_likelihoods, "spent": self.spent}
