"""Processes that work for this one: prepared once, deaf to Ctrl-C, gone when they are not needed or nobody is left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children

import pytest

from clientscape.processes import available, processes

# A parent with two workers, one at work on something long, one idle; its output ends when the last of the three does.
PARENT = """
import os, time
from clientscape.processes import processes
with processes(2) as pool:
    pool.submit(time.sleep, 0).result()
    for _ in range(2):
        pool.submit(time.sleep, 600)
    print(*(child for child in pool._processes), flush=True)
    time.sleep(600)
"""
SOON = 20  # seconds, far more than it takes and far less than the work


def test_work_comes_back_from_processes_that_were_prepared_once(tmp_path):
    here = os.getcwd()
    with processes(1, os.chdir, tmp_path) as pool:
        assert pool.submit(os.getcwd).result() == str(tmp_path.resolve())
        theirs = pool.submit(os.getpid).result()
        assert theirs != os.getpid()
        os.kill(theirs, signal.SIGINT)  # a terminal sends it to all; only the parent answers
        assert pool.submit(os.getpid).result() == theirs
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
        assert pool.submit(os.getpid).result() == theirs
    assert os.getcwd() == here
    assert active_children() == []


def test_an_exception_in_the_block_ends_them_at_their_work():
    began = time.monotonic()
    work = []

    def broken_off():
        with processes(1) as pool:
            pool.submit(os.getpid).result()
            work.extend(pool.submit(time.sleep, 600) for _ in range(3))
            raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError, match="disk on fire"):
        broken_off()
    for child in active_children():
        child.join(SOON)
    assert active_children() == []
    assert all(future.cancelled() or future.exception(SOON) is not None for future in work)
    assert time.monotonic() - began < SOON


def test_they_end_by_themselves_when_their_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, start_new_session=True)
    assert parent.stdout is not None
    try:
        children = parent.stdout.readline().split()
        assert len(children) == 2
        assert parent.poll() is None
        parent.kill()  # the parent alone, not its group
        parent.communicate(timeout=SOON)  # ends when nobody holds the other end any more
    finally:
        ended(parent)
    assert parent.returncode == -signal.SIGKILL


def ended(parent):
    """Leave no process of its group behind, should the test have failed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(parent.pid, signal.SIGKILL)
    parent.wait()


def test_there_is_at_least_one_processor():
    assert 1 <= available() <= (os.cpu_count() or 1)
