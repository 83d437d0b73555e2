"""Alerts as lines of a terminal: one a revision, in columns that Chinese names do not push apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TextIO

import click
from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from alerts.codec import decode
from alerts.errors import DecodeError
from config.model import Severity
from detect.messages import Phase

if TYPE_CHECKING:
    from alerts.messages import Occurrence
    from alerts.queue import Entry

Clock = Callable[[], datetime]
SEVERITY_STYLE = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}
PHASE_STYLE = {Phase.RAISED: "bold", Phase.UPDATED: "dim", Phase.CLEARED: "green"}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the terminal cells below it; a Chinese character takes two."""

    heading: str
    cells: int


COLUMNS = (
    Column("time", 14),
    Column("age", 7),
    Column("severity", 8),
    Column("phase", 7),
    Column("camera", 12),
    Column("name", 16),
    Column("ring", 7),
    Column("rule", 16),
    Column("zone", 10),
)


class AlertLines:
    """Prints alerts to one terminal (or file: then without colour). Times are local to this machine."""

    def __init__(self, stream: TextIO, *, clock: Clock) -> None:
        self._console = Console(file=stream, highlight=False, soft_wrap=True, markup=False, emoji=False)
        self._clock = clock
        self._headed = False

    def show(self, entry: Entry) -> None:
        """Print one entry; the headings before the first. What cannot be read is said on stderr."""
        try:
            occurrence, _ = decode(entry.fields)
        except DecodeError as error:
            click.echo(f"ringwatch: entry {entry.id} cannot be read: {error}", err=True)
            return
        if not self._headed:
            self._headed = True
            headings = [f"time {offset(self._clock())}", *(column.heading for column in COLUMNS[1:])]
            self._console.print(_line([(heading, "dim") for heading in headings]))
        self._console.print(self._line(occurrence))

    def _line(self, occurrence: Occurrence) -> Text:
        now = self._clock()
        return _line(
            [
                (local_time(occurrence.captured_at, now), ""),
                (age(now - occurrence.captured_at), "dim"),
                (occurrence.severity, SEVERITY_STYLE[occurrence.severity]),
                (occurrence.phase, PHASE_STYLE[occurrence.phase]),
                (occurrence.camera, ""),
                (occurrence.camera_name, ""),
                (occurrence.ring, "dim"),
                (occurrence.rule, "bold"),
                (occurrence.zone, ""),
            ]
        )


def offset(at: datetime) -> str:
    """How far this machine's clock is ahead of UTC at `at`: +08:00. Others read the same alerts in other zones."""
    return at.astimezone().isoformat()[-6:]


def local_time(at: datetime, now: datetime) -> str:
    """`at` on this machine's clock, with its date unless that is today's."""
    local = at.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%m-%d %H:%M:%S}"


def age(span: timedelta) -> str:
    """How long ago, in the one unit that matters: 42s, 3m, 5h, 2d."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _line(parts: list[tuple[str, str]]) -> Text:
    line = Text(no_wrap=True)
    for column, (text, style) in zip(COLUMNS, parts, strict=True):
        line.append(set_cell_size(printable(text), column.cells), style)
        line.append("  ")
    line.rstrip()
    return line


def printable(text: str) -> str:
    """`text` without control characters: a name from another system must not drive the terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
