"""What a vehicle sends, on its way from the endpoint's thread to the camera's."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from ingest.errors import CameraError, Fault

if TYPE_CHECKING:
    from ingest.whip.pictures import EncodedPicture

MOST_PICTURES = 512
MOST_BYTES = 16 * 2**20
NOT_CALLED = "the vehicle is not connected"


class VehicleFeed:
    """The pictures of a vehicle's newest session. Filled by the endpoint's thread, read by the camera's alone.

    Bounded: when the camera's thread does not keep up, the oldest pictures up to the next keyframe are dropped, and
    counted.
    """

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._changed = threading.Condition()
        self._pictures: deque[EncodedPicture] = deque()
        self._bytes = 0
        self._session = ""  # the newest; "" while there is none
        self._joined = ""  # the one that was read last
        self._ending = NOT_CALLED  # why there is none
        self._waits_for_keyframe = True
        self._closed = False
        self.dropped = 0

    def begin(self, session: str) -> None:
        """A session begins. It takes the place of the one before, whose pictures nobody needs any more."""
        with self._changed:
            self._session, self._ending = session, ""
            self._clear()
            self._changed.notify_all()

    def put(self, session: str, picture: EncodedPicture) -> None:
        """Hand on one picture. Never blocks; an old session's pictures are ignored."""
        with self._changed:
            if session != self._session:
                return
            if self._waits_for_keyframe and not picture.is_keyframe:
                self.dropped += 1
                return
            self._waits_for_keyframe = False
            self._pictures.append(picture)
            self._bytes += len(picture.payload)
            while len(self._pictures) > MOST_PICTURES or self._bytes > MOST_BYTES:
                self._drop_oldest()
            self._changed.notify_all()

    def end(self, session: str, reason: str) -> None:
        """The session is over, for `reason`; nothing happens if it is not the newest."""
        with self._changed:
            if session == self._session:
                self._session, self._ending = "", reason
                self._clear()
                self._changed.notify_all()

    def close(self) -> None:
        """The node stops: nobody waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def join(self, timeout_s: float) -> str:
        """The session that runs, waited for up to `timeout_s` seconds. Joined again, it goes on at its newest keyframe.

        Raises:
            CameraError: the vehicle does not call.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._session or self._closed, timeout_s) and not self._closed:
                if self._session == self._joined:
                    self._catch_up()
                self._joined = self._session
                return self._session
            raise CameraError(self._camera, Fault.UNREACHABLE, self._ending or NOT_CALLED)

    def take(self, session: str, timeout_s: float) -> EncodedPicture:
        """The oldest picture, waited for up to `timeout_s` seconds.

        Raises:
            CameraError: the session is over, another has taken its place, or nothing came in time.
        """
        ends_s = time.monotonic() + timeout_s
        with self._changed:
            while not self._pictures or session != self._session:
                self._check(session)
                if not self._changed.wait(max(0.0, ends_s - time.monotonic())) and time.monotonic() >= ends_s:
                    raise CameraError(self._camera, Fault.SILENT, "the vehicle is connected, and sends no picture")
            picture = self._pictures.popleft()
            self._bytes -= len(picture.payload)
            return picture

    def _check(self, session: str) -> None:
        if self._closed:
            raise CameraError(self._camera, Fault.ENDED, "the node stops")
        if session != self._session:
            raise CameraError(self._camera, Fault.ENDED, self._ending or "the vehicle has called anew")

    def _drop_oldest(self) -> None:
        """Drop the oldest pictures up to the next keyframe; all of them where there is none."""
        while self._pictures:
            self._bytes -= len(self._pictures.popleft().payload)
            self.dropped += 1
            if self._pictures and self._pictures[0].is_keyframe:
                return
        self._waits_for_keyframe = True

    def _catch_up(self) -> None:
        """Drop what lies before the newest keyframe: whoever begins anew begins in the present."""
        newest = max((index for index, one in enumerate(self._pictures) if one.is_keyframe), default=0)
        for _ in range(newest):
            self._bytes -= len(self._pictures.popleft().payload)
            self.dropped += 1

    def _clear(self) -> None:
        self._pictures.clear()
        self._bytes = 0
        self._waits_for_keyframe = True
