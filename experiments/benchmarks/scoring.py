"""What a night's scores cost: `clientscape score` beside the same in pandas in one go, and on other engines.

`python experiments/benchmarks/scoring.py --help` tells the options. First all are held against each other on a small
shop; then each runs in processes of its own, one round after the other; medians are told as Markdown.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from equality import differences
from memory import Sampled, sampled
from rich.console import Console
from rich.progress import Progress
from scoring_jobs import HERE, WHO, Jobs
from scoring_model import PLANS, write_model
from scoring_parts import Spent
from scoring_report import Row, jobs, paces, said, shares, starts
from scoring_shop import LINES_A_CUSTOMER, write_shop

from report import page, versions

PACKAGES = ("clientscape", "numpy", "pandas", "pyarrow", "duckdb", "numba", "scikit-learn")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
SAME = ("duckdb", "spark", "pandas")  # who must give the scores of `walk`
TINY = 100  # customers: what the command takes for them is its start
CONSOLE = Console(stderr=True)


def main() -> int:
    """Run what the command line asks for; 1 where scores differ or somebody fails."""
    asked = _arguments()
    made = Jobs(asked.folder, asked.memory_limit)
    _prepare(asked, made)
    if asked.check_customers and not _check(asked, made):
        return 1
    started = _started(asked, made)
    rows: list[Row] = []
    spent: dict[int, Spent] = {}
    for n in asked.customers:
        rows += (of_shop := [Row(n, n * LINES_A_CUSTOMER, who) for who in asked.what])
        _measure(asked, made, of_shop)
        spent[n] = _spent(made, n)
        text = _told(asked, rows, spent, started)
        if asked.out:
            asked.out.write_text(text, encoding="utf-8")
    print(text)
    return int(any(row.failed for row in rows))


def _told(
    asked: argparse.Namespace, rows: list[Row], spent: dict[int, Spent], started: dict[str, list[Sampled]]
) -> str:
    """What is known so far, as a page."""
    command = f"python {Path(sys.argv[0]).as_posix()} {' '.join(sys.argv[1:])}".strip()
    tables = [jobs(rows), said(asked.long, asked.check_customers, _same(asked)), shares(spent), paces(spent)]
    packages = [*PACKAGES, *(["pyspark"] if "spark" in asked.what else [])]
    return page([*tables, starts(started, TINY)], [versions(packages)], command)


def _prepare(asked: argparse.Namespace, made: Jobs) -> None:
    """Shops, and both models, fitted anew to a small one: the code may have changed."""
    for n in {asked.taught_on, TINY, *asked.customers, *([asked.check_customers] if asked.check_customers else [])}:
        CONSOLE.print(f"a shop of {n:,} customers")
        write_shop(asked.folder, n)
    for name, plan in PLANS.items():
        CONSOLE.print(f"fitting the {name} model to {asked.taught_on:,} customers")
        shutil.rmtree(made.model(name), ignore_errors=True)
        write_model(made.model(name), write_shop(asked.folder, asked.taught_on), plan)


def _check(asked: argparse.Namespace, made: Jobs) -> bool:
    """Whether all who are asked give the same scores of a small shop."""
    found = dict(checked(made, asked.check_customers, _same(asked)))
    for who, faults in found.items():
        CONSOLE.print(f"{who}: {'; '.join(faults) or 'equal'}", highlight=False)
    return not any(found.values())


def _same(asked: argparse.Namespace) -> list[str]:
    return [who for who in SAME if who in asked.what]


def checked(made: Jobs, n_customers: int, who: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each contender with what differs between his scores of a shop and those of the command."""
    expected = None
    for one in ("walk", *who):
        CONSOLE.print(f"checking {one} on {n_customers:,} customers")
        taken = sampled(made.command(one, n_customers))
        if taken.returned:
            yield one, [f"ended with {taken.returned}"]
            return
        scores = pd.read_parquet(made.scores(one, n_customers))
        if expected is None:
            expected = scores
        else:
            yield one, differences(expected, scores)


def _measure(asked: argparse.Namespace, made: Jobs, rows: list[Row]) -> None:
    with Progress(console=CONSOLE) as progress:
        job = progress.add_task(f"{rows[0].customers:,} customers", total=asked.rounds * len(rows))
        for _ in range(asked.rounds):
            for row in rows:
                progress.update(job, advance=1, description=f"{row.customers:,} customers, {row.what}")
                if row.failed or (row.runs and row.median("wall_seconds") > asked.long):
                    continue
                taken = sampled(made.command(row.what, row.customers))
                if taken.returned:
                    row.failed = f"ended with {taken.returned}"
                else:
                    row.runs.append(taken)


def _spent(made: Jobs, n_customers: int) -> Spent:
    """What the road is spent on, in a process of its own with one thread."""
    CONSOLE.print(f"the parts for {n_customers:,} customers")
    source, out = made.folder / f"shop_{n_customers}.yaml", made.scores("parts", n_customers)
    asked = map(str, (HERE / "scoring_parts.py", source, made.model("heavy"), made.memory_limit, out))
    done = subprocess.run(
        [sys.executable, *asked], stdout=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD}, check=True
    )
    return Spent(**json.loads(done.stdout))


def _started(asked: argparse.Namespace, made: Jobs) -> dict[str, list[Sampled]]:
    """How long the command takes to start; the first round warms the files' cache and does not count."""
    rounds = [{name: sampled(run) for name, run in made.starts(TINY).items()} for _ in range(asked.rounds + 1)]
    return {name: [taken[name] for taken in rounds[1:]] for name in rounds[0]}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--what", nargs="+", default=WHO, choices=WHO)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", type=float, default=300, help="what takes longer is run once [seconds]")
    parser.add_argument("--memory-limit", default="4GB", help="of the command")
    parser.add_argument("--taught-on", type=int, default=5_000, help="customers of the shop that models are fitted to")
    parser.add_argument("--check-customers", type=int, default=10_000, help="of the check before; 0 for none")
    folder = Path(tempfile.gettempdir(), "clientscape_benchmarks", "scoring")
    parser.add_argument("--folder", type=Path, default=folder, help="for shops, models and scores")
    parser.add_argument("--out", type=Path, help="a file for the Markdown, written after each shop")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
