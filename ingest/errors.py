"""What can go wrong between a camera and its frames, by what the caller does about it."""

from __future__ import annotations

from enum import StrEnum

from config.errors import RingwatchError
from config.redact import redact


class Fault(StrEnum):
    """Why a camera gives no packets: what the backoff and the metrics tell apart."""

    REFUSED = "refused"  # wrong user or password: try rarely, cameras lock accounts
    UNREACHABLE = "unreachable"  # nobody listens, no route, no such name, no such file
    SILENT = "silent"  # something listens, but opening or reading ran out of time
    BEHIND = "behind"  # what arrives stays too old: a new connection begins in the present
    ENDED = "ended"  # the stream came to its end, which a live camera's never does
    UNREADABLE = "unreadable"  # what arrives is no video that can be read
    INTERNAL = "internal"  # a mistake of ours; its traceback is in the log


class CameraError(RingwatchError):
    """A camera's stream cannot be opened or read on: wait, then try again."""

    def __init__(self, camera: str, fault: Fault, reason: str) -> None:
        self.camera = camera
        self.fault = fault
        self.reason = redact(reason)  # what it says must be fit for a log and a page
        super().__init__(f"{camera}: {self.reason}")


class FrameError(RingwatchError):
    """A packet cannot be decoded: count it and go on; pictures come again with the next keyframe."""
