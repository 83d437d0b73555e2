"""What a bench of the network rehearses: its cameras, what they show, and what goes wrong with them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwatch.bench_streams import busy_clip, large_clip
from ringwatch.demo_config import HOST
from ringwatch.looks import TOO_SELDOM
from sample_streams.folder import main_of

WARM_UP_S = 40.0
BUSY_ONE_IN = 5
# Cameras with people and vehicles that come and go, besides, one in ten: of every twenty the first, which sleeps
# between them, and the sixteenth, which is decoded always. Workers take cameras in turn: these are not all of one.
EVENTS_EVERY, SLEEPS, WATCHED = 20, 0, 15
EVENTS = ("lane", "fence", "gate", "pair")  # their sample clips
INTRUSION = {"rule": "intrusion", "zone": "all", "classes": ["person", "vehicle"], "dwell": "1s"}
IDLE = "quiet"
WHOLE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
SLOT_S, FAULT_S, CALM_S = 180.0, 90.0, 45.0  # a camera has at most one fault a slot; the end of a run is calm
# What a node holds is measured when all is well, after its first minutes and at the end: who is gone needs less.
LONG_MIN, MEASURED_S = 10.0, 360.0  # of a run that is long enough for it: nothing goes wrong before
LOOKED_AT_S = 6.0  # before its end a fault has lasted long enough for the camera to be in the state that belongs to it
# What comes too slowly falls behind. Of three quarters of what the camera sends the largest keyframe takes less than
# a stall; and for so long nothing is late enough for the node to connect anew, which would begin in the present.
SLOW_S = 50.0
SLOW_KBIT_S: Mapping[str, float] = {"moving": 325.0, "quiet": 140.0}
# What a camera is once a fault has lasted for a while.
STATES: Mapping[str, frozenset[str]] = {
    "drop": frozenset({"offline"}),
    "refuse": frozenset({"live"}),  # who is connected stays: what is lost now does not come back for the whole fault
    "reset": frozenset({"live"}),
    "silent": frozenset({"offline"}),
    "stall": frozenset({"offline", "stalled"}),
    "half_packet": frozenset({"offline", "stalled"}),
    "slow": frozenset({"late"}),
    "corrupt": frozenset({"live", "undecodable"}),  # a keyframe may be left whole
    "loss": frozenset({"live", "undecodable", "late"}),  # ... of many none may
    "duplicate_pts": frozenset({"live"}),
    "backward_pts": frozenset({"live"}),
    "jump_pts": frozenset({"live"}),
    "standing_pts": frozenset({"live"}),
    "clock_skew": frozenset({"live"}),
    "freeze": frozenset({"frozen"}),
    "cover": frozenset({"covered"}),
    "darken": frozenset({"dark"}),
    "blur": frozenset({"defocused"}),
    "shift": frozenset({"moved"}),
    "resolution": frozenset({"live"}),
    "long_gop": frozenset({"live"}),
}
# What a reason must begin with, where a camera may be in the state for this one only.
REASONS: Mapping[tuple[str, str], str] = {
    ("loss", "late"): TOO_SELDOM,  # too few keyframes are left whole for the rules' timers, of a stream that is on time
}
# What is not rehearsed, and why.
EXCLUDED: Mapping[str, str] = {
    "wrong_password": "who connects meanwhile is not tried again for minutes, longer than the calm after it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run."""

    cameras: int
    minutes: float
    model: str
    faults_seed: int | None = None  # None: nothing goes wrong
    mains: bool = False  # every camera has a main stream of 1080p25 besides, which is recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """Something that goes wrong with one camera; seconds count from the simulator's start."""

    camera: str
    kind: str
    at_s: int
    for_s: int
    kbit_s: float | None = None  # of slow

    def row(self) -> dict[str, object]:
        """As `ringwatch simulate --faults` reads it."""
        at, lasts = f"{self.at_s}s", f"{self.for_s}s"
        row: dict[str, object] = {"camera": self.camera, "at": at, "for": lasts, "fault": self.kind}
        return row if self.kbit_s is None else row | {"kbit_s": self.kbit_s}

    def concerns(self, second: float) -> bool:
        """Whether something is wrong with the camera at `second`, or was a moment ago."""
        return -2 <= second - self.at_s < self.for_s + CALM_S

    def explains(self, state: str, reason: str) -> bool:
        """Whether the camera may be in `state` for `reason` while it lasts."""
        return state in STATES[self.kind] and reason.startswith(REASONS.get((self.kind, state), ""))

    def should_be_told(self, second: float) -> bool:
        """Whether the camera must be in the fault's state by `second`."""
        return second >= self.at_s + self.for_s - LOOKED_AT_S

    def is_over(self, second: float) -> bool:
        """Whether it is too late to look."""
        return second >= self.at_s + self.for_s


