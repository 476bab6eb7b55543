"""Who must not be contacted: suppressed, without consent, unsubscribed.

Consent is an attribute of customers: a column `email_consent` or `consent_email` speaks of the channel `email`, a
column `consent` of every channel. A yes is true, 1, or a word of YES; all else, and no row at all, is a no.
"""

import math
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.tables import Tables

YES = ("true", "t", "yes", "y", "ja", "j", "1", "1.0")
GENERAL = "consent"
UNSUBSCRIBED = "unsubscribed"  # the kind of touch

Mask = NDArray[np.bool_]


def left_out(
    tables: Tables, customers: "pd.Series[str]", as_of_day: int, *, channel: str | None, suppressed: set[str]
) -> "pd.Series[str]":
    """Why each customer must not be contacted, the first reason that there is; empty for who may be.

    Through a channel: who is suppressed, does not consent to it, or unsubscribed from it, or from no channel by name,
    before as_of [days since 1970-01-01]. Without one: whoever consents to none of the channels, or unsubscribed from
    any, as nobody says that the message will take another way. Consent has no date: it is what the shop holds now.
    """
    why = pd.Series("", index=customers.index, dtype="str")
    ids = customers.astype("str")
    for reason, refused in _reasons(tables, ids, as_of_day, channel, suppressed):
        why = why.mask((why == "").to_numpy() & refused, reason)
    return why


def consents_known(tables: Tables, channel: str | None) -> bool:
    """Whether the tables tell of consent to the channel at all: a column of it, or customers who unsubscribed."""
    unsubscribed = tables.touches is not None and len(_unsubscribed(tables.touches, math.inf, channel)) > 0
    return bool(_consents(tables, channel)) or unsubscribed


def channels(tables: Tables) -> set[str]:
    """The channels that the shop's tables speak of, in lower case: by columns of consent, or of touches."""
    named = {column.removeprefix("consent_").removesuffix("_consent") for column in _consents(tables, None).values()}
    touched = () if tables.touches is None or "channel" not in tables.touches else tables.touches["channel"].dropna()
    return (named | {str(channel).casefold() for channel in pd.unique(pd.Series(touched, dtype="str"))}) - {GENERAL, ""}


def _reasons(
    tables: Tables, ids: "pd.Series[str]", as_of_day: int, channel: str | None, suppressed: set[str]
) -> Iterator[tuple[str, Mask]]:
    """Each reason with whom it concerns, (n,)."""
    yield "on the suppression list", ids.isin(suppressed).to_numpy()
    columns = _consents(tables, channel)
    if tables.customers is not None and columns:
        said = tables.customers.set_index(tables.customers["customer_id"].astype("str"))
        yes = {c: _is_yes(said[c]).reindex(ids, fill_value=False).to_numpy() for c in columns}
        general = [yes[c] for c, lower in columns.items() if lower == GENERAL]
        own = [yes[c] for c, lower in columns.items() if lower != GENERAL]
        # Of several channels one is enough; what is said twice of the one that was asked for must agree.
        join = np.logical_or if channel is None else np.logical_and
        granted = np.logical_and.reduce([*general, join.reduce(own)] if own else general)
        yield f"no consent ({', '.join(columns)})", ~granted
    if tables.touches is not None:
        yield UNSUBSCRIBED, ids.isin(_unsubscribed(tables.touches, as_of_day, channel)).to_numpy()


def _consents(tables: Tables, channel: str | None) -> dict[str, str]:
    """Columns that tell of consent to a channel, or to any: as they are written, and in lower case."""
    if tables.customers is None:
        return {}
    lower = {str(column): str(column).casefold() for column in tables.customers.columns}
    if channel is None:
        return {c: low for c, low in lower.items() if re.fullmatch(r"consent(_.+)?|.+_consent", low)}
    asked = {GENERAL, f"consent_{channel.casefold()}", f"{channel.casefold()}_consent"}
    return {c: low for c, low in lower.items() if low in asked}


def _is_yes(values: "pd.Series[str]") -> "pd.Series[bool]":
    """Whether each value is a yes, as the column has it: flags, numbers or words."""
    return values.astype("str").str.strip().str.casefold().isin(YES)


def _unsubscribed(touches: pd.DataFrame, as_of_day: float, channel: str | None) -> "pd.Series[str]":
    """Customers who unsubscribed before as_of, from the channel or from no channel by name."""
    found = touches[((touches["kind"] == UNSUBSCRIBED) & (touches["day"] < as_of_day)).to_numpy()]
    if channel is not None and "channel" in found:
        through = found["channel"].astype("str").str.casefold()
        found = found[((through == channel.casefold()) | found["channel"].isna()).to_numpy()]
    return found["customer_id"].astype("str")
