"""The contest of clusterings: every clusterer in every space, on the same customers, judged by the same numbers."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.catalog import Use, ask_all, call, functions
from clientscape.evaluate import clustering, stability
from clientscape.evaluate.silhouettes import Silhouette, silhouettes
from clientscape.evaluate.stability import Effort, Stability
from clientscape.evaluate.sweep import Candidate, Ground, Made, Workers, together, workers
from clientscape.processes import available
from clientscape.run.choices import CHOICES
from clientscape.run.config import Experiment
from clientscape.run.contests import Clustering, Trial, meaning
from clientscape.run.doing import Doing
from clientscape.run.foreseen import Horizons
from clientscape.run.names import uses
from clientscape.segment.coordinates import Coordinates, Group
from clientscape.segment.sampling import stratified

METRICS = functions(clustering, stability)
DENSITY = {"hdbscan"}  # families for which density-based validity means something
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Contest:
    """All that clusterings of an experiment have in common."""

    experiment: Experiment
    ahead: Horizons
    columns: Sequence[str]
    truth: Any

    @property
    def candidates(self) -> list[Candidate]:
        """Every clusterer in every space, in the order of the config."""
        section = self.experiment.segments
        return [
            Candidate(f"{use.name} {space.name}", space.name, use)
            for space in uses(section.spaces)
            for use in uses(section.clusterers)
        ]

    @cached_property
    def places(self) -> dict[str, Coordinates]:
        """Each space by name, fitted."""
        return {use.name: self.placed(use) for use in uses(self.experiment.segments.spaces)}

    @cached_property
    def judge(self) -> Coordinates:
        """The space in which all are judged, fitted."""
        return self.placed(self._judge_space)

    @property
    def judged_in(self) -> str:
        """The name of that space."""
        return self._judge_space.name

    @property
    def _judge_space(self) -> Use:
        return uses(self.experiment.segments.judge_space)[0]

    def placed(self, use: Use) -> Coordinates:
        """The columns in a space, with the weights of their groups; fitted."""
        groups = [Group(group.columns, group.weight) for group in (self.experiment.segments.groups or {}).values()]
        space = call(use, CHOICES["segments.spaces"][0], "segments.spaces")
        return Coordinates(space, self.columns, groups).fit(self.ahead.now.table)

    @cached_property
    def judged(self) -> Matrix:
        """The customers there, (n, d)."""
        return self.judge.transform(self.ahead.now.table)

    @cached_property
    def sample(self) -> NDArray[np.int64] | None:
        """Positions of the customers that stability is measured on; None for all of them."""
        most = self.experiment.segments.refits.customers
        return stratified(self.judged, most, self.experiment.seed) if len(self.judged) > most else None

    @property
    def on_map(self) -> NDArray[np.int64]:
        """Positions of the customers that the map shows."""
        return np.arange(len(self.judged)) if self.sample is None else self.sample

    @cached_property
    def shuffled(self) -> list[pd.DataFrame]:
        """The customers with each column shuffled by itself: what is left when columns have no relation."""
        table = self.ahead.now.table[list(self.columns)]
        table = table if self.sample is None else table.iloc[self.sample]
        made = []
        for i in range(self.experiment.segments.refits.nulls):
            rng = np.random.default_rng([self.experiment.seed, 2, i])
            made.append(pd.DataFrame({name: rng.permutation(table[name].to_numpy()) for name in table}))
        return made

    def ground(self) -> Ground:
        """What the processes of the sweep need to know."""
        spaces, ahead, asked = self.places.items(), self.ahead, self.experiment.segments.refits
        return Ground(
            {name: place.transform(ahead.now.table) for name, place in spaces},
            {name: place.transform(ahead.then.table) for name, place in spaces},
            [{name: place.transform(table) for name, place in spaces} for table in self.shuffled],
            self.sample,
            Effort(asked.draws, asked.halves, asked.seeds),
            self.experiment.seed,
        )


def clusterings(contest: Contest, done: Mapping[str, Clustering]) -> Iterator[Trial | Doing]:
    """Every clustering as it is judged; `done` are those that need not be made again, by name."""
    yield Doing("spaces")
    candidates, ground = contest.candidates, contest.ground()
    for candidate in (candidate for candidate in candidates if candidate.name in done):
        yield _kept(contest, candidate, done[candidate.name])
    groups = together([candidate for candidate in candidates if candidate.name not in done])
    if not groups:
        return
    n_workers = min(contest.experiment.segments.workers or available(), len(groups))
    with workers(ground, n_workers) as pool:
        made: dict[str, Made] = {}
        for of_group in _as_done({pool.make(group): group for group in groups}):
            made |= of_group
            yield Doing(f"clusterings fitted: {len(made)}")
        waiting = _steadied(pool, groups, made)
        yield Doing("silhouettes")
        shapes = _shapes(contest, ground, candidates, made, done)
        yield Doing("stability")
        for future in as_completed(waiting):
            found, seconds = future.result()
            for candidate, steady in zip(waiting[future], found, strict=True):
                yield _trial(contest, candidate, made[candidate.name], steady, shapes[candidate.name], seconds)


def _as_done(waiting: "Mapping[Future[list[Made]], list[Candidate]]") -> Iterator[dict[str, Made]]:
    for future in as_completed(waiting):
        yield {c.name: made for c, made in zip(waiting[future], future.result(), strict=True)}


def _steadied(
    pool: Workers, groups: Sequence[list[Candidate]], made: Mapping[str, Made]
) -> "dict[Future[tuple[list[Stability], float]], list[Candidate]]":
    return {pool.steady(group, [made[candidate.name].labels for candidate in group]): group for group in groups}


@dataclass(frozen=True)
class Shape:
    """The silhouettes of a clustering: where all are judged, in its own space, and of shuffled columns."""

    judged: Silhouette
    own: Silhouette
    nulls: Sequence[Silhouette]


def _shapes(
    contest: Contest,
    ground: Ground,
    candidates: Sequence[Candidate],
    made: Mapping[str, Made],
    done: Mapping[str, Clustering],
) -> dict[str, Shape]:
    """The silhouettes of all candidates, one pass for each set of coordinates."""
    seed, judge = contest.experiment.seed, contest.judge
    labels = {c.name: made[c.name].labels if c.name in made else done[c.name].labels for c in candidates}

    def of(X: Matrix, labelings: Mapping[str, Any], errors: bool = False) -> dict[str, Silhouette]:
        return dict(zip(labelings, silhouettes(X, list(labelings.values()), errors=errors, seed=seed), strict=True))

    judged = of(contest.judged, labels, errors=True)
    own = {c.name: judged[c.name] for c in candidates if c.space == contest.judged_in}
    for space, X in ground.now.items():
        if space != contest.judged_in:
            own |= of(X, {c.name: labels[c.name] for c in candidates if c.space == space})
    tables = enumerate(contest.shuffled)
    fresh = [c.name for c in candidates if c.name in made]  # in the order of the config, not in that of their ends
    nulls = [of(judge.transform(table), {name: made[name].nulls[i] for name in fresh}) for i, table in tables]
    return {name: Shape(judged[name], own[name], [null[name] for null in nulls]) for name in fresh}


def _trial(
    contest: Contest, candidate: Candidate, made: Made, steady: Stability, shape: Shape, seconds: float
) -> Trial:
    """A clustering with all its numbers."""
    judged = contest.judged
    given: dict[str, Any] = {"X": judged, "labels": made.labels, "silhouette": shape.judged, "nulls": shape.nulls}
    given["stability" if contest.sample is None else "subsampled_stability"] = steady
    if contest.truth is not None:
        given["truth"] = contest.truth
    if candidate.use.use in DENSITY:
        given["density_X"] = judged
    metrics = ask_all(METRICS, given, seed=contest.experiment.seed)
    foreseen = contest.ahead.metrics(made.labels, made.before) | contest.ahead.plain(int(metrics["n_segments"]))
    costs = {"fit_seconds": made.fit_seconds, "stability_seconds": seconds, "peak_mib": made.peak_mib}
    metrics |= foreseen | made.fitted.facts_ | {"own_space_silhouette_score": shape.own.score} | costs
    return _named(contest, candidate, Clustering(made.fitted, made.labels, steady.jaccards, metrics))


def _kept(contest: Contest, candidate: Candidate, found: Clustering) -> Trial:
    return _named(contest, candidate, replace(found, kept=True))


def _named(contest: Contest, candidate: Candidate, found: Clustering) -> Trial:
    """A clustering as a trial: what it is, in words and params."""
    use, n, fitted_on = candidate.use, len(found.labels), int(found.metrics["fitted_on"])
    space = next(s for s in uses(contest.experiment.segments.spaces) if s.name == candidate.space)
    seen = "all" if fitted_on == n else f"{fitted_on} of {n}, a stratified sample; the others were placed"
    what = meaning(use, CHOICES["segments.clusterers"][0])
    params = {"space": candidate.space, "clusterer": use.use, **use.settings, "columns": ", ".join(contest.columns)}
    about = f"`{use}`: {what}, in the space `{space}`, judged in `{contest.judged_in}`. Fitted on customers: {seen}."
    params["fitted_on"] = seen
    named = "segments", candidate.name, use.use
    return Trial(*named, params, dict(found.metrics), about, use, clustering=found)
