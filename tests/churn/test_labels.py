import numpy as np
import pandas as pd
import pytest
import skops.io
from scipy.stats import gamma, nbinom, poisson

from clientscape.catalog import functions
from clientscape.churn import labels
from clientscape.churn.labels import no_order, rhythm_break, spend_decline, value_decline

CATALOGUE = functions(labels)
TOP = {"value_decline": value_decline, "rhythm_break": rhythm_break}

# A customer of one order and 1 of spend a day, known for a year, asked about 30 days.
USUAL = {
    **{"n_order_days": 30, "spend": 30, "n_order_days_before": 30, "spend_before": 30, "order_days_ever": 365},
    **{"days_known": 365, "days_year": 365, "order_days_year": 365, "spend_year": 365, "spend_late_year": 182},
    **{"horizon_days": 30, "log_days": 365, "season_spend": 1, "season_orders": 1},
}


def past(n=None, **columns):
    """Customers as usual, but for the columns given."""
    n = n or max((len(values) for values in columns.values() if isinstance(values, (list, np.ndarray))), default=1)
    return pd.DataFrame({name: np.full(n, 1.0) * columns.get(name, usual) for name, usual in USUAL.items()})


def future(spend=(), n_order_days=None):
    spend = np.asarray(spend, dtype=float)
    return pd.DataFrame({"n_order_days": spend > 0 if n_order_days is None else n_order_days, "spend": spend}).astype(
        float
    )


