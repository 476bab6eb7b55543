"""Notebooks tell a story out of what the library makes: they run on the sample, and define nothing of their own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))


# Each with names of its own; what they import is imported once for all, which takes longer than running them.
RUN = """
import json, os, sys
import matplotlib, nbformat
from IPython.core.interactiveshell import InteractiveShell
from matplotlib_inline.backend_inline import configure_inline_support
matplotlib.use(inline := "module://matplotlib_inline.backend_inline")
failed = {}
for path in sys.argv[1:]:
    shell = InteractiveShell(user_ns={})
    configure_inline_support(shell, inline)
    for cell in nbformat.read(path, 4).cells:
        done = shell.run_cell(cell.source) if cell.cell_type == "code" else None
        if done and not done.success:
            failed[path] = repr(done.error_before_exec or done.error_in_exec)
            break
print(json.dumps(failed), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def failed(planted, tmp_path_factory):
    """What went wrong by notebook; they run in a process of their own."""
    told = {
        "CLIENTSCAPE_STORE": str(planted.store),
        "CLIENTSCAPE_EXPERIMENT": planted.name,
        "CLIENTSCAPE_SOURCE": "sample",
    }
    env = os.environ | told | {"IPYTHONDIR": str(tmp_path_factory.mktemp("ipython"))}
    words = [sys.executable, "-c", RUN, *map(str, NOTEBOOKS)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_sample(path, failed):
    assert str(path) not in failed, failed[str(path)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing_and_is_stored_without_output(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert cells
    for cell in cells:
        assert not re.search(r"^\s*(def|class)\s|\bfit\(", cell.source, re.MULTILINE)
        assert cell.outputs == []
