"""What the pipeline costs: CPU time by stage on real clips, the whole process's, all its threads counted."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.model import Camera, Intrusion, Label, Post, Ring, Stream, Zone
from detect.pipeline import STAGES, CameraAnalysis
from ingest.frames import FrameReader
from ingest.governor import governor
from ingest.sources import FileSource
from ringwatch.replay import DEFAULT_START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from detect.detector import Detector
    from ingest.messages import Frame

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU milliseconds per second of one camera's video, by stage and in all."""

    clip: str
    model: str
    cpu_ms_per_camera_second: dict[str, float]


def cost(clip: Path, detector: Detector) -> Cost:
    """What ingest, motion, inference and rules cost on `clip`, with a post and a zone that cover the whole picture.

    Everything else that the process spends while the clip runs is in the total alone.

    Raises:
        CameraError: the clip cannot be read.
    """
    analysis = CameraAnalysis(_camera(), detector, ZoneInfo("UTC"), cpu_clock=time.process_time)
    spent_s = dict.fromkeys(("ingest", *STAGES), 0.0)
    length = timedelta()
    began = before = time.process_time()
    for frame in _frames(clip, analysis):
        spent_s["ingest"] += time.process_time() - before
        length = frame.captured_at - DEFAULT_START
        for stage, cpu_s in analysis.analyse(frame).cpu_s.items():
            spent_s[stage] += cpu_s
        before = time.process_time()
    total_s = time.process_time() - began
    per_second = {stage: round(1000 * cpu_s / length.total_seconds(), 2) for stage, cpu_s in spent_s.items()}
    whole = round(1000 * total_s / length.total_seconds(), 2)
    return Cost(clip=clip.name, model=detector.name, cpu_ms_per_camera_second={**per_second, "total": whole})


def _frames(clip: Path, analysis: CameraAnalysis) -> Iterator[Frame]:
    source = FileSource("bench", clip, paced=False, loop=False, start=DEFAULT_START, clock=lambda: DEFAULT_START)
    with closing(source):
        reader = FrameReader(source.open(), governor=governor(_camera(), analysis.has_open_alert))
        for packet in source.packets():
            yield from reader.frames(packet)
        yield from reader.end()


def _camera() -> Camera:
    return Camera(
        id="bench",
        name="bench",
        ring=Ring.INNER,
        stream=Stream(sub="file:bench"),
        zones={"all": Zone(polygon=WHOLE)},
        posts=(Post(zone="all", absent_after=timedelta(seconds=60)),),
        rules=(Intrusion(rule="intrusion", zone="all", classes=(Label.PERSON, Label.VEHICLE)),),
    )
