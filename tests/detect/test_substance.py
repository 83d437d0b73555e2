"""Who is there by the picture, and whom only the detector claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest

from config.model import Camera, Label
from detect.baseline import Remembered
from detect.detector import Picture
from detect.messages import Box, Detections, Event, Track
from detect.motion import FIRST, LEAST_STEP, STILL, MotionGate
from detect.pipeline import CameraAnalysis
from detect.substance import Substance
from ingest.messages import Frame
from tests.detect.bright import GUARD, THIEF, WALL, of_video
from tests.detect.given import at, camera, found, picture, reduced, track
from tests.detect.test_motion import SOMEBODY, small_night

HERE: Box = (0.2, 0.3, 0.3, 0.9)
ELSEWHERE: Box = (0.6, 0.3, 0.7, 0.9)
FAR: Box = (0.7, 0.4, 0.72, 0.48)  # three pixels of the gate's by seven


class Looks:
    """What of one camera's people is borne out, look by look; its first picture was taken at 0 s, of nobody."""

    def __init__(self, of: Camera | None = None, gate: MotionGate | None = None) -> None:
        self._substance = Substance(of or camera(), gate or MotionGate())
        self.noisy = False  # the gate takes for noise what is many levels high
        self.note(0, anew=True)

    def note(self, second: float, *differing: Box, anew: bool = False, doubtful: bool = False) -> None:
        """A frame in which `differing` is not as in the empty picture."""
        motion = replace(FIRST if anew else STILL, boxes=differing, step=60.0 if self.noisy else LEAST_STEP)
        self._substance.note(motion, at(second), doubtful=doubtful)

    def fail(self, second: float) -> None:
        """The detector does not answer."""
        self._substance.trust(at(second))

    def idle(self, begin_s: int, end_s: int) -> None:
        """Frames in which nothing happens."""
        for second in range(begin_s, end_s):
            self.note(second)

    def look(self, second: float, *tracks: Track, differing: Iterable[Box] = ()) -> list[bool]:
        """Whether each of them is there."""
        self.note(second, *differing)
        return [one.borne_out for one in self._substance.marked(tracks, at(second))]

    def at(self, second: float, box: Box = HERE, number: int = 1, *, differs: bool = False) -> bool:
        """Whether somebody who is found there for the first time is."""
        (there,) = self.look(
            second, track(number, first=second, seen=second, box=box), differing=[box] if differs else []
        )
        return there


def settled(of: Camera | None = None) -> Looks:
    """A camera that has been looked at for a minute."""
    looks = Looks(of)
    looks.idle(1, 60)
    return looks


@pytest.mark.parametrize(("share", "there"), [(0.0, False), (0.06, False), (0.14, True), (1.0, True)])
def test_who_is_there_differs_from_the_empty_picture(share: float, there: bool) -> None:
    """In a tenth of his box at least."""
    x0, y0, x1, y1 = HERE

    assert settled().look(60, track(seen=60, first=60, box=HERE), differing=[(x0, y0, x1, y0 + share * (y1 - y0))]) == [
        there
    ]


def test_who_has_differed_once_is_there_for_good() -> None:
    """He stands until he is part of the picture; also while he is missed for a moment."""
    looks, one = settled(), track(first=60, seen=60, box=HERE)

    assert looks.look(60, one) == [False]
    assert looks.look(61, replace(one, last_seen_at=at(61)), differing=[HERE]) == [True]
    assert looks.look(62, replace(one, last_seen_at=at(62))) == [True]
    assert looks.look(62.5, replace(one, last_seen_at=at(62))) == [True]


PASSER: Box = (0.17, 0.3, 0.23, 0.9)  # covers a third of whoever is claimed here,
NEAR: Box = (0.16, 0.2, 0.27, 0.95)  # ... and so does this seven tenths


