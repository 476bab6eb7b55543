"""Those whose sweeps are measured, each in a process of its own.

`python segments_contenders.py WHO SWEEP OUT` with the sweep as JSON leaves OUT.json and OUT.npz.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import segments_ours
import segments_plain
from segments_sweep import Sweep, Told

WHO = ("ours", "ours_2", "plain", "plain_cached")


def main() -> None:
    """Run what the command line asks for; libraries are loaded and warm before the clock starts."""
    who, asked, out = sys.argv[1:]
    sweep = Sweep(**json.loads(asked))
    run(who, Sweep(300, 300, 1, 1, 1, 1, 3))
    took, found = measured(who, sweep)
    np.savez_compressed(f"{out}.npz", **found.labels)
    Path(f"{out}.json").write_text(json.dumps(took | found.as_json()), encoding="utf-8")


def measured(who: str, sweep: Sweep) -> tuple[dict[str, Any], Told]:
    """CPU of all processes and wall time of a sweep, and what it told."""
    cpu, wall = _cpu_seconds(), time.perf_counter()
    found = run(who, sweep)
    return {"cpu_seconds": _cpu_seconds() - cpu, "wall_seconds": time.perf_counter() - wall}, found


def run(who: str, sweep: Sweep) -> Told:
    """What a contender tells."""
    if who.startswith("ours"):
        return segments_ours.told(sweep, 2 if who == "ours_2" else 0)
    if who == "plain":
        return segments_plain.told(sweep)
    with tempfile.TemporaryDirectory() as folder:
        return segments_plain.told(sweep, folder)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


if __name__ == "__main__":
    main()
