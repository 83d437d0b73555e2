"""What the memory of the ground costs: CPU milliseconds a look, for a camera with `left_object` or `removed_object`.

    .venv/bin/python -m bench.ground [--looks 200] [--size 640x360]

A composed yard in which somebody walks; a look is taken every 0.7 s, as live. Prints the mean and the 95th percentile.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from statistics import mean, quantiles

import cv2
import numpy as np

from bench.accuracy.sets import cutouts
from bench.accuracy.uneventful import stretch
from detect.ground import Ground

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LOOK_S = 0.7
YARD = 3  # the number of a stretch in a yard


def main(arguments: list[str]) -> None:
    """Print the figures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=200)
    parser.add_argument("--size", default="640x360")
    options = parser.parse_args(arguments)
    size = tuple(int(side) for side in options.size.split("x"))
    ground, spent_ms = Ground(timedelta(minutes=12)), []
    for number, picture in enumerate(stretch(YARD).pictures(cutouts(), 3)):
        if number % 2:
            continue
        shown = np.asarray(cv2.resize(picture, (size[0], size[1])), np.uint8)
        began = time.thread_time()
        ground.look(shown, ((0.4, 0.3, 0.5, 0.8),), BEGIN + timedelta(seconds=number / 3))
        spent_ms.append(1000 * (time.thread_time() - began))
        if len(spent_ms) == options.looks:
            break
    print(f"{mean(spent_ms):.1f} ms a look of {options.size}, 95 in 100 under {quantiles(spent_ms, n=20)[-1]:.1f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
