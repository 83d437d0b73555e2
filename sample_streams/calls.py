"""Vehicles of a network that call its node over WHIP, as often as it takes, from this machine to this machine alone."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from sample_streams.errors import CallError
from sample_streams.faults import Fault, FaultKind, Schedule

if TYPE_CHECKING:
    from config.model import Camera, Network, Whip

AGAIN_S = 3.0  # between two calls: as a vehicle's software tries
HOST = "127.0.0.1"
LOST = (FaultKind.DROP, FaultKind.SILENT, FaultKind.RESET)  # what takes a vehicle's network away
CODEC = "h264"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one vehicle does."""

    camera: str
    url: str  # of the node's endpoint for this camera; the token is not in it
    token: str
    clip: Path
    faults: tuple[Fault, ...] = ()
    trusted: Path | None = None  # the certificate that the node shows, where it speaks TLS


def calls(network: Network, clip_for: Callable[[Camera], Path], faults: tuple[Fault, ...] = ()) -> tuple[Call, ...]:
    """The calls of every `whip:` camera; none where the node listens on another address than this machine's own.

    Raises:
        RingwatchError: a camera has no clip.
    """
    host = _own_host(network.whip)
    if host is None:
        return ()
    return tuple(
        Call(
            camera=camera.id,
            url=f"{'https' if network.whip.certificate else 'http'}://{host}:{network.whip.port}/whip/{camera.id}",
            token=camera.token,
            clip=clip_for(camera),
            faults=tuple(fault for fault in faults if fault.strikes(camera.id)),
            trusted=Path(network.whip.certificate) if network.whip.certificate else None,
        )
        for camera in network.cameras
        if camera.token is not None
    )


def _own_host(whip: Whip) -> str | None:
    """Where this machine reaches a node that listens at `whip`; None where that may be another machine's."""
    if whip.host == "localhost":
        return HOST
    try:
        address = ip_address(whip.host)
    except ValueError:
        return None
    if address.is_unspecified:
        return HOST
    return (f"[{address}]" if address.version == 6 else str(address)) if address.is_loopback else None


class Callers:
    """Makes the calls, each again and again, from `start` to `close`. Used on one loop."""

    def __init__(self, planned: tuple[Call, ...]) -> None:
        self._planned = planned
        self._calling: list[Task[None]] = []

    def start(self) -> None:
        """Begin; returns at once."""
        began_s = asyncio.get_running_loop().time()
        self._calling = [
            asyncio.create_task(_keep_calling(call, began_s), name=f"vehicle {call.camera}") for call in self._planned
        ]

    async def close(self) -> None:
        """Hang up, everywhere."""
        for task in self._calling:
            task.cancel()
        await asyncio.gather(*self._calling, return_exceptions=True)


async def _keep_calling(call: Call, began_s: float) -> None:
    """Until cancelled. Why a call fails is said once, until another reason or a call that was taken comes between."""
    from sample_streams.vehicle import drive  # aiortc, which a network without vehicles does without

    schedule, now_s = Schedule(call.faults), asyncio.get_running_loop().time

    def is_lost() -> bool:
        return schedule.at(now_s() - began_s, *LOST) is not None

    said = ""
    while True:
        try:
            if not is_lost():
                await drive(call.url, call.token, call.clip, CODEC, is_lost=is_lost, trusted=call.trusted)
                said = ""
        except (CallError, OSError) as error:
            if said != str(error):
                said = str(error)
                log.warning("vehicle.waits", camera=call.camera, why=said)
        await asyncio.sleep(AGAIN_S)
