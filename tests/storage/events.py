"""Events, shots and rings for the tests of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from config.model import Label, Severity, Zone
from detect.messages import Event, Phase, Track
from ingest.messages import Packet
from storage.snapshot import Shot
from tests.storage.footage import START

POST = Zone(polygon=((0.40, 0.35), (0.62, 0.35), (0.62, 0.95), (0.40, 0.95)))
BARRIER = Zone(polygon=((0.05, 0.60), (0.38, 0.60), (0.38, 0.98), (0.05, 0.98)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A packet ring that holds what it was given."""

    packets: Sequence[Packet] = ()

    def since(self, at: datetime) -> tuple[Packet, ...]:
        """From the last keyframe at or before `at`."""
        begins = [n for n, packet in enumerate(self.packets) if packet.is_keyframe and packet.captured_at <= at]
        return tuple(self.packets[begins[-1] if begins else 0 :])


def event(after_s: float = 12.0, *, id: str = "ev-3f9a", camera: str = "gate", zone: str = "post") -> Event:
    """A post found empty `after_s` into the film."""
    return Event(
        id=id,
        camera=camera,
        rule="post.absent",
        zone=zone,
        phase=Phase.RAISED,
        started_at=START + timedelta(seconds=after_s - 5),
        captured_at=START + timedelta(seconds=after_s),
        severity=Severity.HIGH,
        detail={"min_guards": 1},
    )


def shot(*, width: int = 640, height: int = 360, zones: dict[str, Zone] | None = None) -> Shot:
    """A dark picture with one person on it."""
    picture = np.full((height, width, 3), 60, np.uint8)
    picture.flags.writeable = False
    person = Track(
        id=4, label=Label.PERSON, box=(0.1, 0.3, 0.2, 0.9), score=0.87, first_seen_at=START, last_seen_at=START
    )
    return Shot(
        picture=picture,
        captured_at=START + timedelta(seconds=12),
        tracks=(person,),
        zones={"post": POST, "barrier": BARRIER} if zones is None else zones,
    )
