"""One training from its sets to an installed model. Nothing takes the place of a good model until it is whole."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detect.backends.openvino_detector import OpenVinoDetector
from detect.boundary import refuse_words
from detect.detector import Picture as Shown
from ringwatch.training.calibration import shifts
from ringwatch.training.card import Card, write_card
from ringwatch.training.cut_outs import cut_outs
from ringwatch.training.errors import TrainingError
from ringwatch.training.export import Trained, export, sha256, verify, write_sidecar
from ringwatch.training.figures import ClassFigures, Mistake, measure
from ringwatch.training.job import Gathered, Job, gather
from ringwatch.training.trainer import Learnt, train, ultralytics

if TYPE_CHECKING:
    from detect.detector import Detector
    from ringwatch.training.pictures import Picture
    from ringwatch.training.trainer import Plan, Progress

MODEL = "model.onnx"
LEAST = 0.01  # score down to which boxes count for average precision
TIMED = 100  # inferences
LOWEST_FREE_BYTES = 1 << 30  # checkpoints, pictures and the model together stay well under this


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished model."""

    folder: Path
    figures: tuple[ClassFigures, ...]
    cpu_ms: float


def make(job: Job, target: Path, work: Path, command: str, progress: Progress) -> Made:
    """Run `job` in the folder `work` and put the model with its card into the folder `target`. Blocks for hours.

    Raises:
        ForbiddenModelError: its name or classes break the boundary.
        TrainingError: something it needs is missing or broken; the same command goes on afterwards.
    """
    refuse_words([target.name, *job.plan.classes], "the model's name or class")
    ultralytics()
    _require_room(work)
    gathered = gather(job, work, progress)
    weights = train(_learnt(gathered, job.plan, progress), job.plan, work, progress)
    partial = target.with_name(f".{target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        raised = _shifts(weights, job.plan, gathered.prepared.held_out)
        exported = export(weights, job.plan, partial / MODEL, raised)
        write_sidecar(exported, job.plan)
        trained = Trained(weights, job.plan, raised)
        verify(trained, exported, job.plan, gathered.prepared.held_out, progress)
        figures, mistakes, cpu_ms = _measured(exported, job, gathered)
        write_card(_card(job, gathered, target.name, exported, (figures, mistakes, cpu_ms), command), partial)
        _put(partial, target)
    except OSError as error:
        raise TrainingError(f"{target}: cannot be written: {error.strerror or error}; nothing was replaced") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Made(folder=target, figures=tuple(figures), cpu_ms=cpu_ms)


def _learnt(gathered: Gathered, plan: Plan, progress: Progress) -> Learnt:
    """With what can be cut out of its pictures; cut out again by a run that goes on, which is sooner done than read."""
    cuts = cut_outs(gathered.prepared.train, plan.seed)
    progress(f"{len(cuts)} people and vehicles cut out, to be put into other pictures")
    return Learnt(prepared=gathered.prepared, cuts=cuts)


def _shifts(weights: Path, plan: Plan, pictures: Sequence[Picture]) -> tuple[float, ...]:
    trained = Trained(weights, plan, least=LEAST)
    return shifts([(picture, trained.look(picture)) for picture in pictures], len(plan.classes))


def _require_room(work: Path) -> None:
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{work} cannot be made: {error.strerror}; name another folder with --work") from error
    free = shutil.disk_usage(work).free
    if free < LOWEST_FREE_BYTES:
        raise TrainingError(f"{work}: {free / 2**20:.0f} MiB are free and 1024 are needed; make room, or name --work")


def _put(partial: Path, target: Path) -> None:
    """In the place of what was there, which is deleted only when the new one stands."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _measured(exported: Path, job: Job, gathered: Gathered) -> tuple[list[ClassFigures], list[Mistake], float]:
    detector = OpenVinoDetector(exported, name="trained", threshold=LEAST)
    try:
        figures, mistakes = measure(gathered.prepared.held_out, detector, job.wanted)
        return figures, mistakes, cpu_ms(detector, job.plan.size)
    finally:
        detector.close()


def cpu_ms(detector: Detector, size: tuple[int, int], clock: Callable[[], float] = time.process_time) -> float:
    """CPU milliseconds of one inference, its picture made ready included."""
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    shown = [Shown(image=noise)]
    for _ in range(TIMED // 10):
        detector.detect(shown)
    began = clock()
    for _ in range(TIMED):
        detector.detect(shown)
    return round(1000 * (clock() - began) / TIMED, 2)


def _card(
    job: Job,
    gathered: Gathered,
    name: str,
    exported: Path,
    measured: tuple[list[ClassFigures], list[Mistake], float],
    command: str,
) -> Card:
    figures, mistakes, cost = measured
    return Card(
        name=name,
        plan=job.plan,
        made_at=datetime.now(UTC),
        model_sha256=sha256(exported),
        model_bytes=exported.stat().st_size,
        learnt=gathered.prepared.train,
        licences=gathered.licences,
        teachers=job.teachers,
        held_out=job.held_out,
        figures=figures,
        cpu_ms=cost,
        mistakes=mistakes,
        command=command,
    )


def default_work(name: str, key: str) -> Path:
    """Where a training keeps what it has done so far."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "ringwatch" / "training" / f"{name}-{key}"
