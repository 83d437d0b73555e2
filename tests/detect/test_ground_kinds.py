"""Whether a thing much like its ground came or went: told rightly through noise and the picture's coding."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.ground import Ground
from detect.messages import Box
from detect.rules import Rule
from tests.detect.rules.film import Mover, film, one_rule

Picture = NDArray[np.float32]
SIZE = (320, 180)
RATE_HZ = 3
CHANGES_S, LENGTH_S = 6, 20
CARRIER = Mover(path=((0, 0.2, 0.95), (3, 0.2, 0.95), (5, 0.7, 0.8), (7, 0.7, 0.8), (9, 0.2, 0.95)))
SEEDS = range(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A floor of stones, a dark mat on it, and a box that hides the mat's edge."""

    empty: Picture
    full: Picture


def place(seed: int) -> Place:
    """Another floor, mat and box for each `seed`."""
    random = np.random.default_rng(seed)
    stones = random.normal(100, 7, (30, 54, 3)).astype(np.float32) + np.array((-10, 0, 8), np.float32)
    empty = np.asarray(cv2.resize(stones, SIZE, interpolation=cv2.INTER_LINEAR), np.float32)
    x, y = 205 + int(random.integers(0, 12)), 112 + int(random.integers(0, 12))
    mat = empty[y - 12 : y + 22, x - 50 : x + 11]
    mat -= np.float32(random.uniform(16, 26))
    mat[::5] += 16
    mat[:, ::9] -= 12
    full = empty.copy()
    full[y : y + 16, x : x + 24] = (
        100 + random.choice((-1, 1)) * random.uniform(9, 13) + np.array((-8, 0, 7), np.float32)
    )
    full[y + 10 : y + 16, x : x + 24] -= 7  # its side that is turned away from the light
    blurred = [np.asarray(cv2.GaussianBlur(one, (0, 0), 0.7), np.float32) for one in (empty, full)]
    return Place(empty=blurred[0], full=blurred[1])


def decoded(pictures: Iterator[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """What is left of `pictures` when a camera has encoded them, with a keyframe every two seconds."""
    file = io.BytesIO()
    with av.open(file, mode="w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ, options={"crf": "27", "preset": "veryfast", "g": "6"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, mode="r") as read:
        yield from (np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in read.decode(video=0))


def filmed(shown: Place, seed: int, *, put_down: bool) -> Iterator[NDArray[np.uint8]]:
    """Somebody comes at 3, puts it down or takes it at 6, and leaves at 7."""
    for index in range(LENGTH_S * RATE_HZ):
        at_s = index / RATE_HZ
        picture = (shown.full if (at_s >= CHANGES_S) == put_down else shown.empty).copy()
        if (box := CARRIER.box(at_s)) is not None:
            x0, y0, x1, y1 = _pixels(box)
            picture[y0:y1, x0:x1] = 50
        noise = np.random.default_rng(1000 * seed + index).normal(0, 3, picture.shape)
        yield np.clip(picture + noise, 0, 255).astype(np.uint8)


def _pixels(box: Box) -> tuple[int, ...]:
    return tuple(round(one * side) for one, side in zip(box, (*SIZE, *SIZE), strict=True))


def rule(name: str) -> Rule:
    """On the right half."""
    return one_rule(rule=name, zone="lane", after="4s")


def told(seed: int, *, put_down: bool) -> list[str]:
    """What the rules say of it, in order."""
    ground, rules = Ground(timedelta(minutes=10)), [rule("left_object"), rule("removed_object")]
    scenes = film(CARRIER, until_s=LENGTH_S, step_s=1 / RATE_HZ)
    said = []
    for scene, picture in zip(scenes, decoded(filmed(place(seed), seed, put_down=put_down)), strict=False):
        boxes = tuple(track.box for track in scene.tracks)
        seen = replace(scene, changes=ground.look(picture, boxes, scene.captured_at))
        said += [event for one in rules for event in one.observe(seen)]
    return [event.rule for event in said if event.phase.value == "raised"]


@pytest.mark.parametrize(("put_down", "expected"), [(True, "left_object"), (False, "removed_object")])
def test_a_thing_like_its_ground_is_told_once_and_rightly(put_down: bool, expected: str) -> None:
    """In nine of ten variations of the floor, the thing and the noise."""
    said = [told(seed, put_down=put_down) for seed in SEEDS]

    assert sum(one == [expected] for one in said) >= 9, said
