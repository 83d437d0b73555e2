"""What can go wrong with files of evidence."""

from __future__ import annotations

from config.errors import RingwatchError


class EvidenceError(RingwatchError):
    """A piece of evidence cannot be written or read: say so, count it, and let the alert go on without it."""


class UnreadableClipError(EvidenceError):
    """Nothing in the part of a clip can be decoded, now or later."""
