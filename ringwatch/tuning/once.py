"""A detector that looks at each picture once, however often it is shown: rules are tried on what was found."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detect.detector import Detector, Picture
    from detect.messages import Detections


class Once:
    """Remembers by the picture's pixels: a variant that looks at other moments has only these inferred. One thread.

    It remembers until `forget`; an hour of a busy camera takes about 20 MB.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._found: dict[bytes, Detections] = {}
        self.name, self.labels, self.batch = detector.name, detector.labels, detector.batch
        self.asked = self.inferred = 0  # pictures

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """As the detector does, or did."""
        keys = [hashlib.blake2b(picture.image.tobytes(), digest_size=16).digest() for picture in pictures]
        new = {key: picture for key, picture in zip(keys, pictures, strict=True) if key not in self._found}
        self._found.update(zip(new, self._detector.detect(list(new.values())) if new else (), strict=True))
        self.asked += len(pictures)
        self.inferred += len(new)
        return [self._found[key] for key in keys]

    def forget(self) -> None:
        """Another clip begins."""
        self._found.clear()

    def close(self) -> None:
        """Close the detector."""
        self._detector.close()
