"""Detection on a CPU with OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openvino as ov

from config.errors import BackendUnavailable
from config.model import Label
from detect.backends.canvas import Canvas
from detect.backends.formats import Candidates
from detect.backends.openvino_model import CheckedModel, read_checked
from detect.backends.suppress import strongest, suppress
from detect.detector import Picture
from detect.errors import ModelError
from detect.messages import Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OpenVinoDetector:
    """An ONNX or IR model on the CPU, compiled for the shortest time of one picture after another.

    The compiled model, its one request and the input buffer belong to the thread that made the detector: nothing in
    it is locked. Workers are processes, so that each has its own.
    """

    def __init__(self, path: Path, *, name: str, threshold: float, threads: int = 1) -> None:
        """Load `path`; scores under `threshold` are dropped; one inference uses `threads` cores.

        Raises:
            ModelError: it cannot be used, and why.
        """
        model = read_checked(path)
        self.name = name
        self.labels = model.classes.labels
        self.kind = model.form.kind
        self.input_size = model.width, model.height
        self._form, self._by_index, self._threshold = model.form, model.classes.by_index, threshold
        self._canvas = Canvas(model.width, model.height, model.form.style.placement)
        self._request: Any = _compile(model, path, threads)

    @property
    def batch(self) -> int:
        """On one core a batch is no faster."""
        return 1

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """One after another, so that the boxes do not depend on who shares a batch."""
        return [self._one(picture.image) for picture in pictures]

    def close(self) -> None:
        """Give the compiled model back."""
        self._request = None

    def _one(self, image: NDArray[np.uint8]) -> Detections:
        pixels, spot = self._canvas.lay(image)
        found = self._form.decode(self._infer(pixels), self._threshold)
        kept, labels = self._allowed(found)
        boxes, scores = spot.fractions(found.boxes[kept]), found.scores[kept]
        return suppress(boxes, scores, labels) if self._form.overlapping else strongest(boxes, scores, labels)

    def _infer(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The model's output: a view that the next inference writes over."""
        if self._request is None:
            raise BackendUnavailable(f"the detector {self.name} was closed")
        try:
            self._request.infer([pixels], share_inputs=True, share_outputs=True)
        except RuntimeError as error:
            raise BackendUnavailable(f"the detector {self.name} failed in OpenVINO: {error}") from error
        return np.asarray(self._request.get_output_tensor(0).data, np.float32)

    def _allowed(self, found: Candidates) -> tuple[NDArray[np.intp], list[Label]]:
        """Which candidates are of the allow-list, and what they are; a class index without a name is dropped."""
        kept, labels = [], []
        for place, index in enumerate(found.classes):
            label = self._by_index[index] if 0 <= index < len(self._by_index) else None
            if label is not None:
                kept.append(place)
                labels.append(label)
        return np.array(kept, np.intp), labels


def _compile(model: CheckedModel, path: Path, threads: int) -> Any:
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,  # each worker process would pin itself to the same first cores
        "INFERENCE_PRECISION_HINT": "f32",  # bfloat16, the default where a CPU has it, moves boxes between machines
    }
    try:
        return ov.Core().compile_model(model.graph, "CPU", settings).create_infer_request()
    except RuntimeError as error:
        raise ModelError(f"{path}: OpenVINO cannot compile it for this CPU: {error}") from error
