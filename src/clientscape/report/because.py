"""Why a customer is at risk, as sentences with his own numbers, in English and German."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from clientscape.churn.reasons import Reason
from clientscape.columns import IS
from clientscape.report.phrases import (
    BEFORE,
    CHANGES,
    EVERY,
    EVERY_DAY,
    MISSING,
    NO_REASON,
    NOTHING,
    OF_GAP,
    PHRASES,
    RETURNED,
    UNKNOWN,
    USUALLY,
)
from clientscape.report.words import NOT, QUANTITIES, counted, local, noun, quantity
from clientscape.segment.traits import Language, beginning, rest

ATTRIBUTE = "attribute"
SAME = 0.005  # up to which share two numbers count as the same


def because(reasons: Iterable[Reason], language: Language, currency: str) -> list[str]:
    """Say each reason, with a capital and without a full stop: `Last order 83 days ago; usually every 21 days`.

    Where there is none, that is said. currency is an ISO 4217 code.
    """
    said = [_said(reason, language, currency) for reason in reasons] or [NO_REASON[language == "de"]]
    return [text[:1].upper() + text[1:] for text in said]


def _said(reason: Reason, language: Language, currency: str) -> str:
    """One reason: what is so, and what is usual for him as far as that is known."""
    if math.isnan(reason.value):
        return _missing(reason.feature, language)
    if start := beginning(reason.feature, CHANGES):
        return _change(reason.feature, start, reason.value, language)
    now = _now(reason.feature, reason.value, language, currency)
    return now + _beside(reason.feature, reason.beside, language, currency)


def _now(feature: str, value: float, language: Language, currency: str) -> str:
    """What is so of the customer now."""
    if feature.startswith(ATTRIBUTE) and IS in feature:  # whether he has a level of an attribute
        attribute, _, level = feature.partition(IS)
        said = _filled(PHRASES[ATTRIBUTE][1:], attribute, ATTRIBUTE, language)
        return said.replace("{}", level if value else f"{NOT[language]} {level}")
    start = beginning(feature, PHRASES)
    if not start:
        return _plainly(feature, value, language, currency)
    kind, *phrases = PHRASES[start]
    text = _figure(value, kind, language, currency)
    if start in NOTHING and not re.search(r"[1-9]", text):
        return _filled(NOTHING[start], feature, start, language)
    if start in RETURNED and value < 0:
        back = _figure(-value, kind, language, currency)
        return _filled(RETURNED[start], feature, start, language).replace("{}", back)
    return counted(_filled(phrases, feature, start, language), text == "1").replace("{}", text)


def _beside(feature: str, beside: Mapping[str, float], language: Language, currency: str) -> str:
    """What is usual for the customer, to be put behind what is so now; empty where it is not known."""

    def told(phrases: Sequence[str], *names: str, kind: str = "") -> str:
        figures = (_figure(beside[name], kind, language, currency) for name in names)
        return phrases[language == "de"].format(*figures)

    if {"recency_days", "gap_days_median"} <= set(beside):
        return told(OF_GAP, "recency_days", "gap_days_median")
    if "gap_days_median" in beside:
        return told(EVERY if beside["gap_days_median"] > 1 else EVERY_DAY, "gap_days_median")
    kind = PHRASES.get(beginning(feature, PHRASES), ("",))[0]
    phrases = {"spend_horizon_before": BEFORE, "usual": USUALLY}
    return "".join(told(phrase, name, kind=kind) for name, phrase in phrases.items() if name in beside)


def _change(feature: str, start: str, change: float, language: Language) -> str:
    """What a change (last - before) / (last + before) means for the last days: so much less than those before."""
    less, more, none_now, none_before, same = CHANGES[start][language == "de"]
    if abs(change) >= 1:
        said, ratio = (none_now if change < 0 else none_before), change
    else:
        ratio = 2 * change / (1 - change)  # last / before - 1
        said = same if abs(ratio) < SAME else less if ratio < 0 else more
    return said.replace("<>", rest(feature, start)).replace("{}", _figure(abs(ratio), "%", language, ""))


def _missing(feature: str, language: Language) -> str:
    """What it says of a customer that a feature has no value."""
    feature = feature.partition(IS)[0]
    if start := beginning(feature, MISSING):
        return _filled(MISSING[start], feature, start, language)
    return UNKNOWN[language == "de"].format(noun(feature, language))


def _plainly(feature: str, value: float, language: Language, currency: str) -> str:
    """A feature without a phrase: its name in words with its number."""
    kind = QUANTITIES.get(beginning(feature, QUANTITIES), ("",))[0]
    if kind == "yes":
        return quantity(feature, 1.0 if value else None, None if value else 0.0, language, currency)
    return f"{noun(feature, language)}: {_figure(value, kind, language, currency)}"


def _figure(value: float, kind: str, language: Language, currency: str) -> str:
    """A number as one says it to a marketer, three digits or so; kind is `%`, `money` or empty."""
    value = 100 * value if kind == "%" else value
    text = f"{value:,.{_decimals(value, kind)}f}"
    if not kind and "." in text:
        text = text.rstrip("0").rstrip(".")
    units = {"%": "%" if language == "en" else " %", "money": f" {currency}" if currency else ""}
    return local(text.replace("-", "−"), language) + units.get(kind, "")


def _decimals(value: float, kind: str) -> int:
    size = abs(value)
    if value == round(value) or size >= 100:
        return 0
    if kind == "%":
        return int(size < 10 or size > 99)  # 99.8% less is not all
    return 2 if kind == "money" or size < 1 else 1


def _filled(phrases: Sequence[str], feature: str, start: str, language: Language) -> str:
    """The phrase of a language, with what follows the beginning of the feature's name."""
    return phrases[language == "de"].replace("<>", rest(feature, start))
