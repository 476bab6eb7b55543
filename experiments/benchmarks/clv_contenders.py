"""Those whose models are measured, each in a process of its own and in either environment.

`python clv_contenders.py WHO MODEL HISTORIES HORIZON REPEATS SEED OUT` leaves OUT.json and, with a horizon, OUT.npz.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from clv_histories import Array, Histories

TINY = 500


def main() -> None:
    """Run what the command line asks for."""
    who, model, folder, horizon, repeats, seed, out = sys.argv[1:]
    # Where a search of lifetimes starts is drawn at random.
    np.random.seed(int(seed))
    histories = Histories.load(Path(folder))
    told, forecasts = measured(who, model, histories, float(horizon), int(repeats))
    Path(f"{out}.json").write_text(json.dumps(told), encoding="utf-8")
    if forecasts:
        np.savez(f"{out}.npz", **forecasts)


def measured(
    who: str, model: str, h: Histories, horizon: float, repeats: int
) -> tuple[dict[str, Any], dict[str, Array]]:
    """The parameters, what the fit and each forecast took, and the forecasts; the libraries are loaded and warm."""
    module, _, form = who.partition("_")
    library = import_module(f"clv_{module}")
    fit = getattr(library, f"fit_{form}" if form else "fit")
    forecast = getattr(library, f"forecasts_{form}" if form else "forecasts")
    tiny = h.first(TINY)
    warm = fit(model, tiny)
    taken, fitted = _timed(lambda: fit(model, h), repeats)
    told: dict[str, Any] = {"parameters": library.parameters(fitted), "fit": taken}
    values: dict[str, Array] = {}
    if horizon:
        for call in forecast(model, warm, tiny, horizon).values():
            call()
        for what, call in forecast(model, fitted, h, horizon).items():
            told[what], values[what] = _timed(call, repeats)
    return told, values


def _timed(call: Callable[[], Any], repeats: int) -> tuple[dict[str, float], Any]:
    """CPU of a call, a mean of its repeats, the most memory that the process held, and what the last one returned."""
    _forget_peak()
    before = time.process_time()
    for _ in range(repeats):
        result = call()
    return {"cpu_seconds": (time.process_time() - before) / repeats, "peak_mib": _peak_mib()}, result


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # getrusage would tell the maximum of the program that started this one, and cannot forget.
    return int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    main()
