"""A node whose detector fails on every frame once a file `broken` lies beside the configuration.

The process that finds the file takes it away, and its detector fails for ever, as a device does whose driver has lost
it; another process has one that is well. `python -m tests.ringwatch.failing_node_main ...` is
`python -m ringwatch ...`; its workers are this file too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ringwatch.answers
import ringwatch.worker
from config.errors import BackendUnavailable
from config.model import DetectorChoice
from detect.detector import Detector, Picture
from detect.messages import Detections
from detect.models import load_detector
from tests.ringwatch.node_main import node_or_child

LATE_S, HOPELESS_S = 2.0, 20.0


class FailingDetector:
    """A detector that is well until it breaks."""

    batch = 1

    def __init__(self, whole: Detector, broken: Path) -> None:
        self.name, self.labels = whole.name, whole.labels
        self._whole = whole
        self._broken = broken
        self._fails = False

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        if self._broken.exists():
            self._broken.unlink()
            self._fails = True
        if self._fails:
            raise BackendUnavailable("the accelerator is gone")
        return self._whole.detect(pictures)

    def close(self) -> None:
        self._whole.close()


def loaded(choice: DetectorChoice, *, base: Path, threads: int) -> Detector:
    return FailingDetector(load_detector(choice, base=base, threads=threads), base / "broken")


def main() -> None:
    ringwatch.worker.load_detector = loaded  # type: ignore[attr-defined, assignment]
    ringwatch.answers.LATE_S, ringwatch.answers.HOPELESS_S = LATE_S, HOPELESS_S
    node_or_child("tests.ringwatch.failing_node_main")


if __name__ == "__main__":
    main()
