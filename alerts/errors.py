"""What can go wrong between a rule's finding and the record, drawn by what the caller does."""

from __future__ import annotations

from alerts.messages import Origin, Refused
from config.errors import BackendUnavailable, RingwatchError

__all__ = ["DecodeError", "OutboxUnavailable", "QueueFull", "Refused"]


class DecodeError(RingwatchError):
    """An entry that cannot be read: set it aside with its payload, and go on."""

    def __init__(self, message: str, origin: Origin | None = None) -> None:
        super().__init__(message)
        self.origin = origin  # where it waits, as far as that could be read: nobody needs to send it again


class OutboxUnavailable(BackendUnavailable):
    """The outbox's file cannot be written or read (disk full, locked, damaged): keep the occurrence and try again."""


class QueueFull(BackendUnavailable):
    """Redis has no memory left for a write: keep, make room, and try again."""
