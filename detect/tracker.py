"""Objects followed from frame to frame by place and motion alone, at few and uneven looks a second.

A walker covers two of his own widths in a second, so at one look a second nothing of his box overlaps with where it
was. Each object is therefore looked for where it was and where it was going, within the reach that the time allows.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from config.model import Label
from detect.classes import group_of
from detect.messages import Box, Detections, Track

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEEP_LOST = timedelta(seconds=6)  # three heartbeats: how long an unseen object may be found again
SHOW_LOST = timedelta(seconds=1)  # how long an unseen object still counts as being where it was
COAST_S = 1.5  # how long it goes on as it went; then it may as well have stopped
REACH_X, REACH_X_A_S, MOST_X = 0.6, 2.5, 3.0  # in widths of its box: standing, per second, and at most
REACH_Y, REACH_Y_A_S, MOST_Y = 0.3, 0.5, 1.0  # in heights
# What was seen once, in widths and heights of its box a second, and in all: a vehicle that comes towards the camera at
# 50 km/h covers its height between two looks, and somebody who runs, at 6 m/s, three or four times his own in a second.
# Nothing is known of its way yet, so it must be the only one about.
NO_LEAP = (-1.0, -1.0, -1.0, -1.0)
OF_VEHICLES = (9.0, 6.0, 3.5, 2.0)
LEAPS = {Label.VEHICLE: OF_VEHICLES, Label.BIKE: OF_VEHICLES, Label.PERSON: (10.0, 3.4, 10.0, 3.4)}
LEAST_LIKE, LEAST_AREA = 0.6, 0.2  # smaller height over larger, and area: another size is another object
LOST_A_S = 0.3  # of a likelihood up to 2: who was seen a moment ago comes before who has been lost for long
SLIVER = 0.1  # IoU: who comes in beside where somebody has just left touches what is remembered of him, and no more
EDGE, OUTWARD = 0.01, 0.4  # of the picture; of its own size a second: what is cut off and goes on so has left
SMOOTH_S = 0.7  # over how long its speed is averaged


@dataclass(slots=True, eq=False)
class _Followed:
    """One object. It is itself and no other, whatever it looks like."""

    track: Track
    seen: int = 1  # in how many looks; it is a track from the second on
    speed: tuple[float, float] = (0.0, 0.0)  # of its box's middle, picture widths and heights a second
    origin: Track | None = None  # somebody else, unless it goes on at that speed: he ran from there
    held: bool = False  # it was not found in the newest look, and is there all the same


class Tracker:
    """Tracks of one camera. Objects of different groups (person, vehicle, bike, ...) are never taken for each other.

    Purely a function of the calls of `update` and `hold`: the same detections at the same times give the same ids.
    """

    def __init__(self, threshold: float = 0.4, *, after: int = 0) -> None:
        """Ids begin after `after`."""
        self._threshold = threshold
        self.newest_id = after
        self._followed: dict[Label, list[_Followed]] = {}  # by group
        self.glimpses: tuple[Track, ...] = ()  # what the newest update saw for the first time: mistakes, many of them
        self.missed: tuple[Track, ...] = ()  # what it did not find, and is still looked for

    def update(self, detections: Detections, captured_at: datetime) -> tuple[Track, ...]:
        """Take in what was found at `captured_at`, later than ever before; the tracks that stand now, by id."""
        found = _tracks(detections, captured_at)
        rows: dict[Label, list[int]] = {group: [] for group in self._followed}
        for row, track in enumerate(found):
            rows.setdefault(group_of(track.label), []).append(row)
        again, origins = _pairs(self._followed, found, captured_at)
        taken = set(again.values())
        for group, own in rows.items():
            kept = self._kept(self._followed.get(group, []), again, found, captured_at)
            new = [row for row in own if row not in taken and found[row].score >= self._threshold]
            self._followed[group] = [*kept, *(_new(found[row], origins.get(row)) for row in new)]
        every = [one for group in self._followed.values() for one in group]
        self.glimpses = tuple(one.track for one in every if one.seen == 1 and one.track.last_seen_at == captured_at)
        self.missed = tuple(one.track for one in every if one.seen > 1 and one.track.last_seen_at < captured_at)
        return self._shown(captured_at)

    def hold(self, numbers: Container[int], captured_at: datetime) -> tuple[Track, ...]:
        """Those of the `missed` are where they were, and do not move; the tracks that stand now, by id."""
        for group, known in self._followed.items():
            self._followed[group] = [_held(one, captured_at) if one.track.id in numbers else one for one in known]
        return self._shown(captured_at)

    @property
    def busy(self) -> bool:
        """Whether any object is being followed."""
        return any(self._followed.values())

    def is_settled(self, at: datetime) -> bool:
        """Whether all that is followed was found in the look at `at`, and nothing for the first time."""
        every = (one for group in self._followed.values() for one in group)
        return all(one.seen > 1 and one.track.last_seen_at == at and not one.held for one in every)

    def _shown(self, at: datetime) -> tuple[Track, ...]:
        every = (one for group in self._followed.values() for one in group)
        shown = [one.track for one in every if one.seen > 1 and at - one.track.last_seen_at <= SHOW_LOST]
        return tuple(sorted(shown, key=lambda track: track.id))

    def _kept(
        self, known: list[_Followed], again: dict[_Followed, int], found: list[Track], at: datetime
    ) -> Iterator[_Followed]:
        """Of the objects of one group those that were found again, and those still looked for."""
        for one in known:
            if one in again:
                yield self._again(one, found[again[one]])
            elif one.seen > 1 and at - one.track.last_seen_at <= KEEP_LOST and not _has_left(one):
                yield one

    def _again(self, one: _Followed, now: Track) -> _Followed:
        """It has its id from the second look on: what is seen once is often a mistake."""
        before = one.track
        track = Track(
            id=before.id or self._next_id(),
            label=now.label,
            box=now.box,
            score=now.score,
            first_seen_at=before.first_seen_at,
            last_seen_at=now.last_seen_at,
            first_box=before.first_box or before.box,
            leapt_from=before.leapt_from or _origin(one, now),
        )
        return _Followed(track=track, seen=one.seen + 1, speed=_speed(one, now))

    def _next_id(self) -> int:
        self.newest_id += 1
        return self.newest_id


def _new(now: Track, origin: Track | None) -> _Followed:
    """What is seen for the first time, unless it is who was seen at `origin` before and runs."""
    return _Followed(now, speed=_speed(_Followed(origin), now) if origin else (0.0, 0.0), origin=origin)


def _origin(one: _Followed, now: Track) -> tuple[datetime, Box] | None:
    """When and where one who runs was seen before: he is nearer now to where he would go on to than to where he was."""
    if one.origin is None:
        return None
    would, went = one.speed, _speed(one, now)
    goes_on = would[0] * went[0] + would[1] * went[1] > (would[0] ** 2 + would[1] ** 2) / 2
    return (one.origin.last_seen_at, one.origin.box) if goes_on else None


def _held(one: _Followed, at: datetime) -> _Followed:
    return _Followed(track=replace(one.track, last_seen_at=at, leapt_from=None), seen=one.seen, held=True)


def _has_left(one: _Followed) -> bool:
    """Whether it was on its way out when it was last seen, cut off by the picture's edge already."""
    x0, y0, x1, y1 = one.track.box
    vx, vy = one.speed[0] / max(x1 - x0, 1e-4), one.speed[1] / max(y1 - y0, 1e-4)
    return (
        (x0 < EDGE and vx < -OUTWARD)
        or (x1 > 1 - EDGE and vx > OUTWARD)
        or (y0 < EDGE and vy < -OUTWARD)
        or (y1 > 1 - EDGE and vy > OUTWARD)
    )


