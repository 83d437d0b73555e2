"""What the node tells a child process to do, and how it reaches it: over standard input, never on a command line.

The configuration carries passwords; a command line and an environment are readable by others, a pipe is not. The
pipe stays open: its end tells the child that its parent is gone.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from config.model import Network


class Role(StrEnum):
    """What a child process is."""

    WORKER = "worker"
    DESK = "desk"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One child's work. `shards` is how many workers there are, `shard` which of them this one is."""

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
    shards: int = 1
    host: str = "127.0.0.1"
    port: int = 8080


def encode(job: Job) -> bytes:
    """`job` as the parent writes it into the pipe."""
    return pickle.dumps(job)


def read_job(pipe: BinaryIO) -> Job:
    """The job the parent wrote: an 8-byte length, then that many bytes."""
    size = int.from_bytes(pipe.read(8), "big")
    job = pickle.loads(pipe.read(size))  # noqa: S301 - written by our own parent into our own pipe
    assert isinstance(job, Job)  # noqa: S101 - parent and child are of one build
    return job


def command() -> tuple[str, ...]:
    """The command line of a child process."""
    return (sys.executable, "-m", "ringwatch.process")
