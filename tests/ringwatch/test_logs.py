"""The log as whoever collects it reads it: one object a line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.services import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

THREADS, LINES, PROCESSES = 8, 500, 2
WRITER = f"""
import threading
import structlog
from ringwatch.logs import configure_logs

configure_logs(form="json")
log = structlog.get_logger()

def write():
    for number in range({LINES}):
        log.info("a line", number=number, words="many " * 20)

threads = [threading.Thread(target=write) for _ in range({THREADS})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_and_processes_that_share_a_log_do_not_mix_their_lines(tmp_path: Path) -> None:
    """A node's cameras go offline together, and each says so."""
    log = tmp_path / "node.log"
    with log.open("wb") as file:
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER], stderr=file, cwd=REPOSITORY) for _ in range(PROCESSES)
        ]
        assert [writer.wait(60) for writer in writers] == [0] * PROCESSES

    lines = log.read_text().split("\n")

    assert lines.pop() == ""
    assert len(lines) == THREADS * LINES * PROCESSES
    assert {json.loads(line)["event"] for line in lines} == {"a line"}
