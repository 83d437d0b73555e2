"""`left_object` and `removed_object`: a thing lies unattended, or a thing that lay there is gone.

Things need no class: they are regions of the picture that changed and stay so (`Scene.changes`). Where the detector
knows bags, a bag that lies still is one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from config.model import Label, LeftObject, RemovedObject
from detect.boxes import grown, is_cut_off, middle, overlap, shared, within_share
from detect.geometry import Line
from detect.messages import Box, DetailValue, Scene, Track
from detect.rules.classes import expanded
from detect.rules.rule import Subject, TimedRule, seconds
from detect.rules.timer import Cause, Moment
from detect.scene import anchor, within

CARRIERS = expanded((Label.PERSON, Label.VEHICLE, Label.BIKE))
SAME = 0.2  # IoU of a region with itself a moment ago: its outline wavers
REACH = (0.5, 0.1)  # of a person's width and height: whose box, grown by this, touches a thing attends it
CELLS = 48  # a side: so finely it is remembered where somebody was
CAME = 0.25  # of its own size: a vehicle or a bike that has not moved by so much has brought and taken nothing
LEAST_SIDE, AS_WIDE = (
    0.15,
    1.6,
)  # of the height of who was there: what is shorter is no thing; width over height of a picture
BROUGHT = timedelta(seconds=10)  # so long before a thing is seen, who brought or took it was there
RECENT = timedelta(seconds=30)  # ... and so long that is remembered
ALONE = timedelta(seconds=1)  # nothing is said of a thing while somebody is at it: his shadow changes the ground too
SETTLES = timedelta(seconds=5)  # until then looks at it may disagree whether it lies there or is gone
SURE, MOST_SURE = 0.4, 10.0  # of what its looks say of that together: less is not told; more is forgotten
A_BAG = 3.0  # what a look of the detector's says of it
FLICKER = timedelta(seconds=4)  # a region that is not seen for so long is no more
IN_HIS_PLACE = 0.5  # IoU with one who was lost there: it is he, standing so still that nothing finds him
REMEMBER = timedelta(minutes=5)  # ... for so long after he was last seen; and a bag that nobody has put there
FIRST_LOOKS = timedelta(seconds=3)  # a bag that rests there in these belongs to the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One region that is not as it was."""

    box: Box
    since: datetime
    last_at: datetime
    alone_since: datetime  # nobody has been near it since then
    looked_at: datetime
    leaning: float  # how clearly its looks show, together, that it lies there; under 0: that it is gone
    lies: bool | None = None  # what it is taken for; None while that is not sure
    handled: bool = False  # somebody was there shortly before
    bag_at: Box | None = None  # the detector knows it as a bag, and it came to rest there


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Where somebody, or a vehicle, was when the detector lost it."""

    box: Box
    at: datetime
    first: Box  # where it was seen first
    is_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """That somebody was in a part of the picture."""

    at: datetime
    height: float  # of a person, of the picture's; 0 of a vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectsSeen:
    """Every region, and who was seen where."""

    began_at: datetime | None = None  # the first look
    things: tuple[Thing, ...] = ()
    carriers: dict[int, Lost] = field(default_factory=dict)  # by track id: where each was last seen
    visits: dict[int, Visit] = field(default_factory=dict)  # by cell of the picture: who was last there
    told: tuple[Thing, ...] = ()  # of the rule's own kind, now or last


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a rule looks, and for which of the two."""

    zone: str
    polygon: Line
    left: bool  # True: what lies there; False: what is gone


def objects(rule: LeftObject | RemovedObject, subject: Subject, polygon: Line) -> TimedRule[ObjectsSeen]:
    """The rule for one zone, which is the `polygon`."""
    place = Place(zone=rule.zone, polygon=polygon, left=isinstance(rule, LeftObject))
    return TimedRule(subject, ObjectsSeen(), partial(look, place), partial(_detail, place))


