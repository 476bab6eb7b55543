"""Processes that are there to be killed: they begin with what they import already there."""

from multiprocessing import get_context

processes = get_context("forkserver")
processes.set_forkserver_preload(["tests.data.writer", "tests.run.night_command"])
