"""What receiving a camera costs: RTSP, ring, decoding on demand, motion, the picture's state; without inference.

Beside it, in the same run and from the same server, the usual way: one ffmpeg process a camera, raw pictures over a
pipe at 5 frames a second, a background difference in Python.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import cv2
import numpy as np
import psutil
from prometheus_client import CollectorRegistry

from config.model import Camera, Ring, Stream
from detect.motion import MotionGate
from detect.picture_state import PictureState
from ingest.clock import utc_now
from ingest.metrics import IngestMetrics
from ingest.ring import PacketRing
from ingest.sources import open_source
from ingest.supervisor import CameraSupervisor
from ringwatch.bench_streams import busy_clip, large_clip, serving
from ringwatch.logs import configure_logs
from ringwatch.wiring import PRE_ROLL, RING_BYTES

if TYPE_CHECKING:
    from ingest.messages import CameraStatus, Frame, Packet

WARM_UP_S = 8.0
USUAL_HZ = 5
USUAL_SIZE = (640, 360)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestCost:
    """One scene's line."""

    scene: str
    cameras: int
    cpu_ms_per_camera_second: float
    usual_way_cpu_ms_per_camera_second: float | None  # None where there is no ffmpeg
    decoded_share: float  # of the packets of the analysed stream


class Wire:
    """A camera's sinks: the ring, and all that is done with a frame before a detector sees it."""

    def __init__(self, *, wants_frames: bool = True) -> None:
        self.wants_frames = wants_frames
        self._ring = PacketRing(PRE_ROLL, RING_BYTES)
        self._motion, self._picture = MotionGate(), PictureState()

    def packet(self, packet: Packet) -> None:
        """Into the ring."""
        self._ring.append(packet)

    def frame(self, frame: Frame) -> None:
        """Through the motion gate and the picture's state machine."""
        self._motion.look(frame.small(), frame.captured_at)
        self._picture.look(frame)

    def alert_open(self) -> bool:
        """There are no rules."""
        return False

    def status(self, status: CameraStatus) -> None:
        """Of no interest."""


def ingest_costs(quiet: Path, *, cameras: int, seconds: float) -> Iterator[IngestCost]:
    """A line for an idle and a busy scene, and for an idle one whose 1080p25 main stream is received as well.

    `quiet` is a clip in which little happens.

    Raises:
        RingwatchError: the clips cannot be served.
    """
    cv2.setNumThreads(1)
    configure_logs(level="error", form="text")
    with TemporaryDirectory(prefix="ringwatch-") as folder:
        busy, main = busy_clip(Path(folder) / "busy.mp4"), large_clip(Path(folder) / "main.mp4")
        served = {"idle": quiet, "busy": busy, "main": main}
        names = {f"{scene}-{number}": clip for number in range(cameras) for scene, clip in served.items()}
        with serving(names) as urls:
            of = {scene: [urls[f"{scene}-{number}"] for number in range(cameras)] for scene in served}
            for scene in ("idle", "busy"):
                own, share = _own(of[scene], [], seconds)
                yield _line(scene, cameras, own, _usual(of[scene], seconds), share)
            own, share = _own(of["idle"], of["main"], seconds)
            yield _line("idle, with a 1080p25 main stream", cameras, own, None, share)


def _line(scene: str, cameras: int, own: float, usual: float | None, share: float) -> IngestCost:
    return IngestCost(
        scene=scene,
        cameras=cameras,
        cpu_ms_per_camera_second=own,
        usual_way_cpu_ms_per_camera_second=usual,
        decoded_share=share,
    )


def _own(subs: list[str], mains: list[str], seconds: float) -> tuple[float, float]:
    """CPU milliseconds per camera-second of this process, and the share of packets that were decoded.

    A camera a stream of `subs`, not in step with each other; those of `mains` are received beside them.
    """
    registry = CollectorRegistry()
    metrics = IngestMetrics(registry)
    with ExitStack() as stack:
        for number, sub in enumerate(subs):
            stack.enter_context(_running(_camera(f"bench-{number}", sub), sub, metrics))
        for number, main in enumerate(mains):
            stack.enter_context(_running(_camera(f"bench-{number}", main), main, metrics, wants_frames=False))
        time.sleep(WARM_UP_S)
        before, began_s, packets = _cpu_s(), time.monotonic(), _sums(registry)
        time.sleep(seconds)
        spent, lasted_s, after = _cpu_s() - before, time.monotonic() - began_s, _sums(registry)
    received, skipped = after[0] - packets[0], after[1] - packets[1]
    return round(1000 * spent / lasted_s / len(subs), 2), round(1 - skipped / max(1.0, received), 3)


