"""What a segment is called: lasting ids and names out of what sets its customers apart."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

UNPLACED = "unplaced"


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
    for segment_id, label in enumerate(order_by.drop(-1, errors="ignore").sort_values(ascending=False).index, start=1):
        strongest = profile.loc[label].abs().sort_values(ascending=False, kind="stable").index
        words = [f"{_word(float(profile.loc[label, column]))} {_plain(column)}" for column in strongest]
        name = next(
            (n for k in range(2, len(words) + 1) if (n := ", ".join(words[:k])) not in taken), f"segment {segment_id}"
        )
        taken.add(name)
        names[int(label)] = (segment_id, name)
    return names


def place(
    labels: NDArray[np.int64], names: dict[int, tuple[int, str]]
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Ids and names of labels; a label that was unknown at training is unplaced."""
    placed = [names.get(int(label), names[-1]) for label in labels]
    return np.array([i for i, _ in placed], dtype=np.int64), np.array([name for _, name in placed], dtype=object)


def _word(deviation: float) -> str:
    if abs(deviation) < 0.25:
        return "usual"
    return ("very high" if deviation > 1 else "high") if deviation > 0 else ("very low" if deviation < -1 else "low")


def _plain(column: str) -> str:
    for ending in ("_days", "_ratio", "_total"):
        column = column.removesuffix(ending)
    return column.removeprefix("n_").replace("_", " ")