def look(place: Place, seen: ObjectsSeen, scene: Scene) -> tuple[ObjectsSeen, Cause]:
    """What lies there, or lies there no more; the cause is the one that has been so for longest."""
    if scene.blind or scene.changes is None:
        return seen, Cause.unknown()
    at = scene.captured_at
    began_at = seen.began_at or at
    near = [track for track in scene.tracks if track.label in CARRIERS]
    carriers = _remembered(seen.carriers, near, at)
    visits = _visited(seen.visits, carriers, at)
    candidates = _candidates(scene, place, seen.things)
    found = tuple(thing if _is_of_the_picture(thing, began_at) else _handled(thing, visits, at) for thing in candidates)
    things = tuple(_gone_on(seen.things, found, at))
    others = [track for track in near if track.id not in carriers or _is_carrier(carriers[track.id])]
    things = tuple(_attended(thing, others, at) for thing in things if not _is_somebody(thing, carriers, at))
    of_kind = (thing for thing in things if thing.lies is place.left)
    mine = tuple(thing for thing in of_kind if thing.handled)
    now = ObjectsSeen(began_at=began_at, things=things, carriers=carriers, visits=visits, told=mine or seen.told)
    if not mine:
        return now, Cause(known=True, ended_at=max((one.last_at for one in seen.told), default=None))
    alone = [thing for thing in mine if at - thing.alone_since >= ALONE]
    if not alone:
        return now, Cause(known=True)
    first = min(alone, key=partial(_begins, place))
    return now, Cause(known=True, since=_begins(place, first), until=first.last_at)


def _begins(place: Place, thing: Thing) -> datetime:
    """A thing's time counts since it is unattended, or since it is gone."""
    return max(thing.since, thing.alone_since) if place.left else thing.since


def _candidates(scene: Scene, place: Place, known: Iterable[Thing]) -> Iterator[Thing]:
    """The changes in the zone, and the bags in it that the detector knows."""
    at = scene.captured_at
    for change in scene.changes or ():
        if within(anchor(change.box), place.polygon):
            since, looked_at = change.since, change.looked_at
            yield _thing(change.box, since, last_at=at, looked_at=looked_at, leaning=change.lies)
    for track in scene.occupancy.get(place.zone, ()):
        if track.label is Label.BAG and track.last_seen_at == at:
            yield _bag(track.box, known, at)


def _bag(box: Box, known: Iterable[Thing], at: datetime) -> Thing:
    """A bag that is seen now: it rests where one is known to, or has just come to rest here."""
    near = [(overlap(thing.bag_at, box), thing.since, thing.bag_at) for thing in known if thing.bag_at]
    share, since, rest = max(near, default=(0.0, at, box))
    if share < SAME:
        since, rest = at, box
    return replace(_thing(box, since, last_at=at, looked_at=at, leaning=A_BAG), bag_at=rest)


def _is_of_the_picture(thing: Thing, began_at: datetime) -> bool:
    """Whether it is a bag that always lay there: whoever passes has not brought it."""
    return thing.bag_at is not None and thing.since - began_at <= FIRST_LOOKS


def _thing(box: Box, since: datetime, *, last_at: datetime, looked_at: datetime, leaning: float) -> Thing:
    return Thing(
        box=box,
        since=since,
        last_at=last_at,
        alone_since=since,
        looked_at=looked_at,
        leaning=leaning,
        lies=_taken_for(leaning, None),
    )


def _taken_for(leaning: float, before: bool | None) -> bool | None:
    """What it was taken for `before`, until its looks say clearly what it is."""
    return leaning > 0 if abs(leaning) >= SURE else before


def _gone_on(known: Iterable[Thing], found: tuple[Thing, ...], at: datetime) -> Iterator[Thing]:
    """Every region that was found, with its past; and those missed for a moment."""
    open_ones = list(found)
    for thing in known:
        same = max(open_ones, key=partial(_common, thing), default=None)
        if same is not None and _common(thing, same) >= SAME:
            open_ones.remove(same)
            once_more = _looked_at_again(thing, same)
            turned = thing.lies not in (None, once_more.lies) and at - thing.since > SETTLES
            since = at if turned else thing.since  # of the other kind it is another thing
            handled = thing.handled or same.handled
            bag_at = thing.bag_at or same.bag_at
            yield replace(once_more, box=same.box, last_at=at, since=since, handled=handled, bag_at=bag_at)
        elif at - thing.last_at <= (REMEMBER if _is_fixture(thing) else FLICKER):
            yield thing
    yield from open_ones


def _looked_at_again(thing: Thing, same: Thing) -> Thing:
    """What all looks say together; one look says it once, in however many frames it is told."""
    if same.looked_at <= thing.looked_at:
        return thing
    leaning = max(-MOST_SURE, min(MOST_SURE, thing.leaning + same.leaning))
    return replace(thing, leaning=leaning, lies=_taken_for(leaning, thing.lies), looked_at=same.looked_at)


