"""What a night's scores are spent on: `python scoring_parts.py SOURCE MODEL MEMORY_LIMIT OUT` prints JSON.

The road of the command in one process with all the memory, a share of the customers after the other: CPU of each part,
libraries loaded.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scoring_model import AS_OF

from clientscape.data.read import read
from clientscape.data.size import lines_expected, shares_needed
from clientscape.data.targets import target_of
from clientscape.evaluate.drift import tally
from clientscape.run.config import memory_bytes
from clientscape.run.sources import load_source
from clientscape.scorer.model import Scorer
from clientscape.scorer.shares import trimmed
from clientscape.scorer.snapshot import Snapshot
from clientscape.scorer.store import open_folder

PARTS = ("reading and contract", "features", "model", "reasons of the flagged", "drift", "writing")


@dataclass
class Spent:
    """CPU of each part [seconds], rows, flagged customers; `all_told` are those of one share who can have reasons."""

    cpu_seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    n_shares: int = 1
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


def spent(source: Path, scorer: Scorer, memory_limit: str, out: Path) -> Spent:
    """The whole road, share by share; the reasons of all who can have some are told of the first share alone."""
    described, root = load_source(str(source))
    limit = memory_bytes(memory_limit)
    n_shares, _ = shares_needed(trimmed(described, scorer), lines_expected(described, root), limit)
    with TemporaryDirectory() as folder:
        pieces = [Path(folder, f"{i}.parquet") for i in range(n_shares)]
        _score(Spent(), source, scorer, (0, n_shares), pieces[0])  # what is compiled and loaded on first use
        found = Spent(n_shares=n_shares)
        for i, piece in enumerate(pieces):
            snapshot, scores = _score(found, source, scorer, (i, n_shares), piece)
            if i == 0:
                _tell_all(found, scorer, snapshot, scores)
        with found.on("writing"):
            target_of(str(out)).land(pieces, AS_OF, memory_limit)
    return found


def _score(
    found: Spent, source: Path, scorer: Scorer, share: tuple[int, int], piece: Path
) -> tuple[Snapshot, pd.DataFrame]:
    """One share of the customers from the file to a piece of scores."""
    described, root = load_source(str(source))
    with found.on("reading and contract"):
        tables, _ = read(trimmed(described, scorer), name=str(source), root=root, share=share)
        tables, window = scorer.admitted(tables, AS_OF, partial=share[1] > 1)
    with found.on("features"):
        told = scorer.told(tables, window)
    with found.on("model"):
        snapshot, scores = scorer.scored(told, window, reasons="none")
    flagged = scores["flagged"].to_numpy()
    with found.on("reasons of the flagged"):
        scorer.reasons(snapshot, np.flatnonzero(flagged))
    with found.on("drift"):
        tally(scorer.facts["reference"], snapshot.table, scores)
    with found.on("writing"):
        scores.to_parquet(piece, index=False)
    found.n_rows += len(scores)
    found.n_flagged += int(flagged.sum())
    return snapshot, scores


def _tell_all(found: Spent, scorer: Scorer, snapshot: Snapshot, scores: pd.DataFrame) -> None:
    eligible = np.flatnonzero(scores["p_decline"].notna())
    before = time.process_time()
    scorer.reasons(snapshot, eligible)
    found.all_told, found.all_told_seconds = len(eligible), time.process_time() - before


if __name__ == "__main__":
    _, log, model, limit, to = sys.argv
    print(json.dumps(asdict(spent(Path(log), open_folder(Path(model)).scorer, limit, Path(to)))))
