"""Names of segments: what their customers are worth, then what sets them apart most.

The rule. A feature deviates when a segment's mean lies half a spread of all customers or more from theirs.
1. Worth comes first: the mean deviation of what of `WORTH` there is makes `high value`, `low value`, or between them
   `middle value`. Where nothing tells of worth, nothing is said of it.
2. The strongest other trait that deviates follows: `high value, frequent`. Features that say the same, like orders
   and order days, are one trait, as strong as the strongest of them.
3. Where names are equal, each gets its next trait that they do not all have, down to a quarter of a spread.
4. Where they still are, they get a word for their rank: `first by value`, `second by value`.
Where nothing deviates, a segment is `average`.
"""

from collections import Counter
from collections.abc import Container, Sequence

import pandas as pd

from clientscape.segment.traits import Language, trait

NOTABLE = 0.5  # deviation that is worth a word [spreads]
SLIGHT = 0.25  # deviation that tells apart what else would have one name [spreads]
WORTH = ("expected_value", "spend_total", "margin_total")

HIGH, MIDDLE, LOW, AVERAGE = range(4)
VALUE = {
    "en": ("high value", "middle value", "low value", "average"),
    "de": ("hoher Wert", "mittlerer Wert", "geringer Wert", "durchschnittlich"),
}
RANKED = {"en": "{} by value", "de": "{} nach Wert"}
ORDINALS = {
    "en": ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"),
    "de": ("erste", "zweite", "dritte", "vierte", "fünfte", "sechste", "siebte", "achte"),
}


def names(profile: pd.DataFrame, language: Language) -> list[str]:
    """A name for each row of a profile, all different; equal profiles rank by their order.

    profile : a row a segment, highest value first; a column a feature: its deviation from the average customer
    [spreads]. Missing counts as none.
    """
    rows = [row.dropna() for _, row in profile.iterrows()]
    traits = [_traits(row, language) for row in rows]
    heads = [_head(row, found, language) for row, found in zip(rows, traits, strict=True)]
    said = [[head, *_first(found)] for head, found in zip(heads, traits, strict=True)]
    while more := _telling_apart(said, traits):
        for position, word in more.items():
            said[position].append(word)
    return _ranked([", ".join(filter(None, words)) for words in said], language)


def _head(row: "pd.Series[float]", traits: dict[str, float], language: Language) -> str:
    """The word for what a segment's customers are worth; empty where nothing tells, but for the average segment."""
    told = [float(row[column]) for column in WORTH if column in row.index]
    mean = sum(told) / len(told) if told else 0.0
    if abs(mean) < NOTABLE and not _first(traits):
        return VALUE[language][AVERAGE]
    return VALUE[language][HIGH if mean >= NOTABLE else LOW if mean <= -NOTABLE else MIDDLE] if told else ""


def _traits(row: "pd.Series[float]", language: Language) -> dict[str, float]:
    """Words for what deviates, worth aside, with their strengths, strongest first; each trait once."""
    ordered = row.drop([column for column in WORTH if column in row.index])
    ordered = ordered.reindex(ordered.abs().sort_values(ascending=False, kind="stable").index)
    found: dict[frozenset[str], tuple[str, float]] = {}
    for column, deviation in ordered.items():
        words = getattr(trait(str(column)), language)
        if abs(deviation) >= SLIGHT:
            found.setdefault(frozenset(words), (words.less if deviation < 0 else words.more, abs(float(deviation))))
    return dict(found.values())


def _first(traits: dict[str, float]) -> list[str]:
    """The strongest trait, if it is notable."""
    return [word for word, strength in traits.items() if strength >= NOTABLE][:1]


def _telling_apart(said: Sequence[Sequence[str]], traits: Sequence[dict[str, float]]) -> dict[int, str]:
    """For the segments whose words are equal, by position: the next trait that they do not all have."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for position, words in enumerate(said):
        alike.setdefault(tuple(words), []).append(position)
    more = {}
    for group in (positions for positions in alike.values() if len(positions) > 1):
        common = set.intersection(*(set(traits[position]) for position in group))
        for position in group:
            fresh = (word for word in traits[position] if word not in common and word not in said[position])
            if word := next(fresh, ""):
                more[position] = word
    return more


def _ranked(said: Sequence[str], language: Language) -> list[str]:
    """The names, with a word for their rank among those that are equal."""
    counts, met = Counter(said), Counter[str]()
    found = []
    for name in said:
        met[name] += 1
        words = ORDINALS[language]
        rank = words[met[name] - 1] if met[name] <= len(words) else f"{met[name]}."
        found.append(f"{name}, {RANKED[language].format(rank)}" if counts[name] > 1 else name)
    return found


def unlike(name: str, taken: Container[str], language: Language) -> str:
    """The name, or if it is taken the first of `name (second)`, `name (third)` ... that is not."""
    numbered = (f"{name} ({word})" for word in ORDINALS[language][1:])
    return next((free for free in (name, *numbered) if free not in taken), f"{name} (+)")
