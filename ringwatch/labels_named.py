"""What a labelled set names: files, configurations, cameras and their zones; and which of it is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import ConfigError
from config.marked import Marked, Problems

if TYPE_CHECKING:
    from config.model import Camera, Network

LoadNetwork = Callable[[Path], "Network"]
SPANS = ("events", "ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedByClip:
    """What one clip of a set names, all of it found."""

    file: Path
    config: Path
    network: Network
    camera: Camera


class Named:
    """Finds what a set names, and notes what it cannot find.

    It reads the YAML itself, whatever else is wrong with that: a typo in one place hides no missing file in another.
    """

    def __init__(self, folder: Path, load_network: LoadNetwork, problems: Problems) -> None:
        self._folder = folder
        self._load = load_network
        self._networks: dict[Path, Network | None] = {}
        self._problems = problems

    def by_all(self, tree: Marked) -> tuple[NamedByClip | None, ...]:
        """What each clip of the set `tree` names; None for one that names something which is not there."""
        clips = tree.get("clips")
        return tuple(self._by(clip) for clip in clips.items) if clips else ()

    def _by(self, clip: Marked) -> NamedByClip | None:
        file, config = self._file(clip, "file"), self._file(clip, "config")
        network = self._network(config) if config else None
        camera = self._camera(clip, network) if network else None
        for span in _spans(clip):
            self._check_span(span, camera)
        if not (file and config and network and camera):
            return None
        return NamedByClip(file=file, config=config, network=network, camera=camera)

    def _file(self, clip: Marked, key: str) -> Path | None:
        name = clip.text(key)
        if name is None:
            return None
        path = self._folder / name
        if path.exists():
            return path
        self._complain(clip, key, f"{name} is not there (looked for {path})")
        return None

    def _network(self, config: Path) -> Network | None:
        if config not in self._networks:
            try:
                self._networks[config] = self._load(config)
            except ConfigError as error:
                self._problems.found.update(dict.fromkeys(error.problems))
                self._networks[config] = None
        return self._networks[config]

    def _camera(self, clip: Marked, network: Network) -> Camera | None:
        name = clip.text("camera")
        if name is None:
            return None
        for camera in network.cameras:
            if camera.id == name:
                return camera
        known = ", ".join(camera.id for camera in network.cameras)
        self._complain(clip, "camera", f"{clip.text('config')} has no camera {name}: it has {known}")
        return None

    def _check_span(self, span: Marked, camera: Camera | None) -> None:
        zone = span.text("zone")
        if camera and zone and zone not in camera.zones:
            known = ", ".join(camera.zones) or "none"
            self._complain(span, "zone", f"camera {camera.id} has no zone {zone}: it has {known}")

    def _complain(self, where: Marked, key: str, message: str) -> None:
        self._problems.add(where.at((key,)), message)


def _spans(clip: Marked) -> tuple[Marked, ...]:
    return tuple(span for key in SPANS if (listed := clip.get(key)) for span in listed.items)