@pytest.mark.parametrize(
    ("passer", "differing", "there"),
    [
        pytest.param(PASSER, [PASSER], False, id="what differs is the other's"),
        pytest.param(PASSER, [PASSER, (0.24, 0.3, 0.28, 0.6)], True, id="of the rest enough differs as well"),
        pytest.param(NEAR, [NEAR], True, id="too little of him is free to tell"),
    ],
)
def test_what_differs_of_another_bears_nobody_out(passer: Box, differing: list[Box], there: bool) -> None:
    """Somebody walks past a wall at which the detector claims a second one."""
    looks = settled()
    other = track(2, first=60, seen=60, box=passer)
    looks.look(60, other, differing=[passer])

    claimed = track(1, first=61, seen=61, box=HERE)

    assert looks.look(61, replace(other, last_seen_at=at(61)), claimed, differing=differing) == [True, there]


def test_who_was_there_when_the_picture_was_begun_is_there() -> None:
    """It is he whom it shows; a detector finds him in the first seconds."""
    early, late, seldom = Looks(), Looks(), Looks(camera(heartbeat="5s"))
    for looks in (early, late, seldom):
        looks.idle(1, 9)

    assert early.at(9)
    assert not late.at(11)
    assert seldom.at(14)  # it looks less often


@pytest.mark.parametrize("what", ["the light", "doubt", "a gap", "the detector"])
def test_who_may_have_come_unseen_is_there(what: str) -> None:
    """Under another light, in a picture that was dark, in minutes without any, or while the detector did not answer."""
    looks = settled()
    looks.idle(60, 60 if what == "a gap" else 70)
    looks.note(70.5, anew=what == "the light", doubtful=what == "doubt")
    if what == "the detector":
        looks.fail(70.5)
    looks.idle(71, 80)

    assert looks.at(80)
    looks.idle(81, 90)
    assert not looks.at(90, ELSEWHERE, 2)


REFOUND = {
    "where he stood": (60 + 9 * 60, HERE, 6, True),
    "sitting, where he stood": (60 + 9 * 60, (0.19, 0.55, 0.31, 0.9), 6, True),
    "too late": (60 + 11 * 60, HERE, 6, False),
    "elsewhere": (60 + 60, ELSEWHERE, 6, False),
    "where he was on his way, to a door": (60 + 60, HERE, 4, False),
}


@pytest.mark.parametrize("name", REFOUND)
def test_who_is_lost_and_found_in_his_place_is_there(name: str) -> None:
    """Under another number, when nothing of him differs any more."""
    second, box, stood_s, there = REFOUND[name]
    looks, one = settled(), track(first=60, seen=60, box=HERE)
    for at_s in range(60, 61 + stood_s):
        looks.look(at_s, replace(one, last_seen_at=at(at_s)), differing=[HERE])
    looks.idle(61 + stood_s, second)

    assert looks.at(second, box, 2) is there


JUMPS = {
    "to where nothing differs": (ELSEWHERE, False, False),
    "to where he differs": (ELSEWHERE, True, True),
    "a little": ((0.22, 0.32, 0.32, 0.92), False, True),
    "as far as his head and shoulders": ((0.21, 0.3, 0.29, 0.5), False, True),
}


@pytest.mark.parametrize("name", JUMPS)
def test_who_moves_on_differs_where_he_is_then(name: str) -> None:
    """Or the tracker has taken one who left for a claim at the wall beside."""
    box, differs, there = JUMPS[name]
    looks, one = settled(), track(first=60, seen=60, box=HERE)
    for at_s in range(60, 70):
        assert looks.look(at_s, replace(one, last_seen_at=at(at_s)), differing=[HERE] if at_s < 65 else [])
    looks.idle(70, 74)

    after = [
        looks.look(at_s, replace(one, box=box, last_seen_at=at(at_s)), differing=[box] if differs else [])
        for at_s in range(74, 80)
    ]

    assert after == [[there]] * 6
    if not there:
        assert looks.look(80, replace(one, last_seen_at=at(80))) == [True]  # he is back where he stood


