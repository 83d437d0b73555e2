"""How a child process ends when something in it goes wrong."""

from __future__ import annotations

import subprocess
import sys

from tests.services import REPOSITORY

FAILS = """
import sys, threading, time
import ringwatch.process
threading.Thread(target=time.sleep, args=(3600,), name="camera-hangs").start()
ringwatch.process._run = lambda job, newer, stop: 1 / 0
ringwatch.process.read_job = lambda pipe: ringwatch.process.Job(
    role="worker", name="worker-0", network=None, data=None, base=None, queue_url=""
)
ringwatch.process.main()
"""


def test_a_mistake_of_ours_ends_the_process_though_a_thread_hangs() -> None:
    """So that the node sees it and starts another; the log says what and where, and which thread was left behind."""
    done = subprocess.run(
        [sys.executable, "-c", FAILS], cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False,
        stdin=subprocess.PIPE,
    )  # fmt: skip

    assert done.returncode == 1
    assert "stopped by an internal error" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "camera-hangs" in done.stderr
