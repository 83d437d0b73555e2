"""Small sets of labelled pictures made by code: bright upright bars are people, dark wide ones are vehicles."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from config.model import Label
from ringwatch.training.pictures import Corners, Picture, Target, Wanted

BOTH = Wanted((Label.PERSON, Label.VEHICLE))
UPRIGHT: Corners = (0.2, 0.2, 0.3, 0.8)
WIDE: Corners = (0.5, 0.5, 0.9, 0.7)


def drawn(*boxes: tuple[int, Corners], size: tuple[int, int] = (160, 96), seed: int = 0) -> NDArray[np.uint8]:
    """A noisy grey picture with a bar in each box: bright for class 0, dark for class 1."""
    width, height = size
    image = np.random.default_rng(seed).normal(120, 8, (height, width, 3))
    for wanted, (x0, y0, x1, y1) in boxes:
        shade = 230 if wanted == 0 else 30
        image[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)] = shade
    return np.clip(image, 0, 255).astype(np.uint8)


def encoded(image: NDArray[np.uint8]) -> bytes:
    """As JPEG."""
    return bytes(cv2.imencode(".jpg", image)[1])


def picture(
    *boxes: tuple[int, Corners], source: str = "made", complete: frozenset[int] = frozenset({0, 1}), seed: int = 0
) -> Picture:
    """A picture that holds what its labels say."""
    return Picture(
        name=f"{source}_{seed:03}",
        source=source,
        scene=f"{seed}",
        encoded=encoded(drawn(*boxes, seed=seed)),
        targets=tuple(Target(wanted=wanted, box=box) for wanted, box in boxes),
        complete=complete,
    )


def write_set(folder: Path, count: int = 12, sources: tuple[str, ...] = ("alpha", "beta")) -> Path:
    """A set in the YOLO layout: people and vehicles at random places, half of the pictures of each source."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for number in range(count):
        left, top = rng.uniform(0.05, 0.4, 2)
        boxes = [(0, (left, top, left + 0.12, top + 0.5)), (1, (left + 0.2, top + 0.1, left + 0.55, top + 0.35))]
        stem = f"{sources[number % len(sources)]}_{number:03}"
        cv2.imwrite(str(folder / "images" / f"{stem}.jpg"), drawn(*boxes, seed=number))
        rows = [f"{(0, 3)[wanted]} {(a + c) / 2} {(b + d) / 2} {c - a} {d - b}" for wanted, (a, b, c, d) in boxes]
        (folder / "labels" / f"{stem}.txt").write_text("\n".join(rows) + "\n", "utf-8")
    said = {
        name: {"annotated": [0, 3, 4, 5], "tier": "A", "note": "made by code, CC0", "repos": {}} for name in sources
    }
    (folder / "sources.json").write_text(json.dumps(said), "utf-8")
    return folder
