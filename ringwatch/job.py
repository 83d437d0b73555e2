"""What the node tells a child process to do, and how it reaches it: over standard input, never on a command line.

The configuration carries passwords; a command line and an environment are readable by others, a pipe is not. The
pipe stays open: newer jobs may follow, when the configuration has changed, and its end tells the child that its parent
is gone.
"""

from __future__ import annotations

import pickle
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from config.model import Camera, Network
from ringwatch.shards import Shares, cameras_of


class Pipe(Protocol):
    """Where jobs come from: not buffered, or what is read ahead is lost when another thread reads on."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes, waited for; none at its end."""
        ...


class Role(StrEnum):
    """What a child process is."""

    WORKER = "worker"
    DESK = "desk"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One child's work. `shares` says which worker has which cameras, `shard` which of the workers this one is."""

    role: Role
    name: str  # "worker-0", "desk", "console"
    network: Network
    data: Path
    base: Path  # the configuration's folder: relative model paths start here
    queue_url: str
    run: str = ""  # the node's run, from its start to its end, that this child is of
    log_level: str = "info"
    log_format: str = "auto"
    shard: int = 0
    shares: Shares = ((),)
    host: str = "127.0.0.1"
    port: int = 8080

    @property
    def own_cameras(self) -> tuple[Camera, ...]:
        """The cameras of this worker."""
        return cameras_of(self.network.cameras, self.shares[self.shard])

    @property
    def own_network(self) -> Network:
        """The network as if it had this worker's cameras alone."""
        return self.network.model_copy(update={"cameras": self.own_cameras})


class Newer:
    """The newest job that the parent has told since the child began; one thread tells, another takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Job | None = None

    def tell(self, job: Job) -> None:
        """Take `job` in place of one that nobody has taken yet."""
        with self._lock:
            self._job = job

    def take(self) -> Job | None:
        """The job, once; None where there is no newer one."""
        with self._lock:
            job, self._job = self._job, None
            return job


def encode(job: Job) -> bytes:
    """`job` as the parent writes it into the pipe."""
    return pickle.dumps(job)


def framed(encoded: bytes) -> bytes:
    """A job as it stands in the pipe: an 8-byte length, then that many bytes."""
    return len(encoded).to_bytes(8, "big") + encoded


def read_job(pipe: Pipe) -> Job:
    """The job the parent wrote first."""
    job = next_job(pipe)
    assert job is not None  # noqa: S101 - a parent writes one into every pipe
    return job


def next_job(pipe: Pipe) -> Job | None:
    """The next job the parent writes, waited for; None when the parent is gone."""
    size = _exactly(pipe, 8)
    encoded = _exactly(pipe, int.from_bytes(size, "big")) if size else b""
    if not encoded:
        return None
    job = pickle.loads(encoded)  # noqa: S301 - written by our own parent into our own pipe
    assert isinstance(job, Job)  # noqa: S101 - parent and child are of one build
    return job


def _exactly(pipe: Pipe, size: int) -> bytes:
    """So many bytes; none where the pipe ends before."""
    found = bytearray()
    while len(found) < size:
        part = pipe.read(size - len(found))
        if not part:
            return b""
        found += part
    return bytes(found)


def command() -> tuple[str, ...]:
    """The command line of a child process."""
    return (sys.executable, "-m", "ringwatch.process")
