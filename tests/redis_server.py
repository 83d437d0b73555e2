"""A real redis-server for tests, with the node's own configuration, in a temporary folder."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from alerts.local_redis import RedisServer, find_binary
from tests.services import require_binary

START_S = 10.0


def debian_binary() -> Path:
    """The distribution's redis-server, of another version than the wheel's."""
    return Path(require_binary("redis-server"))


class RedisProcess:
    """One server that a test starts, kills and starts again on the same folder."""

    def __init__(self, folder: Path, *, binary: Path | None = None, options: tuple[str, ...] = ()) -> None:
        self.server = RedisServer(folder, binary=binary or find_binary())
        self.options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.server.url

    def start(self) -> None:
        self._process = subprocess.Popen([*self.server.command(), *self.options])
        self.server.wait_ready(START_S)

    def kill(self) -> None:
        """End it as the kernel would for want of memory: no farewell, no flush."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    @contextmanager
    def client(self) -> Iterator[Redis]:
        """A client of the test's own, to look at what the product has done, or to break it."""
        with Redis.from_url(self.url, decode_responses=True, legacy_responses=False, protocol=2) as client:
            yield client

    def command(self, *words: str) -> object:
        """One command, for instance `flushall`."""
        with self.client() as client:
            answer: object = client.execute_command(*words)  # type: ignore[no-untyped-call]
            return answer


@contextmanager
def running_redis(*, binary: Path | None = None, options: tuple[str, ...] = ()) -> Iterator[RedisProcess]:
    """A server that has begun to answer; gone with its folder afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rw-redis-"))
    process = RedisProcess(folder, binary=binary, options=options)
    try:
        process.start()
        yield process
    finally:
        process.kill()
        shutil.rmtree(folder)
