"""Reasons as sentences: for every feature, in both languages, with the numbers that it has."""

import math
import re

import pytest

from clientscape.catalog import Use, settings
from clientscape.churn.reasons import Reason
from clientscape.features.build import CATALOGUE
from clientscape.report.because import because
from clientscape.report.words import noun

SETTINGS = {"days": 90, "which": "channel", "column": "household_size", "through": "email", "first": 17, "end": 24}
OTHERS = (
    *("expected_orders", "expected_order_value", "expected_value", "p_alive"),
    *("spend_last_horizon", "spend_horizon_before", "attribute_household_size is 2"),
)
FEATURES = [
    Use(name, {key: SETTINGS[key] for key in settings(feature) if key in SETTINGS}).name
    for name, feature in CATALOGUE.items()
]


def say(feature, value, language="en", **beside):
    (text,) = because([Reason(feature, value, 0.5, beside)], language, "EUR")
    return text


@pytest.mark.parametrize("feature", [*FEATURES, *OTHERS])
@pytest.mark.parametrize("value", [0.0, 1.0, 0.37, 12.0, 4123.5, -0.6, -1.0, math.nan])
def test_every_feature_has_a_sentence_in_both_languages(feature, value):
    english, german = (say(feature, value, language) for language in ("en", "de"))
    assert english != german
    for text in (english, german):
        assert text[0] == text[0].upper()
        assert not re.search(r"_|\bnan\b|[{}<>]|\w/\w", text)
        assert not text.endswith(".")
    assert english == english.strip()
    assert len(feature) < 3 or not re.search(rf"\b{re.escape(feature)}\b", english)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_number_stands_in_the_sentence(feature):
    said = say(feature, 17.0)
    if feature.startswith("is_"):
        assert said == noun(feature, "en").capitalize()
    elif "change" not in feature:
        assert "17" in said or "1,700%" in said


@pytest.mark.parametrize(
    ("feature", "value", "beside", "english", "german"),
    [
        (
            *("recency_days", 83.0, {"gap_days_median": 21.0}),
            "Last order 83 days ago; usually every 21 days",
            "Letzte Bestellung vor 83 Tagen; sonst alle 21 Tage",
        ),
        (
            *("recency_days", 1.0, {"gap_days_median": 1.0}),
            "Last order 1 day ago; usually every day",
            "Letzte Bestellung vor 1 Tag; sonst jeden Tag",
        ),
        ("recency_days", 83.0, {}, "Last order 83 days ago", "Letzte Bestellung vor 83 Tagen"),
        (
            *("overdue_ratio", 83 / 21, {"gap_days_median": 21.0, "recency_days": 83.0}),
            "4 times the usual gap since the last order: 83 days, usually 21",
            "Seit der letzten Bestellung das 4-Fache des üblichen Abstands: 83 Tage, sonst 21",
        ),
        (
            *("overdue_ratio", math.nan, {"recency_days": 83.0}),
            "No usual gap yet: one order day",
            "Noch kein üblicher Abstand: erst ein Bestelltag",
        ),
        (
            *("spend_last_30", 0.0, {"usual": 84.2}),
            "Nothing spent in the last 30 days; usually 84.20 EUR",
            "Kein Umsatz in den letzten 30 Tagen; sonst 84,20 EUR",
        ),
        (
            *("spend_last_30", 1250.4, {"usual": 2000.0}),
            "1,250 EUR spent in the last 30 days; usually 2,000 EUR",
            "1.250 EUR Umsatz in den letzten 30 Tagen; sonst 2.000 EUR",
        ),
        (
            *("spend_last_30", -5.25, {}),
            "5.25 EUR more returned than bought in the last 30 days",
            "In den letzten 30 Tagen 5,25 EUR mehr zurückgegeben als gekauft",
        ),
        (
            *("order_days_last_30", 1.0, {"usual": 2.34}),
            "1 order day in the last 30 days; usually 2.3",
            "1 Bestelltag in den letzten 30 Tagen; sonst 2,3",
        ),
        (
            *("spend_last_horizon", 12.5, {"spend_horizon_before": 1234.0}),
            "12.50 EUR spent in the last period; 1,234 EUR in the period before",
            "12,50 EUR Umsatz im letzten Zeitraum; 1.234 EUR im Zeitraum davor",
        ),
        (
            *("spend_last_horizon", 0.0, {"spend_horizon_before": 1234.0, "usual": 80.0}),
            "Nothing spent in the last period; 1,234 EUR in the period before; usually 80 EUR",
            "Kein Umsatz im letzten Zeitraum; 1.234 EUR im Zeitraum davor; sonst 80 EUR",
        ),
        (
            *("gap_cv_ratio", 1.2, {}),
            "Gaps between orders vary by 120% of their mean",
            "Abstände zwischen Bestellungen schwanken um 120 % ihres Mittels",
        ),
        (
            *("expected_orders", 0.004, {}),
            "Hardly an order expected in the time ahead",
            "Kaum eine Bestellung in nächster Zeit erwartet",
        ),
        ("p_alive", 0.34, {}, "Still active with a chance of 34%", "Noch aktiv mit einer Chance von 34 %"),
        ("n_order_days", 1.0, {}, "1 order day on record", "1 Bestelltag erfasst"),
        ("attribute_income", 45000.0, {}, "Income on file: 45,000", "Income laut Kundendaten: 45.000"),
        ("attribute_region is North", 0.0, {}, "Region on file: not North", "Region laut Kundendaten: nicht North"),
        ("attribute_income", math.nan, {}, "Income not on file", "Income nicht in den Kundendaten"),
        ("weekend_share", 0.125, {}, "Weekend share: 12%", "Anteil am Wochenende: 12 %"),
        ("some_odd_thing", 3.0, {}, "Some odd thing: 3", "Some odd thing: 3"),
    ],
)
def test_sentences_say_what_the_numbers_say(feature, value, beside, english, german):
    assert say(feature, value, **beside) == english
    assert say(feature, value, "de", **beside) == german


@pytest.mark.parametrize(("last", "before"), [(20.0, 80.0), (80.0, 100.0), (150.0, 100.0), (1.0, 1000.0)])
def test_a_change_is_told_as_percent_of_what_was_before(last, before):
    said = say("spend_change_90", (last - before) / (last + before))
    percent = abs(last / before - 1) * 100
    more = "more" if last > before else "less"
    assert said == f"{percent:.3g}% {more} spent in the last 90 days than in the 90 before"


def test_the_ends_of_a_change():
    assert say("spend_change_90", -1.0) == "Nothing spent in the last 90 days, unlike in the 90 before"
    assert say("spend_change_90", 1.0) == "Spent something in the last 90 days, and nothing in the 90 before"
    assert (
        say("order_days_change_30", -1.0, "de")
        == "Keine Bestellung in den letzten 30 Tagen, anders als in den 30 davor"
    )
    assert say("spend_change_90", 0.001) == "As much spent in the last 90 days as in the 90 before"
    assert say("spend_year_change_90", -0.6) == "75% less spent in the last 90 days than in the same days a year ago"
    assert say("spend_change_90", math.nan) == "No spend to compare over 90 days"


def test_no_reasons_are_no_sentences():
    assert because([], "en", "EUR") == ["Nothing stands out: it is his value that is at stake"]
    assert because([], "de", "EUR") == ["Nichts sticht heraus: es geht um seinen Wert"]
