"""One camera kept alive: connect, read, decode, sample, hand on; and when it fails, wait and begin again."""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

import structlog

from config.redact import redact
from ingest.clock import Clock
from ingest.errors import CameraError, Fault
from ingest.frames import FrameReader
from ingest.gathering import Gathering
from ingest.governor import governor
from ingest.messages import SET_BACK, CameraStatus, Frame, Packet, StreamInfo
from ingest.metrics import ANALYSIS, RECORDING, PacketTally
from ingest.stream_health import StreamHealth
from ingest.turns import Turn

if TYPE_CHECKING:
    from config.model import Camera
    from ingest.metrics import IngestMetrics
    from ingest.sources import Source

log = structlog.get_logger()
WELL_AFTER = timedelta(seconds=10)  # a camera that gave packets for so long starts its backoff anew
LOOKS_WELL = frozenset({Fault.BEHIND, Fault.UNREADABLE})  # found a minute late: packets come all the while
WELL_AGAIN = timedelta(minutes=5)  # ... after that, or a camera that is never well would not be waited for longer
GRACE_S = 20.0  # beyond all of a connection's timeouts, a name look-up among them
WAITS_ITS_TURN = "its user and password were refused to another stream; one at a time tries them again"
STILL_STUCK_S = 5.0  # after a pause of the whole machine every thread seems late until it has run again


class CameraSinks(Protocol):
    """Where a camera's supervisor hands things on. Called on the camera's thread; must not block."""

    @property
    def wants_frames(self) -> bool:
        """Whether the stream is analysed. If not, nothing of it is decoded."""
        ...

    def packet(self, packet: Packet) -> None:
        """Every packet, in decoding order: for the ring, evidence, recording."""
        ...

    def frame(self, frame: Frame) -> None:
        """Every frame chosen for analysis; `captured_at` rises from call to call, over reconnects too."""
        ...

    def alert_open(self) -> bool:
        """Whether an alert of this camera is open: when one opens, the camera is decoded continuously for a while."""
        ...

    def status(self, status: CameraStatus) -> None:
        """The camera's new state, whenever it or its reason changes."""
        ...


