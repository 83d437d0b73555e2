"""Every private part of aiortc and aioice that is touched, in one place; their versions are pinned for it.

A test breaks with `missing()`'s words when a new version has moved one of them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import aioice.ice
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcicetransport import RTCIceGatherer

from config.errors import BackendUnavailable

if TYPE_CHECKING:
    from ingest.whip.tap import PictureTap

BUFFER = "_RTCRtpReceiver__jitter_buffer"
UDP_BUFFER_BYTES = 2**20  # a keyframe comes in one burst
PORTS_TRIED = 64


def missing() -> str:
    """What the installed aiortc and aioice lack of what is hooked into; "" when nothing."""
    gatherer = RTCIceGatherer(iceServers=[])
    connection = getattr(gatherer, "_connection", None)
    lacking = [
        name
        for name, there in (
            ("RTCRtpReceiver.__jitter_buffer", BUFFER in RTCRtpReceiver.__init__.__code__.co_names),
            ("JitterBuffer.add", hasattr(JitterBuffer, "add")),
            ("RTCRtpReceiver._handle_rtp_packet", hasattr(RTCRtpReceiver, "_handle_rtp_packet")),
            ("RTCIceGatherer._connection", isinstance(connection, aioice.ice.Connection)),
            ("Connection.get_component_candidates", hasattr(connection, "get_component_candidates")),
            ("Connection._protocols", hasattr(connection, "_protocols")),
        )
        if not there
    ]
    if not lacking:
        return ""
    found = f"aiortc {version('aiortc')} and aioice {version('aioice')}"
    return f"{found} have no {', '.join(lacking)}: install the versions that pyproject.toml names"


def require() -> None:
    """Make sure that what is hooked into is there.

    Raises:
        BackendUnavailable: it is not.
    """
    if lack := missing():
        raise BackendUnavailable(lack)


def tap_receiver(receiver: RTCRtpReceiver, tap: PictureTap) -> None:
    """Give `tap` every packet of `receiver`; call it before the receiver starts."""
    if not hasattr(receiver, BUFFER):
        raise BackendUnavailable(missing() or f"aiortc's receiver has no {BUFFER}")
    setattr(receiver, BUFFER, tap)


def bind_to(gatherer: RTCIceGatherer, addresses: Sequence[str], ports: tuple[int, int] | None) -> None:
    """Let `gatherer` offer these addresses alone, from these UDP ports; with no addresses, all but loopback's.

    No STUN and no TURN server is asked, and no name is looked up.
    """
    connection = gatherer._connection

    async def host_candidates(component: int, addresses: list[str]) -> list[Candidate]:
        bound = [await _bound(connection, component, address, ports) for address in wanted or addresses]
        return [candidate for candidate in bound if candidate is not None]

    wanted = list(addresses)
    connection.get_component_candidates = host_candidates  # type: ignore[method-assign, assignment]


async def _bound(
    connection: aioice.ice.Connection, component: int, address: str, ports: tuple[int, int] | None
) -> Candidate | None:
    """A socket on `address`, as a candidate; None when the address is not this machine's or all ports are taken."""
    loop = asyncio.get_running_loop()
    for port in _ports(ports):
        try:
            _, protocol = await loop.create_datagram_endpoint(
                lambda: aioice.ice.StunProtocol(connection), local_addr=(address, port)
            )
        except OSError:
            continue
        protocol.local_candidate = _candidate(component, protocol.transport.get_extra_info("sockname"))
        connection._protocols.append(protocol)
        return protocol.local_candidate
    return None


def _ports(ports: tuple[int, int] | None) -> Iterator[int]:
    if ports is None:
        yield 0
        return
    every = range(ports[0], ports[1] + 1)
    yield from random.SystemRandom().sample(every, min(len(every), PORTS_TRIED))


def _candidate(component: int, name: tuple[Any, ...]) -> Candidate:
    host, port = name[:2]
    return Candidate(
        foundation=candidate_foundation("host", "udp", host),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=host,
        port=port,
        type="host",
    )
