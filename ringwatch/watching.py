"""Labelled clips, replayed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Protocol

import structlog

from detect.messages import Phase
from detect.rules import evaluated
from ringwatch.evaluation import Found, Watched
from ringwatch.past import past_of
from ringwatch.replay import ClipError, Replay
from ringwatch.unknown_classes import UnknownClasses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from config.model import Network
    from detect.detector import Detector
    from detect.messages import Event
    from ringwatch.labelled import LabelledClip

log = structlog.get_logger()
SLACK_S = 1.0  # the newest packet's picture lasts a while


class OpensDetectors(Protocol):
    """Knows which detector a clip is replayed with."""

    def load(self, network: Network, file: Path) -> Detector:
        """The detector for `network`, which was read from `file`; the caller closes it."""
        ...


def watch(
    clip: LabelledClip, models: OpensDetectors, baseline: Path | None = None, unknown: UnknownClasses | None = None
) -> Watched:
    """`clip` with what its replay gave; `unknown` warns of rules that the model cannot answer.

    Raises:
        ClipError: the clip cannot be read.
        ModelError: the model cannot be used.
    """
    log.info("replaying", clip=clip.file.name, camera=clip.camera.id)
    past = past_of(baseline)
    with closing(models.load(clip.network, clip.config)) as detector:
        (unknown or UnknownClasses()).warn(clip.camera, detector)
        reading = Replay(clip.file, clip.camera, detector, clip.network.zone_info, clip.start, baseline=past)
        found = tuple(_found(event, clip) for event in reading.events() if event.phase is Phase.RAISED)
    _refuse_labels_after(reading.duration.total_seconds(), clip)
    return Watched(
        rules=evaluated(clip.camera),
        duration=reading.duration,
        expected=clip.expected,
        ignored=clip.ignored,
        found=found,
    )


def watch_each(
    clips: Iterable[LabelledClip],
    models: OpensDetectors,
    baseline: Path | None,
    unread: Callable[[LabelledClip, ClipError], None],
) -> Iterator[tuple[LabelledClip, Watched]]:
    """Each of `clips` with what its replay gave; `unread` is told of each that cannot be read, and the next is taken.

    Raises:
        ModelError: the model cannot be used.
    """
    unknown = UnknownClasses()
    for clip in clips:
        try:
            watched = watch(clip, models, baseline, unknown)
        except ClipError as error:
            unread(clip, error)
        else:
            yield clip, watched


def _refuse_labels_after(ends_s: float, clip: LabelledClip) -> None:
    """What a recording that was cut short no longer shows was not missed."""
    label = next((one for one in clip.expected if one.due_s - one.tolerance_s > ends_s + SLACK_S), None)
    if label is not None:
        raise ClipError(
            f"{clip.file} ends at {ends_s:.1f} s, earlier than its header says: "
            f"{label.rule} at {label.due_s:g} s cannot be in it"
        )


def _found(event: Event, clip: LabelledClip) -> Found:
    return Found(rule=event.rule, zone=event.zone, at_s=(event.captured_at - clip.start).total_seconds())
