"""Small work that is done again and again."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from structlog.testing import capture_logs

from ringwatch.periodic import repeat


def names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_what_is_repeated_ends_with_its_owner() -> None:
    """On a thread of its own, by its name; a failure is logged and does not end it."""
    done = threading.Semaphore(0)

    def fail() -> None:
        done.release()
        raise ZeroDivisionError

    with capture_logs() as logs, ExitStack() as stack:
        repeat(stack, "failing", 0.001, fail)
        assert all(done.acquire(timeout=10) for _ in range(3))
        assert "failing" in names()

    assert "failing" not in names()
    assert {(one["event"], one["work"]) for one in logs} == {("periodic work failed", "failing")}
