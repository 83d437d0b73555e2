"""What packing crops could save: how much of the picture matters, of those that the detector is asked about.

    .venv/bin/python -m bench.crops [--only WORD] [--real]

What matters is round the zones and round what moves or was found. Crops at the detector's own scale would lie in an
input as large as they are together; this prints how many inferences could do with a quarter, a half, three quarters of
theirs, and what all of them together would need. Over the labelled set of `bench.accuracy`.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from bench.accuracy.__main__ import labelled
from config.model import DetectorChoice
from detect.analysis import Analysis
from detect.answer import around
from detect.boxes import grown
from detect.messages import Box
from detect.models import load_detector
from ringwatch.labelled import LabelledClip
from ringwatch.replay import Replay

GRID = (36, 64)  # rows, columns: so finely areas are counted
MARGIN = 0.5  # of a box's sides: a detector needs to see what is round about
SHARES = (0.25, 0.5, 0.75)


def shares(clip: LabelledClip) -> Iterator[float]:
    """Of each picture that the detector is asked about, the share that matters."""
    zones = [around(zone.polygon) for zone in clip.camera.zones.values()]
    with closing(load_detector(DetectorChoice(model="built-in"), base=Path.cwd(), threads=1)) as detector:
        for _frame, analysis in Replay(clip.file, clip.camera, detector, clip.network.zone_info, clip.start).steps():
            if analysis.inferred:
                yield _covered([*zones, *_moving_or_found(analysis)])


def _moving_or_found(analysis: Analysis) -> Iterator[Box]:
    if analysis.scene is not None:
        for box in (*analysis.scene.differing, *(track.box for track in analysis.scene.tracks)):
            yield grown(box, MARGIN, MARGIN)


def _covered(boxes: list[Box]) -> float:
    rows, columns = GRID
    grid = np.zeros(GRID, bool)
    for x0, y0, x1, y1 in boxes:
        top, left = max(0, int(y0 * rows)), max(0, int(x0 * columns))
        grid[top : max(0, int(y1 * rows) + 1), left : max(0, int(x1 * columns) + 1)] = True
    return float(grid.mean())


def main(arguments: list[str]) -> None:
    """Print the shares."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--real", action="store_true")
    options = parser.parse_args(arguments)
    clips = labelled(Namespace(only=options.only, real=options.real, composed=False, ci=not options.real))
    every = np.array([share for clip in clips for share in shares(clip)])
    print(f"{every.size} inferences; what matters of their pictures, together: {every.mean():.2f}")
    for share in SHARES:
        print(f"up to {share:.2f} of the picture: {(every <= share).mean():.0%}")


if __name__ == "__main__":
    main(sys.argv[1:])
