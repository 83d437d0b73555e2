"""What each variant would have raised on each recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.messages import Phase
from ringwatch.past import past_of
from ringwatch.replay import Replay
from ringwatch.tuning.once import Once
from storage.snapshot import Shot, as_jpeg, draw

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from detect.analysis import Analysis
    from detect.detector import Detector
    from detect.messages import DetailValue, Event
    from ingest.messages import Frame
    from ringwatch.tuning.variants import Variant

THUMBNAIL_WIDTH = 400  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event that would have been raised. Times are seconds from the clip's start."""

    id: str  # the same cause has the same in every variant
    rule: str
    zone: str
    severity: str
    began_s: float  # its cause
    raised_s: float
    cleared_s: float | None = None  # None: it went on to the clip's end
    detail: Mapping[str, DetailValue] = field(default_factory=dict)  # when it was last told


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One variant on one clip."""

    variant: Variant
    alerts: tuple[Alert, ...]  # in the order in which they were raised


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTrials:
    """Every variant on one clip."""

    clip: Path
    duration_s: float
    trials: tuple[Trial, ...]  # in the order of the variants
    thumbnails: Mapping[str, bytes]  # JPEG, by the alert's id


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """What is replayed, and how."""

    clips: tuple[Path, ...]
    start: datetime  # of each clip
    zone_info: ZoneInfo
    baseline: Path | None = None  # the camera's past


def try_out(variants: Sequence[Variant], recordings: Recordings, detector: Detector) -> Iterator[ClipTrials]:
    """Each clip in turn, each with all variants: its pictures are inferred once. Blocks for as long as that takes.

    Raises:
        ClipError: a clip cannot be read.
    """
    once = Once(detector)
    for clip in recordings.clips:
        once.forget()
        thumbnails: dict[str, bytes] = {}
        tried = [_tried(variant, clip, recordings, once, thumbnails) for variant in variants]
        yield ClipTrials(
            clip=clip,
            duration_s=max(duration_s for _, duration_s in tried),
            trials=tuple(trial for trial, _ in tried),
            thumbnails=thumbnails,
        )


def _tried(
    variant: Variant, clip: Path, recordings: Recordings, once: Once, thumbnails: dict[str, bytes]
) -> tuple[Trial, float]:
    baseline = past_of(recordings.baseline)
    start, zone_info = recordings.start, recordings.zone_info
    replay = Replay(clip, variant.camera, once, zone_info, start, baseline=baseline)
    alerts: dict[str, Alert] = {}
    for frame, analysis in replay.steps():
        for event in analysis.events:
            alerts[event.id] = _gone_on(alerts.get(event.id), event, start)
            if event.id not in thumbnails:
                thumbnails[event.id] = _thumbnail(frame, analysis, event, variant, zone_info)
    return Trial(variant=variant, alerts=tuple(alerts.values())), replay.duration.total_seconds()


def _gone_on(alert: Alert | None, event: Event, start: datetime) -> Alert:
    at_s = _seconds(event.captured_at - start)
    if alert is None:
        return Alert(
            id=event.id,
            rule=event.rule,
            zone=event.zone,
            severity=event.severity.value,
            began_s=_seconds(event.started_at - start),
            raised_s=at_s,
            detail=event.detail,
        )
    return replace(alert, cleared_s=at_s if event.phase is Phase.CLEARED else None, detail=event.detail)


def _thumbnail(frame: Frame, analysis: Analysis, event: Event, variant: Variant, zone_info: tzinfo) -> bytes:
    tracks = analysis.scene.tracks if analysis.scene else ()
    shot = Shot(picture=frame.bgr(), captured_at=frame.captured_at, tracks=tracks, zones=variant.camera.zones)
    whole = draw(shot, event, zone_info)
    rows = round(whole.shape[0] * THUMBNAIL_WIDTH / whole.shape[1])
    small = cv2.resize(whole, (THUMBNAIL_WIDTH, rows), interpolation=cv2.INTER_AREA)
    return as_jpeg(np.asarray(small, np.uint8))


def _seconds(span: timedelta) -> float:
    return round(span.total_seconds(), 3)


def rules_of(clips: Iterable[ClipTrials]) -> tuple[str, ...]:
    """Every rule of which something was raised, by name."""
    return tuple(sorted({alert.rule for clip in clips for trial in clip.trials for alert in trial.alerts}))


def counts(clips: Sequence[ClipTrials], number: int) -> dict[str, int]:
    """How many alerts of each rule the variant `number` has raised on all clips."""
    alerts = [alert for clip in clips for alert in clip.trials[number].alerts]
    return {rule: sum(alert.rule == rule for alert in alerts) for rule in rules_of(clips)}


def causes(clip: ClipTrials) -> tuple[tuple[Alert, tuple[Alert | None, ...]], ...]:
    """Every cause of which some variant told, by when it was first told: with what each variant said of it."""
    by_id: dict[str, list[Alert | None]] = {}
    for number, trial in enumerate(clip.trials):
        for alert in trial.alerts:
            by_id.setdefault(alert.id, [None] * len(clip.trials))[number] = alert
    rows = [(min((one for one in told if one), key=lambda one: one.raised_s), tuple(told)) for told in by_id.values()]
    return tuple(sorted(rows, key=lambda row: (row[0].raised_s, row[0].rule, row[0].zone)))
