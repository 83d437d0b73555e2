"""How far a model agrees with a teacher on clips that it did not learn from, at one threshold after another.

    .venv/bin/python -m bench.against MODEL --teacher TEACHER [--clips FOLDER] CLIP ...

Two pictures a second. A teacher's box of at least `SURE` is a thing; the model finds it with a box of the same group
that overlaps it by a half. A picture without any box of the teacher's of at least `UNSURE` is empty of that class, and
every box of the model's in it is false. Prints a Markdown table.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from config.model import DetectorChoice, Label
from detect.boxes import overlap
from detect.classes import group_of
from detect.detector import Detector, Picture
from detect.messages import Box, Detections
from detect.models import load_detector
from ringwatch.frames import sampled

EVERY_S = 0.5
SURE, UNSURE = 0.5, 0.2  # scores of the teacher's
MATCH = 0.5  # intersection over union
LEAST = 0.05
THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
Scored = list[tuple[float, Box]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One picture: what the teacher is sure of, whether it sees nothing at all, and what the model finds."""

    there: Scored
    is_empty: bool
    found: Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One class at one threshold."""

    things: int
    recall: float
    empty: int  # pictures
    false_per_hundred: float  # boxes in a hundred pictures in which there is nothing of the class

    def __str__(self) -> str:
        return f"{self.recall:.2f} of {self.things}, {self.false_per_hundred:.1f} false in 100 of {self.empty} empty"


def looks(clips: Sequence[Path], model: Detector, teacher: Detector, label: Label) -> Iterator[Look]:
    """Every picture of `clips` as both see it."""
    for clip in clips:
        for frame in sampled(clip, EVERY_S):
            shown = [Picture(image=frame.bgr())]
            theirs, ours = (_of(label, one.detect(shown)[0]) for one in (teacher, model))
            there = [row for row in theirs if row[0] >= SURE]
            yield Look(there=there, is_empty=not theirs, found=ours)


def agreement(seen: Sequence[Look], threshold: float) -> Agreement:
    """How far they agree where the model's boxes under `threshold` are dropped."""
    things = sum(len(look.there) for look in seen)
    found = sum(
        any(score >= threshold and overlap(box, thing) >= MATCH for score, box in look.found)
        for look in seen
        for _, thing in look.there
    )
    empty = [look for look in seen if look.is_empty]
    false = sum(score >= threshold for look in empty for score, _ in look.found)
    return Agreement(
        things=things,
        recall=found / max(1, things),
        empty=len(empty),
        false_per_hundred=100 * false / max(1, len(empty)),
    )


def _of(label: Label, found: Detections) -> Scored:
    rows = zip(found.boxes.tolist(), found.scores.tolist(), found.labels, strict=True)
    return [(score, (row[0], row[1], row[2], row[3])) for row, score, one in rows if group_of(one) is label]


def _open(stack: ExitStack, name: str, threshold: float) -> Detector:
    choice = DetectorChoice(model=name, threshold=threshold)
    return stack.enter_context(closing(load_detector(choice, base=Path(), threads=1)))


def main(arguments: list[str]) -> None:
    """Print a row a class and threshold."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("clip", nargs="+")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--clips", type=Path, default=Path("../shared/clips"))
    options = parser.parse_args(arguments)
    print("| class | threshold | recall, false boxes |\n|---|---|---|")
    with ExitStack() as stack:
        model, teacher = _open(stack, options.model, LEAST), _open(stack, options.teacher, UNSURE)
        for label in (Label.PERSON, Label.VEHICLE):
            seen = list(looks([options.clips / name for name in options.clip], model, teacher, label))
            for threshold in THRESHOLDS:
                print(f"| {label.value} | {threshold} | {agreement(seen, threshold)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
