"""How well a model finds what is there: average precision, per class. Source: PASCAL VOC 2010, all points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from config.model import DetectorChoice
from detect.boxes import overlap, within_share
from detect.detector import Picture as Shown
from ringwatch.training.pictures import Corners, Picture, Target, Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.detector import Detector

DEFAULT: float = DetectorChoice.model_fields["threshold"].default
MATCH = 0.5  # intersection over union: AP50
ERRORS = 12  # pictures shown in a card


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One box that the model gave, and whether it is right; None where nobody knows."""

    score: float
    right: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """One class on one set."""

    label: str
    things: int
    ap50: float
    recall: float  # of the things, at the score a detector is asked for by default
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A picture, and how wrong the model is on it."""

    picture: Picture
    cost: float
    found: tuple[tuple[float, Target], ...]


def measure(
    pictures: Sequence[Picture], detector: Detector, wanted: Wanted
) -> tuple[list[ClassFigures], list[Mistake]]:
    """The figures of `detector` on `pictures`, for classes that are labelled throughout there; and its worst errors."""
    findings: dict[int, list[Finding]] = {index: [] for index in range(len(wanted.labels))}
    things = dict.fromkeys(findings, 0)
    mistakes = []
    for picture in pictures:
        found = look(picture, detector, wanted)
        cost = 0.0
        for index in picture.complete:
            there = [target for target in picture.targets if target.wanted == index]
            judged = judge(there, [one for one in found if one[1].wanted == index], picture.ignored)
            findings[index] += judged
            things[index] += len(there)
            cost += sum(one.score for one in judged if one.right is False)
            cost += len(there) - sum(one.score for one in judged if one.right)
        mistakes.append(Mistake(picture=picture, cost=cost, found=tuple(found)))
    worst = sorted(mistakes, key=lambda one: -one.cost)[:ERRORS]
    rows = [_figures(wanted.labels[index].value, things[index], findings[index]) for index in findings if things[index]]
    return rows, worst


def look(picture: Picture, detector: Detector, wanted: Wanted) -> list[tuple[float, Target]]:
    """What the model finds in `picture`, strongest first."""
    (detections,) = detector.detect([Shown(image=picture.image())])
    found = []
    for row, score, label in zip(detections.boxes.tolist(), detections.scores, detections.labels, strict=True):
        if (index := wanted.index(label)) is not None:
            found.append((float(score), Target(wanted=index, box=(row[0], row[1], row[2], row[3]))))
    return found


def judge(
    there: Sequence[Target], found: Sequence[tuple[float, Target]], ignored: Sequence[Corners] = ()
) -> list[Finding]:
    """Each found box against what is there: the strongest takes a thing, a second on it is wrong."""
    left = list(there)
    judged = []
    for score, target in sorted(found, key=lambda one: -one[0]):
        best = max(left, key=lambda known: overlap(known.box, target.box), default=None)
        if best is not None and overlap(best.box, target.box) >= MATCH:
            left.remove(best)
            judged.append(Finding(score=score, right=True))
        else:
            unknown = any(within_share(target.box, region) > MATCH for region in ignored)
            judged.append(Finding(score=score, right=None if unknown else False))
    return judged


def _figures(label: str, things: int, findings: Sequence[Finding]) -> ClassFigures:
    known = sorted((one for one in findings if one.right is not None), key=lambda one: -one.score)
    sure = [one for one in known if one.score >= DEFAULT]
    right = sum(bool(one.right) for one in sure)
    return ClassFigures(
        label=label,
        things=things,
        ap50=round(average_precision(np.array([bool(one.right) for one in known], bool), things), 4),
        recall=round(right / things, 4),
        precision=round(right / len(sure), 4) if sure else 0.0,
    )


def average_precision(right: NDArray[np.bool_], things: int) -> float:
    """The area under precision over recall; `right` says of each box, strongest first, whether it is."""
    if not things or not len(right):
        return 0.0
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(np.concatenate([[0.0], hits / things]))
    return float((falling * steps).sum())
