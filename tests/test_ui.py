"""The printed link opens the trials in the MLflow UI: sorted, filtered, as charts."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from clientscape.track.store import ADDRESS, deep_link

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def server(planted):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = f"sqlite:///{(planted.store / 'mlflow.db').resolve()}"
    words = ["-m", "mlflow", "ui", "--backend-store-uri", store, "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    told = {"env": os.environ | quiet, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, *words, "--workers", "1"], stdout=subprocess.DEVNULL, **told) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"{address}/health", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.5)
            yield address
        finally:
            process.terminate()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_the_deep_link_shows_all_clusterings_sorted_in_chart_view(planted, server, tmp_path):
    link = deep_link(planted.parent.info.experiment_id, planted.parent.info.run_id, "silhouette_score")
    still = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet = ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path}"]
    words = [CHROMIUM, *still, *quiet, "--window-size=1500,1100", "--virtual-time-budget=30000", "--dump-dom"]
    link = link.replace(ADDRESS, server)
    page = subprocess.run([*words, link], capture_output=True, text=True, timeout=180, check=True).stdout
    text = re.sub(r"<[^>]+>", " ", page)
    assert re.search(rf"{len(planted.outcome.finished.trials)}\s+matching runs", text)
    assert "Sort: silhouette_score" in re.sub(r"\s+", " ", text)
    assert "Model metrics" in text  # the heading of the charts
    best = planted.outcome.finished.trials.sort_values("silhouette_score", ascending=False)["trial"].head(3)
    places = [text.index(trial) for trial in best]
    assert places == sorted(places)
