"""`ringwatch simulate CONFIG`: the network's cameras, served over RTSP from sample clips on this machine."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from ringwatch.arguments import CONFIG, read_network
from sample_streams.calls import Call, Callers, calls
from sample_streams.catalogue import Catalogue, default_folder
from sample_streams.faults import read_faults
from sample_streams.folder import clips_of_folder
from sample_streams.simulator import DEFAULT_PORT, Served, Simulator, plan

if TYPE_CHECKING:
    from config.model import Camera

log = structlog.get_logger()


@click.command
@CONFIG
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="port for the cameras whose own address is elsewhere",
)
@click.option(
    "--clips",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="your own clips: CAMERA.mp4 (and CAMERA-main.mp4) in this folder, else its files in turn"
    "  [default: the sample clips]",
)
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a timeline of what goes wrong with which camera, see docs/SIMULATOR.md",
)
@click.option("--list", "only_list", is_flag=True, help="print each stream's URL and clip, and serve nothing")
def command(config: Path, port: int, clips: Path | None, faults: Path | None, only_list: bool) -> None:
    """Serve a clip as every camera of CONFIG, in a loop, with the users and passwords that CONFIG gives.

    A camera whose URL is on this machine (127.0.0.1, localhost) is served exactly there; any other at
    rtsp://127.0.0.1:PORT/CAMERA/main and .../sub. Only this machine can connect. A vehicle (`whip:`) calls besides,
    where CONFIG's node listens for it, if that is on this machine.
    """
    network = read_network(config)
    timeline = read_faults(faults, [camera.id for camera in network.cameras]) if faults else ()
    chooser = _chooser(clips, make=not only_list)
    served, calling = plan(network, chooser, port, timeline), calls(network, chooser, timeline)
    if only_list:
        for row in served:
            click.echo(f"{row.camera:12}  {row.stream:4}  {row.url}  {row.mount.clip.name}")
        for call in calling:
            click.echo(f"{call.camera:12}  call  {call.url}  {call.clip.name}")
        return
    asyncio.run(_serve(served, calling))


def _chooser(clips: Path | None, *, make: bool) -> Callable[[Camera], Path]:
    if clips is not None:
        return clips_of_folder(clips)
    catalogue = Catalogue(default_folder())
    if make:
        catalogue.ensure(lambda line: click.echo(line, err=True))
    return catalogue.clip_for


async def _serve(served: tuple[Served, ...], calling: tuple[Call, ...]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    simulator, callers = Simulator(served), Callers(calling)
    await simulator.start()
    try:
        on = ", ".join(map(str, simulator.addresses))
        log.info("simulator.serving", streams=len(served), on=on, calling=len(calling))
        callers.start()
        await stop.wait()
    finally:
        await callers.close()
        await simulator.close()
