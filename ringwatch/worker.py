"""A worker: a shard of cameras and one detector, in one process. Frames never leave it.

Threads: one a camera (packets in), the main thread (analysis), the outbox's sender, evidence's writer, the report; and
with vehicles that call, the endpoint, and who sees that it listens.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import cv2
import structlog
from prometheus_client import REGISTRY

from alerts.metrics import AlertMetrics
from alerts.occurrences import Occurrences
from alerts.outbox import Outbox
from alerts.queue import AlertQueue
from alerts.sender import OutboxSender
from config.model import Unusual
from config.tokens import token_of
from detect.baseline import KEEP
from detect.metrics import DetectMetrics
from detect.models import load_detector
from detect.pipeline import CameraAnalysis
from detect.together import analysed_together
from ingest.backoff import Backoff
from ingest.messages import CameraState
from ingest.metrics import IngestMetrics
from ingest.slot import LatestFrames
from ingest.sources import open_source
from ingest.supervisor import CameraSinks, CameraSupervisor
from ingest.turns import Turns
from ingest.vehicle_metrics import VehicleMetrics
from ringwatch.answers import Answers
from ringwatch.board import Board, Report
from ringwatch.disk_room import shortage
from ringwatch.heap import give_back
from ringwatch.known_cameras import KnownCameras
from ringwatch.layout import Layout
from ringwatch.looks import Looks
from ringwatch.memory import Memory
from ringwatch.periodic import Every, repeat
from ringwatch.processes import REPLACE_ME
from ringwatch.raiser import Raiser
from ringwatch.rounds import Rounds
from ringwatch.scheduled import ScheduledTests, cameras_that_test
from ringwatch.state_metrics import StateMetrics
from ringwatch.turnover import Turnover
from ringwatch.vehicles import Vehicles
from ringwatch.wiring import CameraWire
from storage.counts import CountStore
from storage.evidence import EvidenceStore
from storage.learning import LearningBaseline
from storage.metrics import BaselineMetrics, EvidenceMetrics
from storage.snapshot import Shot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from config.model import Camera
    from detect.analysis import Analysis
    from detect.baseline import Baseline
    from detect.detector import Detector
    from detect.messages import Event
    from ingest.messages import Frame
    from ringwatch.board import CameraRow
    from ringwatch.job import Job, Newer

log = structlog.get_logger()
TAKE_S = 0.2
LOOK_ROUND_S = 1.0
KEEP_ROUND_S = 3.0
FLUSH_ROUND_S = 0.5
GIVE_BACK_ROUND_S = 30.0
STOP_CAMERAS_S = 4.0
REPLACED_S = 0.5  # ... of a worker that is replaced: what does not come back is left behind with it
CALLS_AGAIN = timedelta(seconds=0.5)  # a vehicle is waited for, not dialled: that needs no pause between two tries
FLUSH_OUTBOX_S = 3.0
CLOSE_EVIDENCE_S = 3.0
CLOSE_BASELINE_S = 2.0


def utc_now() -> datetime:
    """The node's clock."""
    return datetime.now(UTC)


def run_worker(job: Job, stop: threading.Event, newer: Newer) -> bool:
    """Watch this worker's cameras until `stop` is set, as the newest job says; then close in reverse order of opening.

    False when it ended before that, because it holds threads that do not come back, or a detector that fails on every
    frame: it is to be replaced.
    """
    cv2.setNumThreads(1)  # a worker is one core's worth of work; more workers are how it scales
    with ExitStack() as stack:
        return Worker(job, stack, newer).run(stop)


