"""What a sweep of clusterings with all its refits costs: clientscape beside a plain loop over scikit-learn and hdbscan.

`python experiments/benchmarks/segments.py --help` tells the options. Each sweep runs in a process of its own, one round
after the other; medians, and whether both say the same, are told as Markdown.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from memory import sampled
from rich.console import Console
from rich.progress import Progress
from segments_judge import Verdict, verdict
from segments_report import SAID, Row, costs, likelihoods, likeness, parts
from segments_sweep import Sweep

from report import page, versions

HERE = Path(__file__).parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
PACKAGES = ("clientscape", "numpy", "scipy", "scikit-learn", "hdbscan")
ALL = 20_000  # customers that an experiment measures refits and nulls on at most
CONSOLE = Console(stderr=True)


@dataclass(frozen=True)
class Case:
    """A sweep, by whom, and how often."""

    sweep: Sweep
    who: tuple[str, ...]
    rounds: int = 1


CASES = {
    "5k": Case(Sweep(5_000, ALL), ("ours", "plain", "plain_cached"), rounds=3),
    "5k_on_2k": Case(Sweep(5_000, 2_000), ("ours",), rounds=3),
    "20k": Case(Sweep(20_000, ALL), ("ours", "plain")),
    "20k_on_5k": Case(Sweep(20_000, 5_000), ("ours",)),
    "100k": Case(Sweep(100_000, ALL), ("ours_2",)),
    "1m": Case(Sweep(1_000_000, ALL), ("ours_2",)),
}


def main() -> int:
    """Run what the command line asks for; 1 where clientscape could not do something."""
    asked = _arguments()
    os.environ.update(ONE_THREAD)
    asked.folder.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    verdicts: dict[int, Verdict] = {}
    for name in asked.cases:
        case = CASES[name]
        rows += (of_case := measured(name, case, asked.folder, asked.rounds or case.rounds))
        if {"ours", "plain"} <= {row.who for row in of_case if not row.failed}:
            verdicts[case.sweep.n] = _verdict(name, of_case, asked.folder)
        text = told(rows, verdicts)
        if asked.out:
            asked.out.write_text(text, encoding="utf-8")
    print(text)
    return int(any(row.failed for row in rows if row.who.startswith("ours")))


def told(rows: list[Row], verdicts: dict[int, Verdict]) -> str:
    """What is known so far, as a page."""
    command = f"python {Path(sys.argv[0]).as_posix()} {' '.join(sys.argv[1:])}".strip()
    tables = [costs(rows), parts(rows), SAID]
    if verdicts:
        tables += [likeness(verdicts), likelihoods(verdicts)]
    return page(tables, [versions(PACKAGES)], command)


def measured(name: str, case: Case, folder: Path, rounds: int) -> list[Row]:
    """The rows of a case, each with what its rounds told."""
    rows = [Row(case.sweep.n, case.sweep.measured_on, who) for who in case.who]
    with Progress(console=CONSOLE) as progress:
        job = progress.add_task(name, total=rounds * len(rows))
        for _ in range(rounds):
            for row in rows:
                progress.update(job, advance=1, description=f"{name}: {row.who}")
                _run(row, case.sweep, _out(name, row, folder))
    return rows


def _run(row: Row, sweep: Sweep, out: Path) -> None:
    """One more run of a row, unless it failed before."""
    if row.failed:
        return
    asked = asdict(sweep) | ({"families": ["hdbscan"]} if row.who == "plain_cached" else {})
    command = [
        sys.executable,
        "-W",
        "ignore",
        str(HERE / "segments_contenders.py"),
        row.who,
        json.dumps(asked),
        str(out),
    ]
    taken = sampled(command)
    if taken.returned:
        row.failed = f"ended with {taken.returned}"
        return
    row.runs.append(json.loads(Path(f"{out}.json").read_text(encoding="utf-8")) | {"peak_mib": taken.peak_mib})


def _verdict(name: str, rows: list[Row], folder: Path) -> Verdict:
    """Clientscape's last run held against the plain loop's."""
    by = {row.who: row for row in rows}
    labels = []
    for who in ("ours", "plain"):
        with np.load(f"{_out(name, by[who], folder)}.npz") as kept:
            labels.append({of: kept[of] for of in kept.files})
    return verdict(by["ours"].runs[-1], by["plain"].runs[-1], *labels)


def _out(name: str, row: Row, folder: Path) -> Path:
    return folder / f"{name}_{row.who}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES)
    parser.add_argument("--rounds", type=int, help="default: 3 for the small cases, 1 for the others")
    folder = Path(tempfile.gettempdir(), "clientscape_benchmarks", "segments")
    parser.add_argument("--folder", type=Path, default=folder, help="for what the runs leave")
    parser.add_argument("--out", type=Path, help="a file for the Markdown, written after each case")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
