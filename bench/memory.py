"""What a detector adds to a worker's memory, its runtime and its own buffers included.

    .venv/bin/python -m bench.memory [MODEL ...]

A process of its own for each model: MiB resident with all that a worker imports, then with the model loaded, then after
a hundred pictures; and how many threads the runtime keeps. Prints one JSON object a model.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import psutil

from config.model import DetectorChoice
from detect.detector import Picture
from detect.models import BUILT_IN, load_detector

PICTURES = 100
SIZE = (360, 640, 3)
ALONE = "--alone"


def measured(model: str) -> dict[str, object]:
    """Of this process, which must not have looked at anything before."""
    import ringwatch.worker  # noqa: F401 - what a worker needs without a detector

    cv2.setNumThreads(1)
    process = psutil.Process()
    rng = np.random.default_rng(1)
    pictures = [Picture(image=rng.integers(0, 255, SIZE).astype(np.uint8)) for _ in range(4)]
    before, threads = process.memory_info().rss, process.num_threads()
    with closing(load_detector(DetectorChoice(model=model), base=Path.cwd(), threads=1)) as detector:
        loaded = process.memory_info().rss
        for number in range(PICTURES):
            detector.detect([pictures[number % len(pictures)]])
        used = process.memory_info().rss
        return {
            "model": detector.name,
            "without_mib": _mib(before),
            "loading_adds_mib": _mib(loaded - before),
            "using_adds_mib": _mib(used - loaded),
            "in_all_adds_mib": _mib(used - before),
            "threads": process.num_threads() - threads,
        }


def _mib(size: float) -> float:
    return round(size / 2**20, 1)


def main(arguments: list[str]) -> int:
    """Exit status of the last that failed, else 0."""
    if arguments[:1] == [ALONE]:
        sys.stdout.write(json.dumps(measured(arguments[1])) + "\n")
        return 0
    failed = 0
    for model in arguments or [BUILT_IN]:
        failed = subprocess.run([sys.executable, "-m", "bench.memory", ALONE, model], check=False).returncode or failed
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
