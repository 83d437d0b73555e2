"""One camera's analysis: motion, detector, tracker, scene, rules. The same for a live camera and for a recording."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from config.model import Label, LineRule
from detect.analysis import Analysis, Begun
from detect.answer import LastAnswer
from detect.classes import group_of
from detect.complaints import Complaints
from detect.ground import ground_of
from detect.merged import separate
from detect.messages import Box, Event, Scene
from detect.metrics import CameraCounts
from detect.motion import Motion, MotionGate
from detect.occupants import Occupants
from detect.picture_state import PictureState
from detect.rules import STREAM_RULES, Rule, build, build_watch
from detect.scale import plausible
from detect.scene import Zones, blind_scene
from detect.stillness import Stillness
from detect.substance import Substance
from detect.together import detected
from detect.tracker import Tracker
from detect.unmoved import Unmoved
from ingest.messages import SET_BACK, CameraState

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from config.model import Camera
    from detect.baseline import Baseline
    from detect.detector import Detector
    from detect.messages import Detections
    from detect.metrics import DetectMetrics
    from detect.rules.rule import Standing
    from ingest.messages import Frame

log = structlog.get_logger()
AFTER_MOTION = timedelta(seconds=1.5)  # a picture that has just come to rest is still looked at
EYES_OPEN = timedelta(seconds=3)  # at first every frame is looked at: who stands still from then on never moves
SELDOM = 10  # heartbeats: how often a quiet camera is looked at that need not be watched
# Seconds that the analysis is behind, and for how long a camera that was just looked at is spared then: of three frames
# a second the detector is asked about every second one, every third, and in the end one in two seconds.
SPARED = tuple(
    (behind_s, timedelta(seconds=apart_s))
    for behind_s, apart_s in ((0.25, 2.0), (0.12, 1.0), (0.06, 0.7), (0.03, 0.35))
)
HIDDEN, NEWEST_ID = "hidden", "newest id"  # in a snapshot, beside the rules
OF_POSTS = "post."
HIDES = {Label.VEHICLE, Label.PERSON}  # so much of the view that nothing can be said of what is behind
ANY_SCORE = 0.0  # the detector has dropped what is under the configured threshold; the rest may begin a track
STAGES = ("motion", "inference", "rules")


class CameraAnalysis:
    """All that is remembered of one camera. One thread calls it; frames come in the order of `captured_at`.

    `cpu_clock` measures the stages: the calling thread's CPU time by default, the process's for a bench, in which
    the detector's own threads must count.
    """

    def __init__(
        self,
        camera: Camera,
        detector: Detector,
        zone_info: ZoneInfo,
        *,
        metrics: DetectMetrics | None = None,
        baseline: Baseline | None = None,
        cpu_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._camera = camera
        self._detector = detector
        self._counts = CameraCounts(camera.id, metrics)
        self._cpu_clock = cpu_clock
        self._complaints = Complaints(camera.id)
        self._unanswered = False  # the detector failed when it was last asked
        self._picture = PictureState(mobile=camera.mobile)
        self._open_eyes()
        self.rules = build(camera, zone_info, baseline)
        self.watch = build_watch(camera, zone_info)
        self._of_picture = tuple(rule for rule in self.watch if rule.standing.rule not in STREAM_RULES)
        self.state = CameraState.CONNECTING
        self._is_open = False  # one of the rules is; kept, because it is asked for more often than it changes
        self._last_at: datetime | None = None
        self._late = ""  # why the stream is late
        self._stream_told_at: datetime | None = None  # of which moment the rules about streams were told last

    def _open_eyes(self) -> None:
        """All that is remembered of what moved, and who was where: of times that go on from one another."""
        camera = self._camera
        self._gate = MotionGate()
        self._answer = LastAnswer(camera)
        self._tracker = Tracker(ANY_SCORE)
        self._stillness = Stillness(camera)
        self._substance = Substance(camera, self._gate)
        self._unmoved = Unmoved(self._substance)
        self._zones = Zones(camera)
        self._ground = ground_of(camera)
        self._occupants = Occupants()
        self._occupied: tuple[Box, ...] = ()  # at the newest look
        self._hiding: tuple[Box, ...] = ()  # vehicles and people among its tracks
        self._opened_at: datetime | None = None
        self._moved_at: datetime | None = None
        self._looked_at: datetime | None = None

    def analyse(self, frame: Frame) -> Analysis:
        """Look at one frame. A detector that fails on it leaves the instant blind, and the camera goes on."""
        begun = self.begin(frame)
        found = None
        if begun.asks:
            with self._timed(begun.cpu_s, "inference"):
                found = detected(self._detector, [begun])[0]
        return self.finish(begun, found)

    def begin(self, frame: Frame, *, behind_s: float = 0.0) -> Begun:
        """A first look at a frame; the detector is asked less often the longer others would have to wait, `behind_s`.

        `finish` must be called with what it gives before the next begins.
        """
        if self._is_late(frame.captured_at):
            return Begun(frame=frame, complaints=self._complaints, late=True)
        cpu_s = dict.fromkeys(STAGES, 0.0)
        with self._timed(cpu_s, "motion"):
            motion = self._gate.look(frame.small(), frame.captured_at)
            self.state = self._picture.look(frame, self._hiding)
            self._substance.note(motion, frame.captured_at, doubtful=self._picture.doubtful)
        worth = self._is_worth_a_look(motion, frame.captured_at)
        spared = worth and self._can_wait(frame.captured_at, behind_s)
        due = worth and not spared
        if due:
            self._looked_at = frame.captured_at
        with self._timed(cpu_s, "inference"):
            held = self._held(frame) if due else None
        return Begun(
            frame=frame, complaints=self._complaints, motion=motion, due=due, spared=spared, held=held, cpu_s=cpu_s
        )

    def finish(self, begun: Begun, found: Detections | None) -> Analysis:
        """The analysis of a frame, with what the detector said of it: None where it failed, or was not asked."""
        if begun.late:
            return Analysis(scene=None, unanswered=self._unanswered)
        frame, asks = begun.frame, begun.asks
        if asks:
            self._unanswered = found is None
        with self._timed(begun.cpu_s, "rules"):
            answer = found if asks else begun.held
            scene = self._scene(answer, frame, begun.motion) if begun.due else None
            scene = self._with_ground(scene, answer, frame)
            events = self._judged(scene, frame.captured_at)
            self._note_open()
        if asks:
            self._remember(frame, found)
            if found is None:
                self._counts.failed()
        self._counts.frame(begun, unanswered=self._unanswered)
        self._counts.events(events)
        return Analysis(scene=scene, events=events, inferred=asks, unanswered=self._unanswered, cpu_s=begun.cpu_s)

    def conclude(self, frame: Frame) -> Analysis:
        """A recording ends with `frame`, the newest: who is there is looked at, though no heartbeat asks for it yet."""
        at = frame.captured_at
        if self._looked_at == at or self._picture.doubtful:
            return Analysis(scene=None)
        begun = Begun(frame=frame, complaints=self._complaints, due=True, cpu_s=dict.fromkeys(STAGES, 0.0))
        self._looked_at = at
        return self.finish(begun, detected(self._detector, [begun])[0])

    def note_stream(self, state: CameraState, reason: str, now: datetime) -> tuple[Event, ...]:
        """How the stream stands at `now` whose frames come: live, or late; what the rules about streams make of it.

        The frames of one that is late are of the past, and may come more and more slowly: their time would never be up.
        """
        self._late = (reason or state.value) if state is CameraState.LATE else ""
        if not self._late or not self._is_news_of_the_stream(now):
            return ()
        scene = blind_scene(self._camera, now, self._late, CameraState.LATE)
        of_stream = (rule for rule in self.watch if rule not in self._of_picture)
        events = tuple(event for rule in of_stream for event in rule.observe(scene))
        self._counts.events(events)
        return events

    def has_open_alert(self) -> bool:
        """Whether an event about what the picture shows goes on. Any thread may ask, with every packet."""
        return self._is_open

    @property
    def is_watched(self) -> bool:
        """Whether it is to be looked at with every heartbeat, though nothing moves."""
        if self._camera.posts or self._tracker.busy or self._looked_at is None or self._unanswered:
            return True
        return self._ground is not None or self._is_open or any(rule.is_pending for rule in self.rules)

    def standings(self) -> tuple[Standing, ...]:
        """Where every rule stands now; those about the camera's state last."""
        return tuple(rule.standing for rule in (*self.rules, *self.watch))

    def blind(self, captured_at: datetime, why: str, state: CameraState = CameraState.OFFLINE) -> Analysis:
        """Tell the rules that no picture comes, in what state the camera is, and why."""
        if self._is_late(captured_at):
            return Analysis(scene=None)
        self.state = state
        watch = self.watch if self._is_news_of_the_stream(captured_at) else self._of_picture
        events = self._observe(scene := blind_scene(self._camera, captured_at, why, state), watch)
        self._note_open()
        self._counts.events(events)
        return Analysis(scene=scene, events=events)

    def snapshot(self) -> dict[str, Any]:
        """What the rules remember of causes that hold, and who is hidden, fit for JSON; empty when there is nothing."""
        kept: dict[str, Any] = {name: rule.snapshot() for name, rule in self._named().items() if rule.is_pending}
        if (hidden := self._zones.snapshot()) is not None:
            kept[HIDDEN] = hidden
        return kept | {NEWEST_ID: self._tracker.newest_id} if kept else {}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a `snapshot`, as far as the camera still has its rules; what cannot be read is passed over."""
        named: dict[str, Rule | Zones] = {HIDDEN: self._zones, **self._named()}
        for name in kept.keys() & named.keys():
            try:
                named[name].restore(kept[name])
            except (ValueError, KeyError, TypeError):
                log.warning("a rule begins anew: what was kept of it is of another version", rule=name)
        newest_id = kept.get(NEWEST_ID)
        self._tracker = Tracker(ANY_SCORE, after=newest_id if isinstance(newest_id, int) else 0)  # no id means two
        self._note_open()

    def succeed(self, before: CameraAnalysis, at: datetime) -> tuple[Event, ...]:
        """Go on where the analysis of the camera's former settings stood, with what is as it was; the rest clears.

        Rules with the same terms in the same zone go on, and what the camera usually shows if its stream is the same
        and nothing was drawn anew: who draws for another view has accepted it.
        """
        kept, terms, former = before.snapshot(), self._terms(), before._terms()
        same = {name for name, one in terms.items() if former.get(name) == one}
        self.restore({name: value for name, value in kept.items() if name in same})
        if _view(self._camera) == _view(before._camera) and (note := before.usual_picture()):
            self.expect_picture(note)
        return before.end(at, but=same)

    def end(self, at: datetime, but: Container[str] = ()) -> tuple[Event, ...]:
        """The camera, or all of its rules `but` some, are no more: what they have open clears."""
        events = tuple(event for name, rule in self._named().items() if name not in but for event in rule.end(at))
        self._counts.events(events)
        return events

    def _terms(self) -> dict[str, object]:
        """What everything in a snapshot goes by, under its name there."""
        zones, named = self._camera.zones, self._named()
        terms: dict[str, object] = {
            name: (rule.terms, zones.get(rule.standing.zone), self._camera.mobile) for name, rule in named.items()
        }
        return terms | {HIDDEN: (zones, self._camera.posts), NEWEST_ID: None}

    def usual_picture(self) -> str:
        """What this camera usually shows, as text; "" while too little is known. Cheap to ask."""
        return self._picture.note()

    def expect_picture(self, note: str) -> None:
        """Go on from a `usual_picture` of another worker; what cannot be read is passed over."""
        try:
            self._picture.go_on(note)
        except (ValueError, KeyError, TypeError):
            log.warning("what a camera shows is learned anew: what was kept of it is of another version")

    def _note_open(self) -> None:
        self._is_open = any(rule.is_open for rule in self.rules)

    def _named(self) -> dict[str, Rule]:
        """By a name that stays when other rules come or go: its own, and which it is of those that are called so."""
        seen: Counter[str] = Counter()
        named = {}
        for rule in (*self.watch, *self.rules):
            named[f"{rule.name}/{seen[rule.name]}"] = rule
            seen[rule.name] += 1
        return named

    def _is_late(self, at: datetime) -> bool:
        """Whether something later was already judged, as when packets come at last that a stall had held up."""
        if self._last_at is not None and at <= self._last_at:
            if at > self._last_at - SET_BACK:
                return True
            self._open_eyes()
        self._last_at = at
        return False

    def _judged(self, scene: Scene | None, at: datetime) -> tuple[Event, ...]:
        """The events of a frame: of all rules where something can be said, of the camera's state always."""
        since = self._picture.since
        why = f"the picture is {self.state}" if self.state is not CameraState.LIVE else "the picture is doubtful"
        of_picture = blind_scene(self._camera, at, why, self.state, since)
        watch = self.watch if not self._late and self._is_news_of_the_stream(at) else self._of_picture
        if self._picture.doubtful:
            return self._observe(of_picture, watch)
        plain = Scene(camera=self._camera.id, captured_at=at, tracks=(), occupancy={}, state_since=since)
        late = blind_scene(self._camera, at, self._late, CameraState.LATE) if self._late else None
        # A picture that was frozen and changes is judged at once, and believed to be well a moment later.
        of_camera = plain if self.state is CameraState.LIVE else of_picture
        watched = tuple(event for rule in watch for event in rule.observe(of_camera))
        if scene is not None:
            return watched + tuple(event for rule in self.rules for event in rule.observe(_as_seen(rule, scene, late)))
        if self._tracker.busy:  # who is followed is there, though he is not looked at now
            return watched
        quiet = (rule for rule in self.rules if rule.takes_quiet)
        return watched + tuple(event for rule in quiet for event in rule.observe(_as_seen(rule, plain, late)))

    def _is_worth_a_look(self, motion: Motion, at: datetime) -> bool:
        """Something moves or may do, or the heartbeat of what is watched, holds or is not known is over; or ten are."""
        self._opened_at = self._opened_at or at
        if motion.moving:
            self._moved_at = at
        if self._is_moving(at) or self._tracker.glimpses:  # what was seen for the first time is to be confirmed
            return True
        if self.is_watched:
            return self._heartbeat_is_due(at)
        return bool(self.rules) and self._heartbeat_is_due(at, SELDOM)

    def _can_wait(self, at: datetime, behind_s: float) -> bool:
        """Whether the newest look was a moment ago and showed nobody for the first time, who is to be confirmed.

        Not when the heartbeat is over, however short it is: timers stand still between looks that are further apart.
        """
        if self._looked_at is None or self._tracker.glimpses or self._heartbeat_is_due(at):
            return False
        return any(behind_s >= least_s and at - self._looked_at < apart for least_s, apart in SPARED)

    def _is_moving(self, at: datetime) -> bool:
        """Whether something moves or has just moved, or may have, as the eyes have only just opened."""
        since = ((self._opened_at, EYES_OPEN), (self._moved_at, AFTER_MOTION))
        return any(then is not None and at - then <= span for then, span in since)

    def _held(self, frame: Frame) -> Detections | None:
        """What the detector said of this very picture; None where it must be asked."""
        return None if self._is_moving(frame.captured_at) else self._answer.still_holds(frame)

    def _remember(self, frame: Frame, found: Detections | None) -> None:
        """Keep an answer that confirmed all that was known. One that did not is no ground for going on: ask again.

        Nor is one by which somebody is in another zone than before, though nothing moves: his box trembles.
        """
        at = frame.captured_at
        if found is None or self._is_moving(at) or not (self._tracker.is_settled(at) and self._zones.unchanged):
            self._answer.forget()
        else:
            self._answer.keep(frame, found)

    def _heartbeat_is_due(self, at: datetime, beats: int = 1) -> bool:
        """A little early rather than late: frames do not come on the second."""
        return self._looked_at is None or at - self._looked_at >= (beats - 0.1) * self._camera.heartbeat

    def _scene(self, found: Detections | None, frame: Frame, motion: Motion) -> Scene:
        at = frame.captured_at
        if found is None:
            self._substance.trust(at)
            return blind_scene(self._camera, at, "the detector failed")
        if self._picture.doubtful:  # nobody leaves because the light goes out
            self._hiding = _hiding(found)
            return blind_scene(self._camera, at, "the picture is doubtful")
        aspect = frame.video.width / frame.video.height
        found = separate(plausible(found, self._camera.scale, aspect))
        tracks = self._tracker.update(found, at)
        if there := self._unmoved.look(frame.luma(), tracks, self._tracker, at):
            tracks = self._tracker.hold(there, at)
        tracks = self._substance.marked(tracks, at)
        self._hiding = tuple(track.box for track in tracks if group_of(track.label) in HIDES)
        if self._stillness.wanted:
            tracks = self._stillness.look(frame.luma(), tracks, at)
        return replace(self._zones.scene(tracks, at, self._tracker.glimpses), differing=motion.boxes)

    def _with_ground(self, scene: Scene | None, found: Detections | None, frame: Frame) -> Scene | None:
        """The scene with what has changed on the ground, where a rule asks for it. Every frame is compared."""
        if self._ground is None or self._picture.doubtful:
            return scene
        if found is not None:
            self._occupied = self._occupants.boxes(found, frame.captured_at)
        changes = self._ground.look(frame.bgr(), self._occupied, frame.captured_at)
        return replace(scene, changes=changes) if scene else None

    def _is_news_of_the_stream(self, at: datetime) -> bool:
        """Whether the rules about streams were told of no later moment than `at`; they are to be told of it now."""
        told_at = self._stream_told_at
        if told_at is not None and told_at - SET_BACK < at <= told_at:
            return False
        self._stream_told_at = at
        return True

    def _observe(self, scene: Scene, watch: tuple[Rule, ...]) -> tuple[Event, ...]:
        return tuple(event for rule in (*watch, *self.rules) for event in rule.observe(scene))

    @contextmanager
    def _timed(self, cpu_s: dict[str, float], stage: str) -> Iterator[None]:
        began = self._cpu_clock()
        yield
        cpu_s[stage] += self._cpu_clock() - began


def _view(camera: Camera) -> object:
    """Where a camera looks, and what was drawn in its picture."""
    return camera.stream, camera.zones, {rule.line for rule in camera.rules if isinstance(rule, LineRule)}


def _as_seen(rule: Rule, scene: Scene, late: Scene | None) -> Scene:
    """Of who is at a post now a late picture says nothing; an intruder of ten seconds ago is told all the same."""
    return late if late is not None and rule.name.startswith(OF_POSTS) else scene


def _hiding(found: Detections) -> tuple[Box, ...]:
    rows = zip(found.labels, found.boxes.tolist(), strict=True)
    return tuple((x0, y0, x1, y1) for label, (x0, y0, x1, y1) in rows if group_of(label) in HIDES)
