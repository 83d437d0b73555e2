"""What a model is trained from, gathered once: the same command goes on where it broke off."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.model import DetectorChoice, Label
from detect.models import load_detector
from ringwatch.training.footage import frames_of
from ringwatch.training.picture_sets import read_set
from ringwatch.training.pictures import Picture, Wanted
from ringwatch.training.prepared import Prepared, load, save, split
from ringwatch.training.teaching import UNSURE, check_teachers, completed

if TYPE_CHECKING:
    from detect.detector import Detector
    from ringwatch.training.trainer import Plan, Progress

JOB = "job.json"
MOST_PER_SOURCE = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the command line asks for."""

    images: tuple[Path, ...]
    footage: tuple[Path, ...]
    teachers: tuple[str, ...]
    held_out: frozenset[str]
    plan: Plan

    @property
    def wanted(self) -> Wanted:
        """The classes to be trained."""
        return Wanted(tuple(Label(name) for name in self.plan.classes))

    @property
    def key(self) -> str:
        """Names what is learnt from, by content: another set, clip or teacher is another job."""
        said = [*map(_digest, (*self.images, *self.footage)), *map(_teacher_digest, self.teachers)]
        said += [*sorted(self.held_out), str(self.plan.seed), *self.plan.classes]
        said += [_digest(self.plan.start_from)] if self.plan.start_from else []
        return hashlib.sha256("\0".join(said).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a job learns from, and where that comes from."""

    prepared: Prepared
    licences: dict[str, str]  # by source


def gather(job: Job, folder: Path, progress: Progress) -> Gathered:
    """The pictures of `job`, completed by its teachers; read from `folder` when they were gathered before.

    Raises:
        TrainingError: a set, a clip or a teacher cannot be used; with what to do.
        ModelError: a teacher cannot be loaded.
    """
    kept = load(folder)
    if kept is not None and (folder / JOB).exists():
        progress(f"going on from {folder}: {len(kept.train)} pictures to learn from")
        return Gathered(prepared=kept, licences=json.loads((folder / JOB).read_text("utf-8"))["licences"])
    pictures, licences = _read(job, progress)
    with ExitStack() as stack:
        teachers = [_open(name, stack) for name in job.teachers]
        if teachers:
            check_teachers(teachers, job.wanted)
        taught = list(_counted(pictures, teachers, job.wanted, progress))
    prepared = split(taught, job.held_out, job.plan.seed)
    save(prepared, folder)
    (folder / JOB).write_text(json.dumps({"licences": licences}), "utf-8")
    return Gathered(prepared=prepared, licences=licences)


def _read(job: Job, progress: Progress) -> tuple[list[Picture], dict[str, str]]:
    pictures: list[Picture] = []
    licences: dict[str, str] = {}
    for path in job.images:
        found, said = read_set(path, job.wanted)
        progress(f"{path.name}: {len(found)} pictures of {len(said)} sources")
        pictures += found
        licences |= said
    pictures = thinned(pictures)
    for clip in job.footage:
        frames = frames_of(clip)
        progress(f"{clip.name}: {len(frames)} frames that differ")
        pictures += frames
        licences[f"footage {clip.stem}"] = f"frames of {clip.name}, labelled by the teachers"
    return pictures, licences


def thinned(pictures: Sequence[Picture]) -> list[Picture]:
    """At most `MOST_PER_SOURCE` of each source, spread over it.

    A source counts by the root of its size: the rest of a large one would hardly be shown, and costs memory.
    """
    sizes = Counter(picture.source for picture in pictures)
    before: Counter[str] = Counter()
    kept = []
    for picture in pictures:
        share = min(1.0, MOST_PER_SOURCE / sizes[picture.source])
        number = before[picture.source]
        before[picture.source] += 1
        if int((number + 1) * share) > int(number * share):
            kept.append(picture)
    return kept


def _counted(
    pictures: Sequence[Picture], teachers: Sequence[Detector], wanted: Wanted, progress: Progress
) -> Iterator[Picture]:
    for number, picture in enumerate(completed(pictures, teachers, wanted), 1):
        if number % 500 == 0 or number == len(pictures):
            progress(f"labels completed in {number} of {len(pictures)} pictures")
        yield picture


def _open(name: str, stack: ExitStack) -> Detector:
    detector = load_detector(DetectorChoice(model=name, threshold=UNSURE), base=Path.cwd(), threads=os.cpu_count() or 1)
    stack.callback(detector.close)
    return detector


def _digest(path: Path) -> str:
    digest = hashlib.sha256(path.name.encode())
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    for file in files:
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def _teacher_digest(name: str) -> str:
    path = Path(name)
    return _digest(path) if path.exists() else name
