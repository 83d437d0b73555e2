"""`ringwatch replay CLIP`: what the live pipeline would have raised on a recording."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.arguments import JSON, MODEL, Models, camera_of, config_file, read_network, start
from ringwatch.replay import DEFAULT_START, event_line, replay

if TYPE_CHECKING:
    from detect.messages import Event

COLOURS = {"raised": "red", "updated": "yellow", "cleared": "green"}


@click.command
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--config", required=True, type=click.Path(exists=True, path_type=Path), help="the configuration")
@click.option("--camera", "camera_id", required=True, help="which of its cameras the clip is taken for")
@click.option(
    "--start",
    "begins",
    type=start(),
    default=DEFAULT_START.isoformat(),
    show_default=True,
    metavar="TIME",
    help="which moment the clip begins at, for rules with hours",
)
@MODEL
@JSON
def command(clip: Path, config: Path, camera_id: str, begins: datetime, model: str | None, as_json: bool) -> None:
    """Run the live pipeline over CLIP as fast as it can be, and print every event.

    The same clip, configuration and model give the same events on every run. Times count from the clip's start;
    --start says which moment that is, so that rules with hours can be tried.
    """
    network = read_network(config)
    camera = camera_of(network, camera_id)
    with closing(Models(override=model).load(network, config_file(config))) as detector:
        events = replay(clip, camera, detector, network.zone_info, begins)
        for line in _json_lines(events, begins) if as_json else _lines(events, begins):
            click.echo(line)


def _json_lines(events: Iterator[Event], begins: datetime) -> Iterator[str]:
    for event in events:
        yield json.dumps(event_line(event, begins), ensure_ascii=False)


def _lines(events: Iterator[Event], begins: datetime) -> Iterator[str]:
    told = 0
    for event in events:
        told += 1
        at_s = (event.captured_at - begins).total_seconds()
        phase = click.style(f"{event.phase.value:8}", fg=COLOURS[event.phase.value])
        detail = "  ".join(f"{key}={value}" for key, value in event.detail.items())
        yield f"{at_s:9.1f} s  {phase}  {event.rule:12}  {event.zone:10}  {event.severity.value:8}  {detail}"
    yield f"{told} events" if told else "no events"