@pytest.mark.parametrize("stood_s", [1, 6])
def test_who_is_missed_in_his_place_rested_there_only_if_he_had(stood_s: int) -> None:
    """Another may have come by that door and gone on under his number; who has stood is lost again and again."""
    looks, one = settled(), track(first=60, seen=60, box=HERE)
    for at_s in range(60, 61 + stood_s):
        looks.look(at_s, replace(one, last_seen_at=at(at_s)), differing=[HERE])
    for at_s in range(61 + stood_s, 70):
        looks.look(at_s)
    looks.look(70, replace(one, last_seen_at=at(70)))

    assert looks.at(75, number=2) is (stood_s == 6)


def test_who_differs_too_little_for_a_moment_counts_on() -> None:
    """As he walks through the dark."""
    looks, one = settled(), track(first=60, seen=60, box=HERE)
    looks.look(60, one, differing=[HERE])

    walked = [replace(one, box=(0.2 + 0.1 * i, 0.3, 0.3 + 0.1 * i, 0.9), last_seen_at=at(60 + i)) for i in range(5)]

    assert [looks.look(60 + i, walked[i]) for i in range(1, 5)] == [[True], [True], [False], [False]]


def test_where_somebody_was_who_is_seen_elsewhere_nobody_is() -> None:
    """He is not lost."""
    looks, one = settled(), track(first=60, seen=60, box=HERE)
    for at_s in range(60, 70):
        looks.look(at_s, replace(one, last_seen_at=at(at_s)), differing=[HERE])
    gone_on = replace(one, last_seen_at=at(70), box=ELSEWHERE)

    assert looks.look(70, gone_on, track(2, first=70, seen=70, box=HERE), differing=[ELSEWHERE]) == [True, False]


def test_who_never_differs_is_not_taken_on_trust_for_ever() -> None:
    """A wall that is claimed again and again from the first picture on, for ten minutes and not longer."""
    looks = Looks()
    there = []
    for minute in range(15):
        looks.idle(60 * minute + 1, 60 * minute + 5)
        there.append(looks.at(60 * minute + 5, number=minute + 1))
        claimed = track(minute + 1, first=60 * minute + 5, seen=60 * minute + 5, box=HERE)
        for second in range(60 * minute + 6, 60 * minute + 61):
            is_claimed = second < 60 * minute + 20
            looks.look(second, *([replace(claimed, last_seen_at=at(second))] if is_claimed else []))

    assert there == [True] * 11 + [False] * 4


def test_who_is_followed_from_the_first_picture_on_stays_there() -> None:
    """However long he stands still."""
    looks = Looks()
    one = track(first=5, seen=5, box=HERE)

    assert all(looks.look(second, replace(one, last_seen_at=at(second))) == [True] for second in range(5, 1500))


def test_things_and_who_is_too_small_to_differ_are_there() -> None:
    """Only people are claimed at walls; and of who is far away the gate sees too few pixels."""
    looks = settled()

    assert looks.look(60, track(1, first=60, seen=60, box=HERE, label=Label.CAR)) == [True]
    assert looks.at(61, FAR, 2)
    assert not looks.at(62, ELSEWHERE, 3)


@pytest.mark.parametrize("real", [True, False])
def test_in_a_light_that_drifts_people_and_claims_are_told_apart_too(real: bool) -> None:
    """Clouds: the motion gate takes their light for noise, and nobody differs from its empty picture."""
    gate = MotionGate()
    substance = Substance(camera(), gate)
    for number in range(60):
        shown = [HERE] if real and number >= 50 else []
        light = 1 + 0.3 * np.sin(number / 8)
        seen = np.where(picture(shown, shade=0) > 0, 20.0, light * WALL).astype(np.uint8)
        motion = gate.look(reduced(seen), at(number / 3))
        substance.note(motion, at(number / 3), doubtful=False)

    (claimed,) = substance.marked((track(first=59 / 3, seen=59 / 3, box=HERE),), at(59 / 3))

    assert not motion.boxes
    assert claimed.borne_out is real


