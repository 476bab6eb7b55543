"""The words of persona cards, and the conditions of a segment as a sentence."""

from collections.abc import Iterable

from clientscape.report.words import quantity
from clientscape.segment.traits import Language

LABELS = {
    "en": {
        "size": "customers",
        "customers": "share of customers",
        "spend": "share of spend",
        "fidelity": "Fidelity (F1)",
        "lifts": "Beside the average customer",
        "typical": "Typical",
        "over_bought": "Buys more of",
        "forecasts": "Expected of each, over the horizon",
        "stand_for_it": "Typical customers",
        "all": "all:",
        "known": "known for",
        "of_spend": "of the spend",
        "expected_orders": "order days",
        "expected_value": "value",
        "p_churn": "will not order",
        "p_decline": "will decline",
        "True": "yes",
        "False": "no",
    },
    "de": {
        "size": "Kunden",
        "customers": "Anteil der Kunden",
        "spend": "Anteil am Umsatz",
        "fidelity": "Treffgüte (F1)",
        "lifts": "Gegenüber dem Durchschnittskunden",
        "typical": "Typisch",
        "over_bought": "Kauft mehr von",
        "forecasts": "Erwartet je Kunde, über den Horizont",
        "stand_for_it": "Typische Kunden",
        "all": "alle:",
        "known": "bekannt bei",
        "of_spend": "des Umsatzes",
        "expected_orders": "Bestelltage",
        "expected_value": "Wert",
        "p_churn": "bestellt nicht",
        "p_decline": "lässt nach",
        "True": "ja",
        "False": "nein",
    },
}
AND = {"en": "and", "de": "und"}
NOTHING = {
    "en": "No few conditions tell this segment apart",
    "de": "Wenige Bedingungen trennen dieses Segment nicht ab",
}
FOUND = {
    "en": "{}% of these customers belong to the segment; they are {}% of it",
    "de": "{} % dieser Kunden gehören zum Segment; sie sind {} % von ihm",
}

Conditions = Iterable[tuple[str, str, float]]


def rule(conditions: Conditions, language: Language = "en", currency: str = "") -> str:
    """Conditions (feature, `>=` or `<=`, threshold) in words, with a capital and without a full stop.

    Two of one feature are an interval: `At most 45 days since the last order and 3 to 12 order days`.
    """
    bounds: dict[str, dict[str, float]] = {}
    for feature, op, threshold in conditions:
        bounds.setdefault(feature, {})[op] = threshold
    said = [quantity(name, ops.get(">="), ops.get("<="), language, currency) for name, ops in bounds.items()]
    if not said:
        return NOTHING[language]
    joined = f" {AND[language]} ".join(filter(None, (", ".join(said[:-1]), said[-1])))
    return joined[:1].upper() + joined[1:]


def figures(precision: float, recall: float, language: Language = "en") -> str:
    """How well conditions find a segment: whom of those they find belongs to it, and how much of it that is."""
    return FOUND[language].format(*(f"{100 * share:.0f}" for share in (precision, recall)))
