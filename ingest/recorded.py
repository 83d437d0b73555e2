"""What is known of a recording before it is played."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.file import FileSource

START = datetime(2026, 1, 1, tzinfo=UTC)  # any moment


def length_s(path: Path, least_s: float) -> float:
    """How long the recording `path` lasts, in seconds.

    Its header is believed where it gives `least_s` or more; else every packet is read, for a file that was written in
    fragments, or cut off, may last longer than its header says.

    Raises:
        CameraError: it cannot be read.
    """
    with closing(FileSource("clip", path, paced=False, loop=False, start=START, clock=lambda: START)) as source:
        source.open()
        if source.stated_s >= least_s:
            return source.stated_s
        ends = (
            one.captured_at + timedelta(seconds=float(one.duration_ticks * one.time_base)) for one in source.packets()
        )
        return (max(ends, default=START) - START).total_seconds()