def name_of(number: int) -> str:
    """A camera's id."""
    return f"bench-{number:02}"


def is_busy(camera: str) -> bool:
    """Whether it is decoded always: something moves in it all the time, or it is never let sleep."""
    number = int(camera.removeprefix("bench-"))
    return _moves_always(number) or number % EVENTS_EVERY == WATCHED


def _moves_always(number: int) -> bool:
    return number % BUSY_ONE_IN == 1


def _has_events(number: int) -> bool:
    return number % EVENTS_EVERY in {SLEEPS, WATCHED}


def network_of(plan: Plan, port: int) -> dict[str, Any]:
    """The configuration, its streams on `port`."""
    return {
        "detector": {"model": plan.model},
        "cameras": [_camera(number, port, mains=plan.mains) for number in range(plan.cameras)],
    }


def _camera(number: int, port: int, *, mains: bool) -> dict[str, Any]:
    name = name_of(number)
    main = {"main": f"rtsp://{HOST}:{port}/{name}-main"} if mains else {}
    return {
        "id": name,
        "name": name,
        "ring": "middle",
        "stream": {
            **main,
            "sub": f"rtsp://{HOST}:{port}/{name}",
            "decode": "always" if number % EVENTS_EVERY == WATCHED else "on_demand",
        },
        "zones": {"all": {"polygon": WHOLE}},
        # Looked at with every heartbeat, and told of nothing: an absence of half an hour, the longest there is, would
        # be told at all quiet cameras at once, a moment before a run of that length ends, and make every one busy.
        "posts": [{"zone": "all", "absent_after": None, "asleep_after": "30m"}],
        "rules": [INTRUSION] if _has_events(number) else [],
    }


def link_clips(folder: Path, plan: Plan, samples: Mapping[str, Path]) -> None:
    """A clip a camera, by its name: always moving, with somebody who comes and goes, or quiet."""
    busy = busy_clip(folder / "busy.mp4")
    large = large_clip(folder / "large.mp4") if plan.mains else None
    for number in range(plan.cameras):
        events = samples[EVENTS[number // (EVENTS_EVERY // 2) % len(EVENTS)]]
        clip = busy if _moves_always(number) else events if _has_events(number) else samples[IDLE]
        shown = folder / f"{name_of(number)}.mp4"
        shown.symlink_to(clip)
        if large is not None:
            main_of(shown).symlink_to(large)


def faults_of(plan: Plan) -> list[PlannedFault]:
    """At random, the same for the same seed: half of the cameras in each slot. A short run is one short slot.

    Each kind comes as often as any other.
    """
    if plan.faults_seed is None:
        return []
    chance = random.Random(plan.faults_seed)  # noqa: S311 - a rehearsal, not a secret
    begin_s = MEASURED_S if plan.minutes >= LONG_MIN else 0.0
    span_s = plan.minutes * 60 - begin_s - CALM_S
    slots = max(1, int(span_s // SLOT_S))
    fault_s = min(FAULT_S, 0.75 * span_s)
    latest_s = max(0.0, min(SLOT_S - CALM_S, span_s) - fault_s)
    kinds, faults = _Kinds(chance), []
    for slot in range(slots):
        for number in range(plan.cameras):
            if chance.random() < 0.5:
                at_s = WARM_UP_S + begin_s + slot * SLOT_S + chance.uniform(0, latest_s)
                faults.append(_planned(number, kinds.draw(number), at_s, fault_s))
    return faults


def _planned(number: int, kind: str, at_s: float, for_s: float) -> PlannedFault:
    slow = kind == "slow"
    return PlannedFault(
        camera=name_of(number),
        kind=kind,
        at_s=round(at_s),
        for_s=round(min(for_s, SLOW_S) if slow else for_s),
        kbit_s=SLOW_KBIT_S["moving" if _moves_always(number) else "quiet"] if slow else None,
    )


class _Kinds:
    """Kinds of faults, shuffled like cards: each comes as often as any other."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: list[str] = []

    def draw(self, number: int) -> str:
        """The next one that fits the camera."""
        if not any(_fits(kind, number) for kind in self._left):
            self._left += self._chance.sample(sorted(STATES), len(STATES))
        kind = next(kind for kind in self._left if _fits(kind, number))
        self._left.remove(kind)
        return kind


def _fits(kind: str, number: int) -> bool:
    """A camera in which somebody comes and goes sends at times more and at times less: there is no slow for it."""
    return kind != "slow" or not _has_events(number)
