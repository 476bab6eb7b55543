"""What the lifetime value models cost: clientscape beside the package lifetimes.

`python experiments/benchmarks/clv.py --help` tells the options. The package is installed into an environment of its
own once. Each model runs in a process of its own, one round after the other, and medians are told as Markdown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import clv_judge
import numpy as np
from clv_environment import PINS, Environment
from clv_histories import Array, Histories, cdnow, simulated
from clv_report import SAID, Forecast, Row, fits, forecasts
from rich.console import Console
from rich.progress import Progress

from report import page, versions

HERE = Path(__file__).parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
PACKAGES = ("clientscape", "numpy", "scipy", "pandas", "numba")
EACH = ("ours", "lifetimes")
GROUPED = (*EACH, "lifetimes_grouped")
CONSOLE = Console(stderr=True)


@dataclass(frozen=True)
class Case:
    """Histories, which models are fitted on them by whom, and over what horizon they forecast (0: not at all)."""

    said: str
    customers: int
    models: dict[str, tuple[str, ...]]
    horizon: float
    whole_days: bool = True
    rounds: int = 3
    repeats: int = 1


CASES = {
    "cdnow": Case(
        "CDNOW, 2,357 customers, weeks",
        0,
        {"BGNBD": GROUPED, "MBGNBD": GROUPED, "ParetoNBD": GROUPED, "GammaGamma": EACH},
        horizon=39,
        rounds=5,
        repeats=20,
    ),
    "100k": Case("100,000, whole days", 100_000, {"ParetoNBD": GROUPED}, horizon=273),
    "1m": Case(
        "1 million, whole days",
        1_000_000,
        {"BGNBD": GROUPED, "MBGNBD": GROUPED, "ParetoNBD": GROUPED, "GammaGamma": EACH},
        horizon=273,
    ),
    "1m_times": Case(
        "1 million, no two alike", 1_000_000, {"BGNBD": EACH, "ParetoNBD": EACH}, horizon=273, whole_days=False
    ),
    "10m": Case(
        "10 million, whole days", 10_000_000, {"BGNBD": GROUPED, "ParetoNBD": ("ours", "lifetimes_grouped")}, horizon=0
    ),
}


def main() -> int:
    """Run what the command line asks for; 1 where clientscape could not do something."""
    asked = _arguments()
    peer = Environment(asked.folder.absolute() / "lifetimes")
    if not peer.is_ready():
        CONSOLE.print("installing lifetimes into an environment of its own")
        peer.make()
    rows: list[Row] = []
    text = ""
    for name in asked.cases:
        rows += _measure(name, peer, asked)
        text = _told(rows)
        if asked.out:
            asked.out.write_text(text, encoding="utf-8")
    print(text)
    return int(any(row.failed for row in rows if row.who == "ours"))


def _told(rows: list[Row]) -> str:
    """What is known so far, as a page."""
    facts = [versions(PACKAGES), f"lifetimes in an environment of its own: {', '.join(PINS).replace('==', ' ')}"]
    command = f"python {Path(sys.argv[0]).as_posix()} {' '.join(sys.argv[1:])}".strip()
    return page([fits(rows), forecasts(rows), SAID], facts, command)


def _measure(name: str, peer: Environment, asked: argparse.Namespace) -> list[Row]:
    """The rows of a case, measured and judged."""
    case, folder = CASES[name], asked.folder.absolute() / name
    _write(case, folder, peer)
    rows = [Row(case.said, model, who) for model, contenders in case.models.items() for who in contenders]
    rounds = asked.rounds or case.rounds
    with Progress(console=CONSOLE) as progress:
        job = progress.add_task(case.said, total=rounds * len(rows))
        for turn in range(rounds):
            for row in rows:
                progress.update(job, advance=1, description=f"{case.said}: {row.model}, {row.who}")
                _run(row, case, folder, turn, peer, asked.timeout)
    _judge(rows, case, folder)
    return rows


def _write(case: Case, folder: Path, peer: Environment) -> None:
    """The histories of a case, made when they are not there."""
    if folder.exists():
        return
    CONSOLE.print(f"writing histories: {case.said}")
    made = simulated(case.customers, whole_days=case.whole_days) if case.customers else cdnow(peer.orders)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    made.save(unfinished)
    unfinished.rename(folder)


def _run(row: Row, case: Case, folder: Path, turn: int, peer: Environment, timeout: float) -> None:
    """One more run of a row, unless it failed before."""
    if row.failed:
        return
    python = Path(sys.executable) if row.who == "ours" else peer.python
    out = _out(row, folder)
    options = [row.who, row.model, folder, case.horizon, case.repeats, turn, out]
    command = [str(part) for part in (python, HERE / "clv_contenders.py", *options)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        row.failed = f"not done after {timeout:.0f} s"
        return
    if done.returncode:
        row.failed = done.stderr.strip().rpartition("\n")[2] or f"ended with {done.returncode}"
        return
    row.runs.append(json.loads(Path(f"{out}.json").read_text(encoding="utf-8")))


def _judge(rows: list[Row], case: Case, folder: Path) -> None:
    """Put the likelihoods, and how forecasts differ, into the rows; where clientscape failed, nobody can tell."""
    histories = Histories.load(folder)
    ours = {row.model: row for row in rows if row.who == "ours" and not row.failed}
    for row in rows:
        if row.failed:
            continue
        told = _forecasts(row, folder) if case.horizon else {}
        row.forecasts = {what: Forecast(int(np.isnan(v).sum()), int((v < 0).sum())) for what, v in told.items()}
        if row.model not in ours:
            continue
        found = {tuple(run["parameters"].items()) for run in row.runs}
        row.log_likelihood = min(clv_judge.log_likelihood(row.model, dict(values), histories) for values in found)
        if told and row.who != "ours":
            own = _forecasts(ours[row.model], folder)
            same = clv_judge.forecasts(row.model, row.runs[-1]["parameters"], histories, case.horizon)
            for what, values in told.items():
                row.forecasts[what].apart = clv_judge.largest_difference(own[what], values)
                row.forecasts[what].apart_same = clv_judge.largest_difference(same[what], values)


def _forecasts(row: Row, folder: Path) -> dict[str, Array]:
    """What a row's last run forecast."""
    with np.load(f"{_out(row, folder)}.npz") as told:
        return {what: told[what] for what in told.files}


def _out(row: Row, folder: Path) -> Path:
    return folder / f"{row.model}_{row.who}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES)
    parser.add_argument("--rounds", type=int, help="default: 5 for the small case, 3 for the others")
    parser.add_argument("--timeout", type=float, default=1800, help="of one run [seconds]")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "clientscape_benchmarks", "clv"))
    parser.add_argument("--out", type=Path, help="a file for the Markdown, written after each case")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