def _sums(registry: CollectorRegistry) -> tuple[float, float]:
    """Packets received and packets skipped, of the streams that are analysed."""
    sums = {"ringwatch_ingest_packets_total": 0.0, "ringwatch_ingest_skipped_packets_total": 0.0}
    for family in registry.collect():
        for sample in family.samples:
            if sample.name in sums and sample.labels["stream"] == "analysis":
                sums[sample.name] += sample.value
    received, skipped = sums.values()
    return received, skipped


@contextmanager
def _running(camera: Camera, url: str, metrics: IngestMetrics, *, wants_frames: bool = True) -> Iterator[None]:
    supervisor = CameraSupervisor(
        camera,
        source_factory=partial(open_source, camera, url, utc_now),
        sinks=Wire(wants_frames=wants_frames),
        clock=utc_now,
        metrics=metrics,
    )
    supervisor.start()
    try:
        yield
    finally:
        supervisor.request_stop()
        supervisor.stop(10.0)


def _camera(name: str, url: str) -> Camera:
    return Camera(id=name, name=name, ring=Ring.INNER, stream=Stream(sub=url))


def _cpu_s() -> float:
    times = psutil.Process().cpu_times()
    return times.user + times.system


def usual_command(url: str) -> list[str]:
    """One camera of the usual way."""
    size = f"scale={USUAL_SIZE[0]}:{USUAL_SIZE[1]}"
    return [
        "ffmpeg", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", url,
        "-vf", f"fps={USUAL_HZ},{size}", "-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1",
    ]  # fmt: skip


def _usual(urls: list[str], seconds: float) -> float | None:
    """CPU milliseconds per camera-second of the usual way, all its processes together; None without ffmpeg."""
    if shutil.which("ffmpeg") is None:
        sys.stderr.write("no ffmpeg here: the usual way is not measured; install it with your system's packages\n")
        return None
    children = [subprocess.Popen(usual_command(url), stdout=subprocess.PIPE) for url in urls]
    readers = [threading.Thread(target=_differences, args=(child,), name=f"usual-{child.pid}") for child in children]
    try:
        for reader in readers:
            reader.start()
        time.sleep(WARM_UP_S)
        before, began_s = _with_children(children), time.monotonic()
        time.sleep(seconds)
        spent, lasted_s = _with_children(children) - before, time.monotonic() - began_s
    finally:
        for child in children:
            child.kill()
        for child, reader in zip(children, readers, strict=True):
            child.wait()
            reader.join()
    return round(1000 * spent / lasted_s / len(urls), 2)


def _with_children(children: list[subprocess.Popen[bytes]]) -> float:
    times = [psutil.Process(child.pid).cpu_times() for child in children]
    return _cpu_s() + sum(one.user + one.system for one in times)


def _differences(child: subprocess.Popen[bytes]) -> None:
    """Motion as it is usually done: grey, blurred, against a background that follows."""
    assert child.stdout is not None  # noqa: S101 - asked for where it was started
    width, height = USUAL_SIZE
    background: cv2.typing.MatLike | None = None
    while len(raw := child.stdout.read(width * height * 3)) == width * height * 3:
        picture = np.frombuffer(raw, np.uint8).reshape(height, width, 3)
        grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (21, 21), 0)
        if background is None:
            background = grey.astype(np.float32)
        difference = cv2.absdiff(grey, cv2.convertScaleAbs(background))
        mask = cv2.dilate(cv2.threshold(difference, 25, 255, cv2.THRESH_BINARY)[1], np.ones((3, 3)), iterations=2)
        cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.accumulateWeighted(grey, background, 0.05)
