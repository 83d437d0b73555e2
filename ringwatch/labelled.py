"""A set of labelled clips, read from YAML. Every mistake is named by file, line and column, all of them at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.errors import ConfigError
from config.include import with_environment
from config.marked import Problems, read_marked
from config.validate import validated
from detect.rules import zones_of
from ringwatch.clip_times import TOLERANCE_S, Seconds, Start, in_utc
from ringwatch.evaluation import Expected, Ignored
from ringwatch.labels_named import LoadNetwork, Named, NamedByClip
from ringwatch.replay import DEFAULT_START

if TYPE_CHECKING:
    from config.model import Camera, Network


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
    tolerance: Seconds = TOLERANCE_S


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
    plain = validated(_Set, tree, problems) if tree else None
    named = Named(path.parent, load_network, problems).by_all(tree) if tree else ()
    if problems or plain is None:
        raise ConfigError(tuple(problems))
    return tuple(_labelled(clip, what) for clip, what in zip(plain.clips, named, strict=True) if what)


def _labelled(clip: _Clip, named: NamedByClip) -> LabelledClip:
    return LabelledClip(
        file=named.file,
        config=named.config,
        network=named.network,
        camera=named.camera,
        start=in_utc(clip.start, named.network.zone_info),
        expected=tuple(_expected(event, named.camera) for event in clip.events),
        ignored=tuple(_ignored(span) for span in clip.ignore),
    )


def _expected(event: _Event, camera: Camera) -> Expected:
    """`event`; where it names no zone, it is the one that the camera's rule is about."""
    zones = zones_of(camera)[event.rule]
    zone = event.zone or ("" if "" in zones else zones[0])
    return Expected(rule=event.rule, zone=zone, due_s=event.from_s, tolerance_s=event.tolerance)


def _ignored(span: _Ignore) -> Ignored:
    to_s = float("inf") if span.to_s is None else span.to_s
    return Ignored(rule=span.rule, zone=span.zone, from_s=span.from_s, to_s=to_s)
