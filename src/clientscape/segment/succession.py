"""Which segments of a new clustering carry on those of the model before it: ids that never change their meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from clientscape.faults import Fault, refuse

Labels = NDArray[np.int64]
Champions = Mapping[int, tuple[int, str]]
COLUMNS = ["segment_id", "label", "status", "name", "moved", "overlap", "customers"]
TOLD = 0.05  # smaller shares of a segment are left out of the words


@dataclass(frozen=True)
class Succession:
    """What became of each segment; it holds counts and shares, no customer.

    ids : new label -> lasting segment_id, the unplaced (-1) left out; names : new label -> name, of the kept alone.
    table : a row for each new segment and for each old one that is gone: segment_id; label, missing for the gone;
    status (`kept`, `merged`, `split`, `new`, `gone`); name, empty for who has none yet; moved, where its customers
    came from or went to, in words; overlap, with its own old segment for the kept, else the highest with any of the
    other side (Jaccard) [0..1]; customers, those of a new segment now, those of a gone one before.
    next_id : the first id that is still free.
    """

    ids: dict[int, int]
    names: dict[int, str]
    table: pd.DataFrame
    next_id: int


def succeed(before: Labels, now: Labels, ids: Champions, next_id: int, *, kept_overlap: float = 0.5) -> Succession:
    """Match the segments of a new clustering to those of the champion, on the same customers.

    Old and new are paired so that the sum of their Jaccard overlaps is highest (Kuhn 1955), over the customers whom
    both place; an overlap below `kept_overlap` counts nothing, or two poor pairs could break up a good one. A new
    segment is

    - kept: it has a partner, whose id and name it takes over;
    - merged: it holds more than half of each of two or more old ones;
    - split: more than half of it comes from an old one of which there are two or more such parts, which together
      hold more than half of it;
    - new: anything else.

    Only the kept keep an id, all others get new ones in falling order of size, the largest part of a split too: what
    an id stood for in an old list it stands for in a new one. An old segment that nobody keeps is gone. How labels
    are numbered changes nothing: where all is equal, the order of ids and of the customers decides.

    Parameters
    ----------
    before, now : (n,), labels of the same customers by the champion and by the new model; -1 is unplaced.
    ids : the champion's label -> (segment_id, name); -1 may be among them.
    next_id : the first id that was never given.

    Raises InputError where customers or labels do not belong together, or where an id would be given again.
    """
    before, now = np.asarray(before, dtype=np.int64), np.asarray(now, dtype=np.int64)
    refuse(_faults(before, now, ids, next_id, kept_overlap))
    counts = _counted(before, now, sorted((label for label in ids if label >= 0), key=lambda label: ids[label][0]))
    overlap = _jaccard(counts)
    heirs = _heirs(overlap, kept_overlap)
    fresh = [label for label in _labels(counts.columns) if label not in heirs]
    given = {new: ids[old][0] for new, old in heirs.items()} | {new: next_id + i for i, new in enumerate(fresh)}
    names = {new: ids[old][1] for new, old in heirs.items()}
    called = {new: names.get(new, f"segment {segment_id}") for new, segment_id in given.items()}
    statuses = _statuses(counts) | dict.fromkeys(heirs, "kept")
    rows: list[tuple[object, ...]] = []
    for new in _labels(counts.columns):
        came = _told("from", counts[new], {old: name for old, (_, name) in ids.items()})
        best = overlap.loc[heirs[new], new] if new in heirs else overlap[new].max()
        rows.append((given[new], new, statuses[new], names.get(new, ""), came, best, int(np.sum(now == new))))
    for old in sorted(set(_labels(counts.index)) - set(heirs.values())):
        segment_id, name = ids[old]
        went, held = _told("to", counts.T[old], called), int(np.sum(before == old))
        rows.append((segment_id, pd.NA, "gone", name, went, overlap.loc[old].max(), held))
    kinds = {"label": "Int64", "overlap": "float64"}
    table = pd.DataFrame(rows, columns=COLUMNS).astype(kinds).fillna({"overlap": 0.0})
    return Succession(given, names, table.sort_values("segment_id", ignore_index=True), next_id + len(fresh))


def _counted(before: Labels, now: Labels, old: list[int]) -> pd.DataFrame:
    """Customers whom both place: a row an old label, in the order given, a column a new one, largest first."""
    both = (before >= 0) & (now >= 0)
    labels, first, sizes = np.unique(now[now >= 0], return_index=True, return_counts=True)
    counts = pd.crosstab(before[both], now[both]).reindex(index=old, columns=labels, fill_value=0).astype(np.int64)
    order = sorted(range(len(labels)), key=lambda i: (-sizes[i], (-counts.iloc[:, i]).tolist(), first[i]))
    return counts.iloc[:, order]


def _jaccard(counts: pd.DataFrame) -> pd.DataFrame:
    union = counts.sum(axis=1).to_numpy()[:, None] + counts.sum(axis=0).to_numpy() - counts
    return pd.DataFrame(counts / union.clip(lower=1))


def _heirs(overlap: pd.DataFrame, kept_overlap: float) -> dict[int, int]:
    """New label -> the old one that it carries on."""
    counted = overlap.where(overlap >= kept_overlap, 0.0).to_numpy()
    pairs = zip(*linear_sum_assignment(counted, maximize=True), strict=True)
    return {int(overlap.columns[n]): int(overlap.index[o]) for o, n in pairs if counted[o, n] > 0}


def _statuses(counts: pd.DataFrame) -> dict[int, str]:
    """What each new segment is if it is not kept."""
    held = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    parts = counts / counts.sum(axis=0).clip(lower=1) > 0.5
    was_split = (parts.sum(axis=1) >= 2) & (held.where(parts, 0.0).sum(axis=1) > 0.5)
    merged = (held > 0.5).sum(axis=0) >= 2
    split = parts[was_split].any(axis=0)
    return {new: "merged" if merged[new] else "split" if split[new] else "new" for new in _labels(counts.columns)}


def _told(way: str, customers: "pd.Series[int]", names: Mapping[int, str]) -> str:
    """Where customers came from or went to, the largest share first; empty where nobody is on the other side."""
    shares = (customers / max(customers.sum(), 1)).sort_values(ascending=False, kind="stable")
    told = zip(_labels(shares.index), shares, strict=True)
    return "; ".join(f"{share:.0%} {way} {names[label]}" for label, share in told if share >= TOLD)


def _labels(axis: "pd.Index[Any]") -> list[int]:
    return [int(label) for label in axis]


def _faults(before: Labels, now: Labels, ids: Champions, next_id: int, kept_overlap: float) -> Iterator[Fault]:
    if before.shape != now.shape or before.ndim != 1:
        cure = "place the same customers by both models"
        yield Fault("succession", f"labels of shape {before.shape} and {now.shape}", "two labels a customer", cure)
    if unknown := sorted({*before[before >= 0].tolist()} - set(ids)):
        cure = "place the customers by the model that the ids are of"
        yield Fault("succession.before", f"labels {unknown}", "labels that the champion's ids name", cure)
    known = [segment_id for label, (segment_id, _) in ids.items() if label >= 0]
    if len(set(known)) < len(known):
        yield Fault("succession.ids", f"{sorted(known)}", "each id once", "give each segment an id of its own")
    if next_id <= max(known, default=0):
        cure = "hand in the next_id that the last succession gave"
        yield Fault("succession.next_id", f"{next_id}", f"an id above {max(known, default=0)}", cure)
    if not 0 < kept_overlap <= 1:
        yield Fault("succession.kept_overlap", f"{kept_overlap}", "a share above 0, at most 1", "0.5 is the default")
