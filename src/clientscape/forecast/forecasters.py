"""Forecasters of orders and spend that read features beside a lifetime model's columns.

The public functions are what a config can name.
"""

from typing import Annotated

from annotated_types import Ge, Gt, Le

from clientscape.forecast.corrected import Corrected
from clientscape.forecast.multipliers import Level, Linear, Mean, Trees


def corrected_level() -> Corrected:
    """What the lifetime model expects, its level corrected by what came after earlier dates [order days]."""
    return Corrected(Level())


def poisson_linear(*, alpha: Annotated[float, Ge(0)] = 0.01) -> Corrected:
    """What the lifetime model expects, corrected by a log-linear Poisson regression on features [order days]."""
    return Corrected(Linear(alpha))


def poisson_trees(
    *,
    max_iter: Annotated[int, Ge(1)] = 60,
    max_leaf_nodes: Annotated[int, Ge(2)] = 4,
    min_samples_leaf: Annotated[int, Ge(1)] = 100,
    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.05,
    seed: int,
) -> Corrected:
    """What the lifetime model expects, corrected by boosted trees of a Poisson loss on features [order days]."""
    return Corrected(Trees(max_iter, max_leaf_nodes, min_samples_leaf, learning_rate, seed))


def blend(*, seed: int) -> Corrected:
    """The mean of `corrected_level`, `poisson_linear` and `poisson_trees` [order days]."""
    several = corrected_level(), poisson_linear(), poisson_trees(seed=seed)
    return Corrected(Mean([one.multiplier for one in several]))