def _tracks(detections: Detections, at: datetime) -> list[Track]:
    """The detections as tracks that have no id yet, in their order."""
    every = zip(detections.labels, detections.boxes.tolist(), detections.scores.tolist(), strict=True)
    return [
        Track(id=0, label=label, box=(x0, y0, x1, y1), score=score, first_seen_at=at, last_seen_at=at)
        for label, (x0, y0, x1, y1), score in every
    ]


def _speed(one: _Followed, now: Track) -> tuple[float, float]:
    elapsed_s = (now.last_seen_at - one.track.last_seen_at).total_seconds()
    (x0, y0), (x1, y1) = _middle(one.track.box), _middle(now.box)
    share = 1.0 if one.seen == 1 else elapsed_s / (elapsed_s + SMOOTH_S)
    vx, vy = one.speed
    return vx + share * ((x1 - x0) / elapsed_s - vx), vy + share * ((y1 - y0) / elapsed_s - vy)


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _pairs(
    followed: Mapping[Label, list[_Followed]], found: list[Track], at: datetime
) -> tuple[dict[_Followed, int], dict[int, Track]]:
    """Which of the `found` is which of the followed: the likeliest pair first, then the likeliest of the rest.

    And which of the others may be, if he runs, a person who was seen once: the next look tells. All groups at once: at
    twenty boxes what a call to numpy costs is the call.
    """
    known = [one for group in followed.values() for one in group]
    if not known or not found:
        return {}, {}
    likely, runs_on, leaps = _likelihoods(known, found, at)
    order = np.argsort(-(likely - LOST_A_S * _longer_unseen_s(followed, at)[:, None]), axis=None, kind="stable")
    possible = order[likely.ravel()[order] > 0]
    pairs: dict[_Followed, int] = {}
    taken: set[int] = set()
    for place in possible.tolist():
        number, row = divmod(place, len(found))
        if known[number] not in pairs and row not in taken:
            pairs[known[number]] = row
            taken.add(row)
    people = [group_of(one.track.label) is Label.PERSON for one in known]
    pairs |= _only_ways(known, [one.origin is not None for one in known], runs_on, pairs)
    pairs |= _only_ways(known, [not is_person for is_person in people], leaps, pairs)
    return pairs, {row: one.track for one, row in _only_ways(known, people, leaps, pairs).items()}


