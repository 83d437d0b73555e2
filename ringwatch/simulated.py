"""The same network, its cameras taken from the simulator instead of from their own addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from config.model import Camera, Network


def through_simulator(network: Network, address: str) -> Network:
    """`network` with every stream where `simulate` serves it: `rtsp://<address>/<camera>/<main|sub>`."""
    return network.model_copy(update={"cameras": tuple(_redirected(camera, address) for camera in network.cameras)})


def _redirected(camera: Camera, address: str) -> Camera:
    streams = {
        name: _url(url, address, f"/{camera.id}/{name}")
        for name, url in (("main", camera.stream.main), ("sub", camera.stream.sub))
        if url is not None
    }
    return camera.model_copy(update={"stream": camera.stream.model_copy(update=streams)})


def _url(url: str, address: str, path: str) -> str:
    userinfo, at, _host = urlsplit(url).netloc.rpartition("@")
    return urlunsplit(("rtsp", f"{userinfo}{at}{address}", path, "", ""))
