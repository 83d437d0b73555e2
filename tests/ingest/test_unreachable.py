"""Cameras that cannot be reached, tried again and again: nothing of a try may be left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from ingest.errors import Fault
from tests.gst_server import free_port
from tests.ingest.servers import tcp_server, unanswering
from tests.services import REPOSITORY

TRIES = 200
GROWS_MIB = 1.0  # over a hundred and fifty tries: seven KiB that each does not give back are more


@contextmanager
def tried(port: int) -> Iterator[subprocess.Popen[str]]:
    """A process that tries the camera at `port`; ended with the block."""
    command = [sys.executable, "-m", "tests.ingest.unreachable_main", str(port), str(TRIES)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_camera_that_cannot_be_reached_costs_no_memory_however_often_it_is_tried() -> None:
    """Nobody listens, nobody answers at all, somebody takes the connection and says nothing: two hundred times each."""
    with ExitStack() as stack:
        ports = {
            Fault.UNREACHABLE: [free_port()],
            Fault.SILENT: [stack.enter_context(unanswering()), stack.enter_context(tcp_server(answer=None))],
        }
        running = [(fault, stack.enter_context(tried(port))) for fault, of in ports.items() for port in of]
        for fault, process in running:
            out, complaints = process.communicate(timeout=110)
            if process.returncode:
                pytest.fail(complaints)
            said = json.loads(out.splitlines()[-1])  # after what is logged
            assert said["faults"] == [fault]
            assert said["last"]["rss_mib"] - said["first"]["rss_mib"] < GROWS_MIB
            assert said["last"]["descriptors"] == said["first"]["descriptors"]
            assert said["last"]["threads"] == said["first"]["threads"]
