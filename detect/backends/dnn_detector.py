"""Detection with OpenCV's own inference, for machines that OpenVINO has no wheel for. ONNX files alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from config.errors import BackendUnavailable
from config.model import Label
from detect.backends.canvas import Canvas
from detect.backends.formats import Format
from detect.backends.recognise import Shapes, check_classes, recognise
from detect.backends.suppress import strongest, suppress
from detect.boundary import refuse_shapes, refuse_words
from detect.classes import COCO, class_map
from detect.detector import Picture
from detect.errors import ModelError
from detect.messages import Detections
from detect.model_card import ModelCard, describe, how_to_say, sidecars

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DnnDetector:
    """An ONNX model as OpenCV runs it, one picture after another. One thread owns it."""

    def __init__(self, path: Path, *, name: str, threshold: float, threads: int = 1) -> None:
        """Load `path`; scores under `threshold` are dropped. OpenCV's number of threads is one for the whole process.

        OpenCV does not show a model's own metadata, so that a file beside it has to say its classes and its size.

        Raises:
            ForbiddenModelError: it is made for faces, plates, appearance, landmarks or attributes.
            ModelError: it cannot be used, and why.
        """
        cv2.setNumThreads(threads)
        card = describe(path, {})
        refuse_words([path.stem, *(card.names or ())], "its name or a class")
        width, height = _size(card, path)
        self.name = name
        self.input_size = width, height
        self._net: Any = _read(path)
        refuse_words(self._net.getUnconnectedOutLayersNames(), "a tensor's name")
        shapes = tuple(tuple(output.shape) for output in self._outputs(np.zeros((1, 3, height, width), np.float32)))
        refuse_shapes(shapes)
        self._form: Format = recognise(Shapes(width, height, shapes), card)
        self._by_index = class_map(_names(card, self._form, path)).by_index
        self.labels = frozenset(label for label in self._by_index if label is not None)
        self._threshold = threshold
        self._canvas = Canvas(width, height, self._form.style.placement)

    @property
    def batch(self) -> int:
        """On one core a batch is no faster."""
        return 1

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """One after another, so that the boxes do not depend on who shares a batch."""
        return [self._one(picture.image) for picture in pictures]

    def close(self) -> None:
        """Give the model back."""
        self._net = None

    def _one(self, image: NDArray[np.uint8]) -> Detections:
        pixels, spot = self._canvas.lay(image)
        style = self._form.style
        blob = np.asarray(cv2.dnn.blobFromImage(pixels[0], 1.0 / style.scale, swapRB=style.rgb), np.float32)
        found = self._form.decode(self._outputs(blob)[0], self._threshold)
        labels = [self._by_index[index] if index < len(self._by_index) else None for index in found.classes]
        kept = [place for place, label in enumerate(labels) if label is not None]
        known: list[Label] = [label for label in labels if label is not None]
        boxes, scores = spot.fractions(found.boxes[kept]), found.scores[kept]
        return suppress(boxes, scores, known) if self._form.overlapping else strongest(boxes, scores, known)

    def _outputs(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        if self._net is None:
            raise BackendUnavailable(f"the detector {self.name} was closed")
        try:
            self._net.setInput(blob)
            return list(self._net.forward(self._net.getUnconnectedOutLayersNames()))
        except cv2.error as error:
            raise ModelError(f"{self.name}: OpenCV cannot run it: {_first_line(error)}") from None


def _size(card: ModelCard, path: Path) -> tuple[int, int]:
    if card.size is None:
        beside = sidecars(path)[0].name
        raise ModelError(f"{path}: write `size: [width, height]` of its input to {beside} beside it")
    return card.size


def _names(card: ModelCard, form: Format, path: Path) -> tuple[str, ...]:
    names = card.names or (COCO if form.classes == len(COCO) else None)
    if names is None:
        raise ModelError(f"{path}: its classes are not known: {how_to_say(path)}")
    check_classes(form, names)
    return names


def _read(path: Path) -> Any:
    if path.suffix != ".onnx":
        raise ModelError(f"{path}: without OpenVINO only .onnx models can be used; this machine has no OpenVINO")
    try:
        return cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise ModelError(f"{path}: OpenCV cannot read it; is the file whole? ({_first_line(error)})") from None


def _first_line(error: cv2.error) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason given")
