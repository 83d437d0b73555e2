"""A worker that is frozen as a whole is found by its silence, and replaced; nobody else is."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.load import load
from ringwatch.board import Board, Report
from ringwatch.layout import Layout
from ringwatch.node import Node, NodeOptions
from ringwatch.silence import SILENT_S, STEP_S, Silence
from tests.gst_server import free_port
from tests.services import eventually

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = """
detector: {model: built-in}
cameras:
  - {id: first, name: 东门, ring: inner, stream: {sub: "rtsp://127.0.0.1:1/nobody", open_timeout: 1s}}
  - {id: second, name: 西门, ring: inner, stream: {sub: "rtsp://127.0.0.1:1/nobody", open_timeout: 1s}}
"""


class Watched:
    """One worker's reports, and whoever listens to them; time is the test's."""

    def __init__(self, folder: Path) -> None:
        self.board = Board(folder)
        self.now_s = 0.0
        self.pid = 7
        self.silence = Silence(self.board, clock=lambda: self.now_s)

    def report(self, at: datetime = NOW) -> None:
        self.board.post(Report(process="worker-0", pid=self.pid, at=at))

    def pass_time(self, seconds: float, step_s: float = 0.25) -> list[str]:
        """Who is said to be silent meanwhile."""
        said: list[str] = []
        for _ in range(round(seconds / step_s)):
            self.now_s += step_s
            said += self.silence.look({"worker-0": self.pid})
        return said


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A worker that has been seen, and has reported."""
    watched = Watched(tmp_path)
    watched.pass_time(1)
    watched.report()
    watched.pass_time(1)
    return watched


def test_who_has_reported_and_does_so_no_more_is_silent(watched: Watched) -> None:
    """Told once, and again when as much time has passed."""
    assert watched.pass_time(SILENT_S - 2) == []
    assert watched.pass_time(4) == ["worker-0"]
    assert watched.pass_time(SILENT_S - 4) == []
    assert watched.pass_time(8) == ["worker-0"]


def test_a_clock_that_is_set_silences_nobody(watched: Watched) -> None:
    """That a report is there is what counts, not what time it tells."""
    said = []
    for hours in (0, 5, -5, -5, -5, *range(-60, 60)):
        watched.report(NOW + timedelta(hours=hours))
        said += watched.pass_time(1)

    assert said == []


def test_a_node_that_was_suspended_has_heard_nobody(watched: Watched) -> None:
    """Nor its workers, which were suspended with it: an hour between two looks counts as a moment."""
    assert watched.pass_time(3600, step_s=3600) == []
    assert watched.pass_time(SILENT_S - STEP_S - 3) == []


def test_a_worker_that_is_starting_may_take_its_time(watched: Watched) -> None:
    """The report on the board is its predecessor's; it itself has not said anything yet."""
    watched.pid = 8

    assert watched.pass_time(10 * SILENT_S) == []

    watched.report()
    assert watched.pass_time(SILENT_S + 2) == ["worker-0"]


def test_a_worker_that_does_not_run_is_not_silent(watched: Watched) -> None:
    """It waits for its backoff."""
    watched.pid = 0

    assert watched.pass_time(10 * SILENT_S) == []


def test_a_worker_whose_report_finds_no_room_is_not_silent(watched: Watched) -> None:
    """It takes the old one away: that is a sign of life, and more than that cannot be asked."""
    (watched.board.folder / "worker-0.json").unlink()

    assert watched.pass_time(10 * SILENT_S) == []


@contextmanager
def running(folder: Path, silent_s: float) -> Iterator[Board]:
    """A node of two real workers, and the board they report on."""
    config = folder / "network.yaml"
    config.write_text(CONFIG, "utf-8")
    options = NodeOptions(data=folder / "data", base=folder, port=free_port(), workers=2)
    node, stop = Node(load(config, {}), options, silent_s=silent_s), threading.Event()
    thread = threading.Thread(target=node.run, args=(stop,), name="node")
    thread.start()
    try:
        yield Board(Layout(options.data.resolve()).board)
    finally:
        stop.set()
        thread.join()


def pid_of(board: Board, process: str) -> int:
    """The process that reported last under this name; 0 when there is none."""
    return next((report.pid for report in board.read() if report.process == process), 0)


@pytest.mark.timeout(300)
def test_a_frozen_worker_is_killed_and_replaced_and_the_other_goes_on(tmp_path: Path) -> None:
    """SIGSTOP, as a call that never gives the interpreter back would do: nothing in that process runs any more."""
    with running(tmp_path, silent_s=8.0) as board:
        names = ("worker-0", "worker-1")
        eventually(lambda: all(pid_of(board, name) for name in names), "both report", timeout_s=120)
        frozen, other = (pid_of(board, name) for name in names)

        os.kill(frozen, signal.SIGSTOP)

        eventually(lambda: pid_of(board, "worker-0") not in {0, frozen}, "a new worker", timeout_s=120)
        assert pid_of(board, "worker-1") == other
