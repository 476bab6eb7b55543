"""Processes that work for this one, and end with it."""

import atexit
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from typing import Any


@contextmanager
def processes(n: int, prepare: Callable[..., None] | None = None, *given: Any) -> Iterator[ProcessPoolExecutor]:
    """So many fresh processes, each prepared once; all are stopped when the block is left by an exception."""
    pool = ProcessPoolExecutor(n, get_context("spawn"), _begin, (prepare, given))
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in active_children():
            child.terminate()
        raise
    pool.shutdown()


def available() -> int:
    """How many processors there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(prepare: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    """Set a process up: Ctrl-C is the parent's to answer, and without a parent there is nobody to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Registered first, it runs last: taking an interpreter down has DuckDB's bindings tell their leaks at length.
    atexit.register(os._exit, 0)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    if prepare is not None:
        prepare(*given)


def _end_with_the_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
