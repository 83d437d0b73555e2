"""What a model is trained on, gathered once and kept: a run that is interrupted goes on from it."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ringwatch.training.errors import SetError, TrainingError
from ringwatch.training.pictures import Corners, Picture, Target

VERSION = 1
HELD_OUT = 0.08  # share of the scenes, at most, when no source is held out by name
INDEX, PIXELS = "pictures.json", "pictures.bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Pictures to learn from, and others, of other sources, to look how well that went."""

    train: tuple[Picture, ...]
    held_out: tuple[Picture, ...]


def split(pictures: Sequence[Picture], held_out: frozenset[str], seed: int) -> Prepared:
    """Hold out the sources named; without any, a few scenes of every source.

    Raises:
        SetError: a source that is named has no picture, or nothing is left to learn from.
    """
    missing = sorted(held_out - {picture.source for picture in pictures})
    if missing:
        known = ", ".join(sorted({picture.source for picture in pictures}))
        raise SetError(f"no picture is of source {', '.join(missing)}: there are {known}")
    aside = _held_scenes(pictures, seed) if not held_out else frozenset()
    train = [one for one in pictures if one.source not in held_out and (one.source, one.scene) not in aside]
    test = [one for one in pictures if one.source in held_out or (one.source, one.scene) in aside]
    if not any(picture.targets for picture in train) or not test:
        raise SetError("too few labelled pictures: some must be left to learn from and some to test with")
    return Prepared(train=tuple(train), held_out=tuple(test))


def _held_scenes(pictures: Iterable[Picture], seed: int) -> frozenset[tuple[str, str]]:
    scenes = sorted({(picture.source, picture.scene) for picture in pictures})
    chosen = random.Random(seed).sample(scenes, max(1, int(len(scenes) * HELD_OUT)))  # noqa: S311 - a split, no secret
    return frozenset(chosen)


def save(prepared: Prepared, folder: Path) -> None:
    """Write it, whole or not at all.

    Raises:
        TrainingError: the disk is full, or refuses.
    """
    partial = folder / f"{PIXELS}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as pixels:
            rows = {name: [_row(one, pixels.write(one.encoded)) for one in getattr(prepared, name)] for name in PARTS}
            pixels.flush()
            os.fsync(pixels.fileno())
        partial.replace(folder / PIXELS)
        index = folder / f"{INDEX}.part"
        index.write_text(json.dumps({"version": VERSION, **rows}), "utf-8")
        index.replace(folder / INDEX)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise TrainingError(f"{folder}: what was prepared cannot be written: {error.strerror}; make room") from error


PARTS = ("train", "held_out")


def load(folder: Path) -> Prepared | None:
    """What was prepared in `folder`; None when it is not there, not whole, or of another version."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
        pixels = (folder / PIXELS).read_bytes()
    except (OSError, ValueError):
        return None
    if index["version"] != VERSION or sum(row["size"] for name in PARTS for row in index[name]) != len(pixels):
        return None
    parts, at = {}, 0
    for name in PARTS:
        pictures = []
        for row in index[name]:
            pictures.append(_picture(row, pixels[at : at + row["size"]]))
            at += row["size"]
        parts[name] = tuple(pictures)
    return Prepared(**parts)


def _row(picture: Picture, size: int) -> dict[str, object]:
    said = {key: getattr(picture, key) for key in ("name", "source", "scene", "ignored")}
    targets = [asdict(target) for target in picture.targets]
    return {**said, "targets": targets, "complete": sorted(picture.complete), "size": size}


def _picture(row: dict[str, list[dict[str, Corners]]], encoded: bytes) -> Picture:
    said = {key: str(row[key]) for key in ("name", "source", "scene")}
    targets = tuple(Target(wanted=int(one["wanted"]), box=_corners(one["box"])) for one in row["targets"])  # type: ignore[call-overload]
    ignored = tuple(_corners(one) for one in row["ignored"])  # type: ignore[arg-type]
    complete = frozenset(int(one) for one in row["complete"])  # type: ignore[call-overload]
    return Picture(**said, encoded=encoded, targets=targets, ignored=ignored, complete=complete)


def _corners(row: Sequence[float]) -> Corners:
    return row[0], row[1], row[2], row[3]
