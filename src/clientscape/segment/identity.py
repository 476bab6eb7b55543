"""What a segment is called: lasting ids and names out of what sets its customers apart."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

UNPLACED = "unplaced"

# The beginning of a feature's name -> what much of it says of a customer, and what little.
WORDS = {
    "recency_days": ("long unseen", "recent"),
    "tenure_days": ("long known", "new"),
    "n_order": ("frequent", "infrequent"),
    "order_days": ("frequent", "infrequent"),
    "spend_change": ("rising", "falling"),
    "spend_per_order_day": ("large orders", "small orders"),
    "spend_day_max": ("large orders", "small orders"),
    "spend": ("high spend", "low spend"),
    "gap_cv_ratio": ("irregular", "regular"),
    "gap_days": ("slow rhythm", "quick rhythm"),
    "overdue_ratio": ("overdue", "on time"),
    "expected_value": ("high expected value", "low expected value"),
    "expected_orders": ("many orders expected", "few orders expected"),
    "p_alive": ("alive", "likely gone"),
}


def identify(profile: pd.DataFrame, order_by: "pd.Series[float]") -> dict[int, tuple[int, str]]:
    """Segment id and name of each label.

    Parameters
    ----------
    profile : index label, a column for each feature: the segment's deviation from the average customer.
    order_by : index label; ids count from 1 in falling order of it.

    Returns
    -------
    label -> (segment_id, name). A name says the two features that set the segment apart most, strongest first;
    a second segment of the same name gets the third, and so on; -1 is (0, "unplaced").
    """
    names: dict[int, tuple[int, str]] = {-1: (0, UNPLACED)}
    taken: set[str] = set()
    ordered = order_by.drop(-1, errors="ignore").sort_values(ascending=False, kind="stable")
    for segment_id, label in enumerate(ordered.index, start=1):
        strongest = profile.loc[label].abs().sort_values(ascending=False, kind="stable").index
        words = list(dict.fromkeys(_words(column, float(profile.loc[label, column])) for column in strongest))
        longer = (", ".join(words[:k]) for k in range(min(2, len(words)), len(words) + 1))
        name = next((n for n in longer if n not in taken), f"segment {segment_id}")
        taken.add(name)
        names[int(label)] = (segment_id, name)
    return names


def place(
    labels: NDArray[np.int64], names: dict[int, tuple[int, str]]
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Ids and names of labels; a label that was unknown at training is unplaced."""
    placed = [names.get(int(label), names[-1]) for label in labels]
    return np.array([i for i, _ in placed], dtype=np.int64), np.array([name for _, name in placed], dtype=object)


def _words(column: str, deviation: float) -> str:
    """A deviation as words: what more, or less, of a feature says of a customer."""
    known = next((pair for start, pair in WORDS.items() if column.startswith(start)), None)
    plain = column.removeprefix("n_").replace("_", " ")
    word = known[deviation < 0] if known else f"{'low' if deviation < 0 else 'high'} {plain}"
    return word
