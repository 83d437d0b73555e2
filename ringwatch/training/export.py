"""From the trainer's weights to one ONNX file, checked against the trainer by the back end that will run it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from config.model import Label
from detect.backends.canvas import Canvas, Placement
from detect.backends.formats import Yolo
from detect.backends.openvino_detector import OpenVinoDetector
from detect.backends.suppress import suppress
from detect.boxes import overlap
from detect.model_card import sidecars
from ringwatch.training.calibration import shift_scores
from ringwatch.training.errors import TrainingError
from ringwatch.training.figures import look
from ringwatch.training.pictures import Target, Wanted
from ringwatch.training.trainer import ultralytics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ringwatch.training.pictures import Picture
    from ringwatch.training.trainer import Plan, Progress

OPSET = 13
CHECKED = 64  # pictures
SCORE = 0.25  # boxes of at least this score are compared
OVERLAP, SCORE_APART = 0.95, 0.02  # what counts as the same box


def export(weights: Path, plan: Plan, target: Path, shifts: Sequence[float] = ()) -> Path:
    """Write the model at `weights` to the ONNX file `target`, with its classes and size in its metadata.

    `shifts` raise the logits of its classes.

    Raises:
        TrainingError: it cannot be exported.
    """
    ultralytics()
    onnx = import_module("onnx")
    torch = import_module("torch")
    model = _trained(weights, shifts)
    head = model.model[-1]
    head.export, head.format = True, "onnx"
    width, height = plan.size
    try:
        torch.onnx.export(
            model,
            torch.zeros(1, 3, height, width),
            str(target),
            opset_version=OPSET,
            input_names=["images"],
            output_names=["boxes"],
            dynamo=False,
        )
        written = onnx.load(str(target))
        said = {"names": str(dict(enumerate(plan.classes))), "imgsz": str([height, width]), "task": "detect"}
        onnx.helper.set_model_props(written, said)
        onnx.save(written, str(target))
    except (OSError, RuntimeError) as error:
        target.unlink(missing_ok=True)
        raise TrainingError(f"{target}: cannot be written: {error}") from error
    return target


def write_sidecar(exported: Path, plan: Plan) -> None:
    """Say beside the model what its metadata say inside: OpenCV's reader of ONNX does not show them."""
    said = {"labels": list(plan.classes), "size": list(plan.size)}
    sidecars(exported)[0].write_text(json.dumps(said) + "\n", "utf-8")  # JSON is YAML


def verify(trained: Trained, exported: Path, plan: Plan, pictures: Sequence[Picture], progress: Progress) -> None:
    """That OpenVINO gives the trainer's boxes for `pictures`.

    Raises:
        TrainingError: it does not, with a picture on which they differ.
    """
    detector = OpenVinoDetector(exported, name="exported", threshold=SCORE - SCORE_APART)
    wanted = Wanted(tuple(Label(name) for name in plan.classes))
    compared = 0
    for picture in pictures[:CHECKED]:
        ours = look(picture, detector, wanted)
        for score, target in trained.look(picture):
            compared += 1
            if not any(_same(score, target, *one) for one in ours):
                raise TrainingError(
                    f"the exported model does not find the trainer's {plan.classes[target.wanted]} ({score:.2f}) "
                    f"in {picture.name}; nothing was installed"
                )
    detector.close()
    progress(f"OpenVINO finds all {compared} of the trainer's boxes in {min(CHECKED, len(pictures))} pictures")


def _same(score: float, target: Target, other_score: float, other: Target) -> bool:
    alike = target.wanted == other.wanted and abs(score - other_score) <= SCORE_APART
    return alike and overlap(target.box, other.box) >= OVERLAP


class Trained:
    """The trainer's own model, asked for boxes of at least `least`."""

    def __init__(self, weights: Path, plan: Plan, shifts: Sequence[float] = (), least: float = SCORE) -> None:
        self._model = _trained(weights, shifts)
        self._least = least
        self._form = Yolo(len(plan.classes))
        self._canvas = Canvas(*plan.size, Placement.CENTRED)
        self._labels = [Label(name) for name in plan.classes]

    def look(self, picture: Picture) -> list[tuple[float, Target]]:
        """What it finds in `picture`, strongest first."""
        pixels, spot = self._canvas.lay(picture.image())
        found = self._form.decode(_output(self._model, pixels), self._least)
        labels = [self._labels[index] for index in found.classes]
        kept = suppress(spot.fractions(found.boxes), found.scores, labels)
        rows = zip(kept.boxes.tolist(), kept.scores.tolist(), kept.labels, strict=True)
        return [
            (score, Target(wanted=self._labels.index(label), box=(box[0], box[1], box[2], box[3])))
            for box, score, label in rows
        ]


def _trained(weights: Path, shifts: Sequence[float]) -> Any:
    """The averaged weights of a checkpoint, as a model on the CPU that only looks, its logits raised by `shifts`."""
    torch = import_module("torch")
    kept = torch.load(weights, map_location="cpu", weights_only=False)  # our own file, written a moment ago
    model = (kept.get("ema") or kept["model"]).float().eval()
    if shifts:
        shift_scores(model, shifts)
    return model.fuse(verbose=False) if hasattr(model, "fuse") else model


def _output(model: Any, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    torch = import_module("torch")
    image = np.ascontiguousarray(pixels[0, :, :, ::-1].transpose(2, 0, 1)[None], np.float32) / 255
    with torch.no_grad():
        found = model(torch.from_numpy(image))
    return np.asarray((found[0] if isinstance(found, tuple | list) else found).numpy(), np.float32)


def sha256(path: Path) -> str:
    """The file's hash, as a card names it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
