"""Models side by side on one labelled set: what they find, what that costs, how far they agree with a teacher."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from config.model import Label
from detect.boxes import overlap
from detect.classes import group_of
from detect.detector import Picture
from ringwatch.arguments import Models
from ringwatch.evaluation import ALL, Figures, figures
from ringwatch.frames import sampled
from ringwatch.watching import watch_each

if TYPE_CHECKING:
    from config.model import Network
    from detect.detector import Detector
    from detect.messages import Box, Detections
    from ringwatch.labelled import LabelledClip
    from ringwatch.replay import ClipError

EVERY_S = 1.0  # of the pictures that are shown to model and teacher
SURE = 0.5  # what the teacher is taken at its word for
MATCH = 0.5  # intersection over union


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One model on the set."""

    model: str
    figures: Figures  # of all rules together
    cpu_ms_per_inference: float
    teacher_recall: float | None  # share of the teacher's boxes that it finds; None without a teacher, or its boxes
    teacher_precision: float | None  # share of its boxes that the teacher finds

    def row(self) -> dict[str, object]:
        """As one flat object."""
        said = {key: value for key, value in asdict(self.figures).items() if key != "rule"}
        measured = {key: value for key, value in asdict(self).items() if key != "figures"}
        return {"model": measured.pop("model"), **said, **measured}


class Metered:
    """A detector that counts what it is asked, and the CPU time that takes."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.name, self.labels, self.batch = detector.name, detector.labels, detector.batch
        self.inferences = 0
        self.cpu_s = 0.0

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """As the detector does."""
        began = time.process_time()
        found = self._detector.detect(pictures)
        self.cpu_s += time.process_time() - began
        self.inferences += len(pictures)
        return found

    def close(self) -> None:
        """Close the detector."""
        self._detector.close()


def compare(
    clips: Sequence[LabelledClip],
    models: Sequence[str],
    teacher: str | None,
    unread: Callable[[LabelledClip, ClipError], None],
    baseline: Path | None = None,
) -> Iterator[Compared]:
    """Each of `models` on `clips`, one after another, `unusual` against what is usual in the file `baseline`.

    `unread` is told of each clip that cannot be read; no model is measured on it. Blocks for as long as the clips take.

    Raises:
        ModelError: a model cannot be used; before anything is replayed.
    """
    _try_each((*models, teacher) if teacher else models, clips)
    readable = tuple(clips)
    for name in models:
        metered = MeteredModels(models=Models(override=name))
        seen = list(watch_each(readable, metered, baseline, unread))
        if not seen:
            return
        readable, watched = tuple(clip for clip, _ in seen), [one for _, one in seen]
        pairs = list(_pairs(readable, name, teacher)) if teacher else []
        inferences = sum(one.inferences for one in metered.opened)
        cpu_s = sum(one.cpu_s for one in metered.opened)
        yield Compared(
            model=metered.opened[0].name,
            figures=next(row for row in figures(watched) if row.rule == ALL),
            cpu_ms_per_inference=round(1000 * cpu_s / max(1, inferences), 2),
            teacher_recall=_found_share([(theirs, ours) for theirs, ours in pairs]),
            teacher_precision=_found_share([(ours, theirs) for theirs, ours in pairs]),
        )


def _try_each(names: Sequence[str], clips: Sequence[LabelledClip]) -> None:
    """Open each model once: one that is misspelt, or damaged, costs no hours of the others' figures."""
    for clip in clips[:1]:
        for name in dict.fromkeys(names):
            Models(override=name).load(clip.network, clip.config).close()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredModels:
    """One model, opened for clip after clip, and metered each time."""

    models: Models
    opened: list[Metered] = field(default_factory=list)

    def load(self, network: Network, file: Path) -> Detector:
        """As `Models.load`."""
        metered = Metered(self.models.load(network, file))
        self.opened.append(metered)
        return metered


Boxes = list[tuple[Label, "Box"]]


def _pairs(clips: Sequence[LabelledClip], model: str, teacher: str) -> Iterator[tuple[Boxes, Boxes]]:
    """What teacher and model are sure of, picture by picture."""
    for clip in clips:
        with ExitStack() as stack:
            theirs, ours = (
                stack.enter_context(closing(Models(override=name).load(clip.network, clip.config)))
                for name in (teacher, model)
            )
            for frame in sampled(clip.file, EVERY_S):
                shown = [Picture(image=frame.bgr())]
                yield _sure(theirs.detect(shown)[0]), _sure(ours.detect(shown)[0])


def _sure(found: Detections) -> Boxes:
    rows = zip(found.boxes.tolist(), found.scores, found.labels, strict=True)
    return [(group_of(label), (row[0], row[1], row[2], row[3])) for row, score, label in rows if score >= SURE]


def _found_share(pairs: Sequence[tuple[Boxes, Boxes]]) -> float | None:
    """The share of the first ones' boxes that the second ones have."""
    whole = sum(len(wanted) for wanted, _ in pairs)
    there = sum(any(_same(one, other) for other in given) for wanted, given in pairs for one in wanted)
    return round(there / whole, 4) if whole else None


def _same(first: tuple[Label, Box], second: tuple[Label, Box]) -> bool:
    return first[0] == second[0] and overlap(first[1], second[1]) >= MATCH
