"""A small scorer, and a real tracking server that keeps runs and artifacts for itself."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress

import pytest
from tests.run.exported import RFM, plan_of

from clientscape.catalog import expand
from clientscape.scorer.model import Scorer


@pytest.fixture(scope="session")
def small(shop, window):
    return Scorer(plan_of(expand(RFM), RFM)).fit(shop, window)


@pytest.fixture(scope="session")
def address(new_store):
    """Of an MLflow server, bound to this machine."""
    folder = new_store()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--artifacts-destination", str(folder / "kept")]
    words = ["-m", "mlflow", "server", *kept, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (folder / "log").open("w") as log:
        told = {"env": os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}, "stdout": log, "stderr": log}
        with subprocess.Popen([sys.executable, *words], start_new_session=True, **told) as process:
            try:
                while not _is_up(port):
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.2)
                yield f"http://127.0.0.1:{port}"
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _is_up(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as told:
        return told.status == 200
    return False
