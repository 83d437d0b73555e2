"""A model's card: what it was made from, how well it does, and where it fails, with pictures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ringwatch.training.figures import DEFAULT, ClassFigures, Mistake

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ringwatch.training.pictures import Picture
    from ringwatch.training.trainer import Plan

CARD, FIGURES, ERRORS = "CARD.md", "figures.json", "errors"
HEIGHT = 360  # pixels of an error picture
RIGHT, FOUND, IGNORED = (80, 200, 80), (60, 60, 235), (160, 160, 160)  # BGR


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that is said of a model."""

    name: str
    plan: Plan
    made_at: datetime
    model_sha256: str
    model_bytes: int
    learnt: Sequence[Picture]
    licences: dict[str, str]
    teachers: tuple[str, ...]
    held_out: frozenset[str]
    figures: Sequence[ClassFigures]
    cpu_ms: float
    mistakes: Sequence[Mistake]
    command: str


def write_card(card: Card, folder: Path) -> None:
    """Write CARD.md, figures.json and errors/*.jpg into `folder`."""
    (folder / CARD).write_text(_text(card), "utf-8")
    rows = {"classes": [asdict(row) for row in card.figures], "cpu_ms_per_inference": card.cpu_ms}
    (folder / FIGURES).write_text(json.dumps({**rows, "sha256": card.model_sha256}, indent=2) + "\n", "utf-8")
    (folder / ERRORS).mkdir(exist_ok=True)
    for number, mistake in enumerate(card.mistakes, 1):
        cv2.imwrite(str(folder / ERRORS / f"{number:02}-{mistake.picture.name}.jpg"), _drawn(mistake, card.plan))


def _text(card: Card) -> str:
    tested = ", ".join(sorted(card.held_out)) or "some scenes of every source"
    teachers = ", ".join(Path(name).name for name in card.teachers) or "no teacher"
    return f"""# {card.name}

{_made(card)}

It sees people and vehicles; it knows no faces, no plates, no attributes and gives no embeddings.

## How well it does

On pictures of sources that it was not trained on ({tested}). AP50 is the average precision at an
overlap of one half; recall and precision are at the threshold that is used by default, {DEFAULT}. Scores were shifted
so that it is the best one on these pictures.

| class | things | AP50 | recall | precision |
|---|---|---|---|---|
{_figure_rows(card)}

## Where it fails

The {len(card.mistakes)} pictures it does worst on lie in `{ERRORS}/` of the folder that `ringwatch train` writes
(green: what is there, red: what it finds, grey: nobody knows): {_worst(card)}.

## What it was made from

| source | pictures | origin, licence |
|---|---|---|
{_source_rows(card)}

Labels that a source leaves out were completed by {teachers}: boxes it is sure of were taken, boxes it is
unsure of were painted over.
"""


def _made(card: Card) -> str:
    width, height = card.plan.size
    size = f"{width}×{height}, {card.model_bytes / 2**20:.1f} MiB"
    return f"""A detector of {", ".join(card.plan.classes)}: {card.plan.network.family}, {card.plan.network}, {size},
{card.cpu_ms:.1f} ms of CPU per inference (OpenVINO, one core). Made {card.made_at:%Y-%m-%d} by

```
{card.command}
```

Seed {card.plan.seed}, {card.plan.rounds} rounds of {card.plan.round_size} pictures, {card.plan.batch} at a time.
SHA-256 of model.onnx:
`{card.model_sha256}`."""


def _figure_rows(card: Card) -> str:
    rows = (
        f"| {row.label} | {row.things} | {row.ap50:.2f} | {row.recall:.2f} | {row.precision:.2f} |"
        for row in card.figures
    )
    return "\n".join(rows)


def _source_rows(card: Card) -> str:
    count = Counter(picture.source for picture in card.learnt)
    return "\n".join(f"| {name} | {count[name]} | {card.licences.get(name, 'not stated')} |" for name in sorted(count))


def _worst(card: Card) -> str:
    return ", ".join(mistake.picture.name for mistake in card.mistakes) or "none"


def _drawn(mistake: Mistake, plan: Plan) -> NDArray[np.uint8]:
    image = mistake.picture.image()
    scale = HEIGHT / image.shape[0]
    drawn = np.asarray(cv2.resize(image, None, fx=scale, fy=scale), np.uint8)
    for corners in mistake.picture.ignored:
        _box(drawn, corners, IGNORED, "?")
    for target in mistake.picture.targets:
        _box(drawn, target.box, RIGHT, plan.classes[target.wanted])
    for score, target in mistake.found:
        if score >= 0.25:
            _box(drawn, target.box, FOUND, f"{plan.classes[target.wanted]} {score:.2f}")
    return drawn


def _box(
    drawn: NDArray[np.uint8], corners: tuple[float, float, float, float], colour: tuple[int, int, int], text: str
) -> None:
    height, width = drawn.shape[:2]
    left, top, right, bottom = (round(value * side) for value, side in zip(corners, (width, height) * 2, strict=True))
    cv2.rectangle(drawn, (left, top), (right, bottom), colour, 1)
    cv2.putText(drawn, text, (left + 2, max(10, top - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.35, colour, 1, cv2.LINE_AA)
