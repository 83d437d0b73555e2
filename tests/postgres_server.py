"""A real PostgreSQL for tests: its own cluster in a temporary folder, reached through a UNIX socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.services import eventually, require_binary

START_S = 60.0
OWNER = "ringwatch"


def binary(name: str) -> str:
    """A program of the newest server installed; Debian keeps them off PATH."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parent.parent.name)
    )
    return str(installed[-1]) if installed else require_binary(name)


def unprivileged() -> str | None:
    """Who the server runs as: it refuses root. None is whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class PostgresServer:
    """One cluster that a test starts, kills and starts again on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._user = unprivileged()
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        """Make the cluster."""
        if self._user:
            shutil.chown(self.folder, self._user)
        words = (binary("initdb"), "-D", str(self.folder / "data"), "-U", OWNER, "-A", "trust", "-E", "UTF8")
        subprocess.run(
            [*words, "--locale=C", "--no-sync"], check=True, user=self._user, cwd=self.folder, stdout=subprocess.DEVNULL
        )

    def start(self) -> None:
        """Run it until `kill`."""
        command = [binary("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        # Nobody pulls this machine's plug: kill -9 loses nothing of what the kernel has.
        settings = {"listen_addresses": "", "fsync": "off", "max_connections": "100", "shared_buffers": "32MB"}
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, user=self._user, cwd=self.folder, stdout=log, stderr=log)
        eventually(self._answers, "PostgreSQL answers", timeout_s=START_S)

    def kill(self) -> None:
        """End it at once, children and all, without a farewell: it recovers from its log at the next start."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes no new connection for as long as the block runs."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @property
    def url(self) -> str:
        """Of the cluster."""
        return f"postgresql+psycopg://{OWNER}@/postgres?host={self.folder}"

    @contextmanager
    def record(self) -> Iterator[str]:
        """The URL of a record in a schema of its own: that is made faster than a database. Gone with the block."""
        name = f"record_{next(self._numbers)}"
        run_sql(self.url, f"CREATE SCHEMA {name}")
        try:
            yield f"{self.url}&options=-csearch_path%3D{name}"
        finally:
            run_sql(self.url, f"DROP SCHEMA {name} CASCADE")

    def _answers(self) -> bool:
        with suppress(OperationalError):
            run_sql(self.url, "SELECT 1")
            return True
        return False


def run_sql(url: str, sql: str) -> None:
    """One statement on any database, as its owner would type it."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(sql))
    finally:
        engine.dispose()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server that has begun to answer; gone with its folder afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rw-postgres-"))
    server = PostgresServer(folder)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
