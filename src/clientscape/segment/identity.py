"""Lasting ids and names of segments."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clientscape.segment.names import names
from clientscape.segment.traits import Language

UNPLACED = "unplaced"
NOT_PLACED = {"en": UNPLACED, "de": "nicht zugeordnet"}


def identify(
    profile: pd.DataFrame, order_by: "pd.Series[float]", language: Language = "en"
) -> dict[int, tuple[int, str]]:
    """Segment id and name of each label.

    Parameters
    ----------
    profile : index label, a column for each feature: the segment's deviation from the average customer [spreads].
    order_by : index label; ids count from 1 in falling order of it, and names that are equal are ranked by it.
    language : of the names, whose rule stands in `clientscape.segment.names`.

    Returns
    -------
    label -> (segment_id, name), all names different; -1 is (0, "unplaced"), in German "nicht zugeordnet".
    """
    ordered = order_by.drop(-1, errors="ignore").sort_values(ascending=False, kind="stable").index
    named = enumerate(names(profile.loc[ordered], language), start=1)
    return {-1: (0, NOT_PLACED[language])} | {int(label): found for label, found in zip(ordered, named, strict=True)}


def place(
    labels: NDArray[np.int64], names: dict[int, tuple[int, str]]
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Ids and names of labels; a label that was unknown at training is unplaced."""
    known, at = np.unique(labels, return_inverse=True)
    placed = [names.get(int(label), names[-1]) for label in known]
    ids, called = np.array([i for i, _ in placed], dtype=np.int64), np.array([name for _, name in placed], dtype=object)
    return ids[at], called[at]
