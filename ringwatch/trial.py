"""A model is tried before a node starts, in a process that ends again: the node itself stays small."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from detect.rules import Unanswerable, unanswerable

if TYPE_CHECKING:
    from config.model import DetectorChoice, Label, Network

SHOWN = 5  # places of one kind in a line: ninety-two cameras may ask for the same


def unanswered(network: Network, base: Path) -> tuple[str, ...]:
    """What the detector of `network` cannot answer, a line a rule and class. Blocks for as long as a model loads.

    Raises:
        ModelError: the detector cannot be used at all.
    """
    # A fork is safe here: the process that starts a node has no other thread yet.
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        labels = pool.submit(_labels, network.detector, base).result()
    rows = sorted(row for camera in network.cameras for row in unanswerable(camera, labels))
    return tuple(_in_words(*key, list(same)) for key, same in groupby(rows, lambda row: (row.rule, row.label)))


def _in_words(rule: str, label: Label, rows: list[Unanswerable]) -> str:
    places = [f"{row.camera} ({row.zone})" for row in rows[:SHOWN]]
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return f"{rule} asks for {label.value}, which the detector does not know, on {', '.join(places)}{more}"


def _labels(choice: DetectorChoice, base: Path) -> frozenset[Label]:
    from detect.models import labels_of

    return labels_of(choice, base=base)
