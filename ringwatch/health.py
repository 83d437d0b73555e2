"""Liveness and readiness, from the processes' reports on the board."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ringwatch.board import FRESH, Board, CameraRow, Report

Clock = Callable[[], datetime]
NODE = "node"


class BoardHealth:
    """What the console's health endpoints say."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock

    def live(self) -> tuple[bool, dict[str, object]]:
        """Whether this node runs at all: its supervisor reports."""
        node = self._reports().get(NODE)
        alive = node is not None and self._fresh(node)
        return alive, {"node": "reporting" if alive else "silent"}

    def ready(self) -> tuple[bool, dict[str, object]]:
        """Whether alerts get through: every process reports, and none reports a problem. Names what is wrong."""
        problems = self._problems()
        return not problems, {"problems": problems}

    def cameras(self) -> tuple[CameraRow, ...]:
        """Every camera as its worker last saw it; `unknown` where the worker is silent."""
        rows: list[CameraRow] = []
        for report in self._reports().values():
            rows += report.cameras if self._fresh(report) else [_unknown(row) for row in report.cameras]
        return tuple(sorted(rows, key=lambda row: row.id))

    def _problems(self) -> list[str]:
        reports = self._reports()
        node = reports.get(NODE)
        if node is None or not self._fresh(node):
            return ["the node's supervisor is silent"]
        problems = [f"{name}: {state}" for name, state in node.children.items() if state != "running"]
        for name, state in node.children.items():
            problems += _problems_of(name, state, reports.get(name), self._fresh)
        return problems

    def _reports(self) -> dict[str, Report]:
        return {report.process: report for report in self._board.read()}

    def _fresh(self, report: Report) -> bool:
        return abs(self._clock() - report.at) < FRESH  # of the future: the clock was set back since


def _problems_of(name: str, state: str, report: Report | None, fresh: Callable[[Report], bool]) -> list[str]:
    if state != "running" or name == "redis":  # redis speaks through those who use it
        return []
    if report is None:
        return [f"{name}: has not reported"]
    if not fresh(report):
        return [f"{name}: silent since {report.at:%H:%M:%S} UTC"]
    return [f"{name}: {problem}" for problem in report.problems]


def _unknown(row: CameraRow) -> CameraRow:
    return CameraRow(id=row.id, name=row.name, ring=row.ring, state="unknown", reason="its worker is silent")
