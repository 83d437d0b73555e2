"""How well objects are followed: identity switches and lost tracks at 1, 2, 3 and 5 looks a second.

    .venv/bin/python -m bench.tracking [--clips FOLDER --model MODEL]

Composed ways whose truth is known (`bench.tracks`), and with a model also real clips, whose README says when somebody
is there. Prints two Markdown tables.

A switch: a walker who was followed under one id is followed under another. Strange: a look in which an id stands for
another walker than the one it began with. Lost: looks at a walker, after his first two seconds, in which no track has
him, though the detector found him. Per hundred looks at somebody, all of them.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from bench.tracks import BEGIN, SCENARIOS, Look, looks
from config.model import DetectorChoice, Label
from detect.boxes import overlap
from detect.classes import covers
from detect.detector import Picture
from detect.messages import Box, Detections, Track
from detect.models import load_detector
from detect.tracker import Tracker
from ringwatch.frames import START, sampled

RATES_HZ = (1.0, 2.0, 3.0, 5.0)
SEEDS = range(10)
SAME = 0.4  # IoU of a track's box with the walker's
SETTLED = timedelta(seconds=2)


class Follows(Protocol):
    """Anything that gives objects ids."""

    def update(self, detections: Detections, captured_at: datetime) -> tuple[Track, ...]:
        """The tracks after what was found at `captured_at`."""
        ...


@dataclass(slots=True)
class Tally:
    """What was counted."""

    looks: int = 0
    switches: int = 0
    strange: int = 0
    lost: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            looks=self.looks + other.looks,
            switches=self.switches + other.switches,
            strange=self.strange + other.strange,
            lost=self.lost + other.lost,
        )

    def __str__(self) -> str:
        return f"{self.switches} · {self.strange} · {100 * self.lost / max(1, self.looks):.1f} %"


def followed(seen: Iterable[Look], tracker: Follows) -> Tally:
    """What `tracker` makes of a scenario."""
    tally = Tally()
    ids: dict[int, int] = {}  # by walker: the id he was followed under last
    owners: dict[int, int] = {}  # by id: the walker it began with
    first: dict[int, datetime] = {}
    for look in seen:
        now = [track for track in tracker.update(look.found, look.at) if track.last_seen_at == look.at]
        for walker, box in look.truth.items():
            if not any(overlap(box, _box(found)) > SAME for found in look.found.boxes):
                continue  # the detector missed him: no tracker's fault
            first.setdefault(walker, look.at)
            tally.looks += 1
            number = _id_of(box, now)
            if number is None:
                tally.lost += look.at - first[walker] > SETTLED
                continue
            tally.switches += ids.get(walker, number) != number
            ids[walker] = number
            tally.strange += owners.setdefault(number, walker) != walker
    return tally


def _id_of(box: Box, tracks: list[Track]) -> int | None:
    best = max(tracks, key=lambda track: overlap(box, track.box), default=None)
    return best.id if best is not None and overlap(box, best.box) > SAME else None


def _box(row: Iterable[float]) -> Box:
    x0, y0, x1, y1 = (float(value) for value in row)
    return x0, y0, x1, y1


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """One object at a time, in these spans of seconds of a clip, entering and leaving included."""

    clip: str
    label: Label
    spans: tuple[tuple[float, float], ...]


# From the README beside the clips.
CLIPS = (
    Visits(
        clip="one-by-one-person.mp4",
        label=Label.PERSON,
        spans=((6, 19.8), (22.8, 44.8), (50.2, 70), (74.6, 86.8), (92.3, 119.8), (123.5, 136)),
    ),
    Visits(clip="person-bicycle-car.mp4", label=Label.PERSON, spans=((24.5, 28.5),)),
    Visits(clip="car-topdown.mp4", label=Label.VEHICLE, spans=((4.7, 8.1), (25.5, 27.8))),
)


def ids_per_visit(visits: Visits, clip: Path, model: Path, rate_hz: float) -> list[int]:
    """Under how many ids each visitor was followed; one is right."""
    tracker, ids = Tracker(), [set[int]() for _ in visits.spans]
    detector = load_detector(DetectorChoice(model=str(model)), base=Path(), threads=1)
    for frame in sampled(clip, 1 / rate_hz):
        (found,) = detector.detect([Picture(image=frame.bgr())])
        at_s = (frame.captured_at - START).total_seconds()
        for track in tracker.update(found, frame.captured_at):
            if track.last_seen_at == frame.captured_at and covers(frozenset({track.label}), visits.label):
                for number, (begins, ends) in enumerate(visits.spans):
                    if begins - 0.5 <= at_s <= ends + 0.5:
                        ids[number].add(track.id)
    detector.close()
    return [len(found) for found in ids]


def composed(make: Callable[[], Follows]) -> None:
    """The table of composed ways."""
    print("| switches · strange · lost | " + " | ".join(f"{rate:g} a second" for rate in RATES_HZ) + " |")
    print("|---|" + "---|" * len(RATES_HZ))
    sums = dict.fromkeys(RATES_HZ, Tally())
    for scenario in SCENARIOS:
        cells = []
        for rate in RATES_HZ:
            tally = sum((followed(looks(scenario, rate, seed), make()) for seed in SEEDS), Tally())
            sums[rate] = sums[rate] + tally
            cells.append(str(tally))
        print(f"| {scenario.name} | " + " | ".join(cells) + " |")
    print("| together | " + " | ".join(str(sums[rate]) for rate in RATES_HZ) + " |", flush=True)


def real(clips: Path, model: Path) -> None:
    """The table of real clips."""
    print("\n| ids per visitor (one is right) | " + " | ".join(f"{rate:g} a second" for rate in RATES_HZ) + " |")
    print("|---|" + "---|" * len(RATES_HZ))
    for visits in CLIPS:
        counts = [ids_per_visit(visits, clips / visits.clip, model, rate) for rate in RATES_HZ]
        cells = [", ".join(map(str, one)) for one in counts]
        print(f"| {visits.clip} | " + " | ".join(cells) + " |", flush=True)


def main(arguments: list[str]) -> None:
    """Print the tables."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=Path("../shared/clips"))
    parser.add_argument("--model", type=Path, help="a detector model; without one the real clips are left out")
    options = parser.parse_args(arguments)
    composed(Tracker)
    if options.model is not None:
        real(options.clips, options.model)


__all__ = ["BEGIN", "Follows", "Tally", "followed"]

if __name__ == "__main__":
    main(sys.argv[1:])
