"""The same network, its cameras taken from the simulator instead of from their own addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from sample_streams.places import served, served_in_place

if TYPE_CHECKING:
    from config.model import Camera, Network

_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]+):([0-9]{1,5})")


def parse_address(text: str) -> str:
    """`text`, which is HOST:PORT.

    Raises:
        ValueError: with what to write.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found[1]) < 1 << 16:
        raise ValueError(f"{text!r} is not HOST:PORT: write the simulator's, for example 127.0.0.1:8554")
    return text


def through_simulator(network: Network, address: str) -> Network:
    """`network` with every stream where `simulate` serves it: `rtsp://<address>/<camera>/<main|sub>`.

    Those that it serves where they are, on this machine, stay as they are, and so do files.
    """
    return network.model_copy(update={"cameras": tuple(_redirected(camera, address) for camera in network.cameras)})


def _redirected(camera: Camera, address: str) -> Camera:
    streams = {
        name: _url(url, address, f"/{camera.id}/{name}")
        for name, url in (("main", camera.stream.main), ("sub", camera.stream.sub))
        if url is not None and served(url) and not served_in_place(url)
    }
    return camera.model_copy(update={"stream": camera.stream.model_copy(update=streams)})


def _url(url: str, address: str, path: str) -> str:
    userinfo, at, _host = urlsplit(url).netloc.rpartition("@")
    return urlunsplit(("rtsp", f"{userinfo}{at}{address}", path, "", ""))
