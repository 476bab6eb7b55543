"""Persona cards, the words on them, and how a page shows them."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from clientscape.features.build import CATALOGUE
from clientscape.report.cards import Personas, cards
from clientscape.report.look import colours
from clientscape.report.page import Report, page
from clientscape.report.sentences import figures, rule
from clientscape.report.words import noun, number, quantity

LOYAL = [("recency_days", "<=", 45.0), ("n_order_days", ">=", 12.0)]


@pytest.fixture
def segments():
    return pd.DataFrame(
        {
            "segment": ["high value, frequent", "average", "unplaced"],
            "n_customers": [1200, 80, 10],
            "share_of_customers": [0.93, 0.062, 0.008],
            "share_of_spend": [0.999, 0.012, -0.011],
            "expected_orders": [2.04, 0.5, 0.1],
            "expected_value": [1234.5, 9.5, 1.0],
            "p_churn": [0.07, 0.5, 0.9],
            "p_decline": [0.25, np.nan, np.nan],
        }
    )


@pytest.fixture
def personas(segments):
    first, second = segments["segment"][:2]
    described = [(first, LOYAL, 0.91, 0.84, 0.873), (second, [], 0.06, 1.0, 0.12)]
    lifts = [
        (first, "n_order_days", 3.0, 1.5),
        (first, "spend_change_90", np.nan, 1.2),
        (first, "recency_days", 0.5, -0.9),
        (first, "weekend_share", 9.0, 0.6),
        (first, "n_categories", 1.05, 0.1),
    ]
    typical = [
        (first, "region", "North", 0.62, 0.26, 0.72, True),
        (first, "newsletter", "True", 0.8, 0.4, 1.0, True),
        (first, "age", "old", 0.5, 0.4, 1.0, False),
    ]
    bought = [(first, "<Garden>", 0.36, 1.7, True), (first, "Books", 0.2, 1.05, True), (first, "Wine", 0.1, 3.0, False)]
    return Personas(
        other_names={first: "hoher Wert, häufig"},
        described=pd.DataFrame(described, columns=["segment", "conditions", "precision", "recall", "fidelity_score"]),
        lifts=pd.DataFrame(lifts, columns=["segment", "feature", "lift", "deviation"]),
        typical=pd.DataFrame(
            typical, columns=["segment", "attribute", "level", "share", "base_share", "known_share", "significant"]
        ),
        over_bought=pd.DataFrame(bought, columns=["segment", "category", "share_of_spend", "lift", "significant"]),
        typical_customers={first: ["C1", "C2", "C3"]},
    )


class Outline(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_a_sentence_says_conditions_then_how_well_they_find():
    assert f"{rule(LOYAL)}: {figures(0.91, 0.84)}." == (
        "At most 45 days since the last order and at least 12 order days: "
        "91% of these customers belong to the segment; they are 84% of it."
    )
    assert f"{rule(LOYAL, 'de')}: {figures(0.91, 0.84, 'de')}." == (
        "Höchstens 45 Tage seit der letzten Bestellung und mindestens 12 Bestelltage: "
        "91 % dieser Kunden gehören zum Segment; sie sind 84 % von ihm."
    )
    assert rule([]) == "No few conditions tell this segment apart"
    assert figures(0.914, 1.0) == "91% of these customers belong to the segment; they are 100% of it"


@pytest.mark.parametrize(
    ("conditions", "language", "said"),
    [
        ([("spend_total", ">=", 20.0), ("spend_total", "<=", 1250.5)], "en", "20 to 1,250.5 EUR of spend"),
        ([("spend_total", ">=", 20.0), ("spend_total", "<=", 1250.5)], "de", "20 bis 1.250,5 EUR Umsatz"),
        ([("n_orders", "<=", 1.0)], "en", "At most 1 order"),
        ([("n_orders", "<=", 1.0)], "de", "Höchstens 1 Bestellung"),
        ([("weekend_share", ">=", 0.125)], "en", "Weekend share of at least 12.5%"),
        ([("spend_change_90", "<=", -0.25)], "en", "Change of spend over 90 days of at most −0.25"),
        ([("order_days_last_90", ">=", 3.0)], "en", "At least 3 order days in the last 90 days"),
        ([("attribute_household_size", ">=", 3.0)], "de", "Household size von mindestens 3"),
        ([("is_new_90", ">=", 1.0), ("is_unsubscribed", "<=", 0.0)], "de", "Neu und nicht abgemeldet"),
        ([("favourite_share_store", ">=", 0.5)], "en", "Share of the favourite store of at least 50%"),
        ([("some_odd_thing", ">=", 3.0)], "en", "Some odd thing of at least 3"),
        (
            [("n_orders", "<=", 3.0), ("p_alive", ">=", 0.5), ("gap_cv_ratio", ">=", 1.0)],
            "en",
            "At most 3 orders, chance to be active of at least 50% and irregularity of at least 1",
        ),
    ],
)
def test_rules_read_as_a_reader_would_say_them(conditions, language, said):
    assert rule(conditions, language, "EUR") == said


@pytest.mark.parametrize(
    ("value", "kind", "english", "german"),
    [
        (1234.0, "", "1,234", "1.234"),
        (0.3, "", "0.3", "0,3"),
        (0.0, "", "0", "0"),
        (-12.5, "", "−12.5", "−12,5"),
        (123456.0, "", "123,456", "123.456"),
        (0.35, "%", "35%", "35 %"),
        (0.00041, "", "0.00041", "0,00041"),
    ],
)
def test_numbers_have_the_signs_of_their_language_and_no_digits_too_many(value, kind, english, german):
    assert number(value, "en", kind) == english
    assert number(value, "de", kind) == german


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("feature", sorted(CATALOGUE))
def test_every_feature_can_be_said(feature, language):
    said = quantity(f"{feature}_30", 2.0, None, language, "EUR")
    assert "2" in said or feature.startswith("is_")
    for text in (said, noun(f"{feature}_30", language)):
        assert text
        assert not set("{}<>/") & set(text.replace("<>", ""))


def test_nouns_are_what_stands_beside_a_number():
    assert noun("n_order_days", "en") == "order days"
    assert noun("spend_last_90", "en") == "spend in the last 90 days"
    assert noun("spend_last_90", "de") == "Umsatz in den letzten 90 Tagen"
    assert noun("gap_days_median", "en") == "days of usual gap"


def test_a_card_tells_what_is_clear_and_nothing_else(segments, personas):
    first, second = cards(segments, personas, "EUR")
    assert (first.name, first.also, first.size) == ("high value, frequent", "hoher Wert, häufig", "1,200")
    assert first.colour == colours(segments["segment"])["high value, frequent"]
    assert [(line.text, line.value) for line in first.shares] == [
        ("share of customers", "93%"),
        ("share of spend", "100%"),
    ]
    assert [(line.text, line.value) for line in first.lifts] == [
        ("order days", "3.0×"),
        ("days since the last order", "0.50×"),
        ("weekend share", "9.0×"),
    ]
    assert [(line.text, line.value, line.more) for line in first.typical] == [
        ("region: North", "62%", "all: 26%, known for 72%"),
        ("newsletter: yes", "80%", "all: 40%"),
    ]
    assert [(line.text, line.value) for line in first.over_bought] == [("<Garden>", "1.7×")]
    assert [(line.text, line.value) for line in first.forecasts] == [
        ("order days", "2.0"),
        ("value", "1,234 EUR"),
        ("will not order", "7.0%"),
        ("will decline", "25%"),
    ]
    assert (first.fidelity, first.customers) == ("0.87", ("C1", "C2", "C3"))
    assert [line.value for line in second.forecasts] == ["0.5", "9.50 EUR", "50%"]
    assert (second.rule, second.figures) == ("No few conditions tell this segment apart", "")
    assert not any((second.lifts, second.typical, second.over_bought, second.customers, second.also))


def test_bars_go_as_far_for_half_as_for_twice_and_never_beyond_their_place(segments, personas):
    lifts = pd.DataFrame(
        {"segment": "average", "feature": ["x", "T", "m_x"], "lift": [2.0, 0.5, 0.0], "deviation": 1.0}
    )
    _, card = cards(segments, Personas(lifts=lifts), "EUR")
    assert [(bar.start, bar.width) for bar in card.lifts] == [(50, 25), (25, 25), (0, 50)]
    wide = cards(segments, personas, "EUR")[0]
    assert all(bar.start >= 0 and bar.start + bar.width <= 100 for bar in (*wide.lifts, *wide.shares))


def test_cards_in_german(segments, personas):
    german = segments.replace(
        {"segment": {"high value, frequent": "hoher Wert, häufig", "unplaced": "nicht zugeordnet"}}
    )
    found = cards(german, Personas("de", {"hoher Wert, häufig": "high value, frequent"}), "EUR")
    assert [card.name for card in found] == ["hoher Wert, häufig", "average"]
    assert found[0].also == "high value, frequent"
    assert found[0].labels["size"] == "Kunden"
    assert [line.value for line in found[0].forecasts] == ["2,0", "1.234 EUR", "7,0 %", "25 %"]


def test_without_tables_there_are_sizes_and_forecasts_only(segments):
    first = cards(segments, Personas(), "EUR")[0]
    assert first.forecasts
    assert not any((first.rule, first.lifts, first.typical, first.over_bought, first.customers))
    bare = cards(segments[["segment", "n_customers", "share_of_customers", "share_of_spend"]], Personas(), "EUR")
    assert bare[0].forecasts == ()
    assert cards(pd.DataFrame(), Personas(), "EUR") == []


def test_the_page_shows_a_card_for_each_segment(segments, personas):
    text = page(Report("A shop", "Who?", "Two segments.", "EUR", segments=segments, personas=personas))
    articles = [attrs for tag, attrs in Outline(text).tags if tag == "article"]
    assert [article["aria-label"] for article in articles] == ["high value, frequent", "average"]
    assert articles[0]["style"] == f"--colour:{colours(segments['segment'])['high value, frequent']}"
    assert "At most 45 days since the last order and at least 12 order days." in text
    assert "&lt;Garden&gt;" in text
    assert "<Garden>" not in text
    assert '<span lang="de">hoher Wert, häufig</span>' in text
    second = text[text.index('aria-label="average"') :]
    assert "Buys more of" not in second
    assert "Typical" not in second
    assert not re.search(r"https?:|<script|url\(|@import", text)


def test_a_page_without_segments_or_personas_has_no_cards(segments):
    for given in ({"personas": Personas()}, {"segments": segments}):
        text = page(Report("A shop", "Who?", "None was chosen.", "EUR", **given))
        assert "<article" not in text
        assert "One card for each segment" not in text
