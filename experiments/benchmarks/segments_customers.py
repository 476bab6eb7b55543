"""Made-up customers for measuring: six columns as shops have them, in the space of their logarithms."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

COLUMNS = ("recency_days", "n_order_days", "spend_total", "tenure_days", "gap_days_mean", "n_categories")
YEAR = 365
#                   share, days between orders, money an order, chance to stay after an order, categories a order
KINDS = np.array(
    [
        (0.40, 90.0, 25.0, 0.60, 0.15),  # tries once or twice and leaves
        (0.25, 35.0, 40.0, 0.95, 0.30),  # comes monthly
        (0.20, 9.0, 30.0, 0.99, 0.50),  # comes weekly
        (0.10, 70.0, 160.0, 0.97, 0.20),  # seldom and much
        (0.05, 14.0, 120.0, 0.99, 0.60),  # often and much
    ]
)
MOST_CATEGORIES = 12


def customers(n: int, *, seed: int = 0) -> Matrix:
    """Customers (n, 6) of a made-up shop's year, `COLUMNS` as log1p, each with mean 0 and spread 1.

    Five kinds differ in rhythm, money, faithfulness and breadth; within a kind, each customer's rate and money are
    gamma and lognormal. Days, orders and categories are whole numbers, so that many customers are equal in them.
    """
    rng = np.random.default_rng(seed)
    kind = rng.choice(len(KINDS), size=n, p=KINDS[:, 0])
    _, gap, money, stays, breadth = KINDS[kind].T
    gap = gap / rng.gamma(3.0, 1 / 3, size=n).clip(0.05)
    tenure = rng.integers(1, YEAR + 1, size=n)
    most = rng.geometric(1 - stays)
    # A year holds so many orders; who leaves before has had the last of those he was to make.
    orders = 1 + np.minimum(rng.poisson(tenure / gap), most - 1).clip(0, tenure - 1)
    active = np.minimum(np.rint(rng.gamma(orders - 1 + 1e-9, gap)), tenure - 1)
    active = np.where(orders > 1, np.maximum(active, orders - 1), 0)
    spend = np.round(orders * money * rng.lognormal(0, 0.4 / np.sqrt(orders)) * rng.lognormal(0, 0.3, size=n), 2)
    mean_gap = np.divide(active, orders - 1, out=np.zeros(n), where=orders > 1)
    categories = 1 + rng.binomial(MOST_CATEGORIES - 1, 1 - (1 - breadth / 6) ** orders)
    X = np.log1p(np.column_stack([tenure - active, orders, spend, tenure, mean_gap, categories]))
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def shuffled(X: Matrix, times: int, *, seed: int) -> list[Matrix]:
    """The customers with each column shuffled by itself, so many times."""
    made = []
    for i in range(times):
        rng = np.random.default_rng([seed, 2, i])
        made.append(np.column_stack([rng.permutation(column) for column in X.T]))
    return made
