"""`ringwatch probe CONFIG [CAMERA ...]`: what the cameras of a configuration really send."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.arguments import CONFIG, JSON, camera_of, duration, read_network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringwatch.probing import Probed

WIDEST = 150  # columns, where no terminal says how many there are
HEADINGS = ("camera", "stream", "codec", "picture", "fps", "keyframe s", "kbit/s", "first s", "clock s", "")


@click.command
@CONFIG
@click.argument("cameras", nargs=-1, metavar="[CAMERA ...]")
@click.option("--for", "span", type=duration(), default="6s", show_default=True, help="how long to watch each stream")
@JSON
def command(config: Path, cameras: tuple[str, ...], span: timedelta, as_json: bool) -> None:
    """Connect to the cameras of CONFIG, or to those named, and say what each stream is.

    Codec, size, pictures a second, longest time between keyframes, rate, time to the first packet, and how far the
    camera's own clock is ahead of this machine's. Vehicles (whip:) are not dialled: let them call meanwhile.
    Exits 1 if a stream gives no video.
    """
    from ringwatch.probing import probe

    network = read_network(config)
    chosen = [camera_of(network, name, "CAMERA") for name in cameras] if cameras else list(network.cameras)
    if any(camera.token for camera in chosen):
        click.echo(f"vehicles may call {network.whip.host}:{network.whip.port} now", err=True)
    found = probe(chosen, span.total_seconds(), network.whip)
    rows = _as_json(found) if as_json else _as_table(found)
    sys.exit(1 if any(row.fault for row in rows) else 0)


def _as_json(found: Iterable[Probed]) -> list[Probed]:
    rows = []
    for row in found:
        click.echo(json.dumps(asdict(row), ensure_ascii=False))
        rows.append(row)
    return rows


def _as_table(found: Iterable[Probed]) -> list[Probed]:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = list(found)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if 4 <= number <= 8 else "left", no_wrap=number < 9)
    for row in rows:
        said = Text(row.note, style="yellow") if not row.fault else Text(f"{row.fault}: {row.reason}", style="red")
        table.add_row(*_cells(row), said)
    Console(width=None if sys.stdout.isatty() else WIDEST).print(table)
    return rows


def _cells(row: Probed) -> list[str]:
    picture = f"{row.width}×{row.height}" if row.width else "–"
    figures = (row.fps, row.keyframe_interval_s, row.kbit_per_s, row.first_packet_s, row.clock_ahead_s)
    return [row.camera, row.stream, row.codec or "–", picture, *("–" if one is None else f"{one:g}" for one in figures)]
