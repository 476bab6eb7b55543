from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln

from clientscape.clv.dropout import mean_orders_of_the_living


def euler(k: float, a: float, b: float, reach: float) -> float:
    """Mean over p ~ Beta(a, b) of (1 - (1 + p reach)^-k) / p, by adaptive integration over logit p in pieces."""

    def integrand(logit: float) -> float:
        p = np.exp(-np.logaddexp(0, -logit))
        each = -np.expm1(-k * np.log1p(p * reach)) / p if p > 1e-250 else k * reach
        return float(np.exp(-a * np.logaddexp(0, -logit) - b * np.logaddexp(0, logit) - betaln(a, b)) * each)

    marks = np.array([-np.log(k * reach), -np.log(reach), np.log(a / b), 0.0])
    width = min(1.0, np.sqrt(1 / a + 1 / b))
    away = np.array([-300, -30, -10, -3, -1, 0, 1, 3, 10, 30, 300])
    ends = [marks.min() - 40 / a - 12, marks.max() + 40 / b + 12]
    cuts = np.unique(np.clip((marks[:, None] + [*away, *(away * width)]).ravel(), *ends))
    cuts = np.unique([*cuts, *ends])
    return sum(quad(integrand, *piece, epsabs=0, epsrel=1e-11, limit=200)[0] for piece in pairwise(cuts))


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")  # the pieces far out, where nothing is left
@pytest.mark.parametrize("a", [0.02, 0.3, 1 - 1e-9, 1.0, 1.5, 20.0, 1000.0])
@pytest.mark.parametrize("b", [0.05, 2.4, 37.0, 3000.0])
def test_expectation_agrees_with_brute_force(a, b):
    # a + b < 1, a near 1, many orders and long horizons: where the form with 2F1 is NaN or negative.
    for k in (0.05, 1.4, 320.0):
        reach = np.array([0.01, 9.0, 300.0])
        found = mean_orders_of_the_living(k, a, b, reach, 5000.0)
        assert found == pytest.approx([euler(k, a, b, each) for each in reach], rel=1e-9)
