"""The built-in detector, with no model installed, finds what is true of the sample clips, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from config.load import load
from config.model import Camera, Network
from detect.detector import Detector
from detect.messages import Event, Phase
from detect.models import load_detector
from ringwatch.replay import DEFAULT_START, Replay
from sample_streams.catalogue import SampleClip
from sample_streams.labels import DEMO_CONFIG
from sample_streams.truth import POST_ABSENT

TOLERANCE_S = 3.0


@pytest.fixture(scope="module")
def network() -> Network:
    return load(DEMO_CONFIG, {})


@pytest.fixture(scope="module")
def built_in(network: Network) -> Iterator[Detector]:
    choice = network.detector.model_copy(update={"model": "built-in"})
    with closing(load_detector(choice, base=Path(), threads=1)) as detector:
        yield detector


def own_time_s(camera: Camera, rule: str) -> float:
    """How long a cause must hold on `camera`."""
    own: timedelta | None = camera.posts[0].absent_after if rule == POST_ABSENT else timedelta(seconds=2)
    assert own is not None
    return own.total_seconds()


def at_s(event: Event) -> float:
    return (event.captured_at - DEFAULT_START).total_seconds()


def replayed(network: Network, clip: SampleClip, detector: Detector) -> tuple[Camera, list[Event]]:
    camera = next(one for one in network.cameras if one.sample == clip.name)
    return camera, list(Replay(clip.path, camera, detector, network.zone_info).events())


@pytest.mark.parametrize("name", ["gate", "pair", "lane", "night", "fence", "quiet"])
def test_what_is_true_of_a_clip_is_found(
    clips: Mapping[str, SampleClip], network: Network, built_in: Detector, name: str
) -> None:
    """Raised within three seconds of when it is due, cleared within three of when it ends, and nothing besides."""
    clip = clips[name]
    camera, events = replayed(network, clip, built_in)
    raised = [event for event in events if event.phase is Phase.RAISED]
    cleared = [event for event in events if event.phase is Phase.CLEARED]
    assert [(event.rule, event.zone) for event in raised] == [(span.rule, span.zone) for span in clip.truth]
    for span, begins, ends in zip(clip.truth, raised, cleared, strict=True):
        assert at_s(begins) == pytest.approx(span.from_s + own_time_s(camera, span.rule), abs=TOLERANCE_S)
        assert at_s(ends) == pytest.approx(span.to_s, abs=TOLERANCE_S)
