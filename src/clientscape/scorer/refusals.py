"""What a scorer cannot score or learn: another currency, too short a history, features that nothing gives."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from clientscape.catalog import Use
from clientscape.faults import Fault
from clientscape.features.build import left_out
from clientscape.scorer.needed import attribute_kinds
from clientscape.tables import Tables
from clientscape.window import Window


def log_faults(tables: Tables, window: Window, trained: Mapping[str, Any]) -> Iterator[Fault]:
    """What is unlike the log that the model was trained on; `trained` are the scorer's facts."""
    if window.history_days < (least := trained["least_history_days"]):
        found = f"{window.as_of}, {window.history_days} days after the first that the source covers"
        expected = f"at least {least}, the shortest history that the model learnt from"
        yield Fault("score.as_of", found, expected, "choose a later date, or read a longer log")
    if tables.currency != trained["currency"]:
        expected = f"{trained['currency']}, the currency of the training log"
        yield Fault("score.currency", tables.currency, expected, "score with a model of that currency")
    if tables.row_is and trained["row_is"] and tables.row_is != trained["row_is"]:
        expected = f"{trained['row_is']}, as in the training log: a row of another kind is another amount"
        yield Fault("score.row_is", tables.row_is, expected, "score a source whose rows are of that kind")


def lacking_faults(tables: Tables, features: Sequence[Use], prices: pd.DataFrame | None) -> Iterator[Fault]:
    """Features that the model was trained with, and that this shop's tables cannot give."""
    cure = "bring the table or column, or train a model without it"
    for name, what in left_out(tables, features, prices).items():
        yield Fault(f"score: {name}", f"no {what}", "what the model was trained with", cure)


def kind_faults(tables: Tables, features: Sequence[Use], trained: Mapping[str, Any]) -> Iterator[Fault]:
    """Attributes of customers that hold something else than in training, where they hold anything."""
    for name, kind in attribute_kinds(tables, features).items():
        assert tables.customers is not None  # there is an attribute
        before = trained["attributes"].get(name, kind)
        alike = {kind, before} <= {"flag", "number"}  # both are reckoned with as numbers
        if kind != before and not alike and tables.customers[name].notna().any():
            expected, cure = f"`{before}`, as in the training log", f"map it as such, `{name}::VARCHAR` say"
            yield Fault(f"score: customers.{name}", f"a column of `{kind}`", expected, cure)


def lesson_faults(part: str, window: Window, asked: Sequence[Window]) -> Iterator[Fault]:
    """A classifier without a date to learn from."""
    if not asked:
        found = f"no date before {window.as_of} to learn from"
        expected = "one whose past the source covers and whose horizon had ended"
        yield Fault(part, found, expected, "choose a later as_of, a shorter lookback_days or horizon_days")
