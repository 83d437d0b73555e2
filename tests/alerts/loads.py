"""Alerts with their times, as the load figures need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.flood import Period
from alerts.messages import Answered, Raise, Source, Told
from config.model import Ring

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = Period(begin=NOON, end=NOON + timedelta(hours=1))
GATE = Source(camera="inner-01", rule="post.absent", zone="post")


def after(minutes: float = 0.0, *, seconds: float = 0.0) -> datetime:
    """So long after noon."""
    return NOON + timedelta(minutes=minutes, seconds=seconds)


def alone(_at: datetime) -> int:
    """One operator."""
    return 1


def source(number: int = 1, rule: str = "post.absent", zone: str = "post") -> Source:
    """A rule of camera `number`."""
    return Source(camera=f"inner-{number:02d}", rule=rule, zone=zone)


def answered(raised: datetime, **changes: Any) -> Answered:
    """An alert of the gate, raised then and not answered unless told; answers may be seconds after the raise."""
    usual: dict[str, Any] = {
        "id": f"ev-{raised:%d%H%M%S%f}",
        "source": GATE,
        "ring": Ring.INNER,
        "cell": "s-017",
        "active": True,
        "raised_at": raised,
    }
    for name in ("claimed_at", "acknowledged_at", "resolved_at"):
        if isinstance(changes.get(name), int | float):
            changes[name] = raised + timedelta(seconds=changes[name])
    return Answered(**usual | changes)


def told(*alerts: Answered, folded: Iterable[Raise] = (), at: datetime = HOUR.end) -> Told:
    """A record of `alerts`, each raised once, and of what was folded into them."""
    raises = [Raise(source=alert.source, at=alert.raised_at) for alert in alerts]
    return Told(at=at, alerts=alerts, raises=[*raises, *folded])