def crowd(n=500, seed=8):
    """Customers with rates of their own: order days are Poisson, spend is 10 for each."""
    rng = np.random.default_rng(seed)
    days = rng.integers(10, 366, n).astype(float)
    rate = rng.gamma(2.0, 0.05, n)
    halves = rng.poisson(rate * (days - days // 2)), rng.poisson(rate * (days // 2))
    orders = halves[0] + halves[1]
    spend = {"spend_year": 10 * orders, "spend_late_year": 10 * halves[1], "spend": rng.poisson(rate * 30) * 10}
    return past(n, days_known=days, days_year=days, order_days_year=orders, order_days_ever=orders, **spend), rate


class TestNoOrder:
    def test_everyone_is_asked_whether_he_is_gone(self):
        before = past(spend=[50, 0, -5], order_days_ever=[9, 1, 1])
        assert no_order().eligible(before).tolist() == [True, True, True]
        # The second came again, the third only brought something back.
        came = future([0, 8, -8], [0, 1, 0])
        assert no_order().outcome(before, came).tolist() == [True, False, True]


class TestSpendDecline:
    def test_it_asks_who_spent_in_the_last_horizon_and_is_known(self):
        before = past(spend=[50, 50, 0, -5], order_days_ever=[3, 2, 9, 9])
        assert spend_decline().eligible(before).tolist() == [True, False, False, False]
        assert spend_decline(min_order_days=1).eligible(before).tolist() == [True, True, False, False]

    @pytest.mark.parametrize("share", [0.5, 0.25])
    def test_spend_declines_below_the_share_not_at_it(self, share):
        after = 100 * share + np.array([-0.01, 0, 0.01, -100 * share, -100 * share - 3, 70])
        declined = spend_decline(share=share).outcome(past(6, spend=100), future(after))
        assert declined.tolist() == [True, False, False, True, True, False]


@pytest.mark.parametrize("name", TOP)
class TestTopSpenders:
    def test_who_spent_most_a_day_is_asked(self, name):
        before = past(spend_year=[365, 730, 100, 300, 365 * 3], days_year=[365, 365, 20, 365, 365])
        # Spend a day: 1, 2, 5, 0.8, 3; the third is known for too short a time to count.
        before["days_known"] = [365, 365, 20, 400, 500]
        label = TOP[name](top_share=0.4, min_horizons=2).fit(before)
        assert label.cut_ == pytest.approx(1.8)  # of 0.8, 1, 2, 3
        assert label.eligible(before).tolist() == [False, True, False, False, True]

    def test_two_horizons_are_known_on_the_day_they_end(self, name):
        before = past(days_known=[59, 60, 365], days_year=[59, 60, 365], spend_year=[59, 60, 365])
        assert TOP[name](min_horizons=2).fit(before).eligible(before).tolist() == [False, True, True]
        assert TOP[name](min_horizons=1).fit(before).eligible(before).tolist() == [True, True, True]

    def test_who_spent_nothing_is_not_asked(self, name):
        before = past(spend_year=[0, -3, 0])
        assert not TOP[name]().fit(before).eligible(before).any()

    def test_the_cut_is_frozen(self, name):
        before, _ = crowd()
        label = TOP[name]().fit(before)
        asked, bound = label.eligible(before), label.bound(before)
        assert np.mean(asked[(before["days_known"] >= 60) & (before["spend_year"] > 0)]) == pytest.approx(0.4, abs=0.02)
        for i in (0, 7, 19):
            assert label.eligible(before.iloc[[i]]).item() == asked[i]
            assert label.bound(before.iloc[[i]]).item() == pytest.approx(bound[i])

    def test_a_crowd_of_nobody_asks_nobody(self, name):
        nobody, _ = crowd()
        for empty in (nobody.iloc[:0], nobody.assign(spend_year=0.0), past(days_known=[10.0, 20.0])):
            label = TOP[name]().fit(empty)
            assert not label.eligible(nobody).any()
            assert len(label.outcome(nobody.iloc[:0], future([]))) == 0

    def test_whose_letters_are_missing_is_not_asked(self, name):
        before = past(days_known=[365, np.nan], days_year=[365, np.nan], order_days_ever=[9, np.nan])
        assert TOP[name]().fit(before).eligible(before).tolist() == [True, False]


@pytest.mark.parametrize("name", ["spend_decline", *TOP])
def test_of_a_young_log_half_of_it_is_long_enough(name):
    label = {**TOP, "spend_decline": spend_decline}[name]()
    known = {"days_known": [60, 59, 40, 30, 29], "days_year": [60, 59, 40, 30, 29]}
    old, young = (past(**known, log_days=days) for days in (365, 60))
    assert label.fit(old).eligible(old).any()
    assert not label.fit(old).eligible(old)[1:].any()
    assert not label.fit(young).eligible(young)[4]
    if name == "spend_decline":
        assert label.eligible(young).tolist() == [True, True, True, True, False]


class TestValueDecline:
    def test_what_is_expected_by_hand(self):
        # Two customers of 100 days, with rates of 1 and 3 in their halves, and of 5 and 7: s = 100, a = 8 - 100 / 100.
        before = past(days_year=100, spend_year=[200, 600], spend_late_year=[150, 350], season_spend=1.2)
        label = value_decline(share=0.5).fit(before)
        s, a = 100 * 1.0, (2 - 6) ** 2 / 2 - 100 / 100
        assert label.credible_days_ == pytest.approx(s / a)
        z = 100 / (100 + s / a)
        expected = 1.2 * 30 * np.array([z * 2 + (1 - z) * 4, z * 6 + (1 - z) * 4])
        assert label.expected(before) == pytest.approx(expected)
        just = future(expected / 2 - 1e-6), future(expected / 2 + 1e-6)
        assert [label.outcome(before, after).tolist() for after in just] == [[True, True], [False, False]]

    def test_where_customers_are_alike_everyone_is_expected_to_be_like_all(self):
        before = past(spend_year=[300, 400, 500], spend_late_year=[300, 0, 500])
        label = value_decline(top_share=0.9).fit(before)
        assert label.credible_days_ == np.inf
        assert label.expected(before) == pytest.approx(np.full(3, 400 / 365 * 30))

    def test_where_customers_are_even_each_is_expected_to_be_as_he_was(self):
        before = past(days_year=100, spend_year=[200, 600], spend_late_year=[100, 300])
        assert value_decline().fit(before).expected(before) == pytest.approx([60, 180])

    def test_one_customer_is_his_own_crowd(self):
        assert value_decline().fit(past()).expected(past()) == pytest.approx(30)

    def test_the_chosen_spend_what_was_expected_of_them_where_nobody_changes(self):
        before, rate = crowd(20_000)
        label = value_decline().fit(before)
        asked = label.eligible(before)
        came = np.random.default_rng(1).poisson(rate * 30)[asked] * 10
        assert label.expected(before[asked]).mean() == pytest.approx(came.mean(), rel=0.02)
        own = (before["spend_year"] / before["days_year"] * 30)[asked]
        assert own.mean() > 1.03 * came.mean()  # regression to the mean, which credibility takes out


class TestRhythmBreak:
    def test_the_gamma_law_is_found_again(self):
        before, rate = crowd(50_000)
        label = rhythm_break().fit(before.assign(spend_year=1.0))  # everyone who is known long enough is a peer
        peers = rate[before["days_known"] >= 60]
        assert label.shape_ == pytest.approx(2.0, rel=0.05)
        assert label.shape_ / label.days_ == pytest.approx(peers.mean(), rel=0.02)

    def test_the_bound_is_the_quantile_of_the_law_ahead(self):
        before, _ = crowd(5000)
        label = rhythm_break(quantile=0.1).fit(before)
        one = past(order_days_year=40, days_year=200, season_orders=1.5)
        # His rate is gamma a posteriori, his order days are Poisson: by integration over 10,000 quantiles of the rate.
        levels = (np.arange(10_000) + 0.5) / 10_000
        rates = gamma(label.shape_ + 40, scale=1 / (label.days_ + 200)).ppf(levels)
        chance = [poisson(rates * 45).cdf(k).mean() for k in range(30)]
        assert label.bound(one).item() == np.searchsorted(chance, 0.1)

    def test_fewer_is_a_break_not_as_many(self):
        before, _ = crowd(5000)
        label = rhythm_break().fit(before)
        one = past(3, order_days_year=120, days_year=365)
        bound = int(label.bound(one)[0])
        assert bound > 0
        after = future([1, 1, 1], [bound - 1, bound, bound + 1])
        assert label.outcome(one, after).tolist() == [True, False, False]

    def test_at_most_the_quantile_breaks_where_nobody_changes(self):
        before, rate = crowd(40_000)
        label = rhythm_break(quantile=0.1).fit(before)
        asked = label.eligible(before)
        came = future(np.ones(asked.sum()), np.random.default_rng(2).poisson(rate * 30)[asked])
        assert 0.03 < label.outcome(before[asked], came).mean() < 0.1

    def test_where_all_rates_are_alike_the_law_is_poissons(self):
        label = rhythm_break().fit(past(order_days_year=[100, 100, 100]))
        frequent = past(order_days_year=[100, 100], horizon_days=[30, 90])
        assert label.bound(frequent).tolist() == poisson(100 / 365 * np.array([30, 90])).ppf(0.1).tolist()

    def test_equal_laws_are_looked_up_once_and_put_back(self):
        before, _ = crowd(300)
        label = rhythm_break().fit(before)
        ahead = (label.days_ + before["days_year"]) / (label.days_ + before["days_year"] + 30)
        assert label.bound(before).tolist() == nbinom.ppf(0.1, label.shape_ + before["order_days_year"], ahead).tolist()


@pytest.mark.parametrize("name", CATALOGUE)
class TestEveryLabel:
    def test_an_outcome_is_a_measure_below_a_bound(self, name):
        before, rate = crowd()
        label = CATALOGUE[name]().fit(before)
        asked = before[label.eligible(before)]
        orders = np.random.default_rng(3).poisson(rate * 30)[label.eligible(before)]
        after = future(10.0 * orders, orders)
        assert label.outcome(asked, after).tolist() == (after[label.measure] < label.bound(asked)).tolist()
        assert 0 < label.outcome(asked, after).mean() < 1
        assert not label.outcome(asked, after + 1e6).any()

    def test_the_order_of_rows_does_not_matter(self, name):
        before, _ = crowd()
        mixed = before.sample(frac=1, random_state=1)
        one, other = CATALOGUE[name]().fit(before), CATALOGUE[name]().fit(mixed)
        assert one.eligible(mixed).tolist() == other.eligible(mixed).tolist()
        assert one.bound(mixed) == pytest.approx(other.bound(mixed))

    def test_it_is_stored_whole(self, name):
        before, _ = crowd()
        for label in (CATALOGUE[name]().fit(before), CATALOGUE[name]().fit(before.iloc[:0])):
            data = skops.io.dumps(label)
            strange = set(skops.io.get_untrusted_types(data=data))
            assert strange == {f"clientscape.churn.labels.{type(label).__name__}"}
            again = skops.io.loads(data, trusted=sorted(strange))
            assert vars(again) == pytest.approx(vars(label))
            assert again.eligible(before).tolist() == label.eligible(before).tolist()
