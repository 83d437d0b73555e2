"""A teacher completes labels: what it is sure of is taken, what it is unsure of is ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from detect.boxes import overlap, within_share
from detect.classes import covers
from detect.detector import Picture as Shown
from ringwatch.training.errors import SetError
from ringwatch.training.pictures import Picture, Target, Wanted

if TYPE_CHECKING:
    from detect.detector import Detector

SURE = 0.5  # a box of at least this score is a label
UNSURE = 0.2  # one of at least this score may be something
SAME = 0.45  # intersection over union of two boxes of one thing
COVERED = 0.5  # share of an unsure box that lies within a known one: a part of it, not another thing


def check_teachers(teachers: Sequence[Detector], wanted: Wanted) -> None:
    """That the teachers know every class that is to be trained.

    Raises:
        SetError: naming the classes that none of them tells.
    """
    known = frozenset(label for teacher in teachers for label in teacher.labels)
    missing = [label.value for label in wanted.labels if not covers(known, label)]
    if missing:
        names = ", ".join(teacher.name for teacher in teachers)
        raise SetError(f"no teacher ({names}) tells {', '.join(missing)}: give another, or leave out the class")


def completed(pictures: Iterable[Picture], teachers: Sequence[Detector], wanted: Wanted) -> Iterator[Picture]:
    """Each picture with the labels that its source leaves out, as far as the teachers know. Blocks for inference."""
    everything = frozenset(range(len(wanted.labels)))
    for picture in pictures:
        yield picture if picture.complete == everything else complete(picture, _found(picture, teachers, wanted))


Found = tuple[float, Target]  # score, and what a teacher takes it for


def complete(picture: Picture, found: Iterable[Found]) -> Picture:
    """`picture` with what teachers `found` added, the strongest first; its own labels are never touched."""
    targets, ignored = list(picture.targets), list(picture.ignored)
    for score, target in sorted(found, key=lambda one: -one[0]):
        if target.wanted in picture.complete or any(_is_known(target, known) for known in targets):
            continue
        if score >= SURE:
            targets.append(target)
        elif score >= UNSURE and not any(within_share(target.box, known.box) > COVERED for known in targets):
            ignored.append(target.box)
    return replace(picture, targets=tuple(targets), ignored=tuple(ignored))


def _found(picture: Picture, teachers: Sequence[Detector], wanted: Wanted) -> list[Found]:
    shown = Shown(image=picture.image())
    found: list[Found] = []
    for teacher in teachers:
        (detections,) = teacher.detect([shown])
        for row, score, label in zip(detections.boxes.tolist(), detections.scores, detections.labels, strict=True):
            if (index := wanted.index(label)) is not None:
                found.append((float(score), Target(wanted=index, box=(row[0], row[1], row[2], row[3]))))
    return found


def _is_known(target: Target, known: Target) -> bool:
    return target.wanted == known.wanted and overlap(target.box, known.box) > SAME
