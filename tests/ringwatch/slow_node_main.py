"""A node whose detector is far too slow while a file `slow` lies beside the configuration.

`python -m tests.ringwatch.slow_node_main ...` is `python -m ringwatch ...`; its workers are this file too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import ringwatch.looks
import ringwatch.worker
from config.model import DetectorChoice
from detect.detector import Detector, Picture
from detect.messages import Detections
from detect.models import load_detector
from tests.ringwatch.node_main import node_or_child

SLOW_S = 2.5
SOON = timedelta(seconds=5)


class SlowDetector:
    """A detector that takes its time."""

    batch = 1

    def __init__(self, quick: Detector, slow: Path) -> None:
        self.name, self.labels = quick.name, quick.labels
        self._quick = quick
        self._slow = slow

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        if self._slow.exists():
            time.sleep(SLOW_S)
        return self._quick.detect(pictures)

    def close(self) -> None:
        self._quick.close()


def loaded(choice: DetectorChoice, *, base: Path, threads: int) -> Detector:
    return SlowDetector(load_detector(choice, base=base, threads=threads), base / "slow")


def main() -> None:
    ringwatch.worker.load_detector = loaded  # type: ignore[attr-defined, assignment]
    ringwatch.looks.GRACE = ringwatch.looks.LATE_FOR = SOON
    node_or_child("tests.ringwatch.slow_node_main")


if __name__ == "__main__":
    main()
