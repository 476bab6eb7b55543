"""A sweep: many clusterings of the same customers, fitted in several processes.

What fits share is computed once: candidates of one tree (HDBSCAN at several sizes, Ward at several numbers) go to one
process together, which keeps it. Every number depends on the candidate and the seed alone, not on who else is asked or
on how many processes there are.
"""

import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from clientscape.catalog import Use, call, functions, settings
from clientscape.evaluate.stability import Effort, Stability, refits
from clientscape.processes import processes
from clientscape.segment import clusterers
from clientscape.segment.sampling import scaled

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

CLUSTERERS = functions(clusterers)
# Settings by which fits of a family may differ and still share most of their work.
SHARED = {"hdbscan": ("min_cluster_size", "noise", "limit"), "ward": ("n_segments",)}

COUNTS = ("min_cluster_size", "min_samples")  # settings that count customers


@dataclass(frozen=True)
class Candidate:
    """A clusterer in a space."""

    name: str
    space: str
    use: Use

    @property
    def seeded(self) -> bool:
        """Whether it depends on a seed."""
        return "seed" in settings(CLUSTERERS[self.use.use]) and self.use.use not in SHARED

    @property
    def shares(self) -> str:
        """What it has in common with those whose work it shares; its own name where there are none."""
        varying = SHARED.get(self.use.use)
        if varying is None:
            return self.name
        return str(Use(self.use.use, {k: v for k, v in self.use.settings.items() if k not in varying})) + self.space

    def fit(self, X: Matrix, seed: int, share: float = 1.0) -> Any:
        """The clusterer, fitted; to a share of the customers it is asked for that share of what counts customers."""
        known = settings(CLUSTERERS[self.use.use]) | dict(self.use.settings)
        fewer = {name: scaled(known[name], share) for name in COUNTS if name in known}
        use = Use(self.use.use, {**self.use.settings, **fewer})
        return call(use, CLUSTERERS, "segments.clusterers", seed=seed).fit(X)


@dataclass(frozen=True)
class Ground:
    """The customers that all candidates are fitted on, by space.

    now : (n, d). before : (m, d), the customers of one horizon earlier, only placed. nulls : customers with each
    column shuffled by itself, several times. sample : positions of those that stability is measured on, all if None.
    """

    now: Mapping[str, Matrix]
    before: Mapping[str, Matrix]
    nulls: Sequence[Mapping[str, Matrix]]
    sample: Labels | None
    effort: Effort
    seed: int

    @property
    def share(self) -> float:
        """The share of the customers that stability is measured on."""
        return 1.0 if self.sample is None else len(self.sample) / len(next(iter(self.now.values())))


@dataclass(frozen=True)
class Made:
    """A candidate fitted: its labels of the customers now, before and shuffled, and what it took."""

    fitted: Any = field(repr=False)
    labels: Labels = field(repr=False)
    before: Labels = field(repr=False)
    nulls: Sequence[Labels] = field(repr=False)
    fit_seconds: float
    peak_mib: float


def make(ground: Ground, candidates: Sequence[Candidate]) -> list[Made]:
    """Fit candidates that share their work."""
    space = candidates[0].space
    real = [_timed(candidate, ground.now[space], ground.seed) for candidate in candidates]
    before = [fitted.predict(ground.before[space]) for fitted, _ in real]
    share = ground.share
    shuffled = [[c.fit(null[space], ground.seed, share).labels_ for c in candidates] for null in ground.nulls]
    return [
        Made(fitted, fitted.labels_, placed, [labels[i] for labels in shuffled], seconds, _peak_mib())
        for i, ((fitted, seconds), placed) in enumerate(zip(real, before, strict=True))
    ]


def steady(
    ground: Ground, candidates: Sequence[Candidate], labelings: Sequence[Labels]
) -> tuple[list[Stability], float]:
    """How stable candidates are that share their work, and the seconds that one of them took."""
    began = time.perf_counter()
    X = ground.now[candidates[0].space]
    if ground.sample is not None:
        X, labelings = X[ground.sample], [labels[ground.sample] for labels in labelings]
    fits = [candidate.fit for candidate in candidates]
    seeded = [candidate.seeded for candidate in candidates]
    found = refits(X, labelings, fits, seeded, ground.effort, share=ground.share, seed=ground.seed)
    return found, (time.perf_counter() - began) / len(candidates)


def together(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates in groups that share their work, the dearest first."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.shares, []).append(candidate)
    return sorted(groups.values(), key=lambda group: group[0].use.use not in SHARED)


@contextmanager
def workers(ground: Ground, n: int) -> Iterator["Workers"]:
    """Processes that know the ground; a single one is this process itself."""
    if n > 1:
        with processes(n, _begin, ground) as pool:
            yield Workers(pool)
        return
    _begin(ground)
    with ThreadPoolExecutor(1) as alone:  # not at once: each trial is to be had as soon as it is done
        try:
            yield Workers(alone)
        except BaseException:
            alone.shutdown(wait=False, cancel_futures=True)
            raise


class Workers:
    """What those who work on a sweep can be asked."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    def make(self, candidates: Sequence[Candidate]) -> "Future[list[Made]]":
        """Fit candidates that share their work."""
        return self._pool.submit(_here, make, candidates)

    def steady(
        self, candidates: Sequence[Candidate], labelings: Sequence[Labels]
    ) -> "Future[tuple[list[Stability], float]]":
        """Measure how stable they are."""
        return self._pool.submit(_here, steady, candidates, labelings)


_ground: list[Ground] = []  # of a worker


def _begin(ground: Ground) -> None:
    _ground[:] = [ground]


def _here(work: Any, *asked: Any) -> Any:
    with threadpool_limits(1):
        return work(_ground[0], *asked)


def _timed(candidate: Candidate, X: Matrix, seed: int) -> tuple[Any, float]:
    began = time.perf_counter()
    fitted = candidate.fit(X, seed)
    return fitted, time.perf_counter() - began


def _peak_mib() -> float:
    """The most memory that this process has held so far [MiB]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)