def test_where_noise_hides_everything_the_detector_is_believed() -> None:
    """Half of the picture, or more, is not what it was, and no one light explains it."""
    gate = MotionGate()
    looks = Looks(gate=gate)
    looks.idle(1, 60)
    for second in range(60, 62):
        seen = np.random.default_rng(second).integers(0, 256, (90, 160)).astype(np.uint8)
        gate.look(seen, at(second))
    looks.noisy = True

    assert looks.at(62)


def test_a_vehicles_camera_has_no_empty_picture() -> None:
    """It drives."""
    assert settled(camera(mobile=True)).at(60)


class Claims:
    """A detector that claims what it is told to, whatever the picture shows."""

    name = "claims"
    labels = frozenset({Label.PERSON, Label.VEHICLE})
    batch = 1

    def __init__(self) -> None:
        self.claimed: tuple[Box, ...] = ()

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        return [found(*self.claimed) for _ in pictures]

    def close(self) -> None: ...


def shot(number: int, shown: Iterable[Box], light: float = 1.0) -> Frame:
    """The frame of that number, three a second; in a corner something small always stirs, so that all are looked at."""
    x = 0.02 + 0.03 * (number % 3)
    bird = (x, 0.02, x + 0.03, 0.07)
    seen = light * WALL + np.random.default_rng(number).normal(0, 3, WALL.shape)
    seen = np.where(picture([bird, *shown], shade=0) > 0, 220.0, seen)
    video = av.VideoFrame.from_ndarray(np.clip(seen, 0, 255).astype(np.uint8), format="gray")
    return of_video(number / 3, video.reformat(format="yuv420p"))


Part = tuple[float, Iterable[Box], Iterable[Box]]  # until when, in seconds; what is shown; who is claimed


def told(whole: CameraAnalysis, detector: Claims, *parts: Part) -> list[tuple[str, str]]:
    """Rule and phase of every event but those of the camera's state."""
    events: list[Event] = []
    number = 0
    for until_s, shown, claimed in parts:
        detector.claimed = tuple(claimed)
        while number / 3 < until_s:
            events += whole.analyse(shot(number, shown)).events
            number += 1
    return [(event.rule, event.phase.value) for event in events if not event.rule.startswith("camera.")]


def made(detector: Claims, **parts: object) -> CameraAnalysis:
    """The analysis of a camera with `parts`."""
    return CameraAnalysis(camera(**parts), detector, ZoneInfo("UTC"))


def walk(*, real: bool) -> list[Part]:
    """Nobody for twelve seconds; then one is claimed who walks to the right for eight, and is there or is not."""
    steps = [(12 + i / 3, (0.55 + 0.014 * i, 0.3, 0.65 + 0.014 * i, 0.9)) for i in range(1, 25)]
    return [(12, (), ()), *((until_s, [box] if real else [], [box]) for until_s, box in steps)]


RULES: tuple[dict[str, object], ...] = (
    {"rule": "intrusion", "zone": "lane", "dwell": "2s"},
    {"rule": "guard_gap", "zone": "lane"},
    {"rule": "loitering", "zone": "lane", "after": "3s"},
    {"rule": "crowd", "zone": "lane", "count": 1, "after": "2s"},
    {"rule": "line_cross", "line": [(0.87, 0.0), (0.87, 1.0)]},
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["rule"]))
def test_a_mere_claim_is_told_by_no_rule_and_a_person_is(rule: dict[str, object]) -> None:
    """The same boxes, with somebody in them and without."""
    detector = Claims()

    assert told(made(detector, rules=[rule]), detector, *walk(real=False)) == []
    of_person = told(made(detector, rules=[rule]), detector, *walk(real=True))
    assert [one for one in of_person if one[1] == "raised"] == [(rule["rule"], "raised")]


