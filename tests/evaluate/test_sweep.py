"""The sweep: the same in processes as called directly; a candidate gives the same in whatever company it is asked."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from threadpoolctl import threadpool_limits

from clientscape.catalog import Use
from clientscape.evaluate.stability import Effort
from clientscape.evaluate.sweep import Candidate, Ground, make, steady, together, workers
from clientscape.faults import InputError

GROUPS = np.array([[0, 0, 0], [8, 0, 0], [0, 8, 0], [0, 0, 8]])
FAR = np.vstack([GROUPS * 2.0, GROUPS / 2.0, GROUPS + 1.0])  # customers to place


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """More threads than processors free, and each of these small fits takes ten times as long."""
    with threadpool_limits(1):
        yield


def candidate(use, space="plain", **settings):
    made = Use(use, settings)
    return Candidate(f"{made.name} {space}", space, made)


CANDIDATES = [
    *(candidate("hdbscan", min_cluster_size=n, min_samples=5) for n in (10, 20)),
    candidate("hdbscan", min_cluster_size=10, min_samples=8),
    *(candidate("ward", n_segments=n) for n in (3, 4)),
    *(candidate("ward", space="stretched", n_segments=n) for n in (3, 4)),
    candidate("kmeans", n_segments=4, n_init=2),
    candidate("gaussian_mixture", n_segments=4, n_init=1),
    candidate("minibatch_kmeans", space="stretched", n_segments=4),
]


@pytest.fixture(scope="module")
def ground():
    """Four groups of 50 customers, apart but for a few; the same ones moved a little, and shuffled."""
    rng = np.random.default_rng(0)
    now = GROUPS[np.repeat(np.arange(4), 50)] + rng.normal(size=(200, 3)) * 1.5
    before = now[::2] + rng.normal(size=(100, 3)) * 0.2
    shuffled = [rng.permuted(now, axis=0) for _ in range(2)]

    def spaces(X):
        return {"plain": X, "stretched": X * [1, 2, 3]}

    sample = np.arange(0, 200, 3)
    return Ground(spaces(now), spaces(before), [spaces(X) for X in shuffled], sample, Effort(3, 2, 2), seed=5)


def swept(pool):
    """Everything that the processes give for the candidates, each group handed over as it is."""
    groups = together(CANDIDATES)
    made = [pool.make(group) for group in groups]
    fitted = [future.result() for future in made]
    asked = zip(groups, fitted, strict=True)
    waiting = [pool.steady(group, [found.labels for found in of_group]) for group, of_group in asked]
    return numbers(groups, fitted, [future.result() for future in waiting])


def failure(pool, unfit):
    """What the caller gets to see of an exception, at once or when he asks for the result."""
    try:
        return pool.make([unfit]).exception()
    except Exception as raised:
        return raised


def directly(ground, groups):
    """The same without any process."""
    fitted = [make(ground, group) for group in groups]
    asked = zip(groups, fitted, strict=True)
    return numbers(groups, fitted, [steady(ground, group, [m.labels for m in of_group]) for group, of_group in asked])


def numbers(groups, fitted, steadied):
    """By name of the candidate all that must not depend on who computed it, as bytes; and what it took."""
    found, took = {}, {}
    for group, of_group, (stabilities, seconds) in zip(groups, fitted, steadied, strict=True):
        for c, made, stable in zip(group, of_group, stabilities, strict=True):
            arrays = made.labels, made.before, *made.nulls, *vars(stable).values(), made.fitted.confidence(FAR)
            found[c.name] = [array.tobytes() for array in arrays]
            took[c.name] = made.fit_seconds, made.peak_mib, seconds
    return found, took


@pytest.fixture(scope="module")
def expected(ground):
    return directly(ground, together(CANDIDATES))[0]


@pytest.fixture(scope="module", params=[1, 2])
def in_processes(ground, request):
    """What so many workers give, one of them this process, and how they answer a candidate that cannot be fitted."""
    with workers(ground, request.param) as pool:
        found, took = swept(pool)
        fault = failure(pool, candidate("kmeans", n_segments=201))
        bug = failure(pool, candidate("kmeans", space="nowhere", n_segments=3))
        again = pool.make([CANDIDATES[-1]]).result()
    return found, took, fault, bug, again


def test_any_number_of_workers_gives_what_a_direct_call_gives(in_processes, expected):
    found = in_processes[0]
    assert set(found) == {c.name for c in CANDIDATES}
    assert found == expected


def test_what_it_took_is_there(in_processes):
    for fit_seconds, peak_mib, stability_seconds in in_processes[1].values():
        assert 0 < fit_seconds < 60
        assert 0 < stability_seconds < 60
        assert 20 < peak_mib < 100_000  # an interpreter with NumPy takes more


def test_an_exception_reaches_the_caller_as_it_is_and_the_processes_go_on(in_processes, expected):
    _, _, fault, bug, again = in_processes
    assert isinstance(fault, InputError)
    assert "201" in str(fault)
    assert fault.faults
    assert isinstance(bug, KeyError)
    assert again[0].labels.tobytes() == expected[CANDIDATES[-1].name][0]


def test_a_candidate_gives_the_same_alone_as_in_company(ground, expected):
    alone, _ = directly(ground, [[c] for c in reversed(CANDIDATES)])
    assert alone == expected
    reversed_groups, _ = directly(ground, [group[::-1] for group in together(CANDIDATES)])
    assert reversed_groups == expected


def test_the_candidates_differ(ground, expected):
    """Else the tests above would tell nothing."""
    assert len({labels for labels, *_ in expected.values()}) > 5
    (made,) = make(ground, [CANDIDATES[-1]])
    assert len(made.before) == 100
    assert [len(labels) for labels in made.nulls] == [200, 200]


def test_who_shares_a_tree_goes_together_and_is_begun_first():
    groups = [[c.name for c in group] for group in together([*CANDIDATES[::-1]])]
    shared = {frozenset(group) for group in groups if len(group) > 1}
    assert shared == {
        frozenset({"hdbscan_10_5 plain", "hdbscan_20_5 plain"}),
        frozenset({"ward_3 plain", "ward_4 plain"}),
        frozenset({"ward_3 stretched", "ward_4 stretched"}),
    }
    assert sorted(name for group in groups for name in group) == sorted(c.name for c in CANDIDATES)
    trees = [group[0].startswith(("hdbscan", "ward")) for group in groups]
    assert trees == sorted(trees, reverse=True)


def test_a_setting_that_changes_the_tree_parts_candidates():
    one = candidate("hdbscan", min_cluster_size=10, min_samples=5, noise="nearest")
    for other, same in (
        (candidate("hdbscan", min_cluster_size=90, min_samples=5, limit=3.0), True),
        (candidate("hdbscan", min_cluster_size=10, min_samples=6, noise="nearest"), False),
        (candidate("hdbscan", min_cluster_size=10, min_samples=5, fit_on=100), False),
        (candidate("hdbscan", space="other", min_cluster_size=10, min_samples=5), False),
    ):
        assert (len(together([one, other])) == 1) is same


def test_only_what_draws_is_asked_from_other_starts(ground):
    seeds = {c.name: steady(ground, [c], [make(ground, [c])[0].labels])[0][0].seeds for c in CANDIDATES[::3]}
    assert {name: len(found) for name, found in seeds.items()} == {
        "hdbscan_10_5 plain": 0,
        "ward_3 plain": 0,
        "ward_4 stretched": 0,
        "minibatch_kmeans_4 stretched": 2,
    }


def test_stability_is_measured_on_the_sample(ground, expected):
    assert ground.sample is not None
    c = CANDIDATES[3]
    (made,) = make(ground, [c])
    X = ground.now["plain"][ground.sample]
    small = Ground({"plain": X}, {}, [], None, ground.effort, ground.seed)
    (stable,), _ = steady(small, [c], [made.labels[ground.sample]])
    assert_array_equal(np.frombuffer(expected[c.name][4]), stable.agreements)