class Worker:
    """The composition of one worker. What is opened is closed by `stack`, in reverse."""

    def __init__(self, job: Job, stack: ExitStack, newer: Newer) -> None:
        self._job = job
        self._stack = stack
        self._layout = Layout(job.data)
        self._zone_info = job.network.zone_info
        self._evidence = self._open_evidence(stack)
        self._metrics = AlertMetrics(REGISTRY)
        self._outbox = Outbox(self._layout.outbox(job.name))
        stack.callback(self._outbox.close)
        self._sender = self._open_sender(stack)
        self._known = KnownCameras(job.own_cameras)
        self._raiser = Raiser(Occurrences(self._known, utc_now, self._outbox), self._outbox, self._evidence)
        stack.callback(self._raiser.flush)  # a last try
        self._frames, self._metrics_of_ingest = LatestFrames(), IngestMetrics(REGISTRY)
        self._states = StateMetrics(REGISTRY)
        self._wires = {camera.id: self._wire(camera) for camera in job.own_cameras}
        self._detector, self._metrics_of_detection = self._open_detector(stack), DetectMetrics(REGISTRY)
        self._baseline: Baseline | None = None
        self._analyses = {name: self._analysis(wire) for name, wire in self._wires.items()}
        self._memory = Memory(self._outbox, self._analyses, job.run)
        self._memory.restore()
        self._tests = self._open_tests()
        self._vehicles = self._open_vehicles(stack)
        self._recordings: list[CameraSupervisor] = []
        self._hung: frozenset[str] = frozenset()
        self._rounds, self._answers, self._looks = Rounds(), Answers(), Looks()
        self._turns = Turns()
        self._supervisors: dict[str, CameraSupervisor] = {}
        self._to_start: list[CameraSupervisor] = []
        stack.callback(self._stop_cameras)
        for wire in self._wires.values():
            self._open_camera(wire)
        self._turnover = Turnover(job, newer, self)
        repeat(stack, f"{job.name}-report", 1.0, self._report)

    def run(self, stop: threading.Event) -> bool:
        """Start the cameras and analyse their frames, on this thread, until `stop` is set; False as in `run_worker`."""
        self._start_cameras()
        look_round, keep_round, flush_round = Every(LOOK_ROUND_S), Every(KEEP_ROUND_S), Every(FLUSH_ROUND_S)
        give_back_round = Every(GIVE_BACK_ROUND_S)
        while not stop.is_set() and not self._must_be_replaced:
            self._rounds.turn()
            self._turnover.look()
            self._analyse(self._frames.take_some(TAKE_S, self._detector.batch))
            if self._raiser.held and flush_round.is_due():
                self._raiser.flush()
            if look_round.is_due():
                self._look_for_blind_cameras()
                self._tests.look(utc_now())
                self._hung = self._look_for_hung_streams()
            if keep_round.is_due():
                self._memory.keep()
                self._start_cameras()
            if give_back_round.is_due():
                give_back()
        if self._answers.is_hopeless:
            log.error("the detector fails on every frame: the worker is replaced", problem=self._answers.problem)
        return not self._must_be_replaced

    @property
    def _must_be_replaced(self) -> bool:
        """Whether something is broken that only another process mends."""
        return bool(self._hung) or self._answers.is_hopeless

    def _start_cameras(self) -> None:
        """Start the streams that are not yet; but not those that hung a short while ago."""
        left_alone = self._memory.left_alone(utc_now()) if self._to_start else frozenset()
        for supervisor in tuple(self._to_start):
            if supervisor.stream in left_alone:
                supervisor.leave_alone("its thread hung; it is tried again after some minutes")
            else:
                self._to_start.remove(supervisor)
                supervisor.start()

    def _look_for_hung_streams(self) -> frozenset[str]:
        """Streams whose threads do not come back. They cannot be ended: this worker ends, and another begins."""
        every = (*self._supervisors.values(), *self._recordings)
        hung = frozenset(supervisor.stream for supervisor in every if supervisor.is_stuck())
        hung |= self._turnover.give_up_waiting()
        if hung:
            log.error("camera threads hang: the worker is replaced", streams=sorted(hung))
            self._memory.note_hung(hung, utc_now())
        return hung

    def _analyse(self, frames: Sequence[Frame]) -> None:
        analyses = [self._analyses[frame.camera] for frame in frames]
        done = analysed_together(self._detector, analyses, frames, behind_s=self._frames.behind_s)
        for frame, analysis in zip(frames, done, strict=True):
            wire = self._wires[frame.camera]
            if analysis.failed:
                self._metrics_of_detection.failures.labels(frame.camera).inc()
                continue  # its newest frame grows old, as everybody can see
            looked, watched = analysis.scene is not None, self._analyses[frame.camera].is_watched
            self._looks.note(wire.camera, frame.captured_at, looked=looked, watched=watched)
            if analysis.inferred:
                self._answers.note(answered=not analysis.unanswered)
            if not analysis.unanswered:
                wire.last_frame_at = frame.captured_at
            for event in analysis.events:
                self._raise(event, partial(_shot, wire.camera, frame, analysis))
            if analysis.events:
                self._memory.keep([frame.camera])

    def _look_for_blind_cameras(self) -> None:
        """Tell the rules of every camera that gives no pictures: no frame of theirs comes that could."""
        now = utc_now()
        for name in self._supervisors:
            try:
                self._look_whether_blind(name, now)
            except Exception:  # of one camera, and not all of them
                log.exception("a camera's state cannot be told to its rules", camera=name)

    def _look_whether_blind(self, camera: str, now: datetime) -> None:
        status = self._looks.look_at(self._supervisors[camera].status(), now)
        analysis = self._analyses[camera]
        events = analysis.note_stream(status.state, status.reason, now)
        if status.state not in {CameraState.LIVE, CameraState.LATE}:
            events += analysis.blind(now, status.reason, status.state).events
        for event in events:
            self._raise(event, lambda: None)
        if events:
            self._memory.keep([camera])

    def _raise(self, event: Event, shot: Callable[[], Shot | None]) -> None:
        placed = replace(event, position=self._vehicles.newest(event.camera))
        self._raiser.raise_event(placed, shot, self._wires[event.camera])

    def _open_tests(self) -> ScheduledTests:
        plan = self._job.network.watching.test_alert
        return ScheduledTests(
            self._cameras_that_test(), plan, self._outbox, lambda event: self._raise(event, lambda: None)
        )

    def _cameras_that_test(self) -> tuple[str, ...]:
        return cameras_that_test(self._job.network, self._job.shares)[self._job.shard]

    def _open_evidence(self, stack: ExitStack) -> EvidenceStore:
        store = EvidenceStore(self._layout.evidence, EvidenceMetrics(REGISTRY), zone_info=self._zone_info)
        store.start()
        stack.callback(store.close, CLOSE_EVIDENCE_S)
        return store

    def _open_sender(self, stack: ExitStack) -> OutboxSender:
        queue = AlertQueue(self._job.queue_url)
        stack.callback(queue.close)
        sender = OutboxSender(self._outbox, queue, self._metrics)
        stack.callback(sender.stop, FLUSH_OUTBOX_S)
        sender.start()
        return sender

    def _open_detector(self, stack: ExitStack) -> Detector:
        detector = load_detector(self._job.network.detector, base=self._job.base, threads=1)
        stack.callback(detector.close)
        log.info("detector loaded", model=detector.name, cameras=len(self._wires))
        return detector

    def _wire(self, camera: Camera) -> CameraWire:
        return CameraWire.of(camera, self._frames, self._evidence, self._metrics_of_ingest)

    def _analysis(self, wire: CameraWire) -> CameraAnalysis:
        analysis = CameraAnalysis(
            wire.camera,
            self._detector,
            self._zone_info,
            metrics=self._metrics_of_detection,
            baseline=self._baseline_of(wire.camera),
        )
        wire.has_open_alert = analysis.has_open_alert
        return analysis

    def _baseline_of(self, camera: Camera) -> Baseline | None:
        """What `unusual` is measured against; opened when the first camera has that rule."""
        if not any(isinstance(rule, Unusual) for rule in camera.rules):
            return None
        if self._baseline is None:
            store = CountStore(self._layout.database_url(self._job.network))
            self._stack.callback(store.close)
            baseline = LearningBaseline(store, BaselineMetrics(REGISTRY), utc_now, keep=KEEP)
            self._stack.callback(baseline.stop, CLOSE_BASELINE_S)
            baseline.start()
            self._baseline = baseline
        return self._baseline

    def _open_vehicles(self, stack: ExitStack) -> Vehicles:
        cameras = [wire.camera for wire in self._wires.values()]
        vehicles = Vehicles(cameras, self._job.network.whip, VehicleMetrics(REGISTRY), utc_now)
        stack.callback(vehicles.stop)
        vehicles.start()
        return vehicles

    def _open_camera(self, wire: CameraWire) -> None:
        """Make its supervisors, which the next `_start_cameras` starts."""
        name, stream = wire.camera.id, wire.camera.stream
        if wire.recording is not None:
            self._recordings.append(self._supervisor(wire.camera, stream.recording_url, wire.recording))
        self._supervisors = self._supervisors | {name: self._supervisor(wire.camera, stream.analysis_url, wire)}
        self._to_start += self.streams_of(name)

    def take_in(self, job: Job) -> None:
        """Go by `job` from now on, in all that is not a camera's own."""
        self._job, self._zone_info = job, job.network.zone_info
        self._evidence.write_times_in(self._zone_info)
        self._known.learn(job.own_cameras)
        self._tests.go_by(self._cameras_that_test(), job.network.watching.test_alert)

    def streams_of(self, camera: str) -> list[CameraSupervisor]:
        """Who reads a camera's streams."""
        return [self._supervisors[camera], *(one for one in self._recordings if one.camera == camera)]

    def put(self, camera: str, settings: Camera | None) -> None:
        """Watch `camera` with these settings, in the place of what is known of it; not at all where there are none."""
        now, before = utc_now(), self._analyses.get(camera)
        wire = self._wire(settings) if settings is not None else None
        after = self._analysis(wire) if wire is not None else None
        events = () if before is None else after.succeed(before, now) if after is not None else before.end(now)
        for event in events:
            self._raise(event, lambda: None)
        self._drop(camera)
        self._vehicles.put(camera, settings)
        if wire is not None and after is not None:
            self._wires[camera], self._analyses[camera] = wire, after
            self._memory.keep([camera])
            self._open_camera(wire)
            self._start_cameras()

    def _drop(self, camera: str) -> None:
        self._supervisors = {name: one for name, one in self._supervisors.items() if name != camera}
        self._recordings = [one for one in self._recordings if one.camera != camera]
        self._to_start = [one for one in self._to_start if one.camera != camera]
        self._wires.pop(camera, None)
        self._analyses.pop(camera, None)
        self._frames.forget(camera)
        self._looks.forget(camera)
        self._memory.forget(camera)

    def _supervisor(self, camera: Camera, url: str, sinks: CameraSinks) -> CameraSupervisor:
        return CameraSupervisor(
            camera,
            source_factory=lambda: open_source(camera, url, utc_now, self._vehicles.feeds),
            sinks=sinks,
            clock=utc_now,
            metrics=self._metrics_of_ingest,
            turn=self._turns.of(url, Backoff(first=CALLS_AGAIN, longest=CALLS_AGAIN) if token_of(url) else None),
        )

    def _stop_cameras(self) -> None:
        self._frames.close()
        streams = (*self._supervisors.values(), *self._recordings)
        for one in streams:
            one.request_stop()
        self._vehicles.request_stop()
        # Who is replaced waits for nobody: the others are blind until the next worker begins.
        deadline = time.monotonic() + (REPLACED_S if self._must_be_replaced else STOP_CAMERAS_S)
        awaited = (one for one in streams if one.stream not in self._hung)
        late = [one.stream for one in awaited if not one.stop(max(0.0, deadline - time.monotonic()))]
        if late:
            log.error("cameras did not stop in time", streams=late)

    def _report(self) -> None:
        if self._rounds.is_hopeless:
            log.error("the analysis hangs: the worker is replaced")
            os._exit(REPLACE_ME)  # nothing in this process can end that thread; what rules remember is on the disk
        now = utc_now()
        self._metrics.held.set(self._raiser.held)
        rows = [row for name in self._supervisors if (row := self._row(name, now))]
        self._states.tell(rows)
        room = shortage(self._layout.outbox(self._job.name).parent)
        analysis = (self._rounds.problem, self._answers.problem, self._looks.problem)
        alerts = (self._raiser.problem, self._sender.problem)
        said = (*analysis, *alerts, self._memory.problem, self._vehicles.problem, room)
        problems = tuple(problem for problem in said if problem)
        Board(self._layout.board).post(
            Report(process=self._job.name, pid=os.getpid(), at=now, problems=problems, cameras=tuple(rows))
        )

    def _row(self, camera: str, now: datetime) -> CameraRow | None:
        """None of a camera of which nothing can be told: that is not to make all the others unknown."""
        wire, supervisor = self._wires.get(camera), self._supervisors.get(camera)
        analysis = self._analyses.get(camera)
        if wire is None or supervisor is None or analysis is None:
            return None  # it is removed at this moment
        try:
            return wire.row(self._looks.told(supervisor.status()), analysis.state, now)
        except Exception:
            log.exception("a camera's state cannot be told", camera=camera)
            return None


def _shot(camera: Camera, frame: Frame, analysis: Analysis) -> Shot:
    tracks = analysis.scene.tracks if analysis.scene else ()
    return Shot(picture=frame.bgr(), captured_at=frame.captured_at, tracks=tracks, zones=camera.zones)
