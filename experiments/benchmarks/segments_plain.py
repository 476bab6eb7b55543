"""The plain sweep: a loop over scikit-learn and hdbscan with the statistics of clientscape, by their definitions.

Nothing of clientscape's is in it but the density-based validity, which is hdbscan's own on the same sample for both.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import hdbscan
import numpy as np
import sklearn.metrics as skm
from segments_customers import Matrix
from segments_sweep import SEED, Labels, Sweep, Told
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from clientscape.catalog import Use
from clientscape.segment.validity import density_validity

Predict = Callable[[Matrix], Labels]
FEWEST = 5  # customers that are asked for of a draw


def told(sweep: Sweep, cache: str | None = None) -> Told:
    """The whole sweep; `cache` is a folder in which hdbscan keeps its trees."""
    X, sample, nulls = sweep.ground()
    found = Told()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Clusterer does not have any defined clusters")
        for family, uses in sweep.uses().items():
            began = time.process_time()
            for use in uses:
                _judge(use, X, sample, nulls, sweep, found, cache)
            found.spent[family] = time.process_time() - began
    return found


def _judge(
    use: Use, X: Matrix, sample: Labels | None, nulls: list[Matrix], sweep: Sweep, found: Told, cache: str | None
) -> None:
    """Every number about one clustering."""
    model, predict = _fitted(use, X, SEED, cache)
    labels = predict(X)
    placed, customers = labels[labels >= 0], X[labels >= 0]
    judgeable = 2 <= len(np.unique(placed)) < len(placed)
    sizes = np.bincount(placed)
    sizes = sizes[sizes > 0]
    metrics = {
        "silhouette_score": _silhouette(X, labels),
        "davies_bouldin_loss": skm.davies_bouldin_score(customers, placed) if judgeable else np.nan,
        "calinski_harabasz_score": skm.calinski_harabasz_score(customers, placed) if judgeable else np.nan,
        "coverage": len(placed) / len(X),
        "n_segments": len(sizes),
        "smallest_share": sizes.min() / len(X) if len(sizes) else 0.0,
        "largest_share": sizes.max() / len(X) if len(sizes) else 0.0,
    }
    if use.use == "hdbscan":
        metrics["dbcv_score"] = density_validity(X, labels, seed=SEED)
    if use.use == "gaussian_mixture":
        found.log_likelihoods[str(use)] = float(model.score(X))
    share = 1.0 if sample is None else len(sample) / len(X)
    of_nulls = [np.nan_to_num(_silhouette(null, _fitted(use, null, SEED, cache, share)[1](null))) for null in nulls]
    metrics["null_silhouette_low"], metrics["null_silhouette_high"] = min(of_nulls), max(of_nulls)
    metrics["above_null_score"] = metrics["silhouette_score"] - max(of_nulls)
    on = slice(None) if sample is None else sample
    name = "" if sample is None else "subsampled_"
    stability = _stability(use, X[on], labels[on], sweep, cache, share)
    found.metrics[str(use)] = metrics | {name + key: value for key, value in stability.items()}
    found.labels[str(use)] = labels


def _fitted(use: Use, X: Matrix, seed: int, cache: str | None, share: float = 1.0) -> tuple[Any, Predict]:
    """A model, and how it places customers; a share of the customers is asked for its share of what counts them."""
    if use.use == "kmeans":
        model = KMeans(use.settings["n_segments"], n_init=10, random_state=seed).fit(X)
        return model, model.predict
    if use.use == "gaussian_mixture":
        model = GaussianMixture(use.settings["n_segments"], n_init=3, reg_covar=1e-3, random_state=seed).fit(X)
        return model, model.predict
    memory = {} if cache is None else {"memory": cache}
    asked = {name: max(min(FEWEST, number), round(share * number)) for name, number in use.settings.items()}
    model = hdbscan.HDBSCAN(**asked, prediction_data=True, core_dist_n_jobs=1, **memory).fit(X)
    return model, lambda rows: hdbscan.approximate_predict(model, rows)[0]


def _silhouette(X: Matrix, labels: Labels) -> float:
    X, labels = X[labels >= 0], labels[labels >= 0]
    return float(skm.silhouette_score(X, labels)) if 2 <= len(np.unique(labels)) < len(labels) else np.nan


def _stability(use: Use, X: Matrix, labels: Labels, sweep: Sweep, cache: str | None, share: float) -> dict[str, float]:
    """Agreement of refits on draws, on halves and from other seeds."""
    n = len(X)
    agreements, overlaps, strengths = [], [], []
    for i in range(sweep.draws):
        drawn = np.unique(np.random.default_rng([SEED, 0, i]).integers(n, size=n))
        again = _fitted(use, X[drawn], SEED + i + 1, cache, share * len(drawn) / n)[1](X)
        agreements.append(skm.adjusted_rand_score(labels, again))
        overlaps.append(_overlaps(labels, again))
    for i in range(sweep.halves):
        order = np.random.default_rng([SEED, 1, i]).permutation(n)
        halves = X[np.sort(order[: n // 2])], X[np.sort(order[n // 2 :])]
        fits = [_fitted(use, half, SEED + i + 1, cache, share * len(half) / n)[1] for half in halves]
        strengths += [
            _strength(own(half), other(half)) for half, own, other in zip(halves, fits, fits[::-1], strict=True)
        ]
    seeds = 0 if use.use == "hdbscan" else sweep.seeds
    starts = [skm.adjusted_rand_score(labels, _fitted(use, X, SEED + 1 + i, cache)[1](X)) for i in range(seeds)]
    placed = (labels >= 0).any()
    return {
        "stability_score": float(np.mean(agreements)) if placed else np.nan,
        "least_jaccard_score": float(np.mean(overlaps, axis=0).min()) if placed else np.nan,
        "prediction_strength_score": float(np.nanmean(strengths)) if not np.isnan(strengths).all() else np.nan,
        "seed_agreement_score": float(np.mean(starts)) if starts else np.nan,
    }


def _overlaps(labels: Labels, again: Labels) -> list[float]:
    """The best Jaccard index of each segment with one of the refit (Hennig 2007)."""
    best = []
    for segment in np.unique(labels[labels >= 0]):
        inside = labels == segment
        meets = np.unique(again[inside & (again >= 0)])
        best.append(max(((inside & (again == m)).sum() / (inside | (again == m)).sum() for m in meets), default=0.0))
    return best


def _strength(own: Labels, by_other: Labels) -> float:
    """Of the segment that does worst, the share of pairs that the other half keeps together (Tibshirani, Walther)."""
    shares = []
    for segment in np.unique(own[own >= 0]):
        inside = by_other[own == segment]
        together = np.bincount(inside[inside >= 0])
        if len(inside) > 1:
            shares.append((together * (together - 1)).sum() / (len(inside) * (len(inside) - 1)))
    return float(min(shares)) if shares else np.nan
