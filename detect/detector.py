"""What every detector back end is: pictures in, boxes of allow-listed classes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from config.model import Label
from detect.messages import Box, Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One picture to look at, and where in it something moves."""

    image: NDArray[np.uint8]  # (h, w, 3), BGR; never written to
    moving: tuple[Box, ...] = ()  # moving regions, fractions of the picture; models that see still things ignore it


class Detector(Protocol):
    """Finds objects of the allow-list. One thread owns it: it is made, called and closed there."""

    @property
    def name(self) -> str:
        """What the model is called, for logs and metrics."""
        ...

    @property
    def labels(self) -> frozenset[Label]:
        """The classes this detector can tell; a group such as `vehicle` means that it knows no finer."""
        ...

    @property
    def batch(self) -> int:
        """How many pictures it is best asked about at once: 1 where a batch is no faster."""
        ...

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """One `Detections` a picture, in their order. Blocks until all are done; the same input gives the same boxes.

        Raises:
            BackendUnavailable: the runtime or its device failed; the pictures were not looked at.
        """
        ...

    def close(self) -> None:
        """Give back the model's memory and threads. Idempotent; `detect` must not be called afterwards."""
        ...