class CameraSupervisor:
    """Owns one camera's thread, `camera-<id>`, and every connection it makes. `start` once, then `stop`."""

    def __init__(
        self,
        camera: Camera,
        *,
        source_factory: Callable[[], Source],
        sinks: CameraSinks,
        clock: Clock,
        metrics: IngestMetrics,
        turn: Turn | None = None,
    ) -> None:
        self._camera = camera.id
        self._used_for = ANALYSIS if sinks.wants_frames else RECORDING
        self._hwaccel = camera.stream.hwaccel
        self._governor = partial(governor, camera, sinks.alert_open)
        self._source_factory = source_factory
        self._sinks = sinks
        self._clock = clock
        self._metrics = metrics.of(camera.id, self._used_for)
        self._tally = PacketTally(self._metrics, lambda: self._health.lag_s)
        self._turn = turn or Turn()
        self._well_after = WELL_AFTER
        self._log = log.bind(camera=camera.id)
        self._stopping = threading.Event()
        self._patience_s = (2 * camera.stream.open_timeout + camera.stream.read_timeout).total_seconds() + GRACE_S
        self._due_back_s = float("inf")  # monotonic: when the thread must have come back from what it does
        self._late_s = float("inf")  # monotonic: since when it was seen to be late
        # Not a daemon: a thread inside FFmpeg must not meet the interpreter's end. Its timeouts bound it.
        self._thread = threading.Thread(target=self._run, name=f"camera-{camera.id}")
        self._health = StreamHealth(clock())
        self._packets = 0
        self._lives = 0
        self._last_packet_at: datetime | None = None
        self._last_frame_at: datetime | None = None
        self._told_clock = False

    @property
    def camera(self) -> str:
        """The camera's id."""
        return self._camera

    @property
    def stream(self) -> str:
        """Which stream of the camera it reads: the one that is analysed, or the one recorded alone."""
        return f"{self._camera}/{self._used_for}"

    def start(self) -> None:
        """Begin; returns at once."""
        self._nothing_comes()
        self._sinks.status(self.status())
        self._thread.start()

    def request_stop(self) -> None:
        """Tell the thread to end, and do not wait: first tell every camera, then `stop` each."""
        self._stopping.set()

    def stop(self, deadline_s: float) -> bool:
        """End within `deadline_s` seconds. False when the thread is still inside a call that cannot be interrupted."""
        self.request_stop()
        if self._thread.ident is None:
            return True
        self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def is_stuck(self) -> bool:
        """Whether the thread is inside a call that should long have returned. It cannot be ended, only left behind.

        To be asked every few seconds, by one thread: it must have been so for a while of being asked.
        """
        now_s = time.monotonic()
        if now_s <= self._due_back_s or self._stopping.is_set():
            self._late_s = float("inf")
            return False
        self._late_s = min(self._late_s, now_s)
        return now_s - self._late_s >= STILL_STUCK_S

    def leave_alone(self, reason: str) -> None:
        """Instead of `start`: the camera is offline, for `reason`, and nothing is tried."""
        self._nothing_comes()
        self._health.failed(CameraError(self._camera, Fault.INTERNAL, reason), self._clock())
        self._sinks.status(self.status())

    def status(self) -> CameraStatus:
        """How the camera does now. Any thread may ask."""
        standing = self._health.standing(self._clock())
        return CameraStatus(
            camera=self._camera,
            state=standing.state,
            since=standing.since,
            reason=standing.reason,
            packets=self._packets,
            reconnects=max(0, self._lives - 1),
            last_packet_at=self._last_packet_at,
        )

    def _run(self) -> None:
        self._await_turn(None)
        while not self._stopping.is_set():
            fault = self._session()
            if not self._stopping.is_set():
                self._due_back_s = float("inf")
                self._pause_after(fault)
        self._nothing_comes()

    def _pause_after(self, fault: Fault) -> None:
        self._stopping.wait(self._turn.pause_s(fault))
        self._await_turn(fault)

    def _await_turn(self, fault: Fault | None) -> None:
        """Until this stream may try its user and password; `fault` is what came of it the last time."""
        told = fault is Fault.REFUSED
        while not self._stopping.is_set() and (wait_s := self._turn.wait_s()) > 0:
            if self._turn.is_closed and not told:
                told = True
                self._tell(CameraError(self._camera, Fault.REFUSED, WAITS_ITS_TURN))
            self._stopping.wait(wait_s)

    def _session(self) -> Fault:
        """One connection from its opening to its end, and why it ended."""
        try:
            self._connect_and_read()
        except CameraError as error:
            self._turn.failed(error.fault)
            self._went_offline(error)
            self._well_after = WELL_AGAIN if error.fault in LOOKS_WELL else WELL_AFTER
            return error.fault
        except Exception:  # noqa: BLE001 - this is a supervisor: no mistake may cost the camera its thread
            self._turn.failed(Fault.INTERNAL)
            self._log.error("the camera's thread failed", traceback=redact(traceback.format_exc()))
            self._went_offline(CameraError(self._camera, Fault.INTERNAL, "an internal error, see the log"))
            return Fault.INTERNAL
        return Fault.ENDED

    def _connect_and_read(self) -> None:
        self._health.began()
        self._due_back_s = time.monotonic() + self._patience_s
        source = self._source_factory()
        try:
            stream = source.open()
            self._turn.let_in()
            reader = self._reader(stream) if self._sinks.wants_frames else None
            gathering = Gathering() if source.buffers else None
            live_at: datetime | None = None
            for packet in source.packets():
                if self._stopping.is_set():
                    return
                now_s = time.monotonic()
                self._due_back_s = now_s + self._patience_s
                if self._health.packet(packet, self._clock(), now_s):
                    self._went_live(packet)
                live_at = live_at or packet.captured_at
                if gathering is not None:
                    gathering.came(packet, now_s)
                self._deliver(packet, reader)
                self._leave_if_hopeless()
                if packet.is_keyframe:
                    self._tell_clock(source.clock_ahead_s)
                if packet.captured_at - live_at > self._well_after:
                    self._turn.was_well()
                if gathering is not None:
                    self._let_gather(packet, reader, gathering)
        finally:
            self._tally.tell()
            source.close()
        raise CameraError(self._camera, Fault.ENDED, "the stream came to its end")

    def _tell_clock(self, ahead_s: float | None) -> None:
        """No figure of a camera that has never told its time, and no number once it is no longer known."""
        if ahead_s is not None or self._told_clock:
            self._metrics.clock_ahead.set(math.nan if ahead_s is None else ahead_s)
            self._told_clock = True

    def _leave_if_hopeless(self) -> None:
        hopeless = self._health.hopeless()
        if hopeless is not None:
            raise CameraError(self._camera, *hopeless)

    def _reader(self, stream: StreamInfo) -> FrameReader:
        return FrameReader(stream, governor=self._governor(), metrics=self._metrics, hwaccel=self._hwaccel)

    def _deliver(self, packet: Packet, reader: FrameReader | None) -> None:
        self._packets += 1
        self._last_packet_at = packet.captured_at
        self._tally.add(packet)
        self._sinks.packet(packet)
        if reader is None:
            self._health.picture(self._clock())  # nobody looks: of its pictures nothing bad is known
            return
        for frame in reader.frames(packet):
            self._health.picture(self._clock())
            if self._is_later(frame):
                self._sinks.frame(frame)

    def _let_gather(self, packet: Packet, reader: FrameReader | None, gathering: Gathering) -> None:
        """Pause where nobody waits for the next packets: between looks, and on `main`."""
        awaited_s = math.inf if reader is None else reader.awaited_s(packet)
        pause_s = gathering.pause_s(awaited_s, time.monotonic(), self._health.lag_s)
        if pause_s > 0:
            self._stopping.wait(pause_s)
        gathering.turned(time.monotonic())

    def _is_later(self, frame: Frame) -> bool:
        """Whether time goes forward with `frame`. A new connection's first frames may lie before the old one's last."""
        last_at = self._last_frame_at
        if last_at is not None and last_at - SET_BACK < frame.captured_at <= last_at:
            self._metrics.backward_frames.inc()
            return False
        self._last_frame_at = frame.captured_at
        return True

    def _went_live(self, packet: Packet) -> None:
        self._lives += 1
        if self._lives > 1:
            self._metrics.reconnects.inc()
        self._metrics.live.set(1)
        status = self.status()
        self._sinks.status(status)
        self._log.info(f"camera is {status.state}", codec=packet.stream.codec, width=packet.stream.width)

    def _nothing_comes(self) -> None:
        """Said even where it is so from the beginning: a figure that was never set is not shown at all."""
        self._metrics.live.set(0)
        self._metrics.lag.set(0)

    def _went_offline(self, error: CameraError) -> None:
        self._nothing_comes()
        self._metrics.failures[error.fault].inc()
        self._tell(error)

    def _tell(self, error: CameraError) -> None:
        if self._health.failed(error, self._clock()):
            status = self.status()
            self._sinks.status(status)
            self._log.warning(f"camera is {status.state}", fault=error.fault.value, reason=error.reason)
