"""The command line on a log larger than its memory limit, with the memory of its whole process tree sampled."""

import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from made_log import COVERS, CURRENCY
from task import COLUMNS, DATES

EVERY_SECONDS = 0.05
CLIENTSCAPE = "import sys; from clientscape.run.cli import main; sys.exit(main())"
SOURCE = """description: A made-up log for measuring
licence: Apache-2.0
covers: [{first}, {end}]
timezone: UTC
currency: {currency}
tables:
  transactions:
    files: {log}
    row_is: line
    columns: {{{columns}}}
"""


@dataclass
class Sampled:
    """What a command took; peak is the largest sum of the resident memory of its processes that was seen."""

    returned: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_mib: float = 0.0


def features_of(log: Path, folder: Path, *, limit: str) -> Sampled:
    """`clientscape features` of the log from the last of the dates."""
    source, out = folder / f"{log.stem}.yaml", folder / f"{log.stem}_features.parquet"
    columns = ", ".join(f"{name}: {name}" for name in COLUMNS)
    source.write_text(
        SOURCE.format(first=COVERS.first, end=COVERS.end, currency=CURRENCY, log=log.resolve(), columns=columns)
    )
    as_of = f"--as-of={DATES[-1]}"
    return sampled(
        [sys.executable, "-c", CLIENTSCAPE, "features", str(source), as_of, f"--out={out}", f"--memory-limit={limit}"]
    )


def sampled(command: list[str]) -> Sampled:
    """Run a command to its end; its output goes to stderr."""
    found = Sampled()
    before, start = _children_cpu(), time.perf_counter()
    with subprocess.Popen(command, stdout=sys.stderr) as process:
        sampler = threading.Thread(target=_sample, args=(psutil.Process(process.pid), found), daemon=True)
        sampler.start()
        found.returned = process.wait()
        sampler.join()
    found.wall_seconds = time.perf_counter() - start
    found.cpu_seconds = _children_cpu() - before
    return found


def _sample(process: psutil.Process, found: Sampled) -> None:
    """Until the process is gone; one that ends between two looks is passed over."""
    while True:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return
            tree = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        held = 0
        for member in tree:
            try:
                held += member.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        found.peak_mib = max(found.peak_mib, held / 2**20)
        time.sleep(EVERY_SECONDS)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
