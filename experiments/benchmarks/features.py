"""What features cost: clientscape against the read, the same in pandas and in DuckDB's SQL.

`python experiments/benchmarks/features.py --help` tells the options. First the peers are held against clientscape on a
small log; then each runs in a process of its own, one round after the other, and medians are told as Markdown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import memory
from made_log import write_log
from rich.console import Console
from rich.progress import Progress
from task import learnt_prices

from report import Row, as_markdown

HERE = Path(__file__).parent
NAMES = ("read", "walk", "pandas", "sql", "sql_by_date", "engine_duckdb")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
MEASURED = (
    "Medians of the rounds, each run in a fresh process with its libraries loaded, one thread; CPU is user and system"
    " time. Peaks include Python and all libraries. Usual prices were learnt and stored before."
)
SAMPLED = "CPU of the whole command and its children; the peak is the largest sum of their resident memory seen."
CONSOLE = Console(stderr=True)


def main() -> int:
    """Run what the command line asks for; 1 where a peer does not compute the same."""
    asked = _arguments()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.memory:
        return _memory(asked)
    if asked.check_lines and not _check(asked.folder, asked.check_lines):
        return 1
    rows = _measure(asked)
    text = as_markdown(rows, MEASURED, f"python {Path(sys.argv[0]).as_posix()} {' '.join(sys.argv[1:])}".strip())
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


def log_of(folder: Path, lines: int) -> Path:
    """The log of so many lines and the prices learnt from it, made when they are not there."""
    log = folder / f"{lines}.parquet"
    if not log.exists():
        CONSOLE.print(f"writing a log of {lines:,} lines")
        write_log(log, lines)
    return log


def prices_of(log: Path) -> Path:
    """The usual prices learnt from a log, made when they are not there."""
    prices = log.with_name(f"{log.stem}_prices.parquet")
    if not prices.exists():
        CONSOLE.print("learning its usual prices")
        learnt_prices(log).to_parquet(prices)
    return prices


def _check(folder: Path, lines: int) -> bool:
    """Whether the peers compute what clientscape does, on a small log."""
    CONSOLE.print(f"checking the peers on {lines:,} lines")
    log = log_of(folder, lines)
    done = _python("equality.py", log, prices_of(log))
    CONSOLE.print(done.stdout.rstrip() or _last(done.stderr), highlight=False)
    return done.returncode == 0


def _measure(asked: argparse.Namespace) -> list[Row]:
    rows = []
    with Progress(console=CONSOLE) as progress:
        for lines in asked.lines:
            log = log_of(asked.folder, lines)
            prices = prices_of(log)
            names = [name for name in asked.what if name != "engine_duckdb" or lines <= asked.engine_up_to]
            known = [Row(lines, 0, "read")] if "read" in names else []
            # With one date there is nothing to share between queries.
            apart = {1: ("read", "sql_by_date")}
            known += [Row(lines, n, name) for n in asked.dates for name in names if name not in apart.get(n, ("read",))]
            job = progress.add_task(f"{lines:,} lines", total=asked.rounds * len(known))
            for _ in range(asked.rounds):
                for row in known:
                    progress.update(job, advance=1, description=f"{lines:,} lines, {row.dates} dates, {row.what}")
                    _run(row, log, prices, asked.timeout)
            rows += known
    return rows


def _run(row: Row, log: Path, prices: Path, timeout: float) -> None:
    """One more run of a row, unless it failed before."""
    if row.failed:
        return
    try:
        done = _python("contenders.py", row.what, log, row.dates or 1, prices, timeout=timeout)
    except subprocess.TimeoutExpired:
        row.failed = f"not done after {timeout:.0f} s"
        return
    if done.returncode:
        row.failed = _last(done.stderr) or f"ended with {done.returncode}"
        return
    row.add(**json.loads(done.stdout))


def _memory(asked: argparse.Namespace) -> int:
    """The command line on a long log under a memory limit."""
    lines = asked.lines[-1]
    taken = memory.features_of(log_of(asked.folder, lines), asked.folder, limit=asked.memory_limit)
    row = Row(lines, 1, f"`clientscape features`, limit {asked.memory_limit}")
    row.add(taken.cpu_seconds, taken.wall_seconds, taken.peak_mib)
    row.failed = f"ended with {taken.returned}" if taken.returned else ""
    text = as_markdown([row], SAMPLED, f"python {Path(sys.argv[0]).as_posix()} {' '.join(sys.argv[1:])}")
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    print(text)
    return taken.returned


def _python(*arguments: object, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    script, *rest = map(str, arguments)
    command = [sys.executable, str(HERE / script), *rest]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}, timeout=timeout)


def _last(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, nargs="+", help="default: 1 and 10 million; with --memory 50 million")
    parser.add_argument("--dates", type=int, nargs="+", default=[1, 12], choices=range(1, 13), metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--what", nargs="+", default=NAMES, choices=NAMES)
    parser.add_argument("--engine-up-to", type=int, default=1_000_000, help="lines for the engine on DuckDB")
    parser.add_argument("--check-lines", type=int, default=100_000, help="of the check before; 0 for none")
    parser.add_argument("--timeout", type=float, default=3600, help="of one run [seconds]")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "clientscape_benchmarks"))
    parser.add_argument("--out", type=Path, help="a file for the Markdown")
    parser.add_argument("--memory", action="store_true", help="only the command line under --memory-limit")
    parser.add_argument("--memory-limit", default="2GB")
    asked = parser.parse_args()
    asked.lines = asked.lines or ([50_000_000] if asked.memory else [1_000_000, 10_000_000])
    return asked


if __name__ == "__main__":
    sys.exit(main())
