"""`fall`: somebody who stood upright lies, and does not get up.

All that is seen of a person is a box. Lying, it is much lower than his own box was while he stood, and much wider for
its height; whoever sits or bends down makes it lower, but not that wide. His own history is the measure, so neither the
distance nor the shape of the picture matters. What the picture's edge cuts off may be larger than it seems: neither is
anybody as slim as what is seen of him at its side, nor as low as at its lower edge. Where the detector loses who lies,
what differs from the empty picture where he stood stands for his box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from config.model import Fall, Label
from detect.boxes import area, is_cut_off, is_cut_off_in_height, is_cut_off_in_width, middle, overlap, within_share
from detect.classes import group_of
from detect.messages import Box, DetailValue, Scene, Track
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.stays import inside
from detect.rules.timer import Cause, Moment

LOW = 0.6  # of the height he had upright: lower than somebody who sits on a chair
WIDE = 3.0  # times the width over height he had upright: a sitter has twice, who kneels or bends has little more
UP_LOW, UP_WIDE = 0.7, 2.2  # higher, or narrower, than this he is up again
KNOWN_AFTER = 3  # looks at somebody upright before anything is said of him
LEARN = 0.2  # of a new look in what is upright
UNSEEN = timedelta(seconds=6)  # a detector often loses who lies: for so long he is taken to lie where he was
OWN_SIZE = (0.4, 2.0)  # times what his box covered upright: what differs where he lies, with a shadow or without
GROUND = 0.35  # of his upright height: how far from his feet the lower edge of that is
HIDDEN = 0.5  # of his box: a vehicle that covers so much may hide him, or be what a claim of him was made of
EXPLAINED = 0.3  # of it: the box of another who is seen covers so much
STAYS = 0.5  # overlap with where it was first seen of what lies still
REMAINS = 0.8  # of what differs where he was lost: so much within what differed while he was upright is not he
NEAR = 0.75  # of his upright height: a new track so near to a lost one is he, in his new shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Stature:
    """What one person's box was while he stood, and since when it is that of one who lies."""

    last_at: datetime
    box: Box
    height: float  # upright, of the picture's
    slimness: float  # upright, height over width, both of the picture's
    looks: int = 1
    down_since: datetime | None = None
    lost_at: datetime | None = None  # when the detector last found him, while what differs stands for his box
    screened: bool = False  # a vehicle has stood where he was since then: what it leaves there is not he


@dataclass(frozen=True, slots=True, kw_only=True)
class FallSeen:
    """Everybody lately seen."""

    people: dict[int, Stature] = field(default_factory=dict)  # by track id
    down: int = 0  # who lie now, or lay last
    low: tuple[tuple[datetime, Box], ...] = ()  # what lately differed while nobody lay, with the shape of one who lies


def fall(rule: Fall, subject: Subject) -> TimedRule[FallSeen]:
    """The rule for one zone, or for the whole picture."""
    return TimedRule(subject, FallSeen(), partial(look, rule.zone), _detail)


def look(zone: str, seen: FallSeen, scene: Scene) -> tuple[FallSeen, Cause]:
    """Who lies now. The cause began with the first of them who still does."""
    if scene.blind:
        return seen, Cause.unknown()
    at = scene.captured_at
    here = inside(scene, zone, frozenset({Label.PERSON}))
    known = {number: one for number, one in seen.people.items() if at - one.last_at <= UNSEEN}
    for number, track in here.items():
        if number not in known:
            known = _with_new_id(known, track, number, set(here))
    people = known | {
        number: _seen_again(known.get(number), track.box, at)
        for number, track in here.items()
        if number in known or not is_cut_off_in_width(track.box)
    }
    people |= {number: _lying(one, scene, seen) for number, one in known.items() if number not in here}
    lying = [one for one in people.values() if one.down_since is not None]
    low = tuple((since, box) for since, box in seen.low if at - since <= 2 * UNSEEN)
    if not lying:
        low += tuple((at, box) for box in scene.differing if any(_is_of_a_lying(one, box) for one in people.values()))
    now = FallSeen(people=people, down=len(lying) or seen.down, low=low)
    if not lying:
        return now, Cause(known=True, ended_at=_ended_at(seen, known, at))
    first = min(lying, key=lambda one: one.down_since or at)
    return now, Cause(known=True, since=first.down_since, until=max(one.last_at for one in lying))


def _with_new_id(known: dict[int, Stature], track: Track, number: int, seen: set[int]) -> dict[int, Stature]:
    """A tracker that goes by overlap loses who falls: the new track where he stood is he."""
    lost = [(_apart(one, track.box), old) for old, one in known.items() if old not in seen]
    apart, old = min(lost, default=(math.inf, None))
    if old is None or apart > NEAR:
        return known
    return {number: known[old], **{key: one for key, one in known.items() if key != old}}


def _apart(one: Stature, box: Box) -> float:
    """How far `box` lies from where somebody was last seen, in his upright heights; 0 where they overlap."""
    if overlap(one.box, box) > 0:
        return 0.0
    (x0, y0), (x1, y1) = middle(one.box), middle(box)
    wide = one.height / one.slimness
    return math.hypot(
        (x1 - x0) / (3 * wide), (y1 - y0) / one.height
    )  # upright, one is about three times as high as wide