def _only_ways(
    known: list[_Followed], chosen: list[bool], ways: NDArray[np.bool_], pairs: Mapping[_Followed, int]
) -> dict[_Followed, int]:
    """Of the `chosen` seen once, and not where they were looked for, those that can have gone one way only."""
    lone = np.array([of and one.seen == 1 and one not in pairs for of, one in zip(chosen, known, strict=True)])
    if not lone.any():
        return {}
    free = np.ones(ways.shape[1], bool)
    free[list(pairs.values())] = False
    ways = ways & lone[:, None] & free[None, :]
    only = ways & (ways.sum(axis=1) == 1)[:, None] & (ways.sum(axis=0) == 1)[None, :]
    return {known[number]: row for number, row in np.argwhere(only).tolist()}


def _longer_unseen_s(followed: Mapping[Label, list[_Followed]], at: datetime) -> NDArray[np.float64]:
    """For how much longer than the newest of its group each has not been seen."""
    unseen_s = [[(at - one.track.last_seen_at).total_seconds() for one in group] for group in followed.values()]
    return np.array([one_s - min(group) for group in unseen_s for one_s in group])


def _likelihoods(
    known: list[_Followed], found: list[Track], at: datetime
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """How likely each of the `known` is each of the `found`, (known, found); 0 or less where it cannot be.

    And whether it is where it would have gone on to; and whether it can be if it is very fast.
    """
    elapsed = np.array([(at - one.track.last_seen_at).total_seconds() for one in known])[:, None]
    was = np.array([one.track.box for one in known])
    went = np.array([one.speed for one in known]) * np.minimum(elapsed, COAST_S)
    now = np.array([track.box for track in found])
    both_ways = np.concatenate([was, was + np.hstack([went, went])])  # it stood, and it went on
    leap = np.array([LEAPS.get(group_of(one.track.label), NO_LEAP) for one in known])
    leap = np.minimum(leap[:, :2] * elapsed, leap[:, 2:])
    near, over, leaps = _nearness(both_ways, now, np.concatenate([elapsed, elapsed]), np.concatenate([leap, leap]))
    near = near.reshape(2, len(known), len(found))
    comes_in = (now.min(axis=1) < EDGE) | (now[:, 2:].max(axis=1) > 1 - EDGE)
    nowhere = (over < SLIVER).reshape(near.shape).all(axis=0)
    another = comes_in[None, :] & nowhere  # at the edge nobody reappears: there another comes
    groups = {label: number for number, label in enumerate(Label)}
    was_of = np.array([groups[group_of(one.track.label)] for one in known])
    now_of = np.array([groups[group_of(track.label)] for track in found])
    another |= was_of[:, None] != now_of[None, :]
    is_new = np.array([one.seen == 1 for one in known])[:, None]  # which way it goes is no more than a guess
    likely = np.where(another, -1.0, np.where(is_new, near[0], near.max(axis=0)))
    return likely, (near[1] > 0) & ~another, leaps[: len(known)] & ~another


def _nearness(
    was: NDArray[np.float64], now: NDArray[np.float64], elapsed: NDArray[np.float64], leap: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Overlap and nearness within reach, up to 2, (n, m) for boxes (n, 4) and (m, 4); -1 where the size is another.

    And the overlap alone; and what is of its size, and no further than its `leap`, (n, 2) widths and heights.
    """
    a, b = was[:, None, :], now[None, :, :]
    wide, high = (b[..., axis + 2] - b[..., axis] for axis in (0, 1))
    own_wide, own_high = (np.maximum(a[..., axis + 2] - a[..., axis], 1e-4) for axis in (0, 1))
    both = np.maximum(0, np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])) * np.maximum(
        0, np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    )
    overlap = both / (own_wide * own_high + wide * high - both + 1e-9)
    cut = _cut_off(a) | _cut_off(b)
    dx = (b[..., 0] + b[..., 2] - a[..., 0] - a[..., 2]) / 2 / np.where(cut[0], np.maximum(own_wide, wide), own_wide)
    dy = (b[..., 1] + b[..., 3] - a[..., 1] - a[..., 3]) / 2 / np.where(cut[1], np.maximum(own_high, high), own_high)
    reach_x = np.minimum(REACH_X + REACH_X_A_S * elapsed, MOST_X)
    reach_y = np.minimum(REACH_Y + REACH_Y_A_S * elapsed, MOST_Y)
    near = 1 - np.sqrt((dx / reach_x) ** 2 + (dy / reach_y) ** 2)
    fits = _fits(own_wide, own_high, wide, high, cut)
    leaps = fits & (np.abs(dx) <= leap[:, :1]) & (np.abs(dy) <= leap[:, 1:])
    return np.asarray(np.where(fits & (near > 0), overlap + near, -1.0)), overlap, leaps


def _fits(
    own_wide: NDArray[np.float64],
    own_high: NDArray[np.float64],
    wide: NDArray[np.float64],
    high: NDArray[np.float64],
    cut: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Whether they are of one size.

    What the picture's edge cuts off grows as it comes in: its side across the edge says nothing of its size. In a
    corner nothing but the area does; a vehicle as large as the picture, seen for a moment, is not who drives there.
    """
    like_high, like_wide = _likeness(own_high, high), _likeness(own_wide, wide)
    like_area = _likeness(own_wide * own_high, wide * high)
    like = np.where(cut[1], np.where(cut[0], 1.0, like_wide), like_high)
    return np.asarray((like >= LEAST_LIKE) & ((like_area >= LEAST_AREA) | (cut[0] != cut[1])))


def _likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smaller over the larger."""
    return np.asarray(np.minimum(one, other) / np.maximum(np.maximum(one, other), 1e-8))


def _cut_off(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the edge cuts them off at the sides; and above or below, (2, ...)."""
    low, high = boxes[..., :2] < EDGE, boxes[..., 2:] > 1 - EDGE
    return np.moveaxis(low | high, -1, 0)
