import numpy as np
import pandas as pd
import pytest

NAMES = ["Loyal", "Lapsing", "New", "Big baskets"]


@pytest.fixture(scope="session")
def profile():
    """Make the profile of segments with these names."""

    def of(names=NAMES):
        n = len(names)
        return pd.DataFrame(
            {
                "share_of_customers": np.full(n, 1 / max(n, 1)),
                "share_of_spend": np.linspace(0.5, 1.5, n) / max(n, 1),
                "recency_days": np.linspace(-2.5, 2.5, n),
                "n_orders": np.linspace(1, -1, n),
            },
            index=pd.Index(names, name="segment"),
        )

    return of


@pytest.fixture(scope="session")
def customers():
    """A map of 200 customers and the names of their segments; every tenth is unplaced."""
    rng = np.random.default_rng(7)
    who = rng.integers(0, len(NAMES), 200)
    centres = np.array([[0, 0], [6, 0], [0, 6], [6, 6]])
    labels = np.array(NAMES)[who]
    labels[::10] = "unplaced"
    return centres[who] + rng.normal(0, 0.7, (200, 2)), labels


@pytest.fixture(scope="session")
def trials():
    return pd.DataFrame(
        [
            ("kmeans_2", "kmeans", "rfm_log", 2, 0.31, 1.0, 0.40, True, False, ""),
            ("kmeans_3", "kmeans", "rfm_log", 3, 0.42, 1.0, 0.20, True, True, ""),
            ("kmeans_4", "kmeans", "rfm_log", 4, 0.35, 1.0, 0.01, False, False, "smallest_share"),
            ("mixture_2", "gaussian_mixture", "rfm_log", 2, 0.30, 1.0, 0.35, True, False, ""),
            ("mixture_2_tied", "gaussian_mixture", "rfm_log", 2, 0.33, 1.0, 0.30, True, False, ""),
            ("hdbscan_20", "hdbscan", "rfm_log", 5, 0.61, 0.4, 0.05, False, False, "coverage"),
            ("hdbscan_50", "hdbscan", "rfm_log", 0, np.nan, 0.0, np.nan, False, False, "coverage"),
        ],
        columns=[
            *("trial", "family", "space", "n_segments", "silhouette_score", "coverage", "smallest_share"),
            *("passed", "chosen", "refused_by"),
        ],
    )


@pytest.fixture(scope="session")
def judged():
    return pd.DataFrame(
        [
            ("no_order", "forest", "model", 0.80, 0.60, 0.40, 2.0),
            ("no_order", "recency alone", "simple rule", 0.75, 0.55, 0.40, 1.8),
            ("spend_decline", "forest", "model", 0.60, 0.25, 0.20, 1.2),
            ("spend_decline", "recency alone", "simple rule", np.nan, 0.30, 0.20, np.nan),
        ],
        columns=[
            *("label", "forecaster", "kind", "roc_auc_score"),
            *("average_precision_score", "base_rate", "lift_at_10_score"),
        ],
    )
