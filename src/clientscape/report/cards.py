"""Persona cards: each segment as a reader would tell of it, out of finished tables."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from clientscape.report.cells import MISSING
from clientscape.report.look import colours
from clientscape.report.sentences import LABELS, figures, rule
from clientscape.report.words import local, noun
from clientscape.segment.identity import NOT_PLACED
from clientscape.segment.traits import Language

MOST = 4  # rows of a list
MOST_LIFTS = 6
CLEAR = 0.25  # deviation from which a feature is told [spreads]
WORTH_SAYING = 1.1  # lift from which a taste is told
WIDEST = 4.0  # lift at which a bar is full


@dataclass(frozen=True)
class Personas:
    """Finished tables that cards are made of; what is empty is left out of them.

    language : of the cards, and of the segments' names.
    other_names : segment -> its name in the other language.
    described : segment, conditions (feature, op, threshold), precision, recall, fidelity_score.
    lifts : segment, feature, lift, deviation; a segment's rows in the order in which they are told.
    typical : segment, attribute, level, share, base_share, known_share, significant; likewise.
    over_bought : segment, category, share_of_spend, lift, significant; likewise.
    typical_customers : segment -> ids of customers who stand for it.
    """

    language: Language = "en"
    other_names: Mapping[str, str] = field(default_factory=dict)
    described: pd.DataFrame = field(default_factory=pd.DataFrame)
    lifts: pd.DataFrame = field(default_factory=pd.DataFrame)
    typical: pd.DataFrame = field(default_factory=pd.DataFrame)
    over_bought: pd.DataFrame = field(default_factory=pd.DataFrame)
    typical_customers: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """Something with its number; a bar from `start`, `width` long [percent of the place for it]."""

    text: str
    value: str
    more: str = ""
    start: float = 0.0
    width: float = 0.0


@dataclass(frozen=True)
class Card:
    """All that a card shows, as text in one language; what is empty is left out."""

    name: str
    also: str
    colour: str
    labels: Mapping[str, str]
    size: str
    shares: tuple[Line, ...]
    rule: str
    figures: str
    fidelity: str
    lifts: tuple[Line, ...]
    typical: tuple[Line, ...]
    over_bought: tuple[Line, ...]
    forecasts: tuple[Line, ...]
    customers: tuple[str, ...]


def cards(segments: pd.DataFrame, personas: Personas, currency: str) -> list[Card]:
    """A card for each segment, the unplaced left out.

    segments : segment, n_customers, share_of_customers, share_of_spend, and as far as there are any expected_orders,
    expected_value, p_churn, p_decline, the means of forecasts. currency is an ISO 4217 code.
    """
    if segments.empty:
        return []
    colour = colours(segments["segment"])
    placed = segments[~segments["segment"].isin(NOT_PLACED.values())]
    return [_card(row, personas, colour[row["segment"]], currency) for row in placed.to_dict("records")]


def _card(row: Mapping[Any, Any], personas: Personas, colour: str, currency: str) -> Card:
    language, segment = personas.language, str(row["segment"])
    said = next(iter(_of(personas.described, segment)), None)
    return Card(
        segment,
        personas.other_names.get(segment, ""),
        colour,
        LABELS[language],
        local(f"{row['n_customers']:,}", language),
        tuple(_share(row[f"share_of_{what}"], LABELS[language][what], language) for what in ("customers", "spend")),
        rule(said["conditions"], language, currency) if said else "",
        figures(said["precision"], said["recall"], language) if said and said["conditions"] else "",
        local(f"{said['fidelity_score']:.2f}", language) if said and said["conditions"] else "",
        tuple(_lifts(_of(personas.lifts, segment), language)),
        tuple(_typical(_of(personas.typical, segment), language)),
        tuple(_over_bought(_of(personas.over_bought, segment), language)),
        tuple(_forecasts(row, language, currency)),
        tuple(map(str, personas.typical_customers.get(segment, ()))),
    )


def _of(table: pd.DataFrame, segment: str) -> list[dict[Any, Any]]:
    """The rows of a segment; none where the table is absent."""
    return table[table["segment"] == segment].to_dict("records") if len(table) else []


def _share(value: float, text: str, language: Language) -> Line:
    width = min(max(0.0, 100 * value), 100.0) if math.isfinite(value) else 0.0
    return Line(text, _percent(value, language), width=round(width, 1))


def _lifts(rows: Iterable[Mapping[Any, Any]], language: Language) -> Iterable[Line]:
    """What is clearly more or less than usual; a bar begins in the middle, as far for half as for twice."""
    told = [row for row in rows if math.isfinite(row["lift"]) and abs(row["deviation"]) >= CLEAR]
    for row in told[:MOST_LIFTS]:
        lift = min(max(row["lift"], 1 / WIDEST), WIDEST)
        length = round(50 * math.log(lift) / math.log(WIDEST), 1)
        yield Line(noun(row["feature"], language), _times(row["lift"], language), "", 50 + min(length, 0), abs(length))


def _typical(rows: Iterable[Mapping[Any, Any]], language: Language) -> Iterable[Line]:
    labels = LABELS[language]
    for row in [row for row in rows if row["significant"]][:MOST]:
        base = f"{labels['all']} {_percent(row['base_share'], language)}"
        known = _percent(row["known_share"], language)
        more = base if row["known_share"] > 0.995 else f"{base}, {labels['known']} {known}"
        text = f"{str(row['attribute']).replace('_', ' ')}: {labels.get(str(row['level']), row['level'])}"
        yield Line(text, _percent(row["share"], language), more)


def _over_bought(rows: Iterable[Mapping[Any, Any]], language: Language) -> Iterable[Line]:
    for row in [row for row in rows if row["significant"] and row["lift"] >= WORTH_SAYING][:MOST]:
        more = f"{_percent(row['share_of_spend'], language)} {LABELS[language]['of_spend']}"
        yield Line(str(row["category"]), _times(row["lift"], language), more)


def _forecasts(row: Mapping[Any, Any], language: Language, currency: str) -> Iterable[Line]:
    for column in ("expected_orders", "expected_value", "p_churn", "p_decline"):
        value = row.get(column, math.nan)
        if pd.isna(value):
            continue
        money = f"{value:,.0f} {currency}" if value >= 100 else f"{value:,.2f} {currency}"
        form = {"expected_orders": f"{value:,.1f}", "expected_value": money}
        text = local(form[column], language) if column in form else _percent(value, language)
        yield Line(LABELS[language][column], text)


def _percent(value: float, language: Language) -> str:
    if math.isnan(value):
        return MISSING
    text = f"{100 * value:.0f}" if abs(value) >= 0.1 or value == 0 else f"{100 * value:.1f}"
    return local(text.replace("-", "−"), language) + {"en": "%", "de": " %"}[language]


def _times(lift: float, language: Language) -> str:
    return local(f"{lift:.1f}" if lift >= 0.95 else f"{lift:.2f}", language) + "×"
