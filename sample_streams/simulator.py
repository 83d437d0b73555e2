"""A whole network's cameras, served from one process on this machine alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sample_streams.faults import Fault
from sample_streams.folder import main_of
from sample_streams.media import Library
from sample_streams.mount import Mount, resource
from sample_streams.places import served as is_served
from sample_streams.places import served_in_place
from sample_streams.rtsp_server import HOST, Address, RtspServer
from sample_streams.variants import spoiled

if TYPE_CHECKING:
    from config.model import Camera, Network

DEFAULT_PORT = 8554
RTSP_PORT = 554  # what a URL without a port means
STAGGER_S = 8.0  # cameras that show the same clip are this far apart, so that not all of them alert at once
# Nobody starts a network's cameras in step: over this long, a keyframe's usual interval, their pictures are spread
# evenly, however many there are.
# Source: the additive recurrence by the golden ratio, a sequence of low discrepancy.
SPREAD_S, GOLDEN = STAGGER_S / 4, 0.6180339887498949


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One stream of the network, and where the simulator has it."""

    camera: str
    stream: str  # main or sub
    address: Address
    mount: Mount

    @property
    def url(self) -> str:
        """Where it is, without who may watch it."""
        return f"rtsp://{self.address}{self.mount.path}"


def plan(
    network: Network, clip_for: Callable[[Camera], Path], port: int = DEFAULT_PORT, faults: tuple[Fault, ...] = ()
) -> tuple[Served, ...]:
    """Every stream of `network`: exactly where its URL says if that is RTSP on this machine, else `/<camera>/<stream>`.

    Raises:
        RingwatchError: a camera has no clip.
    """
    seen: Counter[Path] = Counter()
    served: list[Served] = []
    for number, camera in enumerate(network.cameras):
        clip = clip_for(camera)
        offset_s = STAGGER_S * seen[clip] + SPREAD_S * (number * GOLDEN % 1.0)
        seen[clip] += 1
        for name, url in (("main", camera.stream.main), ("sub", camera.stream.sub)):
            if url is not None and is_served(url):
                own = main_of(clip) if name == "main" and main_of(clip).is_file() else clip
                row = _served(camera, name, url, own, offset_s, port)
                mine = tuple(fault for fault in faults if fault.strikes(camera.id))
                served.append(replace(row, mount=replace(row.mount, faults=mine)))
    return tuple(served)


def _served(camera: Camera, stream: str, written: str, clip: Path, offset_s: float, port: int) -> Served:
    local, url = served_in_place(written), urlsplit(written)
    path = f"{url.path}?{url.query}" if url.query else url.path
    return Served(
        camera=camera.id,
        stream=stream,
        address=Address(_host(url.hostname or ""), url.port or RTSP_PORT) if local else Address(HOST, port),
        mount=Mount(
            path=path or "/" if local else f"/{camera.id}/{stream}",
            clip=clip,
            user=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            offset_s=offset_s,
        ),
    )


def _host(name: str) -> str:
    return HOST if name == "localhost" else name


class Simulator:
    """Serves what was planned, a server an address; streams that share a URL share what is sent."""

    def __init__(self, served: tuple[Served, ...]) -> None:
        library = Library(spoiled)
        by_address: dict[Address, dict[str, Mount]] = {}
        for row in served:
            by_address.setdefault(row.address, {}).setdefault(resource(row.mount.path), row.mount)
        self._servers = [RtspServer(address, mounts.values(), library) for address, mounts in by_address.items()]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens."""
        return tuple(server.address for server in self._servers)

    async def start(self) -> None:
        """Serve; whatever was begun is ended again when one part cannot.

        Raises:
            ClipError: a clip cannot be served.
            BackendUnavailable: a port is taken.
        """
        try:
            for server in self._servers:
                await server.start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Hang up on everybody and give the ports back."""
        await asyncio.gather(*(server.close() for server in self._servers))
