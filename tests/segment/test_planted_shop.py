"""A shop whose kinds of customers are known: every family of clusterers finds them, chosen without looking."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from clientscape.catalog import Use, expand, functions
from clientscape.evaluate.choice import Guard, choose
from clientscape.evaluate.clustering import above_null_score, coverage, n_segments, smallest_share
from clientscape.evaluate.silhouettes import silhouettes
from clientscape.evaluate.stability import Effort, stability_score
from clientscape.evaluate.sweep import Candidate, Ground, together, workers
from clientscape.features.build import features
from clientscape.run.config import load_experiment
from clientscape.segment import clusterers
from clientscape.segment.coordinates import Coordinates
from clientscape.segment.spaces import log_standard
from clientscape.tables import check_tables
from clientscape.window import Covers, Window

AS_OF = date(2025, 4, 1)
COVERS = Covers(date(2024, 1, 1), date(2025, 7, 1))
# In the middle: share of customers; days before AS_OF of the first and the last order, between orders; money each time.
KINDS = {
    "devoted": (0.15, 440, 0, 6.0, 90.0),
    "steady": (0.30, 440, 0, 28.0, 45.0),
    "bargain": (0.20, 440, 0, 7.0, 6.0),
    "faded": (0.20, 440, 200, 12.0, 60.0),
    "new": (0.15, 70, 0, 14.0, 30.0),
}
COLUMNS = ["recency_days", "tenure_days", "n_order_days", "spend_per_order_day", "gap_days_mean"]
NUMBERS = [3, 4, 5, 6, 7]
GRIDS = {
    **{
        family: {"n_segments": NUMBERS}
        for family in ("kmeans", "minibatch_kmeans", "bisecting_kmeans", "ward", "gaussian_mixture")
    },
    "hdbscan": {"min_cluster_size": [15, 30, 60], "min_samples": 10, "noise": "nearest"},
}
GUARDS = load_experiment(Path("experiments/03_planted_segments.yaml")).segments.guards
BY = {"silhouette_score": 1.0, "stability_score": 1.0}


def planted_shop(n: int, *, seed: int, noise: float = 0.25) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """Order lines of n customers, and the kind of each by customer_id.

    `noise` is how far customers are from the middle of their kind: the spread of the logarithm of their own rhythm and
    spend, and of each gap and each amount about these; first and last days move by up to as large a share.
    """
    rng = np.random.default_rng(seed)
    kind = rng.choice(list(KINDS), n, p=[share for share, *_ in KINDS.values()])
    since, until, gap, money = np.array([KINDS[name][1:] for name in kind]).T
    since, until = (days * (1 - noise * rng.random(n)) for days in (since, until))
    gap, money = (middle * np.exp(noise * rng.normal(size=n)) for middle in (gap, money))
    most = int((since / gap).max() * 2) + 2
    ago = since[:, None] - np.cumsum(gap[:, None] * np.exp(noise * rng.normal(size=(n, most))), axis=1)
    ago[:, 0] = since
    customer, order = np.nonzero(ago > until[:, None])
    ids = np.array([f"C{i:04d}" for i in range(n)])
    midnight = pd.Timestamp(AS_OF).as_unit("s")
    lines = pd.DataFrame(
        {
            "customer_id": ids[customer],
            "order_id": np.arange(len(customer)),
            "ordered_at": midnight - pd.to_timedelta(np.ceil(ago[customer, order]).astype(int), unit="D").as_unit("s"),
            "amount": (money[customer] * np.exp(noise * rng.normal(size=len(customer)))).round(2),
        }
    )
    return lines, pd.Series(kind, index=ids)


@pytest.fixture(scope="module")
def described():
    """Features of the customers as of AS_OF, and their kinds."""
    lines, kinds = planted_shop(600, seed=11)
    tables = check_tables({"transactions": lines}, covers=COVERS, currency="EUR")
    window = Window(AS_OF, COVERS, lookback_days=365, horizon_days=90)
    table = features(tables, window, [Use(column) for column in COLUMNS])
    return table, kinds.loc[table["customer_id"]].to_numpy(object)


@pytest.fixture(scope="module")
def ground(described):
    """The customers in one space, and the same with shuffled columns."""
    table, _ = described
    place = Coordinates(log_standard(), COLUMNS).fit(table)
    rng = np.random.default_rng(2)
    nulls = [table[COLUMNS].apply(lambda column: rng.permutation(column.to_numpy())) for _ in range(2)]
    X = {"log_standard": place.transform(table)}
    shuffled = [{"log_standard": place.transform(null)} for null in nulls]
    return Ground(X, X, shuffled, None, Effort(draws=3, halves=0, seeds=0), seed=7)


def judged(ground, candidates):
    """A row a candidate with what guards and choice ask for, and its labels by name."""
    X = ground.now["log_standard"]
    rows, labels = [], {}
    for group in together(candidates):
        with workers(ground, 1) as sweep:
            made = sweep.make(group).result()
            stabilities, _ = sweep.steady(group, [found.labels for found in made]).result()
        for candidate, found, stable in zip(group, made, stabilities, strict=True):
            (shape,) = silhouettes(X, [found.labels], seed=0)
            nulls = [
                silhouettes(null["log_standard"], [of_null], seed=0)[0]
                for null, of_null in zip(ground.nulls, found.nulls, strict=True)
            ]
            labels[candidate.name] = found.labels
            rows.append(
                {
                    "trial": candidate.name,
                    "silhouette_score": shape.score,
                    "stability_score": stability_score(stable),
                    "above_null_score": above_null_score(shape, nulls),
                    "coverage": coverage(found.labels),
                    "smallest_share": smallest_share(found.labels),
                    "n_segments": n_segments(found.labels),
                }
            )
    return pd.DataFrame(rows), labels


def chosen(table):
    guards = {metric: Guard(bounds.at_least, bounds.at_most) for metric, bounds in GUARDS.items()}
    position, why = choose(table, guards, BY)
    assert position is not None, why
    return table["trial"].iloc[position]


def test_every_family_is_asked():
    assert set(GRIDS) == set(functions(clusterers))


@pytest.mark.parametrize("family", GRIDS)
def test_the_chosen_setting_of_every_family_finds_the_planted_kinds(family, ground, described):
    candidates = [Candidate(use.name, "log_standard", use) for use in expand([{"use": family, **GRIDS[family]}])]
    table, labels = judged(ground, candidates)
    assert adjusted_rand_score(described[1], labels[chosen(table)]) >= 0.9


def test_the_kinds_are_not_told_by_any_column_alone(described):
    """The test above is not won by one feature: no cut of a single column agrees so well."""
    table, kinds = described
    for column in COLUMNS:
        values = table[column].fillna(table[column].median())
        cuts = pd.qcut(values, 5, labels=False, duplicates="drop")
        assert adjusted_rand_score(kinds, cuts) < 0.7


def test_with_noise_as_wide_as_the_kinds_lie_apart_they_are_not_found():
    lines, kinds = planted_shop(600, seed=11, noise=1.0)
    tables = check_tables({"transactions": lines}, covers=COVERS, currency="EUR")
    window = Window(AS_OF, COVERS, lookback_days=365, horizon_days=90)
    table = features(tables, window, [Use(column) for column in COLUMNS])
    X = Coordinates(log_standard(), COLUMNS).fit(table).transform(table)
    labels = clusterers.kmeans(n_segments=5, seed=7).fit(X).labels_
    assert adjusted_rand_score(kinds.loc[table["customer_id"]], labels) < 0.6
