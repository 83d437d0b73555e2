"""The status board: every process of a node writes one small file a second, and health is read from them.

A file that is not renewed says as much as one that reports trouble, so a hung process cannot look healthy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from config.model import Ring

FRESH = timedelta(seconds=5)
Mark = tuple[int, int]  # of a file: its inode, and when it was written in ns


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """One camera as its worker sees it."""

    id: str
    name: str
    ring: Ring
    state: str
    reason: str = ""
    since: str = ""  # ISO 8601, UTC
    last_frame_age_s: float | None = None
    went_live: bool = False  # at least once since the worker started


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One process of the node, at one moment."""

    process: str
    pid: int
    at: datetime  # UTC
    problems: tuple[str, ...] = ()  # what makes this process not ready, in words
    cameras: tuple[CameraRow, ...] = ()
    children: Mapping[str, str] = field(default_factory=dict)  # the node's own report: child -> state


class Board:
    """The folder of reports. Written by each process for itself, read by the console."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def post(self, report: Report) -> None:
        """Replace the report of `report.process`.

        Raises:
            OSError: it cannot be written. The one before is gone as well: a full disk must not leave it to be believed.
        """
        try:
            self._write(report)
        except OSError:
            self._remove(report.process)  # and the new one may find room in its place
            try:
                self._write(report)
            except OSError:
                self._remove(report.process)
                raise

    def _write(self, report: Report) -> None:
        partial = self._partial(report.process)
        partial.write_text(json.dumps(asdict(report) | {"at": report.at.isoformat()}, ensure_ascii=False))
        partial.replace(self._target(report.process))

    def _remove(self, process: str) -> None:
        for path in (self._target(process), self._partial(process)):
            path.unlink(missing_ok=True)

    def _target(self, process: str) -> Path:
        return self.folder / f"{process}.json"

    def _partial(self, process: str) -> Path:
        return self.folder / f"{process}.{os.getpid()}.tmp"

    def read(self) -> tuple[Report, ...]:
        """Every process's newest report, by name."""
        return tuple(report for path in sorted(self.folder.glob("*.json")) if (report := _read(path)))

    def mark(self, process: str) -> Mark | None:
        """Of the newest report of `process`: another one with each, whatever the clock says; None where none is."""
        try:
            stat = self._target(process).stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns

    def clear(self) -> None:
        """Forget the reports of an earlier run."""
        for path in self.folder.glob("*.json"):
            path.unlink(missing_ok=True)


def _read(path: Path) -> Report | None:
    """None when it has been removed since the folder was looked at."""
    try:
        return _decode(json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def _decode(fields: Mapping[str, Any]) -> Report:
    return Report(
        process=fields["process"],
        pid=fields["pid"],
        at=datetime.fromisoformat(fields["at"]),
        problems=tuple(fields["problems"]),
        cameras=tuple(CameraRow(**row | {"ring": Ring(row["ring"])}) for row in fields["cameras"]),
        children=fields["children"],
    )
