"""Decoding on demand finds what decoding everything finds: real footage, a real model, the same events."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from config.model import Camera, DetectorChoice, Intrusion, Label, Post, Ring, Stream, Zone
from detect.messages import Event
from detect.models import load_detector
from ringwatch.replay import Replay
from tests.footage import clip, cut, model

WHOLE = Zone(polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
NEAR = timedelta(seconds=0.5)
Decode = Literal["on_demand", "always"]


def watched(decode: Decode) -> Camera:
    """A post and a forbidden zone, each the whole picture."""
    return Camera(
        id="gate",
        name="gate",
        ring=Ring.INNER,
        stream=Stream(sub="file:clip", decode=decode),
        zones={"all": WHOLE},
        posts=(Post(zone="all", absent_after=timedelta(seconds=4)),),
        rules=(
            Intrusion(rule="intrusion", zone="all", classes=(Label.PERSON,), dwell=timedelta(seconds=1)),
            Intrusion(rule="intrusion", zone="all", classes=(Label.VEHICLE,), dwell=timedelta(seconds=1)),
        ),
    )


def replayed(video: Path, decode: Decode) -> tuple[list[Event], int]:
    """The events of `video`, and how many frames were analysed for them."""
    detector = load_detector(DetectorChoice(model=str(model())), base=Path(), threads=2)
    with closing(detector):
        analyses = list(Replay(video, watched(decode), detector, ZoneInfo("UTC")).analyses())
    return [event for analysis in analyses for event in analysis.events], len(analyses)


@pytest.mark.parametrize(
    "name", ["one-by-one-person.mp4", "person-bicycle-car.mp4", "car-topdown.mp4", "street-vehicles.mp4"]
)
def test_the_same_events_from_fewer_frames(name: str, tmp_path: Path) -> None:
    """Keyframes every two seconds, as cameras send them: the same rules, zones and phases, within half a second."""
    video = cut(clip(name), tmp_path / "clip.mp4", ((0.0, 150.0),), gop=20)

    (found, looked_at), (expected, all_of_them) = replayed(video, "on_demand"), replayed(video, "always")

    assert [(event.rule, event.zone, event.phase) for event in found] == [
        (event.rule, event.zone, event.phase) for event in expected
    ]
    apart = [abs(one.started_at - other.started_at) for one, other in zip(found, expected, strict=True)]
    assert max(apart, default=timedelta()) <= NEAR
    assert looked_at <= all_of_them
