"""Detection with ultralytics: `.pt` weights on a CPU or GPU, `.engine` on NVIDIA GPUs. The extra `yolo` installs it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from config.errors import BackendUnavailable
from config.model import Label
from detect.backends.suppress import strongest
from detect.boundary import refuse_words
from detect.classes import COCO, class_map
from detect.detector import Picture
from detect.errors import ModelError
from detect.messages import Detections
from detect.model_card import describe, how_to_say

# Read by ultralytics when it is imported. Source: its `utils/__init__.py`.
HOUSE_RULES: Mapping[str, str] = {
    "ULTRALYTICS_SAFE_LOAD": "true",  # weights are data: a .pt file that carries a program is refused
    "YOLO_OFFLINE": "true",  # no usage figures, no look for updates, no download
    "YOLO_AUTOINSTALL": "false",  # a running node installs nothing
    "YOLO_VERBOSE": "false",
}
CPU = "cpu"
OVERLAP = 0.6  # as in detect.backends.suppress
MOST = 300  # boxes a picture
GPU_BATCH = 16  # pictures at once on a GPU: a moment's worth of a worker's cameras, and little of its memory


class UltralyticsDetector:
    """A YOLO model as ultralytics runs it. One thread owns it."""

    def __init__(self, path: Path, *, name: str, threshold: float, threads: int = 1) -> None:
        """Load `path`; scores under `threshold` are dropped; on a CPU one inference uses `threads` cores.

        Raises:
            ForbiddenModelError: it is made for faces, plates, poses or attributes.
            ModelError: ultralytics is not installed, or cannot use the file.
        """
        refuse_words([path.stem], "its name")
        self.name = name
        self._threshold = threshold
        self._device = _device(threads)
        self._on_gpu = self._device != CPU
        self._model: Any = _load(path, self._device)
        self._by_index = class_map(_names(path, self._model)).by_index
        self.labels = frozenset(label for label in self._by_index if label is not None)
        self._wanted = [index for index, label in enumerate(self._by_index) if label is not None]

    @property
    def batch(self) -> int:
        """Many on a GPU, which is idle otherwise; on a core a batch is no faster."""
        return GPU_BATCH if self._on_gpu else 1

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """In batches on a GPU; one after another on a CPU, so that the boxes do not depend on who shares one."""
        parts = (pictures[first : first + self.batch] for first in range(0, len(pictures), self.batch))
        return [found for part in parts for found in self._together(part)]

    def close(self) -> None:
        """Give the model back."""
        self._model = None

    def _together(self, pictures: Sequence[Picture]) -> list[Detections]:
        if self._model is None:
            raise BackendUnavailable(f"the detector {self.name} was closed")
        try:
            found = self._model.predict(
                [picture.image for picture in pictures],
                conf=self._threshold,
                iou=OVERLAP,
                max_det=MOST,
                classes=self._wanted,
                device=self._device,
                half=self._on_gpu,
                verbose=False,
                save=False,
            )
        except RuntimeError as error:  # torch's own word for everything, a full GPU included
            raise BackendUnavailable(f"the detector {self.name} failed in torch: {error}") from error
        return [self._detections(one.boxes) for one in found]

    def _detections(self, found: Any) -> Detections:
        boxes = np.asarray(found.xyxyn.cpu(), np.float32).reshape(-1, 4)
        labels = [self._by_index[int(index)] for index in found.cls.cpu()]
        allowed = [place for place, label in enumerate(labels) if label is not None]
        kept: list[Label] = [label for label in labels if label is not None]
        return strongest(boxes[allowed], np.asarray(found.conf.cpu(), np.float32)[allowed], kept)


def _load(path: Path, device: str) -> Any:
    yolo = _ultralytics(path)
    try:
        model = yolo(path, task="detect" if path.suffix == ".engine" else None, verbose=False)
        # A .engine is opened by its first prediction: do it now, so that what is wrong with it shows here.
        model.predict(np.zeros((64, 64, 3), np.uint8), verbose=False, save=False, device=device)
    except Exception as error:  # noqa: BLE001 - torch, pickle and ultralytics raise anything; the trial is the edge
        raise ModelError(f"{path}: ultralytics cannot use it; is the file whole? ({_first_line(error)})") from None
    return model


def _ultralytics(path: Path) -> Any:
    """Its model class, after it was told the house rules."""
    os.environ.update(HOUSE_RULES)
    os.environ.setdefault("YOLO_CONFIG_DIR", str(Path.home() / ".cache" / "ringwatch"))
    try:
        return import_module("ultralytics").YOLO
    except ImportError:
        raise ModelError(
            f"{path}: {path.suffix} models need ultralytics, which is not installed: "
            "run `pip install 'ringwatch[yolo]'` (about 6 GB), or export the model to .onnx"
        ) from None


def _device(threads: int) -> str:
    torch = import_module("torch")
    torch.set_num_threads(threads)
    return "cuda:0" if torch.cuda.is_available() else CPU


def _names(path: Path, model: Any) -> tuple[str, ...]:
    """The class names: from a file beside the model, else its own; a number in place of a name is none."""
    own = {index: name for index, name in dict(model.names).items() if str(index) != str(name)}
    embedded = {"task": str(model.task), **({"names": str(own)} if own else {})}
    names = describe(path, embedded).names or (COCO if len(model.names) == len(COCO) else None)
    if names is None:
        raise ModelError(f"{path}: its classes are not known: {how_to_say(path)}")
    return names


def _first_line(error: Exception) -> str:
    lines = (line.removeprefix("ERROR ❌️").strip() for line in str(error).splitlines())
    said = next((line for line in lines if line), "")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
