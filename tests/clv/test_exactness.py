"""Forecasts on a wide grid against values that were computed with 40 digits (experiments/benchmarks/exact_clv.py)."""

import csv
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.gamma_gamma import GammaGamma
from clientscape.clv.mbgnbd import MBGNBD
from clientscape.clv.paretonbd import ParetoNBD

MODELS = {model.__name__: model for model in (BGNBD, MBGNBD, ParetoNBD, GammaGamma)}
SMALLEST = 1e-300  # below, floats lose digits and then vanish


def table() -> list[list[str]]:
    with Path(__file__).with_name("exact.csv").open(newline="") as file:
        return list(csv.reader(file))


def found(name: str, parameters: str, method: str, arguments: np.ndarray) -> np.ndarray:
    model = MODELS[name]()
    model.status_ = "ok"
    for parameter, value in zip(model.RAN_AWAY, parameters.split(), strict=True):
        setattr(model, f"{parameter}_", float(value))
    forecast = getattr(model, method)
    if method == "expected_orders_new":
        return np.array([forecast(horizon) for horizon in arguments[:, 0]])
    if method in ("expected_orders", "probability_of"):
        return np.array([forecast(*row[:-1, None], row[-1])[0] for row in arguments])
    return forecast(*arguments.T)


@pytest.mark.parametrize("name", MODELS)
def test_forecasts_are_exact(name):
    rows = [row for row in table() if row[0] == name]
    assert len(rows) > 100
    for (_, parameters, method), group in groupby(rows, key=lambda row: row[:3]):
        arguments, exact = zip(*((row[3].split(), float(row[4])) for row in group), strict=True)
        value, exact = found(name, parameters, method, np.array(arguments, dtype=float)), np.array(exact)
        assert np.all(np.isfinite(value))
        if method == "log_likelihood":
            assert value == pytest.approx(exact, rel=1e-9, abs=1e-9)
            continue
        assert np.all(value >= 0)
        tiny = exact < SMALLEST
        assert value[~tiny] == pytest.approx(exact[~tiny], rel=1e-9, abs=0)
        assert np.all(value[tiny] <= 2 * SMALLEST)
