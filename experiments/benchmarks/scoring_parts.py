"""What a night's scores are spent on: `python scoring_parts.py SOURCE MODEL N_SHARES OUT` prints JSON.

The road of the command in one process, a share of the customers after the other: CPU of each part, libraries loaded.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scoring_model import AS_OF

from clientscape.data.read import read
from clientscape.features.build import answers
from clientscape.run.sources import load_source
from clientscape.scorer.model import Scorer
from clientscape.scorer.snapshot import Snapshot
from clientscape.scorer.store import open_folder

PARTS = ("reading and contract", "features", "model", "reasons of the flagged", "writing")


@dataclass
class Spent:
    """CPU of each part [seconds], rows, flagged customers; `all_told` are those of one share who can have reasons."""

    cpu_seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    n_rows: int = 0
    n_flagged: int = 0
    all_told: int = 0
    all_told_seconds: float = 0.0

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """Time a block as a part."""
        before = time.process_time()
        yield
        self.cpu_seconds[part] += time.process_time() - before


def spent(source: Path, scorer: Scorer, n_shares: int, out: Path) -> Spent:
    """The whole road, share by share; the reasons of all who can have some are told of the first share alone."""
    _score(Spent(), source, scorer, (0, n_shares), out)  # what is compiled and loaded on first use
    found = Spent()
    for i in range(n_shares):
        snapshot, scores = _score(found, source, scorer, (i, n_shares), out)
        if i == 0:
            _tell_all(found, scorer, snapshot, scores)
    return found


def _score(
    found: Spent, source: Path, scorer: Scorer, share: tuple[int, int], out: Path
) -> tuple[Snapshot, pd.DataFrame]:
    """One share of the customers from the file to the file."""
    described, root = load_source(str(source))
    with found.on("reading and contract"):
        tables, _ = read(described, name=str(source), root=root, share=share)
        tables, window = scorer.admitted(tables, AS_OF, partial=share[1] > 1)
    with found.on("features"):
        told = answers(tables, scorer.questions(window), memory_limit=scorer.plan.memory_limit)
    with found.on("model"):
        snapshot, scores = scorer.scored(told, window, reasons="none")
    flagged = scores["flagged"].to_numpy()
    with found.on("reasons of the flagged"):
        scorer.reasons(snapshot, np.flatnonzero(flagged))
    with found.on("writing"):
        scores.to_parquet(out, index=False)
    found.n_rows += len(scores)
    found.n_flagged += int(flagged.sum())
    return snapshot, scores


def _tell_all(found: Spent, scorer: Scorer, snapshot: Snapshot, scores: pd.DataFrame) -> None:
    eligible = np.flatnonzero(scores["p_decline"].notna())
    before = time.process_time()
    scorer.reasons(snapshot, eligible)
    found.all_told, found.all_told_seconds = len(eligible), time.process_time() - before


if __name__ == "__main__":
    _, log, model, shares, to = sys.argv
    stored = open_folder(Path(model))
    print(json.dumps(asdict(spent(Path(log), stored.scorer, int(shares), Path(to)))))
