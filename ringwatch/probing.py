"""Connecting to a camera as the node would, and saying what it sends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from config.durations import format_duration
from config.errors import BackendUnavailable
from config.tokens import token_of
from ingest.clock import utc_now
from ingest.errors import CameraError, Fault
from ingest.positions import Positions
from ingest.sources import open_source
from ingest.vehicle_metrics import VehicleMetrics

if TYPE_CHECKING:
    from config.model import Camera, Whip
    from ingest.messages import Packet, StreamInfo
    from ingest.sources import Source
    from ingest.whip.feed import VehicleFeed

AT_ONCE = 8  # connections; a county behind one uplink is not opened in one instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What one stream of one camera was found to be. A figure that could not be measured is None."""

    camera: str
    stream: str  # main or sub
    fault: str | None = None  # why it gave no video, as the metrics name it
    reason: str = ""
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    keyframe_interval_s: float | None = None  # the longest that was seen
    kbit_per_s: float | None = None
    first_packet_s: float | None = None  # from the connection's begin
    clock_ahead_s: float | None = None  # the camera's clock against this machine's, less the way here
    note: str = ""


def probe(cameras: Sequence[Camera], span_s: float, whip: Whip | None = None) -> Iterator[Probed]:
    """Each stream of each camera, watched for `span_s`, in their order. Blocks; `AT_ONCE` at a time.

    Vehicles are listened for where `whip` says, for as long as a camera may take to open.
    """
    streams = [(camera, name, url) for camera in cameras for name, url in _streams(camera)]
    at_once = AT_ONCE + sum(camera.token is not None for camera in cameras)  # who waits for a call holds nobody up
    with _listening(cameras, whip) as calls, ThreadPoolExecutor(at_once, thread_name_prefix="probe") as pool:
        yield from pool.map(lambda one: probe_stream(one[0], one[1], one[2], span_s, calls), streams)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What vehicles send, and where they must call; or why they cannot."""

    feeds: Mapping[str, VehicleFeed] = field(default_factory=dict)
    url: str = ""
    problem: str = ""


@contextmanager
def _listening(cameras: Sequence[Camera], whip: Whip | None) -> Iterator[Calls]:
    """An endpoint for those of `cameras` that call, while the block runs."""
    calling = [camera for camera in cameras if camera.token is not None]
    if not calling or whip is None:
        yield Calls()
        return
    from ingest.whip.server import WhipServer, address

    metrics = VehicleMetrics(CollectorRegistry())
    positions = Positions({}, clock=utc_now, metrics=metrics)
    server = WhipServer(calling, whip, clock=utc_now, metrics=metrics, positions=positions)
    try:
        server.start()
    except BackendUnavailable as error:
        yield Calls(problem=f"{error}; if the node runs, its vehicles call it: its console shows them")
        return
    try:
        yield Calls(feeds=server.feeds, url=address(whip, server.port))
    finally:
        server.stop()


def _streams(camera: Camera) -> list[tuple[str, str]]:
    named = (("main", camera.stream.main), ("sub", camera.stream.sub))
    return [(name, url) for name, url in named if url is not None]


def probe_stream(camera: Camera, stream: str, url: str, span_s: float, calls: Calls = Calls()) -> Probed:
    """One stream, watched for `span_s` from its first packet on."""
    began_s = time.monotonic()
    if token_of(url) is not None and calls.problem:
        return Probed(camera=camera.id, stream=stream, fault=Fault.UNREACHABLE.value, reason=calls.problem)
    source = open_source(camera, url, utc_now, calls.feeds)
    try:
        with closing(source):
            info = source.open()
            packets, first_s = _received(source, span_s)
            return _figures(camera, stream, info, packets, first_s - began_s, source.clock_ahead_s)
    except CameraError as error:
        reason = error.reason
        if token_of(url) is not None and error.fault is Fault.UNREACHABLE:
            waited = format_duration(camera.stream.open_timeout)
            reason = f"no call within {waited}: the vehicle calls {calls.url}{camera.id} with its token"
        return Probed(camera=camera.id, stream=stream, fault=error.fault.value, reason=reason)


def _received(source: Source, span_s: float) -> tuple[list[Packet], float]:
    packets: list[Packet] = []
    first_s = time.monotonic()
    for packet in source.packets():
        if not packets:
            first_s = time.monotonic()
        packets.append(packet)
        if time.monotonic() - first_s >= span_s:
            break
    return packets, first_s


def _figures(
    camera: Camera, stream: str, info: StreamInfo, packets: Sequence[Packet], first_s: float, ahead_s: float | None
) -> Probed:
    times = list(_times(packets))
    span_s = times[-1][0] - times[0][0] if times else 0.0
    gop_s = max((later - earlier for earlier, later in pairwise(at_s for at_s, key in times if key)), default=None)
    size = sum(len(packet.payload) for packet in packets)
    return Probed(
        camera=camera.id,
        stream=stream,
        codec=info.codec,
        width=info.width,
        height=info.height,
        fps=_rounded((len(times) - 1) / span_s if span_s else None, 1),
        keyframe_interval_s=_rounded(gop_s, 2),
        kbit_per_s=_rounded(size * 8 / 1000 / span_s if span_s else None, 0),
        first_packet_s=_rounded(first_s, 2),
        clock_ahead_s=_rounded(ahead_s, 2),
        note=_note(camera, gop_s, span_s),
    )


def _times(packets: Sequence[Packet]) -> Iterator[tuple[float, bool]]:
    """When each packet is shown, and whether it is a keyframe: by the stream's own times, for packets come in bursts.

    A camera that has not yet told its time gives the first packets none: they are taken to come one after another.
    """
    known = [float(one.pts_ticks * one.time_base) for one in packets if one.pts_ticks is not None]
    step_s = (known[-1] - known[0]) / (len(known) - 1) if len(known) > 1 else 0.0
    unknown = next((index for index, one in enumerate(packets) if one.pts_ticks is not None), len(packets))
    for index, one in enumerate(packets):
        if one.pts_ticks is not None:
            yield float(one.pts_ticks * one.time_base), one.is_keyframe
        elif known and index < unknown:
            yield known[0] - (unknown - index) * step_s, one.is_keyframe


def _note(camera: Camera, gop_s: float | None, span_s: float) -> str:
    heartbeat_s = camera.heartbeat.total_seconds()
    if gop_s is None and span_s > heartbeat_s:
        return f"fewer than two keyframes in {span_s:.0f} s: set the camera to one every {heartbeat_s:g} s"
    if gop_s is not None and gop_s > heartbeat_s + 0.5:
        return f"a keyframe every {gop_s:.1f} s: set the camera to one every {heartbeat_s:g} s, its heartbeat"
    return ""


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
