import numpy as np
import pytest
from scipy.stats import spearmanr

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.heuristics import Hiatus, LastPeriod, OwnMean, SameRate, Zero
from clientscape.faults import InputError


# The full CDNOW cohort of 23,570, 39 weeks ahead: the simple rules beside the model, no measure alone.
# MAE, RMSE, Pearson's r, Spearman's rho, forecast over actual total; measured by an independent implementation.
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (BGNBD(), [0.819, 1.733, 0.669, 0.442, 0.857]),
        (SameRate(), [1.038, 2.158, 0.651, 0.485, 1.474]),
        (Hiatus(12), [0.853, 2.052, 0.655, 0.453, 0.914]),
    ],
)
def test_holdout_of_the_cohort(cohort, model, expected):
    forecast, actual = model.fit(*cohort.log).expected_orders(*cohort.log, 39), cohort.future
    error = forecast - actual
    measured = [
        np.abs(error).mean(),
        np.sqrt((error**2).mean()),
        np.corrcoef(forecast, actual)[0, 1],
        spearmanr(forecast, actual).statistic,
        forecast.sum() / actual.sum(),
    ]
    assert cohort.x.size == 23_570
    assert measured == pytest.approx(expected, abs=1e-3)


def test_zero_flatters_the_mean_absolute_error(cohort):
    forecast = Zero().fit(*cohort.log).expected_orders(*cohort.log, 39)
    assert np.abs(forecast - cohort.future).mean() == pytest.approx(0.835, abs=5e-4)
    assert np.sqrt(((forecast - cohort.future) ** 2).mean()) == pytest.approx(2.467, abs=5e-4)


def test_a_life_of_a_day_has_no_rate_to_speak_of():
    x, t_x, T = [0, 1, 10, 10, 10], [0, 1, 90, 90, 90], [0, 1, 100, 100, 100]
    assert SameRate().fit(x, t_x, T).expected_orders(x, t_x, T, 50) == pytest.approx([0, 2, 5, 5, 5])
    weighted = SameRate().fit(x, t_x, T, weights=[0, 9, 1, 1, 1])
    assert weighted.expected_orders(x, t_x, T, 50) == pytest.approx([0, 50, 5, 5, 5])


def test_a_hiatus_is_half_open():
    rule, log = Hiatus(10), ([2, 2, 0], [50, 50.5, 0], [60, 60, 5])
    assert rule.fit(*log).p_alive(*log).tolist() == [0, 1, 1]
    assert rule.expected_orders(*log, 30) == pytest.approx([0, 1, 0])


def test_own_mean_counts_the_population_as_one_order_day():
    model = OwnMean().fit([1, 3, 0], [10, 30, np.nan])
    assert model.mean_ == 20
    assert model.expected_order_value([0, 1, 3, 3], [np.nan, 10, 30, -4]) == pytest.approx([20, 15, 27.5, 5])
    assert np.isnan(OwnMean().fit([0], [0]).expected_order_value([0], [0])).all()


def test_a_rule_is_its_own_median_and_a_hiatus_lasts():
    log = [3, 0], [50, 0], [60, 5]
    for rule in (SameRate(), Hiatus(10), Zero()):
        assert rule.fit(*log).median_orders(*log, 30).tolist() == rule.expected_orders(*log, 30).tolist()
    last = LastPeriod().fit(*log)
    assert last.median_orders(*log, 30, last_rate=[0.1, 0.0]) == pytest.approx([3, 0])
    assert last.expected_orders(*log, 30, [0.1, 0.0]) == pytest.approx([3, 0])
    with pytest.raises(InputError, match="hiatus: found -5; expected above 0"):
        Hiatus(-5)
