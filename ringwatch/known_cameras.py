"""The words of a worker's cameras, by id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.model import Camera


class KnownCameras:
    """Those it has, as they are now, and those it had: an alert of theirs may still wait for its way."""

    def __init__(self, cameras: Iterable[Camera]) -> None:
        self._cameras: dict[str, Camera] = {}
        self.learn(cameras)

    def learn(self, cameras: Iterable[Camera]) -> None:
        """These are as they are now."""
        self._cameras.update({camera.id: camera for camera in cameras})

    def camera(self, camera_id: str) -> Camera:
        """The camera of that id.

        Raises:
            KeyError: there never was one.
        """
        return self._cameras[camera_id]
