"""What goes wrong with simulated cameras, and when: a timeline in YAML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from config.durations import WRITTEN, Duration
from config.errors import ConfigError
from config.marked import Marked, Place, Problems, read_marked
from config.validate import validated
from config.words import suggestion

EXAMPLE = "faults: [{camera: inner-01, at: 30s, for: 20s, fault: freeze}]"


class FaultKind(StrEnum):
    """What can go wrong."""

    # the connection
    DROP = "drop"  # viewers are hung up on, and nobody is let in
    REFUSE = "refuse"  # viewers stay, nobody new is let in
    RESET = "reset"  # viewers' connections are reset, once; they may come back at once
    SILENT = "silent"  # connections are taken, and no request is answered; viewers are hung up on
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a fault
    # what is sent
    STALL = "stall"  # nothing more comes
    HALF_PACKET = "half_packet"  # half a packet comes, then nothing more
    SLOW = "slow"  # no more than `kbit_s` gets through, later and later
    CORRUPT = "corrupt"  # bytes of the pictures are changed
    LOSS = "loss"  # a `share` of the packets never comes
    DUPLICATE_PTS = "duplicate_pts"  # every second picture has the stamp of the one before
    BACKWARD_PTS = "backward_pts"  # the stamps run back by `by` every few seconds
    JUMP_PTS = "jump_pts"  # the stamps lie `by` ahead
    STANDING_PTS = "standing_pts"  # every picture has the stamp of the one before
    CLOCK_SKEW = "clock_skew"  # the camera's own clock is `by` ahead
    # the picture
    FREEZE = "freeze"  # the last keyframe, again and again
    COVER = "cover"
    DARKEN = "darken"
    BLUR = "blur"
    SHIFT = "shift"
    RESOLUTION = "resolution"  # another size, with its own parameter sets
    LONG_GOP = "long_gop"  # a keyframe every ten seconds


CONNECTION = frozenset({FaultKind.DROP, FaultKind.REFUSE, FaultKind.RESET, FaultKind.SILENT, FaultKind.WRONG_PASSWORD})
PICTURE = frozenset(
    {
        FaultKind.COVER,
        FaultKind.DARKEN,
        FaultKind.BLUR,
        FaultKind.SHIFT,
        FaultKind.RESOLUTION,
        FaultKind.LONG_GOP,
    }
)


class Fault(BaseModel):
    """One thing that goes wrong with one camera or several, from `at` on, for `for`, since the simulator's start."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    camera: str  # an id, or a pattern such as middle-*
    at: Duration
    lasts: Annotated[timedelta, Field(ge=timedelta(milliseconds=1)), WRITTEN] = Field(alias="for")
    fault: FaultKind
    kbit_s: Annotated[float, Field(gt=0)] = 64.0  # of slow
    share: Annotated[float, Field(gt=0, lt=1)] = 0.03  # of loss
    by: Duration = timedelta(seconds=5)  # of backward_pts, jump_pts and clock_skew

    def covers(self, elapsed_s: float) -> bool:
        """Whether it goes on `elapsed_s` after the simulator's start."""
        return self.at.total_seconds() <= elapsed_s < (self.at + self.lasts).total_seconds()

    def strikes(self, camera: str) -> bool:
        """Whether `camera` is meant."""
        return fnmatchcase(camera, self.camera)


class Timeline(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[Fault, ...] = ()


class Schedule:
    """The faults of one camera."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)

    def at(self, elapsed_s: float, *kinds: FaultKind) -> Fault | None:
        """The first fault that goes on, of `kinds` if any are named."""
        return next(
            (one for one in self.faults if one.covers(elapsed_s) and (not kinds or one.fault in kinds)),
            None,
        )


def read_faults(file: Path, cameras: Sequence[str]) -> tuple[Fault, ...]:
    """The timeline in `file`, for a network of `cameras`.

    Raises:
        ConfigError: with every mistake, each at its line and column.
    """
    problems = Problems()
    tree = read_marked(file, problems)
    timeline = None
    if tree is not None and not tree.entries:
        problems.add(tree.place, f"a timeline is a list under `faults`, for example {EXAMPLE}")
    elif tree is not None:
        timeline = validated(Timeline, tree, problems)
        _check_cameras(tree, cameras, problems)
    if problems or timeline is None:
        raise ConfigError(tuple(problems) or (Place(file).problem("cannot be used"),))
    return timeline.faults


def _check_cameras(tree: Marked, cameras: Sequence[str], problems: Problems) -> None:
    faults = tree.get("faults")
    for row in faults.items if faults else ():
        name, found = row.text("camera"), row.get("camera")
        if name is not None and found is not None and not any(fnmatchcase(one, name) for one in cameras):
            problems.add(found.place, f"no camera is called {name!r}: {suggestion(name, list(cameras))}")
