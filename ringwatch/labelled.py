"""A set of labelled clips, read from YAML. Every mistake is named by file, line and column, all of them at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from config.durations import Duration
from config.errors import ConfigError
from config.include import with_environment
from config.marked import Marked, Problems, read_marked
from config.validate import validated
from ringwatch.evaluation import Expected, Ignored
from ringwatch.replay import DEFAULT_START, parse_start

if TYPE_CHECKING:
    from config.model import Camera, Network

LoadNetwork = Callable[[Path], "Network"]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]  # from the clip's start
Start = Annotated[datetime, BeforeValidator(lambda value: parse_start(value) if isinstance(value, str) else value)]
Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledClip:
    """A clip, the camera it is replayed as, and what that should give."""

    file: Path
    config: Path
    network: Network
    camera: Camera
    start: datetime  # UTC
    expected: tuple[Expected, ...]
    ignored: tuple[Ignored, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Span(_Strict):
    """Some seconds of a clip."""

    rule: str
    from_s: Seconds = Field(alias="from")
    to_s: Seconds | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _runs_forwards(self) -> Self:
        if self.to_s is not None and self.to_s < self.from_s:
            raise ValueError(f"ends at {self.to_s:g}, before it begins at {self.from_s:g}")
        return self


class _Event(_Span):
    zone: str = ""
    tolerance: Duration = timedelta(seconds=3)


class _Ignore(_Span):
    zone: str | None = None


class _Clip(_Strict):
    file: str
    config: str
    camera: str
    start: Start = DEFAULT_START
    events: tuple[_Event, ...] = ()
    ignore: tuple[_Ignore, ...] = ()


class _Set(_Strict):
    clips: tuple[_Clip, ...] = Field(min_length=1)


def read_set(path: Path, load_network: LoadNetwork) -> tuple[LabelledClip, ...]:
    """The clips of the set at `path`; their files and configurations are named from its folder, or with `${ENV}`.

    Raises:
        ConfigError: the set, or a configuration it names, is wrong.
    """
    problems = Problems()
    tree = read_marked(path, problems)
    tree = with_environment(tree, os.environ, problems) if tree else None
    plain = validated(_Set, tree, problems) if tree is not None else None
    clips = _Resolver(tree, path.parent, load_network, problems).clips(plain) if tree and plain else ()
    if problems:
        raise ConfigError(tuple(problems))
    return clips


class _Resolver:
    """Finds what the set names, and collects what it cannot find."""

    def __init__(self, tree: Marked, folder: Path, load_network: LoadNetwork, problems: Problems) -> None:
        self._tree = tree
        self._folder = folder
        self._load = load_network
        self._networks: dict[Path, Network | None] = {}
        self._problems = problems

    def clips(self, plain: _Set) -> tuple[LabelledClip, ...]:
        clips = [self._clip(("clips", index), clip) for index, clip in enumerate(plain.clips)]
        return tuple(clip for clip in clips if clip)

    def _clip(self, key: Key, clip: _Clip) -> LabelledClip | None:
        file = self._file((*key, "file"), clip.file)
        config = self._file((*key, "config"), clip.config)
        network = self._network(config) if config else None
        camera = self._camera((*key, "camera"), clip, network) if network else None
        if not (file and config and network and camera):
            return None
        self._check_zones((*key, "events"), clip.events, camera)
        self._check_zones((*key, "ignore"), clip.ignore, camera)
        return LabelledClip(
            file=file,
            config=config,
            network=network,
            camera=camera,
            start=clip.start,
            expected=tuple(_expected(event) for event in clip.events),
            ignored=tuple(_ignored(span) for span in clip.ignore),
        )

    def _file(self, key: Key, name: str) -> Path | None:
        path = self._folder / name
        if path.exists():
            return path
        self._complain(key, f"{name} is not there (looked for {path})")
        return None

    def _network(self, config: Path) -> Network | None:
        if config not in self._networks:
            try:
                self._networks[config] = self._load(config)
            except ConfigError as error:
                self._problems.found.update(dict.fromkeys(error.problems))
                self._networks[config] = None
        return self._networks[config]

    def _camera(self, key: Key, clip: _Clip, network: Network) -> Camera | None:
        for camera in network.cameras:
            if camera.id == clip.camera:
                return camera
        known = ", ".join(camera.id for camera in network.cameras)
        self._complain(key, f"{clip.config} has no camera {clip.camera}: it has {known}")
        return None

    def _check_zones(self, key: Key, spans: Iterable[_Event | _Ignore], camera: Camera) -> None:
        for index, span in enumerate(spans):
            if span.zone and span.zone not in camera.zones:
                known = ", ".join(camera.zones) or "none"
                self._complain((*key, index, "zone"), f"camera {camera.id} has no zone {span.zone}: it has {known}")

    def _complain(self, key: Key, message: str) -> None:
        self._problems.add(self._tree.at(key), message)


def _expected(event: _Event) -> Expected:
    tolerance_s = event.tolerance.total_seconds()
    return Expected(rule=event.rule, zone=event.zone, due_s=event.from_s, tolerance_s=tolerance_s)


def _ignored(span: _Ignore) -> Ignored:
    to_s = float("inf") if span.to_s is None else span.to_s
    return Ignored(rule=span.rule, zone=span.zone, from_s=span.from_s, to_s=to_s)
