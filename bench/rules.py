"""What following, scene and rules cost: CPU milliseconds per analysed frame with twenty objects in the picture.

    .venv/bin/python -m bench.rules [--objects 20] [--guards 2]

People, vehicles and bikes in a drawn picture of 640 x 360 with a post, its three rules, its guards standing still and
watched for sleep, and a zone with `intrusion`. No detector runs: what it would find is given. Prints one line a stage.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bench.tracks import person
from config.model import Camera, Label
from detect.messages import Box, Detections
from detect.motion import STILL, Motion, MotionGate
from detect.rules import build
from detect.scene import Zones
from detect.stillness import Stillness
from detect.substance import Substance
from detect.tracker import Tracker

FRAMES, WARM_UP = 300, 30
RATE_HZ = 3.0
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
POST = "post"
KINDS = (Label.PERSON,) * 6 + (Label.CAR, Label.TRUCK, Label.CAR, Label.BICYCLE)
STAGES = ("tracker", "substance", "stillness", "scene", "rules")


def camera() -> Camera:
    """A camera with everything on it."""
    return Camera.model_validate(
        {
            "id": "bench",
            "name": "bench",
            "ring": "inner",
            "stream": {"sub": "rtsp://192.0.2.1/sub"},
            "zones": {
                POST: {"polygon": [(0.0, 0.0), (0.2, 0.0), (0.2, 1.0), (0.0, 1.0)]},
                "lane": {"polygon": [(0.2, 0.0), (1.0, 0.0), (1.0, 0.6), (0.9, 1.0), (0.2, 1.0)]},
            },
            "posts": [{"zone": POST, "guards": "double", "asleep_after": "60s", "understaffed_after": "60s"}],
            "rules": [{"rule": "intrusion", "zone": "lane", "classes": ["person", "vehicle", "bike"]}],
        }
    )


def found(objects: int, guards: int) -> Iterator[Detections]:
    """What a detector would find in each frame."""
    random = np.random.default_rng(1)
    labels = [Label.PERSON] * guards + [KINDS[number % len(KINDS)] for number in range(objects - guards)]
    for frame in range(FRAMES):
        boxes = [_box(number, frame, guards) for number in range(objects)]
        trembling = np.array(boxes) + random.normal(0, 0.002, (objects, 4))
        yield Detections(
            boxes=trembling.clip(0, 1).astype(np.float32),
            scores=np.full(objects, 0.8, np.float32),
            labels=tuple(labels),
        )


def _box(number: int, frame: int, guards: int) -> Box:
    if number < guards:
        return person(0.05 + 0.08 * number, 0.9, 0.45)
    far = 0.25 + 0.7 * ((number * 0.137 + frame * 0.002) % 1)
    return person(far, 0.6 + 0.02 * (number % 5), 0.3)


def pictures() -> Iterator[NDArray[np.uint8]]:
    """A wall with the noise of a sensor."""
    random = np.random.default_rng(2)
    wall = np.kron(random.integers(60, 180, (36, 64)), np.ones((10, 10)))
    noisy = [np.clip(wall + random.normal(0, 3, wall.shape), 0, 255).astype(np.uint8) for _ in range(8)]
    for frame in range(FRAMES):
        yield noisy[frame % len(noisy)]


def motion(detections: Detections) -> Motion:
    """What moves: half of the objects; the rest has stood there from the first frame on."""
    boxes = tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in detections.boxes[::2].tolist())
    return replace(STILL, moving=True, boxes=boxes)


def spent_ms(objects: int, guards: int) -> dict[str, float]:
    """CPU milliseconds a frame, by stage."""
    own = camera()
    tracker, substance, stillness, zones = Tracker(), Substance(own, MotionGate()), Stillness(own), Zones(own)
    rules = build(own, ZoneInfo("Asia/Shanghai"))
    total = dict.fromkeys(STAGES, 0.0)
    for frame, (detections, luma) in enumerate(zip(found(objects, guards), pictures(), strict=True)):
        at = BEGIN + timedelta(seconds=frame / RATE_HZ)
        marks = [time.thread_time()]
        tracks = tracker.update(detections, at)
        marks.append(time.thread_time())
        substance.note(motion(detections), at, doubtful=False)
        tracks = substance.marked(tracks, at)
        marks.append(time.thread_time())
        tracks = stillness.look(luma, tracks, at)
        marks.append(time.thread_time())
        scene = zones.scene(tracks, at, tracker.glimpses)
        marks.append(time.thread_time())
        for rule in rules:
            rule.observe(scene)
        marks.append(time.thread_time())
        if frame >= WARM_UP:
            for stage, begin, end in zip(STAGES, marks, marks[1:], strict=False):
                total[stage] += 1000 * (end - begin) / (FRAMES - WARM_UP)
    return total


def main(arguments: list[str]) -> None:
    """Print the figures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--guards", type=int, default=2)
    options = parser.parse_args(arguments)
    spent = spent_ms(options.objects, options.guards)
    for stage, cost in spent.items():
        print(f"{stage:10} {cost:6.2f} ms")
    print(f"{'together':10} {sum(spent.values()):6.2f} ms a frame with {options.objects} objects")


if __name__ == "__main__":
    main(sys.argv[1:])
