"""Events and occurrences as tests need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.messages import Occurrence
from config.model import Ring, Severity
from detect.messages import Event, Phase

START = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)


def occurrence(number: int = 1, rev: int = 1, **fields: Any) -> Occurrence:
    """Revision `rev` of alert `number`, each on a camera of its own; each is a second later than the one before."""
    usual: dict[str, Any] = {
        "id": f"ev-{number}",
        "rev": rev,
        "camera": f"inner-{number:02}",
        "camera_name": "东门卡口",
        "ring": Ring.INNER,
        "cell": "s-017",
        "rule": "post.absent",
        "zone": "post",
        "phase": Phase.RAISED if rev == 1 else Phase.UPDATED,
        "severity": Severity.HIGH,
        "started_at": START,
        "captured_at": START + timedelta(seconds=60 + rev),
        "raised_at": START + timedelta(seconds=61 + rev),
        "detail": {"present": 0, "min_guards": 1},
        "evidence": f"2026-01-01/ev-{number}",
    }
    return Occurrence(**usual | fields)


def event(name: str = "ev-1", phase: Phase = Phase.RAISED, **fields: Any) -> Event:
    """A finding of `post.absent` on camera inner-01."""
    usual: dict[str, Any] = {
        "id": name,
        "camera": "inner-01",
        "rule": "post.absent",
        "zone": "post",
        "phase": phase,
        "started_at": START,
        "captured_at": START + timedelta(seconds=60),
        "severity": Severity.HIGH,
        "detail": {"present": 0},
    }
    return Event(**usual | fields)


class Hand:
    """A monotonic clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds
