"""Notebooks tell a story out of what the library makes: they run on the sample, and define nothing of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_sample(path, planted, tmp_path):
    # In a process of its own: a kernel's event loop and sockets are not this project's warnings.
    run = f"import nbclient, nbformat; nbclient.NotebookClient(nbformat.read({str(path)!r}, 4), timeout=120).execute()"
    told = {
        "CLIENTSCAPE_STORE": str(planted.store),
        "CLIENTSCAPE_EXPERIMENT": planted.name,
        "CLIENTSCAPE_SOURCE": "sample",
    }
    env = os.environ | told | {"IPYTHONDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", run], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing_and_is_stored_without_output(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert cells
    for cell in cells:
        assert not re.search(r"^\s*(def|class)\s|\bfit\(", cell.source, re.MULTILINE)
        assert cell.outputs == []