def test_a_mere_claim_is_not_counted_by_the_hour() -> None:
    """A person is, once."""
    rules = [{"rule": "unusual", "zone": "lane", "classes": ["person"], "window": "1m"}]
    counts = []
    for real in (False, True):
        detector, baseline = Claims(), Remembered()
        whole = CameraAnalysis(camera(rules=rules), detector, ZoneInfo("UTC"), baseline=baseline)
        told(whole, detector, *walk(real=real), (61, (), ()))
        counts += [one.count for one in baseline.learnt]

    assert counts == [0, 1]


INTRUSION: dict[str, object] = {"rules": [{"rule": "intrusion", "zone": "lane", "dwell": "1s"}]}


def test_a_claim_that_turns_out_to_be_somebody_is_told_from_then_on() -> None:
    """What was claimed before is not counted as his time."""
    detector = Claims()
    whole = made(detector, rules=[{"rule": "intrusion", "zone": "lane", "dwell": "5s"}])

    claimed = told(whole, detector, (12, (), ()), (20, (), [THIEF]))
    detector.claimed = (THIEF,)
    events = [event for number in range(60, 81) for event in whole.analyse(shot(number, [THIEF])).events]

    assert claimed == []
    assert [(event.started_at, event.captured_at) for event in events] == [(at(20), at(25))]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([(5, [THIEF], [THIEF])], id="from the first picture on"),
        pytest.param([(7, [THIEF], ()), (11, [THIEF], [THIEF])], id="found a few seconds later"),
        pytest.param([(12, (), ()), (16, [FAR], [FAR])], id="far away"),
    ],
)
def test_who_is_there_is_told(parts: list[Part]) -> None:
    """Where the picture can say little, the detector is believed."""
    detector = Claims()

    assert told(made(detector, **INTRUSION), detector, *parts) == [("intrusion", "raised")]


def test_who_is_there_when_the_light_is_switched_on_is_told() -> None:
    """Found two seconds later, in a picture that has shown him from its first moment on."""
    detector = Claims()
    whole = made(detector, **INTRUSION)
    dark = told(whole, detector, (12, (), ()))

    events: list[Event] = []
    for number in range(36, 54):
        detector.claimed = (THIEF,) if number >= 42 else ()
        events += whole.analyse(shot(number, [THIEF], light=1.7)).events

    assert dark == []
    assert [(event.rule, event.phase.value) for event in events] == [("intrusion", "raised")]


def test_who_is_there_when_a_worker_takes_over_is_told_no_second_time_and_not_cleared() -> None:
    """The empty picture is another's; whoever was told stands in it."""
    detector = Claims()
    first, second = made(detector, **INTRUSION), made(detector, **INTRUSION)
    opened = told(first, detector, (12, (), ()), (20, [THIEF], [THIEF]))
    second.restore(first.snapshot())

    after = [event for number in range(61, 90) for event in second.analyse(shot(number, [THIEF])).events]

    assert opened == [("intrusion", "raised")]
    assert after == []


def test_a_post_is_manned_by_whoever_the_detector_finds() -> None:
    """A guard may have become part of the picture: nobody is accused because nothing differs."""
    detector = Claims()
    whole = made(detector, posts=[{"zone": "post", "absent_after": "4s"}])

    events = told(whole, detector, (12, (), ()), (30, (), [GUARD]))

    assert events == [("post.absent", "raised"), ("post.absent", "cleared")]


@pytest.mark.parametrize(("darker", "there"), [(0.0, False), (14.0, True)])
def test_in_the_noise_of_a_small_picture_people_and_claims_are_told_apart_too(darker: float, there: bool) -> None:
    """By infrared light: who differs by no more than the noise of a single pixel does so with all of his."""
    gate = MotionGate()
    substance = Substance(camera(), gate)
    for number in range(60):
        motion = gate.look(reduced(small_night(number, darker if number >= 50 else 0.0)), at(number / 3))
        substance.note(motion, at(number / 3), doubtful=False)

    (claimed,) = substance.marked((track(first=59 / 3, seen=59 / 3, box=SOMEBODY),), at(59 / 3))

    assert claimed.borne_out is there
