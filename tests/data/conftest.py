"""Files of a small shop, and a server."""

from pathlib import Path

import pytest
from tests.data.server import PASSWORD, Server
from tests.data.server import server as server
from tests.data.shops import LOG, Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files by name; `log` is log.csv."""

    def write(log: str | bytes = LOG, **files: str | bytes) -> Path:
        for name, content in {"log.csv": log, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@pytest.fixture
def postgres(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, empty, and its password where libpq looks for it."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    server.run("DROP SCHEMA IF EXISTS public, old CASCADE", "CREATE SCHEMA public")
    return server
