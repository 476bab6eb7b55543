import numpy as np
import pytest

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.mbgnbd import MBGNBD


@pytest.fixture(scope="module")
def fitted(sample):
    return MBGNBD().fit(*sample.log)


def test_parameters_are_the_published_ones(fitted):
    # Tests of the package lifetimes.
    found = [fitted.r_, fitted.alpha_, fitted.a_, fitted.b_]
    assert found == pytest.approx([0.525, 6.183, 0.891, 1.614], rel=1e-3)
    assert (fitted.n_customers_, fitted.status_, fitted.status_reason_) == (2357, "ok", "")


def test_holdout_of_the_cohort(holdout):
    # The full CDNOW cohort of 23,570, 39 weeks ahead, measured by an independent implementation.
    assert holdout(MBGNBD()) == pytest.approx([0.795, 1.740, 0.670, 0.445, 0.809], abs=1e-3)


def test_a_customer_may_leave_after_the_first_order(fitted):
    once = fitted.p_alive([0, 0], [0, 0], [1, 100])
    assert 1 > once[0] > once[1] > 0
    # Who leaves at once never orders; the others are the new customers of BG/NBD with one chance behind them.
    stayed, a, b = BGNBD(), fitted.a_, fitted.b_
    stayed.status_, stayed.r_, stayed.alpha_, stayed.a_, stayed.b_ = "ok", fitted.r_, fitted.alpha_, a, b + 1
    stays, n = b / (a + b), np.arange(1, 30)
    assert fitted.probability_of(n, 39) == pytest.approx(stays * stayed.probability_of(n, 39), rel=1e-12)
    assert fitted.expected_orders_new(39) == pytest.approx(stays * stayed.expected_orders_new(39), rel=1e-12)
