"""A vehicle's feed as the source of its camera's packets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.clock import MediaClock
from ingest.container import unstamped
from ingest.errors import CameraError, Fault
from ingest.messages import Packet, StreamInfo
from ingest.whip.pictures import TICK, EncodedPicture, size_of

if TYPE_CHECKING:
    from config.model import Camera
    from ingest.whip.feed import VehicleFeed

LONGEST_TICKS = 90_000  # a picture is not said to last longer than a second


class WhipSource:
    """One session of a vehicle: waited for, not dialled. Used by one thread, opened once.

    `open` takes up to the camera's `open_timeout`, a packet up to its `read_timeout`. Closing leaves the vehicle
    connected: it may send again, and the next source goes on with it.
    """

    def __init__(self, camera: Camera, feed: VehicleFeed) -> None:
        self._camera = camera.id
        self._settings = camera.stream
        self._feed = feed
        self._time = MediaClock()
        self._newest_at: datetime | None = None  # captured_at of the newest packet
        self._session = ""
        self._first: EncodedPicture | None = None
        self._info: StreamInfo | None = None

    @property
    def clock_ahead_s(self) -> float | None:
        """Not told: a vehicle's position brings its own time."""
        return None

    @property
    def buffers(self) -> bool:
        """A vehicle's pictures come as they come, and wait in a short queue."""
        return False

    def open(self) -> StreamInfo:
        """Wait for the vehicle, and for a picture of its that can be decoded.

        Raises:
            CameraError: it does not call, or sends none, in time.
        """
        ends_s = time.monotonic() + self._settings.open_timeout.total_seconds()
        self._session = self._feed.join(self._settings.open_timeout.total_seconds())
        seen = 0
        while time.monotonic() < ends_s:
            picture = self._feed.take(self._session, max(0.0, ends_s - time.monotonic()))
            seen += picture.is_keyframe
            size = size_of(picture) if picture.is_keyframe else None
            if size is not None:
                self._first, self._info = picture, _info(picture.codec, size)
                return self._info
        if seen:
            raise CameraError(self._camera, Fault.UNREADABLE, "the vehicle sends nothing that can be read as video")
        raise CameraError(self._camera, Fault.SILENT, "the vehicle is connected, and sends no keyframe")

    def packets(self) -> Iterator[Packet]:
        """The vehicle's packets as they come, for ever.

        Raises:
            CameraError: nothing came in time, the session is over, or another has taken its place.
        """
        if self._first is None or self._info is None:
            raise RuntimeError("open the source before reading it")
        read_s = self._settings.read_timeout.total_seconds()
        picture, lasts = self._first, 0
        while True:
            yield self._packet(picture, self._info, lasts)
            following = self._feed.take(self._session, read_s)
            if following.codec != self._info.codec:
                raise CameraError(self._camera, Fault.ENDED, "the vehicle sends another codec")
            lasts = max(0, min(following.pts_ticks - picture.pts_ticks, LONGEST_TICKS))
            picture = following

    def close(self) -> None:
        """Nothing to let go of: the session is the endpoint's."""

    def _packet(self, picture: EncodedPicture, info: StreamInfo, lasts: int) -> Packet:
        at, before_at = self._time.captured_at(float(picture.pts_ticks * TICK), picture.arrived_at), self._newest_at
        self._newest_at = at
        packet = Packet(
            camera=self._camera,
            payload=picture.payload,
            pts_ticks=picture.pts_ticks,
            dts_ticks=picture.pts_ticks,
            duration_ticks=lasts,  # as long as the one before it: when the next one comes is not yet known
            time_base=info.time_base,
            is_keyframe=picture.is_keyframe,
            captured_at=at,
            stream=info,
        )
        return unstamped(packet, before_at) if self._time.stands else packet


def _info(codec: str, size: tuple[int, int]) -> StreamInfo:
    return StreamInfo(codec=codec, width=size[0], height=size[1], time_base=TICK, frame_rate=None, extradata=None)
