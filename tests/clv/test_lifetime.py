import numpy as np
import pytest
import skops.io

from clientscape.catalog import entry, functions, settings
from clientscape.clv import lifetime
from clientscape.clv.heuristics import OwnMean, SameRate
from clientscape.clv.lifetime import bgnbd_gamma_gamma, same_rate
from clientscape.faults import InputError

KEYS = ["expected_orders", "expected_order_value", "expected_value", "p_alive"]


def test_value_is_orders_times_order_value(sample):
    model = bgnbd_gamma_gamma().fit(*sample.log, sample.m_x)
    found = model.predict(*sample.log, sample.m_x, 39)
    assert model.status == "ok"
    assert list(found) == KEYS
    # Fader, Hardie & Lee (2005) and Fader & Hardie (2013): the first customer of the CDNOW sample.
    first = [found[key][0] for key in KEYS[:3]]
    assert first == pytest.approx([1.226, 24.65, 1.226 * 24.65], rel=5e-4)
    assert all(np.all(np.isfinite(column) & (column >= 0)) for column in found.values())


def test_days_and_weeks_give_the_same_forecast(sample):
    x, t_x, T = sample.log
    weeks = bgnbd_gamma_gamma().fit(x, t_x, T, sample.m_x).predict(x, t_x, T, sample.m_x, 39)
    days = bgnbd_gamma_gamma().fit(x, t_x * 7, T * 7, sample.m_x).predict(x, t_x * 7, T * 7, sample.m_x, 273)
    for key in KEYS:
        assert days[key] == pytest.approx(weeks[key], rel=1e-6)


def test_a_customer_alone_gets_what_he_gets_in_company(sample):
    model = bgnbd_gamma_gamma().fit(*sample.log, sample.m_x)
    together = model.predict(*sample.log, sample.m_x, 39)
    for i in range(30):
        alone = model.predict(*(column[[i]] for column in (*sample.log, sample.m_x)), 39)
        assert [alone[key][0] for key in KEYS] == [together[key][i] for key in KEYS]


def test_households_that_do_not_leave_go_on_at_their_rate(groceries):
    model = bgnbd_gamma_gamma().fit(*groceries.log, groceries.m_x)
    found = model.predict(*groceries.log, groceries.m_x, 90)
    assert model.status.startswith("fallback: orders go on at the rate of before (boundary: ")
    assert isinstance(model.orders_, SameRate)
    assert np.isnan(found["p_alive"]).all()
    assert found["expected_orders"].sum() == pytest.approx(groceries.future.sum(), rel=0.05)


def test_each_model_falls_back_alone(sample):
    free = np.where(sample.x > 0, 0.0, np.nan)
    model = bgnbd_gamma_gamma().fit(*sample.log, free)
    found = model.predict(*sample.log, free, 39)
    assert model.status.startswith("fallback: order values are the customers' own means, shrunk (too_few: ")
    assert isinstance(model.value_, OwnMean)
    assert np.isfinite(found["p_alive"]).all()
    assert not found["expected_value"].any()


def test_customers_who_never_came_back_are_worth_nothing_more():
    x, t_x, T, m_x = np.zeros(40), np.zeros(40), np.arange(40.0), np.full(40, np.nan)
    model = bgnbd_gamma_gamma().fit(x, t_x, T, m_x)
    found = model.predict(x, t_x, T, m_x, 90)
    assert model.status.count("no_repeats") == 2
    assert not found["expected_orders"].any()
    assert not found["expected_value"].any()
    assert np.isnan(found["expected_order_value"]).all()


def test_min_customers_is_a_setting(sample):
    log = [column[:200] for column in (*sample.log, sample.m_x)]
    assert "200 customers are fewer than 201" in bgnbd_gamma_gamma(min_customers=201).fit(*log).status
    assert "too_few" not in bgnbd_gamma_gamma(min_customers=50).fit(*log).status


def test_same_rate_wears_the_same_face(sample):
    model = same_rate().fit(*sample.log, sample.m_x)
    found = model.predict(*sample.log, sample.m_x, 39)
    assert model.status == "ok"
    assert list(found) == KEYS
    assert found["expected_orders"] == pytest.approx(sample.x / sample.T * 39)
    assert np.isnan(found["p_alive"]).all()


def test_the_config_can_name_two_models_with_settings_and_units():
    named = functions(lifetime)
    assert {name: settings(function) for name, function in named.items()} == {
        "bgnbd_gamma_gamma": {"min_customers": 30},
        "same_rate": {},
    }
    assert {entry(name, function).unit for name, function in named.items()} == {"currency units"}


@pytest.mark.parametrize("make", [bgnbd_gamma_gamma, same_rate])
def test_a_saved_model_forecasts_the_same(sample, make):
    model = make().fit(*sample.log, sample.m_x)
    saved = skops.io.dumps(model)
    kinds = skops.io.get_untrusted_types(data=saved)
    assert all(kind.startswith("clientscape.clv.") for kind in kinds)
    again = skops.io.loads(saved, trusted=kinds)
    for key, column in model.predict(*sample.log, sample.m_x, 39).items():
        assert np.array_equal(again.predict(*sample.log, sample.m_x, 39)[key], column, equal_nan=True)


def test_one_error_lists_the_faults_of_all_columns():
    with pytest.raises(InputError) as refused:
        same_rate().fit([1, 0, 2], [0, 0, 3], [5, -1, 2], [np.nan, np.nan, 4])
    assert [fault.where for fault in refused.value.faults] == ["T", "m_x", "t_x", "t_x"]
    model = same_rate().fit([1], [2], [3], [4])
    with pytest.raises(InputError) as refused:
        model.predict([1], [4], [3], [4], -1)
    assert [fault.where for fault in refused.value.faults] == ["t_x", "horizon"]