def _is_fixture(thing: Thing) -> bool:
    """Whether it is a bag that has lain there and that nobody has brought: found again, it is no news."""
    return thing.bag_at is not None and not thing.handled and thing.last_at - thing.since >= ALONE


def _common(thing: Thing, found: Thing) -> float:
    """How much of a region is the one that was found; nothing, where a bag has been moved."""
    moved = thing.bag_at and found.bag_at and thing.bag_at != found.bag_at
    return 0.0 if moved else overlap(found.box, thing.box)


def _attended(thing: Thing, near: Iterable[Track], at: datetime) -> Thing:
    """Somebody who touches it attends it."""
    touched = any(shared(grown(track.box, *REACH), thing.box) > 0 for track in near)
    return replace(thing, alone_since=at) if touched else thing


def _visited(known: Mapping[int, Visit], carriers: Mapping[int, Lost], at: datetime) -> dict[int, Visit]:
    """Where people are now, and vehicles and bikes that have moved; and where they were lately."""
    recent = {cell: visit for cell, visit in known.items() if at - visit.at <= RECENT}
    here = [one for one in carriers.values() if one.at == at and _is_carrier(one)]
    visits = [(grown(one.box, *REACH), one.box[3] - one.box[1] if one.is_person else 0.0) for one in here]
    return recent | {cell: Visit(at=at, height=height) for box, height in visits for cell in _cells(box)}


def _is_carrier(one: Lost) -> bool:
    """A vehicle that never moved brings nothing and takes nothing: it may be the thing itself, under a wrong name."""
    return one.is_person or _has_moved(one)


def _has_moved(one: Lost) -> bool:
    (x0, y0), (x1, y1) = middle(one.first), middle(one.box)
    wide, tall = one.box[2] - one.box[0], one.box[3] - one.box[1]
    return abs(x1 - x0) > CAME * wide or abs(y1 - y0) > CAME * tall


def _handled(thing: Thing, visits: Mapping[int, Visit], at: datetime) -> Thing:
    """No thing comes or goes by itself; the light does, and so does the picture's coding."""
    there = [visits[cell] for cell in _cells(thing.box) if cell in visits]
    side = max(thing.box[3] - thing.box[1], AS_WIDE * (thing.box[2] - thing.box[0]))
    until = max(thing.since + ALONE, at if at - thing.since <= SETTLES else thing.since)
    handled = any(
        thing.since - BROUGHT <= one.at <= until and side >= LEAST_SIDE * one.height for one in there
    )  # who comes later has nothing to do with it
    return replace(thing, handled=handled)


def _cells(box: Box) -> Iterator[int]:
    """The cells of the picture that `box` touches, by number."""
    x0, y0, x1, y1 = (min(max(int(one * CELLS), 0), CELLS - 1) for one in box)
    return (row * CELLS + column for row in range(y0, y1 + 1) for column in range(x0, x1 + 1))


def _remembered(known: Mapping[int, Lost], near: Iterable[Track], at: datetime) -> dict[int, Lost]:
    """Where each carrier was last seen, unless he left the picture there."""
    recent = {number: lost for number, lost in known.items() if at - lost.at <= REMEMBER}
    seen = (track for track in near if track.last_seen_at == at)
    return recent | {
        track.id: Lost(
            box=track.box,
            at=at,
            first=known[track.id].first if track.id in known else track.box,
            is_person=track.label is Label.PERSON,
        )
        for track in seen
    }


def _is_somebody(thing: Thing, carriers: Mapping[int, Lost], at: datetime) -> bool:
    """Whether a region is one who was lost in that very place: he stands there still, or is what has driven off."""
    return any(
        overlap(thing.box, lost.box) >= IN_HIS_PLACE or within_share(lost.box, thing.box) >= 0.8
        for lost in carriers.values()
        if lost.at < at and _is_carrier(lost) and not is_cut_off(lost.box)
    ) or any(
        overlap(thing.box, one.first) >= IN_HIS_PLACE
        for one in carriers.values()
        if not one.is_person and _has_moved(one)  # a vehicle that stood there has driven off
    )


def _detail(place: Place, seen: ObjectsSeen, moment: Moment) -> Mapping[str, DetailValue]:
    longest = max((moment.at - _begins(place, thing) for thing in seen.told), default=timedelta())
    key = "unattended_s" if place.left else "gone_s"
    return {"objects": len(seen.told), key: seconds(max(longest, timedelta()))}
