"""What `ringwatch demo` needs before it starts: the sample clips, a network that shows them, and free ports."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.load import load
from config.model import DetectorChoice
from ringwatch.simulated import through_simulator
from sample_streams.catalogue import Catalogue, default_folder
from sample_streams.labels import DEMO_CONFIG

if TYPE_CHECKING:
    from config.model import Network

HOST = "127.0.0.1"
RTSP_PORT = 8554
SECRETS = "secrets.example"
QUIETLY = (sys.executable, "-m", "ringwatch", "--log-level", "warning")
WRITTEN_PORT = re.compile(rf"@{re.escape(HOST)}:{RTSP_PORT}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoConfig:
    """A demonstration that is ready to start."""

    network: Network
    simulate_command: list[str]
    console_port: int
    console_url: str


def prepare_demo(data: Path, *, model: str | None, console_port: int) -> DemoConfig:
    """Make the clips where they are missing, and settle on ports; the configuration is written into `data`.

    `model` takes the place of the configured one. A port that is taken, or 0, becomes a free one.

    Raises:
        SampleError: the clips cannot be made.
        ConfigError: the demonstration's own configuration was damaged.
    """
    catalogue = Catalogue(default_folder())
    catalogue.ensure(click.echo)
    rtsp, console = free_port(RTSP_PORT), free_port(console_port)
    config = write_config(data / "demo", rtsp)
    network = through_simulator(load(config, {}), f"{HOST}:{rtsp}")
    if model is not None:
        network = network.model_copy(update={"detector": _choice(network.detector, model)})
    return DemoConfig(
        network=network,
        simulate_command=[*QUIETLY, "simulate", str(config), "--port", str(rtsp)],
        console_port=console,
        console_url=f"http://{HOST}:{console}/",
    )


def write_config(folder: Path, rtsp_port: int) -> Path:
    """A copy of the demonstration's configuration in `folder`, its streams on `rtsp_port`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(DEMO_CONFIG.with_name(SECRETS), folder / SECRETS)
    config = folder / DEMO_CONFIG.name
    text = DEMO_CONFIG.read_text(encoding="utf-8")
    config.write_text(WRITTEN_PORT.sub(f"@{HOST}:{rtsp_port}/", text), encoding="utf-8")
    return config


def free_port(wanted: int) -> int:
    """`wanted` where nobody listens on it, else one that is free now."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port left a moment ago will do
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no port of {HOST} is free")  # not while a machine works


def _choice(choice: DetectorChoice, model: str) -> DetectorChoice:
    return choice.model_copy(update={"model": model})
