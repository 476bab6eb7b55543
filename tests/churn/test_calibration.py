"""Whether a correction is learnt, judged and used where it should be, and what it does to probabilities."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from tests.churn.dated import Spy, at_day, at_days

from clientscape.churn.baselines import hiatus, recency
from clientscape.churn.calibration import Calibrated, Calibration, calibration
from clientscape.churn.classifiers import logistic
from clientscape.churn.examples import pooled
from clientscape.churn.odds import LEAST, log_odds, probabilities

MAKE = partial(logistic, seed=0)
COLUMNS = ["x", "noise"]


class TestOdds:
    def test_there_and_back(self):
        p = np.array([1e-9, 0.2, 0.5, 1 - 1e-9])
        assert log_odds(0.2) == pytest.approx(np.log(0.25))
        assert_allclose(probabilities(log_odds(p))[:, 1], p, rtol=1e-6)
        assert_allclose(probabilities(np.array([-800.0, 800.0])), [[1, 0], [0, 1]])

    def test_what_is_certain_stays_finite(self):
        assert log_odds(np.array([0.0, 1.0])).tolist() == pytest.approx([np.log(LEAST), -np.log(LEAST)], rel=1e-3)


class TestCalibrated:
    X = pd.DataFrame({"recency_days": [1.0, 5.0, 9.0, 20.0, 40.0, 80.0]})
    Y = np.array([False, True, False, True, False, True])

    def test_stretches_and_shifts_log_odds(self):
        rule = recency().fit(self.X, self.Y)
        by_hand = 0.5 * log_odds(rule.predict_proba(self.X)[:, 1]) - 1.0
        p = Calibrated(rule, 0.5, -1.0).predict_proba(self.X)
        assert_allclose(log_odds(p[:, 1]), by_hand)
        assert_allclose(p.sum(axis=1), 1)

    def test_without_a_correction_probabilities_are_the_same_to_the_byte(self):
        rule = hiatus().fit(self.X, self.Y)
        assert Calibrated(rule).predict_proba(self.X).tobytes() == rule.predict_proba(self.X).tobytes()

    def test_fits_the_classifier_inside(self):
        learnt = Calibrated(recency(), 2.0, 0.1).fit(self.X, self.Y)
        alone = recency().fit(self.X, self.Y).decision_function(self.X)
        assert_allclose(learnt.decision_function(self.X), 2 * alone + 0.1)


class TestWhatIsUsed:
    def test_a_level_that_keeps_rising_is_corrected(self):
        """Each date is riskier than those before it, so that what is learnt from them always comes too low."""
        *origins, test = [at_day(day, level=day / 50) for day in (0, 30, 60, 90, 120)]
        found = calibration(MAKE, origins, COLUMNS)
        learnt = pooled(origins)
        model = MAKE().fit(learnt.X[COLUMNS], learnt.y)
        raw, corrected = (m.predict_proba(test.X[COLUMNS])[:, 1] for m in (model, _corrected(model, found)))
        assert found.kind in ("level", "sigmoid")
        assert abs(corrected.mean() - test.y.mean()) < 0.03 < abs(raw.mean() - test.y.mean())

    def test_a_level_alone_makes_the_mean_right_at_the_latest_date(self):
        """Forecasts are right but for their level, which is 1.1 too low."""
        origins = at_days([0, 30, 60, 90], slope=1.0, level=0.9)
        found = calibration(lambda: Spy([], odds=-0.2, slope=1.0), origins, ["x", "when"])
        assert (found.kind, found.slope) == ("level", 1.0)
        assert found.level == pytest.approx(1.1, abs=0.15)
        corrected = probabilities(found.level - 0.2 + origins[-1].X["x"].to_numpy())[:, 1]
        # One customer's worth of doubt pulls the level a little towards 0.
        assert (origins[-1].y.sum() - corrected.sum()) == pytest.approx(found.level, rel=1e-6)

    def test_forecasts_that_grew_too_sure_are_drawn_together(self):
        origins = [*at_days([0, 30], slope=4.0), *at_days([60, 90, 120], slope=0.7)]
        found = calibration(MAKE, [origins[0], origins[1], *origins[2:4]], COLUMNS)
        assert found.kind == "sigmoid"
        assert 0.1 < found.slope < 0.6

    def test_the_sigmoid_is_that_of_a_logistic_regression(self):
        origins = [*at_days([0, 30], slope=4.0), *at_days([60, 90], slope=0.7)]
        found = calibration(MAKE, origins, COLUMNS)
        before = pd.concat([seen.X for seen in origins[:3]])
        y = np.concatenate([seen.y for seen in origins[:3]])
        odds = MAKE().fit(before[COLUMNS], y).decision_function(origins[3].X[COLUMNS])
        plain = LogisticRegression(C=1e6).fit(odds[:, np.newaxis], origins[3].y)
        assert found.slope == pytest.approx(plain.coef_[0, 0], abs=0.01)
        assert found.level == pytest.approx(plain.intercept_[0], abs=0.01)

    def test_what_was_well_is_left_alone(self):
        found = calibration(MAKE, at_days([0, 30, 60, 90]), COLUMNS)
        assert (found.kind, found.slope, found.level) == ("none", 1.0, 0.0)
        assert "no correction helped" in found.said

    def test_a_season_that_turned_is_not_taken_over(self):
        """Risk was high in the quarter before the latest date, and is back at its level there: a correction harms."""
        origins = [*at_days([0, 30]), at_day(60, level=1.0), at_day(90)]
        assert calibration(MAKE, origins, COLUMNS).kind == "none"


class TestYearAgo:
    LESSONS = (30, 60, 90)

    def test_moves_the_base_rate_to_that_of_the_year_before(self):
        """High season at day 90, as a year before it, and again after day 120."""
        origins = [*at_days([0, 30, 60]), at_day(90, level=1.0)]
        high = at_day(1000, level=1.0).y.mean()
        found = calibration(MAKE, origins, COLUMNS, year_ago_rate=0.6, year_ago_rate_before=high)
        rate = np.mean(np.concatenate([seen.y for seen in origins]))
        assert found.kind == "year_ago"
        assert found.slope == 1.0
        assert found.level == pytest.approx(np.log(0.6 / 0.4) - np.log(rate / (1 - rate)))

    def test_is_not_used_where_it_did_not_help_or_could_not_be_judged(self):
        origins = at_days([0, 30, 60, 90])
        assert calibration(MAKE, origins, COLUMNS, year_ago_rate=0.9, year_ago_rate_before=0.9).kind == "none"
        assert calibration(MAKE, origins, COLUMNS, year_ago_rate=0.9).kind == "none"

    def test_needs_but_one_date_before_the_latest(self):
        origins = [at_day(0), at_day(30, level=1.0)]
        high = at_day(1000, level=1.0).y.mean()
        found = calibration(MAKE, origins, COLUMNS, year_ago_rate=0.5, year_ago_rate_before=high)
        assert found.kind == "year_ago"
        assert "learnt at" not in found.said


class TestDates:
    def test_nothing_is_learnt_whose_horizon_had_not_ended(self):
        seen = []
        calibration(lambda: Spy(seen), at_days([0, 15, 29, 30, 45, 60, 61]), ["x", "when"])
        # Judged at day 61 by what ended by then, 31 at the latest: taught at day 30 by what ended by day 30.
        assert seen == [[0, 15, 29, 30], [0]]

    @pytest.mark.parametrize("days", [[0], [0, 29], [0, 30], [0, 30, 59], [0, 31, 60]])
    def test_a_chain_that_is_too_short_says_so(self, days):
        seen = []
        found = calibration(lambda: Spy(seen), at_days(days), ["x", "when"])
        assert found.kind == "none"
        assert "three dates to learn from that lie 30 days apart" in found.said
        assert found.said.endswith(f"; there are {', '.join(str(_day(day)) for day in days)}.")

    def test_one_outcome_only_teaches_nothing(self):
        one, two, three = at_days([0, 30, 60])
        never = replace(two, y=np.zeros(len(two.y), bool))
        assert calibration(MAKE, [one, never, three], COLUMNS).kind == "none"
        assert calibration(MAKE, [never, two, three], COLUMNS).kind == "none"

    def test_what_is_said_has_the_numbers_that_it_rests_on(self):
        origins = [*at_days([0, 30]), *at_days([60, 90], level=0.7)]
        found = calibration(MAKE, origins, COLUMNS)
        judged = MAKE().fit(
            pd.concat([seen.X for seen in origins[:3]])[COLUMNS], np.concatenate([seen.y for seen in origins[:3]])
        )
        p = judged.predict_proba(origins[3].X[COLUMNS])[:, 1]
        loss = -np.mean(np.log(np.where(origins[3].y, p, 1 - p)))
        assert f"log loss at {_day(90)}: {loss:.4f} as it is" in found.said
        assert f"learnt at {_day(60)}" in found.said
        assert found.said.endswith(".")


def _corrected(model, found: Calibration):
    return Calibrated(model, found.slope, found.level)


def _day(day):
    return at_day(day, n=1).window.as_of
