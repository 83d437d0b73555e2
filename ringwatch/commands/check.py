"""`ringwatch check CONFIG`: every mistake at its file, line and column, before a node ever sees it."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import ConfigError
from config.load import read
from config.model import Ring
from config.schema import json_schema
from ringwatch.arguments import config_file

if TYPE_CHECKING:
    from config.model import Network


@click.command
@click.argument("config", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--schema", is_flag=True, help="print the configuration's JSON Schema, for editors, and check nothing")
def command(config: Path | None, schema: bool) -> None:
    """Check a configuration: a file, or a folder with a network.yaml.

    Mistakes are printed as FILE:LINE:COL: what is wrong and what to write; exits 2 if there is one.
    """
    if schema:
        click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return
    if config is None:
        raise click.UsageError("name a configuration, or say --schema")
    try:
        loaded = read(config_file(config), os.environ)
    except ConfigError as error:  # here they are what was asked for, so they go where a result goes
        click.echo(str(error))
        sys.exit(2)
    for warning in loaded.warnings:
        click.echo(f"{warning.file}:{warning.line}:{warning.column}: note: {warning.message}", err=True)
    for note in _detector_notes(loaded.network, config_file(config).parent):
        click.echo(f"{config_file(config)}: note: {note}", err=True)
    click.echo(summary(loaded.network))


def _detector_notes(network: Network, base: Path) -> tuple[str, ...]:
    """What the detector of this machine cannot do; an engineer's laptop may have none of the node's models."""
    from detect.errors import ModelError
    from ringwatch.trial import unanswered

    try:
        return unanswered(network, base)
    except ModelError as error:
        return (f"the detector cannot be used on this machine: {error}",)


def summary(network: Network) -> str:
    """What was read, in one line: `ok: 92 cameras (19 inner, ...), 84 posts, 97 rules`."""
    counts = Counter(camera.ring for camera in network.cameras)
    rings = ", ".join(f"{counts[ring]} {ring.value}" for ring in Ring if counts[ring])
    posts = sum(len(camera.posts) for camera in network.cameras)
    rules = sum(len(camera.rules) for camera in network.cameras)
    return f"ok: {_count(len(network.cameras), 'camera')} ({rings}), {_count(posts, 'post')}, {_count(rules, 'rule')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
