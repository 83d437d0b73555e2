"""Arguments that several commands take."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import click

from config.durations import parse_duration
from config.load import load
from config.model import DetectorChoice
from ringwatch.layout import default_data

if TYPE_CHECKING:
    from config.model import Camera, Network
    from detect.detector import Detector

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., object])
CONFIG = click.argument("config", type=click.Path(exists=True, path_type=Path))
DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_data,
    help="folder for everything this node keeps  [default: $RINGWATCH_DATA, else ./data]",
)
MODEL = click.option("--model", help="detector model in place of the configuration's: auto, a name, or a path")
BASELINE = click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="the camera's past, for the rule unusual: a node's ringwatch.sqlite, or a file that replay --learn wrote",
)
JSON = click.option("--json", "as_json", is_flag=True, help="one JSON object a line on standard output")


class Parsed(click.ParamType[Value], Generic[Value]):
    """A value that `parse` makes of the text, whose ValueError says what to write."""

    def __init__(self, name: str, parse: Callable[[str], Value]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: str | Value, param: click.Parameter | None, ctx: click.Context | None) -> Value:
        """The value, or click's own complaint with what to write."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def duration() -> Parsed[timedelta]:
    """A duration as in the configuration: 60s, 5m."""
    return Parsed("duration", parse_duration)


def start() -> Parsed[datetime]:
    """When a recording begins, with its offset from UTC."""
    from ringwatch.replay import parse_start

    return Parsed("time", parse_start)


def starting(words: str) -> Callable[[Function], Function]:
    """`--start`, as the parameter `begins`; `words` say of what."""
    from ringwatch.replay import DEFAULT_START

    return click.option(
        "--start",
        "begins",
        type=start(),
        default=DEFAULT_START.isoformat(),
        show_default=True,
        metavar="TIME",
        help=words,
    )


def config_file(path: Path) -> Path:
    """The configuration's file: `path` itself, or `network.yaml` in the folder `path`."""
    return path / "network.yaml" if path.is_dir() else path


def camera_of(network: Network, camera_id: str, given_as: str = "--camera") -> Camera:
    """The camera called `camera_id`, which was `given_as` that option or argument.

    Raises:
        click.BadParameter: there is none; with the nearest name.
    """
    known = [camera.id for camera in network.cameras]
    if camera_id in known:
        return network.camera(camera_id)
    message = f"the configuration has no camera {camera_id}: {meant(camera_id, known)}"
    raise click.BadParameter(message, param_hint=given_as)


def meant(camera_id: str, known: Sequence[str]) -> str:
    """Which of the cameras `known` was meant by `camera_id`, else the first of them."""
    near = get_close_matches(camera_id, known, 1)
    return f"did you mean {near[0]}?" if near else f"it has {', '.join(known[:8])}{', ...' if len(known) > 8 else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Which model a command uses: what the command line says, else what each configuration does."""

    override: str | None

    def load(self, network: Network, file: Path) -> Detector:
        """The detector for `network`, which was read from `file`.

        Raises:
            ModelError: it cannot be used, and why.
        """
        from detect.models import load_detector

        if self.override is None:
            return load_detector(network.detector, base=file.parent, threads=1)
        choice = DetectorChoice(model=self.override, threshold=network.detector.threshold)
        return load_detector(choice, base=Path.cwd(), threads=1)


def read_network(path: Path) -> Network:
    """The network of the file or folder `path`.

    Raises:
        ConfigError: with every mistake.
    """
    return load(config_file(path), os.environ)
