"""Who is promoted, and what the registry is told."""

from dataclasses import replace

import pytest

from clientscape.evaluate.promotion import Part, verdict

AHEAD = Part("decline", "average_precision_score", False, 0.395, 0.412, 0.005, 0.029)
LEVEL = Part("churn", "average_precision_score", False, 0.446, 0.444, -0.012, 0.007)
BEHIND = replace(LEVEL, challenger=0.401, low=-0.07, high=-0.02)


def test_promoted_is_who_is_ahead_in_decline_and_behind_in_nothing():
    found = verdict([LEVEL, AHEAD])
    assert found.promoted
    assert found.reason.startswith("Promoted: decline is ahead, nothing is behind.")
    numbers = "average_precision_score 0.412, the champion's 0.395, 95% interval of the difference +0.005 to +0.029"
    assert f"decline ahead ({numbers})" in found.reason
    assert "churn level (average_precision_score 0.444, the champion's 0.446" in found.reason


@pytest.mark.parametrize(
    ("decline", "standing"),
    [
        (replace(AHEAD, low=-0.001), "level"),
        (replace(AHEAD, low=0.0), "level"),
        (replace(AHEAD, low=-0.02, high=-0.01), "behind"),
        (replace(AHEAD, lacking="the champion has another decline label"), "not comparable"),
        (replace(AHEAD, low=float("nan")), "not comparable"),
    ],
)
def test_without_a_lead_in_decline_nobody_is(decline, standing):
    found = verdict([decline, replace(LEVEL, low=0.1, high=0.2)])
    assert not found.promoted
    assert found.reason.startswith(f"Not promoted: decline is {standing}.")


def test_what_loses_elsewhere_stands_in_the_way_and_is_named():
    found = verdict([AHEAD, BEHIND, LEVEL])
    assert not found.promoted
    assert found.reason.startswith("Not promoted: churn is behind.")
    assert "-0.070 to -0.020" in found.reason
    both = verdict([replace(AHEAD, low=-0.01), BEHIND])
    assert both.reason.startswith("Not promoted: decline is level and churn is behind.")


@pytest.mark.parametrize(("low", "high", "promoted"), [(0.01, 0.04, False), (-0.04, -0.01, True), (-0.01, 0.01, True)])
def test_a_loss_is_better_when_lower(low, high, promoted):
    amounts = Part("amounts", "root_mean_squared_loss", True, 1.2, 1.2, low, high)
    assert verdict([AHEAD, amounts]).promoted is promoted
    decline = Part("decline", "brier_loss", True, 0.2, 0.1, low, high)
    assert verdict([decline]).promoted is (high < 0)


def test_a_part_that_cannot_be_compared_is_no_obstacle_but_is_said():
    found = verdict([AHEAD, Part("segments", lacking="the champion has other segments")])
    assert found.promoted
    assert "segments not comparable, as the champion has other segments" in found.reason
    assert "nan" not in found.reason


def test_who_alone_forecasts_decline_is_ahead_unless_he_is_behind_elsewhere():
    alone = Part("decline", lacking="the champion has no forecast of it", alone=True)
    found = verdict([alone, LEVEL])
    assert found.promoted
    assert found.reason.startswith("Promoted: decline is ahead, nothing is behind.")
    assert "decline ahead, as the champion has no forecast of it; churn level" in found.reason
    assert verdict([alone, BEHIND]).reason.startswith("Not promoted: churn is behind.")


def test_where_decline_was_not_judged_it_says_so():
    for parts in ([LEVEL], []):
        found = verdict(parts)
        assert not found.promoted
        assert "decline not comparable, as it was not judged" in found.reason
