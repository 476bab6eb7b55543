"""Rule sets over cells: every code of RFM scores has exactly one name, or the set is refused."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.faults import Fault, refuse
from clientscape.segment.cuts import Scores, cut_points, numbers, refuse_nobody, scored

LEVELS = "12345"
COLUMNS = {"R": "recency_days", "F": "n_order_days", "M": "spend_total"}
# What a code is made of -> the letters that it takes, and its length.
KINDS = {"RFM": ("RFM", 3), "RF": ("RF", 2), "R FM": ("RFM", 2)}

_PLACE = re.compile(r"([1-5])|\[([1-5](?:-[1-5])?(?:,[1-5](?:-[1-5])?)*)\]")


class Cells:
    """A name for each cell, proven total and disjoint; R, F and M are scored 1 to 5 by the training quintiles.

    Attributes: `kind`, "RFM", "RF" or "R FM"; `names`, best first; `needs`, the columns it reads; `name_of`, code ->
    name; after fit `cuts`, letter -> the 20, 40, 60 and 80% quantiles, of R those of the negated recency.
    """

    def __init__(self, kind: str, names: Mapping[str, Sequence[str]]) -> None:
        self.kind = kind
        self.name_of = proven(kind, names)
        self.names = tuple(names)
        self.needs = tuple(COLUMNS[letter] for letter in KINDS[kind][0])
        self.cuts: dict[str, list[float]] = {}

    def fit(self, table: pd.DataFrame) -> Self:
        """Learn the quintiles; InputError when a column lacks, or there is nobody."""
        refuse_nobody(table)
        self.cuts = {letter: cut_points(values, len(LEVELS)) for letter, values in self._values(table).items()}
        return self

    def scores(self, table: pd.DataFrame) -> dict[str, Scores]:
        """The scores of customers by letter, each 1 to 5 and of shape (n,); equal customers get equal scores."""
        return {letter: scored(values, self.cuts[letter]) for letter, values in self._values(table).items()}

    def predict(self, table: pd.DataFrame) -> NDArray[np.object_]:
        """The names of customers, of shape (n,)."""
        names = np.empty((len(LEVELS),) * KINDS[self.kind][1], dtype=object)
        for code, name in self.name_of.items():
            names[tuple(int(digit) - 1 for digit in code)] = name
        places = _places(self.kind, self.scores(table))
        return np.asarray(names[tuple(place - 1 for place in places)])

    def over_rfm(self) -> dict[str, str]:
        """The name of each of the 125 RFM codes: what sets over different cells can be compared by."""
        every = codes("RFM")
        digits = np.array([list(code) for code in every], dtype=np.int64).T
        own = zip(*_places(self.kind, dict(zip("RFM", digits, strict=True))), strict=True)
        return {code: self.name_of["".join(map(str, cell))] for code, cell in zip(every, own, strict=True)}

    def _values(self, table: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
        known = numbers(table, self.needs)
        return {k: -known[COLUMNS[k]] if k == "R" else known[COLUMNS[k]] for k in KINDS[self.kind][0]}


def codes(kind: str) -> list[str]:
    """Every code of a kind, best first: 125 of RFM, 25 of RF and of R FM."""
    return ["".join(digits) for digits in itertools.product(reversed(LEVELS), repeat=KINDS[kind][1])]


def proven(kind: str, names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Code -> name, for every code of the kind exactly once.

    Parameters
    ----------
    names : name -> codes; at each place a digit or several in brackets: `5[4-5]`, `[1-2][3-4]`, `1[2,5]`.

    InputError lists all codes without a name, all with two, what is no code, and names without any.
    """
    if kind not in KINDS:
        found, expected = f"`{kind}`", f"one of {', '.join(KINDS)}"
        refuse([Fault("cells.scores", found, expected, "choose one of these")])
    spelled = {name: [(text, _spelled(text, KINDS[kind][1])) for text in written] for name, written in names.items()}
    owners: dict[str, list[str]] = {code: [] for code in codes(kind)}
    for name, written in spelled.items():
        for code in dict.fromkeys(code for _, found in written for code in found):
            owners[code].append(name)
    strange = [f"`{text}` ({name})" for name, written in spelled.items() for text, found in written if not found]
    empty = [f"`{name}`" for name, written in names.items() if not written]
    refuse(_cell_faults(kind, owners, strange, empty))
    return {code: name for code, (name,) in owners.items()}


def _spelled(text: str, length: int) -> list[str]:
    """The codes that a pattern stands for; none where it is no pattern of that length."""
    choices, at = [], 0
    while match := _PLACE.match(text, at):
        digit, several = match.groups()
        ranges = [part.partition("-") for part in (digit or several).split(",")]
        choices.append([d for d in LEVELS if any(low <= d <= (high or low) for low, _, high in ranges)])
        at = match.end()
    whole = at == len(text) and len(choices) == length
    return ["".join(digits) for digits in itertools.product(*choices)] if whole else []


def _cell_faults(
    kind: str, owners: Mapping[str, list[str]], strange: Sequence[str], empty: Sequence[str]
) -> Iterator[Fault]:
    where, length = "cells.names", KINDS[kind][1]
    if strange:
        found = f"no codes of {kind}: {', '.join(strange)}"
        expected = f"{length} places, each a digit of 1 to 5 or several in brackets: `[4-5]`, `[2,5]`"
        yield Fault(where, found, expected, "correct them")
    if empty:
        yield Fault(
            where, f"names without a code: {', '.join(empty)}", "codes for each name", "give codes or remove it"
        )
    if bare := [code for code, its in owners.items() if not its]:
        expected = f"a name for each of the {len(owners)} codes"
        yield Fault(where, f"{len(bare)} without a name: {', '.join(bare)}", expected, "add each to one name")
    if twice := [f"{code} ({', '.join(its)})" for code, its in owners.items() if len(its) > 1]:
        expected = "one name for each code"
        yield Fault(where, f"{len(twice)} with several names: {', '.join(twice)}", expected, "leave each with one name")


def _places(kind: str, scores: Mapping[str, Scores]) -> list[Scores]:
    """The digits of the codes of customers; F and M weigh the same, halves go up."""
    if kind == "R FM":
        return [scores["R"], (scores["F"] + scores["M"] + 1) // 2]
    return [scores[letter] for letter in KINDS[kind][0]]
