"""The frames that wait for analysis: of each camera the newest, and those of the moments that woke it."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from ingest.sampler import MOST_HZ

if TYPE_CHECKING:
    from ingest.messages import Frame

MOST = 17  # frames of one camera: those of a waking GOP, of most streams half as many; and the newest
LONGEST_GOP = timedelta(seconds=(MOST - 1) / MOST_HZ)  # all of whose frames find room
IN_A_ROW = 4  # of them in one turn: who takes one a turn is seconds late by the time he has caught up
LATELY = 0.05  # of a frame's time that is learned: the newest twenty count, a third of a second
STALL_S = 0.25  # whatever took longer counts as this: it says nothing of the frames to come


class LatestFrames:
    """A short queue per camera, where the newest frame replaces the one not yet taken; cameras are served in turn.

    Frames that catch up with what woke a camera are not replaced; of more than `MOST` the oldest goes, and `IN_A_ROW`
    of them are one turn. A camera keeps its turn however often its frame is replaced, and goes to the end when it was
    served: none waits for more than one turn of each other camera. Any thread may call anything, but one thread takes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._frame_s = 0.0  # what the analysis of one takes lately
        self._taken, self._taken_s = 0, 0.0  # frames the last time, and when
        self._waiting: OrderedDict[str, deque[Frame]] = OrderedDict()  # as the cameras' turns come
        self._in_a_row: Counter[str] = Counter()  # of cameras whose turn goes on: the frames taken in it
        self._dropped: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def dropped(self) -> Mapping[str, int]:
        """Camera to how many of its frames were replaced before anybody took them."""
        with self._changed:
            return dict(self._dropped)

    @property
    def behind_s(self) -> float:
        """How long the last of those that wait will have waited, if frames go on to take as long as they did lately."""
        return len(self._waiting) * self._frame_s

    def put(self, frame: Frame) -> bool:
        """Offer `frame`; never blocks. True when it replaced one that nobody had taken."""
        with self._changed:
            if self._closed:
                return False
            waiting = self._waiting.setdefault(frame.camera, deque())
            replaced = bool(waiting) and (not waiting[-1].catching_up or len(waiting) >= MOST)
            if replaced:
                waiting.popleft() if waiting[-1].catching_up else waiting.pop()
            waiting.append(frame)
            self._dropped[frame.camera] += replaced
            self._changed.notify()
            return replaced

    def take(self, timeout_s: float) -> Frame | None:
        """The frame of the camera whose turn it is, waiting for one up to `timeout_s`; None if none came, or closed."""
        return next(iter(self.take_some(timeout_s, 1)), None)

    def take_some(self, timeout_s: float, most: int) -> list[Frame]:
        """A frame each of the `most` cameras whose turn it is, or of fewer, if no more have one now.

        Waits up to `timeout_s` for one; none if none came, or closed.
        """
        self._note_what_it_took()
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            frames = [self._next(camera) for camera in list(self._waiting)[:most]]
        self._taken, self._taken_s = len(frames), self._clock()
        return frames

    def _note_what_it_took(self) -> None:
        """Whoever takes the next frames is done with those before."""
        if self._taken:
            frame_s = (self._clock() - self._taken_s) / self._taken
            self._frame_s += LATELY * (min(frame_s, STALL_S) - self._frame_s)

    def _next(self, camera: str) -> Frame:
        waiting = self._waiting[camera]
        frame = waiting.popleft()
        self._in_a_row[camera] += 1
        if frame.catching_up and self._in_a_row[camera] < IN_A_ROW:
            self._waiting.move_to_end(camera, last=False)
        else:
            self._waiting.move_to_end(camera)  # the others come first
            del self._in_a_row[camera]
        if not waiting:
            del self._waiting[camera]
            self._in_a_row.pop(camera, None)
        return frame

    def forget(self, camera: str) -> None:
        """Let go of one camera's frames."""
        with self._changed:
            self._waiting.pop(camera, None)
            self._in_a_row.pop(camera, None)

    def close(self) -> None:
        """Let go of every frame and of everyone who waits; nothing is taken any more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
