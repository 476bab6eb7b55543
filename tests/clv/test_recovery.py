"""Parameters that were planted in a log are found again, as surely as the standard errors say."""

import numpy as np
import pytest

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.gamma_gamma import GammaGamma
from clientscape.clv.mbgnbd import MBGNBD
from clientscape.clv.paretonbd import ParetoNBD

SEEDS = range(6)


def misses(fits: list, planted: tuple[float, ...]) -> np.ndarray:
    """Errors of the parameters in standard errors [seed, parameter]."""
    assert all(fit.status_ == "ok" for fit in fits)
    return np.array(
        [
            [
                (getattr(fit, f"{name}_") - value) / fit.standard_errors_[name]
                for name, value in zip(fit.RAN_AWAY, planted, strict=True)
            ]
            for fit in fits
        ]
    )


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_planted_processes_are_found(planted, planted_pareto, model):
    if model is ParetoNBD:
        parameters = (0.8, 20.0, 0.7, 60.0)
        fits = [model().fit(*planted_pareto(10_000, *parameters, seed=seed)) for seed in SEEDS]
    else:
        parameters = (0.8, 20.0, 0.7, 3.0)
        first = model is MBGNBD
        fits = [model().fit(*planted(10_000, *parameters, seed=seed, first=first)) for seed in SEEDS]
    found = misses(fits, parameters)
    assert np.abs(found).max() < 3
    assert 0.5 < np.sqrt((found**2).mean()) < 1.5
    truth = model()
    truth.status_ = "ok"
    for name, value in zip(truth.RAN_AWAY, parameters, strict=True):
        setattr(truth, f"{name}_", value)
    bounds = [fit.interval("expected_orders_new", 90, seed=0) for fit in fits]
    assert sum(low < truth.expected_orders_new(90) < high for low, high in bounds) >= len(SEEDS) - 1


def test_planted_order_values_are_found(planted_spend):
    fits = [GammaGamma().fit(*planted_spend(10_000, seed=seed)) for seed in SEEDS]
    found = misses(fits, (4.0, 3.0, 30.0))
    assert np.abs(found).max() < 3
    assert 0.5 < np.sqrt((found**2).mean()) < 1.5
    bounds = [fit.interval("expected_order_value", [0, 3], [0, 90], seed=0) for fit in fits]
    assert sum(low[0] < 60 < high[0] for low, high in bounds) >= len(SEEDS) - 1
