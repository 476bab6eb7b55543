"""The sweep of clientscape, by the code that an experiment runs."""

import time
from collections.abc import Sequence

import numpy as np
from segments_sweep import SEED, Sweep, Told
from threadpoolctl import threadpool_limits

from clientscape.catalog import ask_all, functions
from clientscape.evaluate import clustering, stability
from clientscape.evaluate.silhouettes import Silhouette, silhouettes
from clientscape.evaluate.stability import Effort, Stability
from clientscape.evaluate.sweep import Candidate, Ground, Made, make, steady, together, workers

METRICS = functions(clustering, stability)
SPACE = "space"


def told(sweep: Sweep, processes: int = 0) -> Told:
    """The whole sweep, here or, as an experiment does it, in so many processes."""
    X, sample, nulls = sweep.ground()
    effort = Effort(sweep.draws, sweep.halves, sweep.seeds)
    ground = Ground({SPACE: X}, {SPACE: X[:0]}, [{SPACE: null} for null in nulls], sample, effort, SEED)
    groups = together([Candidate(str(use), SPACE, use) for uses in sweep.uses().values() for use in uses])
    if processes:
        return _by_workers(ground, groups, processes)
    with threadpool_limits(1):
        return _here(ground, groups)


def _here(ground: Ground, groups: list[list[Candidate]]) -> Told:
    """In this process, with what each family took."""
    found, made, steadies = Told(), [], []
    for group in groups:
        began = time.process_time()
        fitted = make(ground, group)
        steadies += steady(ground, group, [each.labels for each in fitted])[0]
        made += fitted
        family = group[0].use.use
        found.spent[family] = found.spent.get(family, 0.0) + time.process_time() - began
    began = time.process_time()
    _judge(ground, [candidate for group in groups for candidate in group], made, steadies, _shapes(ground, made), found)
    found.spent["shape"] = time.process_time() - began
    return found


def _by_workers(ground: Ground, groups: list[list[Candidate]], processes: int) -> Told:
    """Fits, then stability in the processes while this one computes silhouettes."""
    with workers(ground, processes) as pool:
        fits = [future.result() for future in [pool.make(group) for group in groups]]
        waiting = [
            pool.steady(group, [each.labels for each in of_group]) for group, of_group in zip(groups, fits, strict=True)
        ]
        made = [each for of_group in fits for each in of_group]
        shapes = _shapes(ground, made)
        steadies = [each for future in waiting for each in future.result()[0]]
    found = Told()
    _judge(ground, [candidate for group in groups for candidate in group], made, steadies, shapes, found)
    return found


def _shapes(ground: Ground, made: Sequence[Made]) -> list[tuple[Silhouette, list[Silhouette]]]:
    """The silhouette of each clustering, and those of the same on each null."""
    own = silhouettes(ground.now[SPACE], [each.labels for each in made], seed=SEED)
    nulls = [
        silhouettes(null[SPACE], [each.nulls[i] for each in made], errors=False, seed=SEED)
        for i, null in enumerate(ground.nulls)
    ]
    return [(silhouette, [null[i] for null in nulls]) for i, silhouette in enumerate(own)]


def _judge(
    ground: Ground,
    candidates: Sequence[Candidate],
    made: Sequence[Made],
    steadies: Sequence[Stability],
    shapes: Sequence[tuple[Silhouette, list[Silhouette]]],
    found: Told,
) -> None:
    """Every number about all of them."""
    X, kind = ground.now[SPACE], "stability" if ground.sample is None else "subsampled_stability"
    for candidate, each, steady_, (silhouette, nulls) in zip(candidates, made, steadies, shapes, strict=True):
        given = {"X": X, "labels": each.labels, "silhouette": silhouette, "nulls": nulls, kind: steady_}
        if candidate.use.use == "hdbscan":
            given["density_X"] = X
        if candidate.use.use == "gaussian_mixture":
            blocks = [each.fitted.log_densities(X[at : at + 4096]) for at in range(0, len(X), 4096)]
            likelihoods = np.logaddexp.reduce(np.hstack(blocks), axis=0)
            found.log_likelihoods[candidate.name] = float(likelihoods.mean())
        found.metrics[candidate.name] = ask_all(METRICS, given, seed=SEED)
        found.labels[candidate.name] = each.labels
