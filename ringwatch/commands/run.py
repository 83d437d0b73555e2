"""`ringwatch run CONFIG`: this node, until it is told to stop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.load import read
from config.sources import Sources
from ringwatch.arguments import CONFIG, DATA, Parsed, config_file
from ringwatch.simulated import parse_address, through_simulator

if TYPE_CHECKING:
    from config.model import Network


@click.command
@CONFIG
@DATA
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="address of the console; roles come later: keep it local"
)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="port of the console")
@click.option("--workers", default=0, type=click.IntRange(0, 64), help="worker processes; 0: one per core")
@click.option(
    "--simulated",
    metavar="HOST:PORT",
    type=Parsed("address", parse_address),
    help="take the cameras from `ringwatch simulate` at this address; those on this machine it serves where they are",
)
@click.pass_context
def command(
    context: click.Context, config: Path, data: Path, host: str, port: int, workers: int, simulated: str | None
) -> None:
    """Run this node: workers, desk, console, metrics. Ctrl-C stops it in order; a second one kills it.

    A configuration that changes is taken in as the node runs; SIGHUP has it read at once.
    """
    from ringwatch.config_watch import ConfigWatch, reread_on_hangup
    from ringwatch.node import Node, NodeOptions, stopped_by_signals
    from ringwatch.trial import unanswered

    file, sources = config_file(config), Sources()

    def read_from(sources: Sources) -> Network:
        return _read(file, sources, simulated)

    network = read_from(sources)
    watch = ConfigWatch(read_from, sources, remarks=lambda network: unanswered(network, file.parent))
    logging = context.find_root().params
    options = NodeOptions(
        data=data,
        base=file.parent,
        host=host,
        port=port,
        workers=workers,
        log_level=logging["log_level"],
        log_format=logging["log_format"],
    )
    node = Node(network, options, watch)
    with stopped_by_signals(node) as stop, reread_on_hangup(watch):
        node.run(stop, lambda: click.echo(f"console: http://{host}:{port}/", err=True))


def _read(file: Path, sources: Sources, simulated: str | None) -> Network:
    network = read(file, os.environ, sources=sources).network
    return through_simulator(network, simulated) if simulated is not None else network
