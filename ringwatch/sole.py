"""What a node must have to itself: its data folder, and the console's port."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import BackendUnavailable, RingwatchError

LOCK = "node.lock"


@contextmanager
def sole_owner(data: Path) -> Iterator[None]:
    """No other node uses `data` while the block runs; the kernel gives the lock back however this process ends.

    Raises:
        RingwatchError: another node does, with its process id.
    """
    descriptor = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RingwatchError(
                f"another node (process {lock.read().strip() or 'unknown'}) runs on the data folder {data}: "
                "stop it first, or name another folder with --data"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def require_free(host: str, port: int) -> None:
    """That nobody listens on `port`: a node that looks alive without its page would deceive the room.

    Raises:
        BackendUnavailable: somebody does, or `host` is not an address of this machine.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = f"({error.strerror}): choose another with --host or --port"
        raise BackendUnavailable(f"the console cannot listen on {host}:{port} {reason}") from None
