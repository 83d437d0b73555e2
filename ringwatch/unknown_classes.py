"""Rules that ask for classes which a detector does not know: they are never raised, and that is to be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import structlog

from detect.rules import Unanswerable, unanswerable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.model import Camera, Label
    from detect.detector import Detector

log = structlog.get_logger()
SHOWN = 5  # places of one kind in a line: ninety-two cameras may ask for the same


@dataclass(frozen=True, slots=True)
class UnknownClasses:
    """Warns of what detectors do not know, once of each rule of a camera, however many clips are replayed as it."""

    told: set[str] = field(default_factory=set)

    def warn(self, camera: Camera, detector: Detector) -> None:
        """Say which rules of `camera` ask for what `detector` does not know, in so far as it has not been said."""
        for line in in_lines(unanswerable(camera, detector.labels), f"the model {detector.name}"):
            if line not in self.told:
                log.warning("rule cannot be answered", rule=line)
            self.told.add(line)

    def warn_of(self, cameras: Iterable[Camera], detector: Detector) -> None:
        """As `warn`, of each of `cameras`."""
        for camera in cameras:
            self.warn(camera, detector)


def in_lines(rows: Iterable[Unanswerable], asked: str = "the detector") -> tuple[str, ...]:
    """`rows` in words, a line a rule and class; `asked` is who does not know."""
    by_kind = groupby(sorted(rows), lambda row: (row.rule, row.label))
    return tuple(_in_words(rule, label, asked, list(same)) for (rule, label), same in by_kind)


def _in_words(rule: str, label: Label, asked: str, rows: list[Unanswerable]) -> str:
    places = [f"{row.camera} ({row.zone})" for row in rows[:SHOWN]]
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return f"{rule} asks for {label.value}, which {asked} does not know, on {', '.join(places)}{more}"
