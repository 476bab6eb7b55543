"""Whether one forecast is better than another beyond chance."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def paired_interval(
    metric: Callable[[Any, NDArray[np.float64]], float],
    outcome: NDArray[np.bool_] | NDArray[np.float64],
    p: NDArray[np.float64],
    other: NDArray[np.float64],
    *,
    n_draws: int = 300,
    share: float = 0.95,
    seed: int,
) -> tuple[float, float]:
    """Interval of `metric(outcome, p) - metric(outcome, other)` over customers drawn anew (Efron 1979) [metric's unit].

    Both forecasts are judged on the same draw, as they err on the same customers. All (n,); missing where
    the metric is on every draw.
    """
    rng = np.random.default_rng(seed)
    draws = (rng.integers(0, len(outcome), len(outcome)) for _ in range(n_draws))
    gains = np.array([metric(outcome[i], p[i]) - metric(outcome[i], other[i]) for i in draws])
    gains = gains[~np.isnan(gains)]
    if not len(gains):
        return np.nan, np.nan
    low, high = np.quantile(gains, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)
