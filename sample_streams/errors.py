"""What can go wrong while streams are served."""

from __future__ import annotations

from config.errors import RingwatchError, UnusableInput


class ClipError(UnusableInput):
    """A clip cannot be served: it is missing, damaged, or not H.264."""


class RequestError(Exception):
    """A client asked what cannot be answered: `status` says why. After what is not RTSP at all, hang up."""

    def __init__(self, status: int = 400) -> None:
        super().__init__(f"RTSP status {status}")
        self.status = status


class CallError(RingwatchError):
    """A vehicle's call is not taken, or is lost."""
