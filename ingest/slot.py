"""The frames that wait for analysis: one a camera, the newest."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.messages import Frame


class LatestFrames:
    """A slot per camera, where the newest frame replaces the one not yet taken; cameras are served in turn.

    A camera keeps its place in the queue however often its frame is replaced, and goes to the end when it was served:
    none waits for more than one frame of each other camera. Any thread may call anything.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Frame] = {}  # in the order in which the cameras' turns come
        self._dropped: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def dropped(self) -> Mapping[str, int]:
        """Camera to how many of its frames were replaced before anybody took them."""
        with self._changed:
            return dict(self._dropped)

    def put(self, frame: Frame) -> bool:
        """Offer `frame`; never blocks. True when it replaced one that nobody had taken."""
        with self._changed:
            if self._closed:
                return False
            replaced = frame.camera in self._waiting
            self._waiting[frame.camera] = frame
            self._dropped[frame.camera] += replaced
            self._changed.notify()
            return replaced

    def take(self, timeout_s: float) -> Frame | None:
        """The frame of the camera whose turn it is, waiting for one up to `timeout_s`; None if none came, or closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            if self._closed or not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def close(self) -> None:
        """Let go of every frame and of everyone who waits; nothing is taken any more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
