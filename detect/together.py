"""Frames of several cameras, of which the detector is asked at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from detect.analysis import FAILED, Analysis, Begun

if TYPE_CHECKING:
    from detect.detector import Detector
    from detect.messages import Detections
    from detect.pipeline import CameraAnalysis
    from ingest.messages import Frame

log = structlog.get_logger()
Made = TypeVar("Made")


def detected(detector: Detector, begun: Sequence[Begun]) -> list[Detections | None]:
    """What `detector` says of frames that ask, together; None for each that it fails on by itself."""
    try:
        return list(detector.detect([one.picture() for one in begun]))
    except Exception as error:  # noqa: BLE001 - told with its trace by `note`
        if len(begun) > 1:  # one of them may be the reason: the others are not to go blind with it
            return [found for one in begun for found in detected(detector, [one])]
        begun[0].complaints.note(error)
        return [None]


def analysed_together(
    detector: Detector, analyses: Sequence[CameraAnalysis], frames: Sequence[Frame], *, behind_s: float = 0.0
) -> Iterator[Analysis]:
    """One frame each of several cameras, the detector asked once for all of them; `behind_s` as in `begin`.

    A mistake of ours costs one camera one frame, not all of them their worker.
    """
    begun = [
        _guarded(frame, partial(analysis.begin, behind_s=behind_s), frame)
        for analysis, frame in zip(analyses, frames, strict=True)
    ]
    asking = [one for one in begun if one is not None and one.asks]
    began_s = time.thread_time()
    answers = iter(detected(detector, asking) if asking else ())
    share_s = (time.thread_time() - began_s) / max(1, len(asking))
    for analysis, one in zip(analyses, begun, strict=True):
        if one is None:
            yield FAILED
            continue
        if one.asks:
            one.cpu_s["inference"] += share_s
        found = next(answers) if one.asks else None
        yield _guarded(one.frame, analysis.finish, one, found) or FAILED


def _guarded(frame: Frame, step: Callable[..., Made], *parts: object) -> Made | None:
    """What `step` makes of `parts`; None when it fails, which is logged with the frame's camera."""
    try:
        return step(*parts)
    except Exception:
        log.exception("the analysis of a frame failed", camera=frame.camera)
        return None