def _lying(one: Stature, scene: Scene, before: FallSeen) -> Stature:
    """One whom the detector does not find: most were taught on people who stand.

    What differs from the empty picture where he stood, and has the shape of one who lies, is taken for him; unless
    somebody or something else is seen there, or it differed while he was upright.
    """
    seen = (track for track in scene.tracks if track.last_seen_at == scene.captured_at)
    others = [track.box for track in seen if not _is_he_by_another_name(one, track)]
    old = [] if one.down_since else [box for since, box in before.low if since <= one.last_at]
    near = [box for box in scene.differing if _is_where_he_stood(one, box) and not _within(box, old, REMAINS)]
    shapes = [box for box in near if not _within(box, others, EXPLAINED)]
    if one.screened or (one.down_since is None and _is_screened(one, scene)):
        return replace(one, screened=True)
    box = min(shapes, key=lambda box: _apart(one, box), default=None)
    if one.looks < KNOWN_AFTER or box is None or (not one.down_since and is_cut_off(one.box)):
        return one
    return replace(_seen_again(one, box, scene.captured_at), lost_at=one.lost_at or one.last_at)


def _is_screened(one: Stature, scene: Scene) -> bool:
    """Whether a vehicle, and not he by another name, stands where he was."""
    vehicles = (track for track in scene.tracks if group_of(track.label) is Label.VEHICLE)
    return any(
        within_share(one.box, track.box) >= HIDDEN and not _is_he_by_another_name(one, track) for track in vehicles
    )


def _is_he_by_another_name(one: Stature, track: Track) -> bool:
    """Whether it is a vehicle or a bag of his size that began when he was lost, and has not moved since.

    A small model calls one who lies a vehicle. Whoever is hidden by a real one is hidden by something larger.
    """
    return (
        group_of(track.label) in (Label.VEHICLE, Label.BAG)
        and track.first_seen_at >= (one.lost_at or one.last_at)
        and area(track.box) <= OWN_SIZE[1] * one.height * one.height / one.slimness
        and overlap(track.first_box or track.box, track.box) >= STAYS
    )


def _is_where_he_stood(one: Stature, box: Box) -> bool:
    """As one who lies, and on the ground where his feet were."""
    is_near = abs(box[3] - one.box[3]) <= GROUND * one.height and overlap(one.box, box) > 0
    return is_near and _is_of_a_lying(one, box)


def _is_of_a_lying(one: Stature, box: Box) -> bool:
    """Low, wide, and as large as he."""
    wide, tall = box[2] - box[0], max(box[3] - box[1], 1e-6)
    own = one.height * one.height / one.slimness
    is_low = tall <= LOW * one.height and one.slimness * wide / tall >= WIDE
    return is_low and OWN_SIZE[0] * own <= area(box) <= OWN_SIZE[1] * own


def _within(box: Box, others: list[Box], share: float) -> bool:
    return any(within_share(box, other) > share for other in others)


def _seen_again(one: Stature | None, box: Box, at: datetime) -> Stature:
    wide, tall = max(box[2] - box[0], 1e-6), max(box[3] - box[1], 1e-6)
    if one is None:
        return Stature(last_at=at, box=box, height=tall, slimness=tall / wide)
    low, wider = tall / one.height, one.slimness * wide / tall
    seen = replace(one, last_at=at, box=box, lost_at=None, screened=False)
    if one.down_since is not None:
        is_up = low >= UP_LOW or wider <= UP_WIDE
        return replace(seen, down_since=None) if is_up else seen
    if is_cut_off_in_height(box):
        wider = one.slimness * wide / max(tall, one.height)  # he may be as high as ever
    if one.looks >= KNOWN_AFTER and low <= LOW and wider >= WIDE:
        return replace(seen, down_since=at)
    return seen if is_cut_off_in_width(box) else _learned(seen, tall, wide)


def _learned(one: Stature, tall: float, wide: float) -> Stature:
    """What is upright follows him as he comes nearer or goes away; who bends down is not taken for it."""
    slimness = tall / wide
    if slimness < 0.7 * one.slimness and one.looks >= KNOWN_AFTER:
        return one
    if slimness > one.slimness and one.looks < KNOWN_AFTER:
        return replace(one, height=tall, slimness=slimness, looks=one.looks + 1)
    share = max(LEARN, 1 / (one.looks + 1))
    return replace(
        one,
        height=one.height + share * (tall - one.height),
        slimness=one.slimness + share * (slimness - one.slimness),
        looks=one.looks + 1,
    )


def _ended_at(seen: FallSeen, known: Mapping[int, Stature], at: datetime) -> datetime:
    """When the last of those who lay got up, or was last seen."""
    gone = [one.last_at for number, one in seen.people.items() if one.down_since and number not in known]
    return at if any(one.down_since for one in known.values()) else max(gone, default=at)


def _detail(seen: FallSeen, moment: Moment) -> Mapping[str, DetailValue]:
    return {"down_s": lasted(moment), "count": seen.down}
