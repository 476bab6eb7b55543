"""Shapley values of boosted trees, held against their definition and against the library that made them known."""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from clientscape.churn import shapley as module
from clientscape.churn.classifiers import boosted_trees
from clientscape.churn.shapley import shapley


@pytest.fixture(scope="module")
def grown():
    """Trees of some depth on five columns, one with holes, one that tells nothing."""
    rng = np.random.default_rng(7)
    X = pd.DataFrame(rng.lognormal(1, 1, (900, 5)), columns=["recency_days", "b", "c", "d", "e"])
    X.loc[rng.random(900) < 0.3, "b"] = np.nan
    y = X["recency_days"] * X["c"] + np.where(X["b"].isna(), 6, X["d"]) + rng.normal(0, 2, 900) > 10
    settings = {"max_iter": 12, "max_leaf_nodes": 12, "min_samples_leaf": 10, "learning_rate": 0.3}
    return boosted_trees(**settings, seed=0).fit(X, y.to_numpy()).model_, X.to_numpy()


def averaged(nodes, row, known, at=0):
    """What a tree says of a row of which only some columns are known: elsewhere the mean of both ways."""
    node = nodes[at]
    if node["is_leaf"]:
        return node["value"]
    value = row[node["feature_idx"]]
    if node["feature_idx"] in known:
        goes_left = node["missing_go_to_left"] if np.isnan(value) else value <= node["num_threshold"]
        return averaged(nodes, row, known, node["left"] if goes_left else node["right"])
    ways = [(nodes[way]["count"], averaged(nodes, row, known, way)) for way in (node["left"], node["right"])]
    return sum(n * said for n, said in ways) / node["count"]


def by_definition(model, row):
    """Of each column the mean, over all orders of arrival, of what it changes when it becomes known."""
    d = len(row)

    def said(known):
        return sum(averaged(tree.nodes, row, known) for (tree,) in model._predictors)

    found = np.zeros(d)
    for i in range(d):
        others = [j for j in range(d) if j != i]
        for size in range(d):
            weight = factorial(size) * factorial(d - size - 1) / factorial(d)
            for chosen in combinations(others, size):
                found[i] += weight * (said({*chosen, i}) - said(set(chosen)))
    return found


def test_are_what_the_definition_says(grown):
    model, X = grown
    start, parts = shapley(model, X[:12])
    everyone = sum(averaged(tree.nodes, X[0], set()) for (tree,) in model._predictors)
    assert start == pytest.approx(float(model._baseline_prediction[0, 0]) + everyone)
    for row, own in zip(X[:12], parts, strict=True):
        assert_allclose(own, by_definition(model, row), atol=1e-12)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_are_those_of_the_library(grown):
    import shap

    model, X = grown
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    start, parts = shapley(model, X)
    assert_allclose(parts, explainer.shap_values(X), atol=1e-12)
    assert start == pytest.approx(float(np.ravel(explainer.expected_value)[0]), abs=1e-12)


def test_add_up_to_the_forecast(grown):
    model, X = grown
    start, parts = shapley(model, X)
    asked = pd.DataFrame(X, columns=model.feature_names_in_)
    assert_allclose(start + parts.sum(axis=1), model.decision_function(asked), atol=1e-12)


def test_are_the_same_in_portions(grown, monkeypatch):
    model, X = grown
    _, whole = shapley(model, X)
    monkeypatch.setattr(module, "MOST_NUMBERS", 500)
    assert_allclose(shapley(model, X)[1], whole, atol=1e-14)


def test_of_trees_without_a_split_are_nothing():
    X = pd.DataFrame({"a": np.ones(100), "b": np.ones(100)})
    y = np.arange(100) < 30
    start, parts = shapley(boosted_trees(max_iter=3, seed=0).fit(X, y).model_, X.to_numpy())
    assert start == pytest.approx(np.log(0.3 / 0.7))
    assert not parts.any()
