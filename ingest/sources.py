"""Where packets come from: one protocol for cameras and for recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from ingest.errors import CameraError, Fault
from ingest.file import FileSource
from ingest.network import RtspSource
from ingest.whip.source import WhipSource

if TYPE_CHECKING:
    from config.model import Camera
    from ingest.clock import Clock
    from ingest.messages import Packet, StreamInfo
    from ingest.whip.feed import VehicleFeed

__all__ = ["FileSource", "RtspSource", "Source", "WhipSource", "open_source"]

NETWORK = frozenset({"rtsp", "rtsps", "rtmp", "rtmps"})


class Source(Protocol):
    """One connection to a camera, or one reading of a file. One thread opens, reads and closes it, once."""

    @property
    def clock_ahead_s(self) -> float | None:
        """How far the camera's own clock is ahead of ours; None where it has not told its time."""
        ...

    @property
    def buffers(self) -> bool:
        """Whether what the camera sends waits for a reader who pauses for a moment, and none of it is lost."""
        ...

    def open(self) -> StreamInfo:
        """Connect; blocks up to the camera's timeouts. Raises `CameraError`."""
        ...

    def packets(self) -> Iterator[Packet]:
        """Packets in decoding order; blocks for each up to the camera's read timeout. Raises `CameraError`."""
        ...

    def close(self) -> None:
        """Let go of the connection, opened or not."""
        ...


def open_source(camera: Camera, url: str, clock: Clock, vehicles: Mapping[str, VehicleFeed] | None = None) -> Source:
    """The source for `url`, not yet opened. A `file:` plays as a camera would: paced, in a loop.

    `vehicles` are the feeds of the cameras that call (`whip:`).

    Raises:
        CameraError: nothing here reads such a URL.
    """
    scheme = urlsplit(url).scheme
    if scheme in NETWORK:
        return RtspSource(camera, url, clock)
    if scheme == "whip":
        return _of_a_vehicle(camera, vehicles)
    if scheme == "file":
        return FileSource(camera.id, file_path(url), paced=True, loop=True, start=None, clock=clock)
    raise CameraError(camera.id, Fault.UNREADABLE, f"streams of {scheme or 'no scheme'} cannot be read")


def _of_a_vehicle(camera: Camera, vehicles: Mapping[str, VehicleFeed] | None) -> Source:
    feed = (vehicles or {}).get(camera.id)
    if feed is None:
        raise CameraError(camera.id, Fault.UNREACHABLE, "vehicles cannot call here: nothing listens for them")
    return WhipSource(camera, feed)


def file_path(url: str) -> Path:
    """The path a `file:` URL names: `file:clips/gate.mp4`, `file:///srv/gate.mp4`."""
    return Path(unquote(url.removeprefix("file:").removeprefix("//")))
