"""A model is tried before a node starts, in a process that ends again: the node itself stays small."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from detect.rules import unanswerable

if TYPE_CHECKING:
    from config.model import DetectorChoice, Label, Network


def unanswered(network: Network, base: Path) -> tuple[str, ...]:
    """The rules of `network` that its detector cannot answer, each in words. Blocks for as long as a model loads.

    Raises:
        ModelError: the detector cannot be used at all.
    """
    # A fork is safe here: the process that starts a node has no other thread yet.
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        labels = pool.submit(_labels, network.detector, base).result()
    return tuple(text for camera in network.cameras for text in unanswerable(camera, labels))


def _labels(choice: DetectorChoice, base: Path) -> frozenset[Label]:
    from detect.models import labels_of

    return labels_of(choice, base=base)
