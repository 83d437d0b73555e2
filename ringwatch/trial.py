"""A model is tried before a node starts, in a process that ends again: the node itself stays small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from config.model import DetectorChoice, Label
from detect.errors import ModelError
from detect.rules import unanswerable
from ringwatch.unknown_classes import in_lines

if TYPE_CHECKING:
    from config.model import Network

LOADED_S = 180.0  # a large .engine takes a minute; more than this is no answer


def unanswered(network: Network, base: Path) -> tuple[str, ...]:
    """What the detector of `network` cannot answer, a line a rule and class. Blocks for as long as a model loads.

    Raises:
        ModelError: the detector cannot be used at all.
    """
    labels = labels_on_trial(network.detector, base)
    return in_lines(row for camera in network.cameras for row in unanswerable(camera, labels))


def labels_on_trial(choice: DetectorChoice, base: Path) -> frozenset[Label]:
    """The classes that the chosen detector tells, found out by another process.

    Not by a fork of this one: OpenCV and OpenVINO start threads of their own, whose locks a fork would inherit.

    Raises:
        ModelError: the detector cannot be used, or crashes when it is loaded.
    """
    command = [sys.executable, "-m", "ringwatch.trial", choice.model_dump_json(), str(base)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LOADED_S, check=False)
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise ModelError(f"the model {choice.model} does not load within {LOADED_S:g} s") from None
    except ValueError:
        raise ModelError(f"loading the model {choice.model} ends the process: {_last_line(done.stderr)}") from None
    if "error" in answer:
        raise ModelError(answer["error"])
    return frozenset(map(Label, answer["labels"]))


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "without a word")


def main(arguments: list[str]) -> None:
    """The other process: print the classes of a choice, or why it cannot be used, as one JSON object."""
    from detect.models import labels_of

    choice, base = DetectorChoice.model_validate_json(arguments[0]), Path(arguments[1])
    try:
        answer: dict[str, object] = {"labels": sorted(labels_of(choice, base=base))}
    except ModelError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
