"""How well detectors see: pictures of real clips in which people and vehicles are, or are not, found.

    .venv/bin/python -m bench.seen [--clips FOLDER] [MODEL ...]

Two pictures a second of each clip pass the motion gate and the detector, as they would live. Prints a Markdown table:
the share of pictures with somebody in which somebody is found, and of those without in which somebody is claimed.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

from config.model import DetectorChoice, Label
from detect.classes import covers
from detect.detector import Detector, Picture
from detect.models import load_detector
from detect.motion import MotionGate
from ringwatch.frames import START, sampled

EVERY_S = 0.5
Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """When something is in a clip for certain, and when certainly not; the seconds between count neither way."""

    clip: str
    what: str
    label: Label
    there: Spans
    empty: Spans


# From the README beside the clips; a margin of half a second where something comes or goes.
KNOWN = (
    Known(
        clip="one-by-one-person.mp4",
        what="a person in a room, from above",
        label=Label.PERSON,
        there=((8.5, 17.7), (24.9, 42.9), (52.5, 67.7), (76.9, 84.7), (94.7, 117.7), (125.9, 133.8)),
        empty=((1, 5.5), (20.3, 22.3), (45.3, 49.7), (70.5, 74.1), (87.3, 91.8), (120.3, 123), (136.5, 139)),
    ),
    Known(
        clip="person-bicycle-car.mp4",
        what="a pedestrian on a path",
        label=Label.PERSON,
        there=((25, 30),),
        empty=((4.5, 8.5), (14.5, 23.5), (35.5, 38)),
    ),
    Known(
        clip="street-pedestrians.mp4",
        what="pedestrians on a street",
        label=Label.PERSON,
        there=((0.7, 8),),
        empty=(),
    ),
    Known(
        clip="parcel-taken.mp4",
        what="a person who fills the picture",
        label=Label.PERSON,
        there=((1.5, 4.3),),
        empty=((5.2, 12.4),),
    ),
    Known(
        clip="car-topdown.mp4",
        what="cars from above",
        label=Label.VEHICLE,
        there=((5.2, 7.6), (15.6, 18.0), (26, 27.3)),
        empty=((1, 4), (8.8, 14.4), (19.7, 24.8), (28.5, 30)),
    ),
    Known(
        clip="person-bicycle-car.mp4",
        what="cars on a road",
        label=Label.VEHICLE,
        there=((0.5, 3.2), (28.4, 33.2)),
        empty=((4.5, 8.5), (14.5, 23.5), (35.5, 38)),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one detector made of one clip, in pictures."""

    there: int
    found: int
    empty: int
    claimed: int

    def __str__(self) -> str:
        claimed = f", claims {_percent(self.claimed, self.empty)}" if self.empty else ""
        return f"{_percent(self.found, self.there)}{claimed}"


def seen(known: Known, clip: Path, detector: Detector) -> Seen:
    """Run `detector` over `clip` and count."""
    gate, found = MotionGate(), {True: [0, 0], False: [0, 0]}
    for frame in sampled(clip, EVERY_S):
        moving = gate.look(frame.small(), frame.captured_at).stirring
        at_s = (frame.captured_at - START).total_seconds()
        there = _within(at_s, known.there)
        if not there and not _within(at_s, known.empty):
            continue
        (detections,) = detector.detect([Picture(image=frame.bgr(), moving=moving)])
        found[there][0] += 1
        found[there][1] += any(covers(frozenset({label}), known.label) for label in detections.labels)
    (present, hits), (absent, claims) = found[True], found[False]
    return Seen(there=present, found=hits, empty=absent, claimed=claims)


def _within(at_s: float, spans: Spans) -> bool:
    return any(begins <= at_s <= ends for begins, ends in spans)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def main(arguments: list[str]) -> None:
    """Print the table for the models named, by path or name; without any, the built-in one."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=Path("../shared/clips"))
    parser.add_argument("models", nargs="*", default=["built-in"])
    options = parser.parse_args(arguments)
    names = [Path(model).name for model in options.models]
    print("| pictures of | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for known in KNOWN:
        cells = []
        for model in options.models:
            detector = load_detector(DetectorChoice(model=model), base=Path(), threads=1)
            cells.append(str(seen(known, options.clips / known.clip, detector)))
            detector.close()
        print(f"| {known.what} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
