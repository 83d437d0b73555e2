"""`ringwatch replay CLIP`: what the live pipeline would have raised on a recording."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.arguments import BASELINE, JSON, MODEL, Models, camera_of, config_file, read_network, starting
from ringwatch.overlay.film import drawn, write_film
from ringwatch.overlay.looks import Looks
from ringwatch.past import FromDatabase, append, past_of
from ringwatch.replay import Replay, event_line
from ringwatch.unknown_classes import UnknownClasses
from ringwatch.written import require_writable, writing

if TYPE_CHECKING:
    from detect.messages import Event

COLOURS = {"raised": "red", "updated": "yellow", "cleared": "green"}


@click.command
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--config", required=True, type=click.Path(exists=True, path_type=Path), help="the configuration")
@click.option("--camera", "camera_id", required=True, help="which of its cameras the clip is taken for")
@starting("which moment the clip begins at, for rules with hours")
@MODEL
@BASELINE
@click.option(
    "--learn",
    type=click.Path(dir_okay=False, path_type=Path),
    help="file to which what the rule unusual counts in each whole window is added",
)
@click.option(
    "--overlay",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.mp4",
    help="film to be made: the clip with boxes, zones, lines, tracks, the rules' timers and events drawn on it",
)
@JSON
def command(
    clip: Path,
    config: Path,
    camera_id: str,
    begins: datetime,
    model: str | None,
    baseline: Path | None,
    learn: Path | None,
    overlay: Path | None,
    as_json: bool,
) -> None:
    """Run the live pipeline over CLIP as fast as it can be, and print every event.

    The same clip, configuration and model give the same events on every run. Times count from the clip's start;
    --start says which moment that is, so that rules with hours can be tried.
    """
    network = read_network(config)
    camera = camera_of(network, camera_id)
    past, looks = past_of(baseline), Looks()
    read = [clip, config_file(config), *([baseline] if baseline else [])]
    if learn is not None:  # a file of lines may grow by what it is compared with; a database is none
        require_writable(learn, "--learn", read if isinstance(past, FromDatabase) else read[:2])
    if overlay is not None:
        _check_film(overlay, read)
    with closing(Models(override=model).load(network, config_file(config))) as detector:
        UnknownClasses().warn(camera, detector)
        reading = Replay(clip, camera, detector, network.zone_info, begins, baseline=past)
        events = looks.noted(reading) if overlay else reading.events()
        for line in _json_lines(events, begins) if as_json else _lines(events, begins):
            click.echo(line)
    if learn is not None:
        with writing(learn):
            append(learn, past.learnt)
    if overlay is not None:
        write_film(overlay, drawn(clip, camera, looks, begins, network.zone_info))


def _check_film(overlay: Path, read: Sequence[Path]) -> None:
    """Before an hour's work: it may be written, and not over what it is made from."""
    require_writable(overlay, "--overlay", read)
    if overlay.suffix.lower() != ".mp4":
        raise click.BadParameter(f"{overlay.name} is no MP4: name a file that ends in .mp4", param_hint="--overlay")


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
