"""An RTSP server for the sample clips, on one address."""

from __future__ import annotations

import asyncio
from asyncio import Server, StreamReader, StreamWriter, Task
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from config.errors import BackendUnavailable
from sample_streams.connection import Connection
from sample_streams.faults import PICTURE, FaultKind, Schedule
from sample_streams.media import Library, Media
from sample_streams.mount import Mount, resource
from sample_streams.viewer import Channel

HOST = "127.0.0.1"
MAX_CONNECTIONS = 1024
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a server listens; the simulator takes loopback addresses only."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class RtspServer:
    """Serves `mounts` until it is closed. Every mount runs from the start on, watched or not."""

    def __init__(self, address: Address, mounts: Iterable[Mount], library: Library) -> None:
        self.address = address
        self.dropped = 0  # viewers that did not keep up
        self._mounts = tuple(mounts)
        self._library = library
        self._server: Server | None = None
        self._clients: set[Task[None]] = set()
        self._channels: dict[str, tuple[Mount, Channel]] = {}

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    async def start(self) -> None:
        """Read the clips, then listen. Port 0 becomes a free one, and `address` says which.

        Raises:
            ClipError: a clip cannot be served.
            BackendUnavailable: the address cannot be listened on.
        """
        media = [await asyncio.to_thread(_shown, self._library, mount) for mount in self._mounts]
        began_s = asyncio.get_running_loop().time()
        self._channels = {
            resource(mount.path): (mount, Channel(shown[None], began_s, mount.offset_s, Schedule(mount.faults), shown))
            for mount, shown in zip(self._mounts, media, strict=True)
        }
        try:
            self._server = await asyncio.start_server(self._accept, self.address.host, self.address.port)
        except OSError as error:
            raise BackendUnavailable(
                f"cannot serve RTSP on {self.address}: {error.strerror}; choose another port with --port"
            ) from None
        self.address = Address(self.address.host, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and hang up on everybody."""
        if self._server:
            self._server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._clients) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._clients.add(task)
        try:
            await Connection(self._channels, writer, self._behind).serve(reader)
        except asyncio.CancelledError:
            writer.close()  # the server closes: hung up on
        finally:
            self._clients.discard(task)

    def _behind(self, mount: Mount) -> None:
        self.dropped += 1
        log.warning("viewer.behind", path=mount.path, dropped=self.dropped)


def _shown(library: Library, mount: Mount) -> dict[FaultKind | None, Media]:
    """The mount's clip, and what it looks like under each fault of the picture that is to come."""
    kinds = {fault.fault for fault in mount.faults if fault.fault in PICTURE}
    return {kind: library.media(mount.clip, kind) for kind in (None, *sorted(kinds))}
