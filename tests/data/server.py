"""A real PostgreSQL server in a temporary folder, for as long as the tests run."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

PASSWORD = "t0psecret"


@dataclass(frozen=True)
class Server:
    """A server's port; its superuser is `shop`, and it asks for the password. `control` runs pg_ctl."""

    port: int
    control: Callable[..., None] | None = None

    @property
    def address(self) -> str:
        return self.address_of("shop")

    def address_of(self, user: str) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str) -> None:
        """Run statements that change something."""
        with self._cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def ask(self, query: str) -> pd.DataFrame:
        """The rows of a query."""
        with self._cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_df()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server as if its machine had failed, and start it again in the end."""
        assert self.control is not None
        self.control("-m", "immediate", "stop")
        try:
            yield
        finally:
            self.control("-w", "start")

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        from adbc_driver_postgresql import dbapi

        address = self.address.replace("shop@", f"shop:{PASSWORD}@")
        with dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
            yield cursor


def programs() -> Path:
    """The folder of a server's programs; Debian leaves them out of the path."""
    on_path = shutil.which("initdb")
    known = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not known:
        pytest.skip("needs a PostgreSQL server's programs (initdb)")
    return known[-1].parent


def user() -> dict[str, Any]:
    """Who runs the server: it refuses to be run by root."""
    if os.getuid():
        return {}
    try:
        one = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("needs a user `postgres`: root may not run PostgreSQL")
    return {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if find_spec("adbc_driver_postgresql") is None:
        pytest.skip("needs clientscape[postgres]")
    bin, who = programs(), user()
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    (folder / "password").write_text(PASSWORD)
    for path in (folder, folder / "password"):
        os.chown(path, who.get("user", -1), who.get("group", -1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        command = [str(bin / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=60, **who)

    new = ["-U", "shop", "--auth=scram-sha-256", "--pwfile", str(folder / "password"), "--no-sync"]
    try:
        run("initdb", *new, "--encoding=UTF8", "--locale=C")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c TimeZone=Asia/Tokyo"
        control = partial(run, "pg_ctl", "-l", str(folder / "log"), "-o", options)
        control("-w", "start")
        try:
            yield Server(port, control)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
