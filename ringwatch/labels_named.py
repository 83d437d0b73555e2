"""What a labelled set names: files, configurations, cameras, rules and their zones; and which of it is not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import ConfigError
from config.marked import Marked, Problems
from config.validate import EVERY_RULE
from config.words import suggestion
from detect.rules import zones_of
from ingest.errors import CameraError
from ingest.recorded import length_s
from ringwatch.arguments import config_file, meant
from ringwatch.clip_times import TOLERANCE_S, seconds_of
from ringwatch.evaluation import DIGITS

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
        for key in SPANS:
            for span in _listed(clip, key):
                self._check_rule(span, camera, any_zone=key == "ignore")
        if file:
            self._check_times(clip, file)
        if not (file and config and network and camera):
            return None
        return NamedByClip(file=file, config=config_file(config), network=network, camera=camera)

    def _file(self, clip: Marked, key: str) -> Path | None:
        name = clip.text(key)
        if name is None:
            return None
        path = self._folder / name
        if os.path.exists(path):  # noqa: PTH110 - pathlib's raises where the name is longer than any file's
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
        hint = meant(name, [camera.id for camera in network.cameras])
        self._complain(clip, "camera", f"{clip.text('config')} has no camera {name}: {hint}")
        return None

    def _check_rule(self, span: Marked, camera: Camera | None, *, any_zone: bool) -> None:
        """That there is such a rule, that `camera` has it, and has it in the zone that is named."""
        rule = span.text("rule")
        if rule is None:
            return
        if rule not in EVERY_RULE:
            self._complain(span, "rule", f"no rule {rule!r}: {suggestion(rule, sorted(EVERY_RULE))}")
        elif camera is not None and rule not in (zones := zones_of(camera)):
            own = ", ".join(name for name in zones if not name.startswith("camera.")) or "none but camera.*"
            self._complain(span, "rule", f"camera {camera.id} has no rule {rule}: it has {own}")
        elif camera is not None:
            self._check_zone(span, zones[rule], f"{rule} of camera {camera.id}", any_zone=any_zone)

    def _check_zone(self, span: Marked, zones: tuple[str, ...], rule: str, *, any_zone: bool) -> None:
        zone = span.text("zone")
        if zone and zone not in zones:
            known = ", ".join(filter(None, zones))
            instead = f"it has {known}" if known else "leave zone out"
            self._complain(span, "zone", f"{rule} has no zone {zone}: {instead}")
        elif not zone and "" not in zones and len(zones) > 1 and not any_zone:
            self._complain(span, "zone", f"{rule} has several zones: add zone: {', or zone: '.join(zones)}")

    def _check_times(self, clip: Marked, file: Path) -> None:
        """That no span begins after the clip's end, by more than what it may be off by.

        A clip that cannot be read is told when it is replayed.
        """
        spans = [(span, _seconds(span, "from")) for key in SPANS for span in _listed(clip, key)]
        earliest = [(span, at_s, at_s - _tolerance_s(span)) for span, at_s in spans if at_s is not None]
        if not earliest:
            return
        try:
            ends_s = length_s(file, max(least_s for _, _, least_s in earliest))
        except CameraError:
            return
        for span, at_s, least_s in earliest:
            if round(least_s, DIGITS) > round(ends_s, DIGITS):
                self._complain(span, "from", f"{at_s:g} is after the end of {file.name}, which lasts {ends_s:.1f} s")

    def _complain(self, where: Marked, key: str, message: str) -> None:
        self._problems.add(where.at((key,)), message)


def _listed(clip: Marked, key: str) -> tuple[Marked, ...]:
    spans = clip.get(key)
    return spans.items if spans else ()


def _tolerance_s(span: Marked) -> float:
    tolerance_s = _seconds(span, "tolerance")
    return TOLERANCE_S if tolerance_s is None else tolerance_s


def _seconds(span: Marked, key: str) -> float | None:
    """The time that stands there; None where none does, or something else, which is told as what it is instead."""
    written = span.get(key)
    try:
        value = seconds_of(written.value) if written else None
    except ValueError:
        return None
    return float(value) if isinstance(value, int | float) else None
