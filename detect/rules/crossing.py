"""`line_cross` and `wrong_way`: something goes across a line, in one direction or in either.

Looks are a third of a second apart and a crossing lies between two of them: its moment is interpolated. Somebody who
stands on the line sways to and fro over it; he has crossed when he has gone from clearly one side to clearly the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from config.model import Label, LineCross, Point, WrongWay
from detect.geometry import Line, crossings, distance, goes_right, in_words
from detect.messages import Box, DetailValue, Scene, Track
from detect.rules.classes import expanded
from detect.rules.rule import Subject, TimedRule
from detect.rules.stays import inside
from detect.rules.timer import Cause, Moment
from detect.scene import anchor

QUIET = timedelta(seconds=1)  # after the last crossing the event is over: who comes later is told as another
FORGET = timedelta(seconds=6)  # a track that was not seen for so long is gone
STEPS = 2  # in a row, from look to look, in which one who crosses goes that way: one alone may be another's place
BEYOND = 3  # ... or looks in a row at which one has stayed on the other side
CLEAR, CLEAR_OF_HEIGHT = 0.005, 0.05  # how far from the line one is clearly on a side: of the picture, and of himself


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One track's way, as far as the line is concerned."""

    at: datetime
    spot: Point  # where it stood then
    sided: bool  # it has been clearly on one side
    crossed_at: datetime | None = None  # it is over the line since then, not yet clearly
    to_right: bool = False  # ... in this direction
    steps: int = 0  # looks in a row from which to which it went to the right; negative: to the left
    beyond: int = 0  # looks in a row since it has crossed
    glimpsed_until: datetime | None = None  # it was a glimpse before, and a track from then on


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Somebody has crossed the line."""

    at: datetime
    label: Label
    to_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """Who walks near the line, and the crossings of the event that is going on."""

    walks: dict[int, Walk] = field(default_factory=dict)  # by track id
    looked_at: datetime | None = None  # the scene before
    waiting: tuple[Crossed, ...] = ()  # crossings that showed with an event to which they do not belong
    since: datetime | None = None  # the first crossing of the event
    last_at: datetime | None = None  # the newest crossing
    over_at: datetime | None = None  # when the last event was over
    count: int = 0
    label: Label | None = None  # of the newest crossing
    to_right: bool = False


def crossing(rule: LineCross | WrongWay, subject: Subject) -> TimedRule[LineSeen]:
    """The rule for one line."""
    direction = rule.direction if isinstance(rule, LineCross) else rule.forbidden
    look_at = partial(look, rule.line, expanded(rule.classes), direction)
    return TimedRule(subject, LineSeen(), look_at, partial(_detail, in_words(rule.line)))


def look(line: Line, labels: frozenset[Label], direction: str, seen: LineSeen, scene: Scene) -> tuple[LineSeen, Cause]:
    """Who has crossed since the scene before. The cause lasts from the first crossing until it has been quiet."""
    if scene.blind:
        return seen, Cause.unknown()
    at = scene.captured_at
    walks = {number: walk for number, walk in seen.walks.items() if at - walk.at <= FORGET}
    crossed = []
    for number, track in inside(scene, "", labels).items():
        before = walks.get(number) or _glimpsed(line, track, at, seen.looked_at)
        walk = _walked(line, before, at, track.box, seen.looked_at)
        if walk.crossed_at is not None and _is_believed(walk) and _is_clear(line, walk.spot, track.box):
            crossed.append(Crossed(at=walk.crossed_at, label=track.label, to_right=walk.to_right))
            walk = replace(walk, crossed_at=None)
        walks[number] = walk
    wanted = sorted((*seen.waiting, *(one for one in crossed if _is_wanted(one, direction))), key=lambda one: one.at)
    return _told(replace(seen, walks=walks, looked_at=at), tuple(wanted), at)


def _is_believed(walk: Walk) -> bool:
    """Whether it is one and the same who has crossed.

    Where one follows another closely, a track may leap from the first to the second: backwards, and over a line.
    """
    steps = walk.steps if walk.to_right else -walk.steps
    return walk.sided and (steps >= STEPS or (walk.beyond >= BEYOND and not _crossed_as_glimpse(walk)))


def _crossed_as_glimpse(walk: Walk) -> bool:
    """Whether only its first box lies before the line: that it stays beyond is no ground to believe that one."""
    return bool(walk.crossed_at and walk.glimpsed_until and walk.crossed_at < walk.glimpsed_until)


def _glimpsed(line: Line, track: Track, at: datetime, looked_at: datetime | None) -> Walk | None:
    """The walk of one whom the look before showed for the first time: a fast one is seen but once before the line.

    Who runs was seen in the look before that as well.
    """
    if track.first_box is None or track.first_seen_at != looked_at:
        return None
    first = (track.first_seen_at, track.first_box)
    walk: Walk | None = None
    for then, box in (track.leapt_from, first) if track.leapt_from else (first,):
        walk = _walked(line, walk, then, box, walk.at if walk else None)
    return replace(walk, glimpsed_until=at) if walk else None


def _walked(line: Line, walk: Walk | None, at: datetime, box: Box, looked_at: datetime | None) -> Walk:
    """The walk, gone on to where the object stands now."""
    spot = anchor(box)
    clear = _is_clear(line, spot, box)
    if walk is None:
        return Walk(at=at, spot=spot, sided=clear)
    in_a_row = walk.at == looked_at
    steps = _steps(line, walk, spot) if in_a_row else 0
    moved = replace(walk, at=at, spot=spot, sided=walk.sided or clear, steps=steps)
    for share, to_right in sorted(crossings(line, walk.spot, spot)):
        over_at = None if moved.crossed_at else walk.at + share * (at - walk.at)  # who goes back has not crossed
        moved = replace(moved, crossed_at=over_at, to_right=to_right)
    beyond = (walk.beyond if in_a_row and walk.crossed_at == moved.crossed_at else 0) + 1
    moved = replace(moved, beyond=beyond if moved.crossed_at else 0)
    if not walk.sided and clear:
        moved = replace(moved, crossed_at=None)  # it came into being on the line: nobody knows from which side
    return moved


def _steps(line: Line, walk: Walk, spot: Point) -> int:
    to_right = goes_right(line, walk.spot, spot)
    if to_right == 0:
        return 0
    return max(walk.steps, 0) + 1 if to_right > 0 else min(walk.steps, 0) - 1


def _is_clear(line: Line, spot: Point, box: Box) -> bool:
    return distance(line, spot) > CLEAR + CLEAR_OF_HEIGHT * (box[3] - box[1])


def _is_wanted(crossed: Crossed, direction: str) -> bool:
    return direction == "both" or crossed.to_right == (direction == "left_to_right")


def _told(seen: LineSeen, crossed: tuple[Crossed, ...], at: datetime) -> tuple[LineSeen, Cause]:
    """The state and the cause after these crossings, in the order of their times."""
    over_at = seen.last_at + QUIET if seen.since and seen.last_at else None
    if over_at is not None and over_at <= (crossed[0].at if crossed else at):
        # It clears with what it was; what came in this very scene is told with the next one, at its own time.
        return replace(seen, since=None, over_at=over_at, waiting=crossed), Cause(known=True, ended_at=over_at)
    together = _together(seen, crossed)
    if together:
        seen = replace(_counted(seen, together), waiting=crossed[len(together) :])
    if seen.since is None:
        return seen, Cause(known=True)
    return seen, Cause(known=True, since=seen.since, again_at=seen.last_at if together else None)


def _together(seen: LineSeen, crossed: tuple[Crossed, ...]) -> tuple[Crossed, ...]:
    """Of `crossed` those that are of one event: the one that is going on, else the one that the first begins."""
    last_at = seen.last_at if seen.since else None
    found: list[Crossed] = []
    for one in crossed:
        if last_at is not None and one.at - last_at >= QUIET:
            break
        last_at = max(one.at, last_at or one.at)
        found.append(one)
    return tuple(found)


def _counted(seen: LineSeen, crossed: tuple[Crossed, ...]) -> LineSeen:
    """`crossed` belong to the event that is going on, else they begin one: never before the last one was over."""
    newest, first_at = crossed[-1], max(crossed[0].at, seen.over_at or crossed[0].at)
    return replace(
        seen,
        since=seen.since or first_at,
        last_at=max(newest.at, seen.last_at or newest.at, first_at),
        count=len(crossed) + (seen.count if seen.since else 0),
        label=newest.label,
        to_right=newest.to_right,
    )


def _detail(line: str, seen: LineSeen, _moment: Moment) -> Mapping[str, DetailValue]:
    direction = "left_to_right" if seen.to_right else "right_to_left"
    label = seen.label.value if seen.label else None
    return {"crossings": seen.count, "direction": direction, "class": label, "line": line}
