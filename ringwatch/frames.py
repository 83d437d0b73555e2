"""Pictures of a recording at even distances, for whoever looks at single pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.decoder import Decoder
from ingest.errors import FrameError
from ingest.file import FileSource

if TYPE_CHECKING:
    from ingest.messages import Frame

START = datetime(2026, 1, 1, tzinfo=UTC)


def sampled(clip: Path, every_s: float) -> Iterator[Frame]:
    """A frame every `every_s` seconds of `clip`, from its first; `captured_at` counts from `START`.

    Packets that cannot be decoded are passed over.

    Raises:
        CameraError: it cannot be read.
    """
    due_s = 0.0
    with closing(FileSource("clip", clip, paced=False, loop=False, start=START, clock=lambda: START)) as source:
        for frame in _decoded(source):
            if frame.pts_s >= due_s:
                due_s = frame.pts_s + every_s
                yield frame


def _decoded(source: FileSource) -> Iterator[Frame]:
    decoder = Decoder(source.open())
    for packet in source.packets():
        with suppress(FrameError):
            yield from decoder.decode(packet)
    with suppress(FrameError):
        yield from decoder.flush()
