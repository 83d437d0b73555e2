"""Who is where: tracks put into zones by the point where they touch the ground."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from config.model import Camera, Label, Point
from detect.boxes import overlap, within_share
from detect.classes import group_of
from detect.messages import Box, Scene, Stay, Track
from ingest.messages import CameraState

LEAVES_AFTER = timedelta(seconds=1)  # who is missed in a zone for longer has left it,
LEAVES_HEARTBEATS = 1.5  # ... or for longer than this: one slip of the detector at the heartbeat is no departure
VANISHED = timedelta(seconds=6)  # ago: as long as the tracker looks for somebody whom it has lost
HIDES = 0.5  # of a person's box that a vehicle must cover to hide him
STANDS = 0.5  # of what is seen of somebody who lies where he last stood in a zone: he has hardly moved
WALKS = timedelta(seconds=1)  # who has hardly moved, and is seen outside the zone for so long, has left it all the same
LOOSE = 0.05  # of his height: how much higher than his feet the base of what stands before him may seem
BESIDE = 0.25  # of his height: how much lower than his feet the base of what he stands before, or beside, may lie
SAME_PLACE = 0.7  # IoU of a vehicle that has not moved
MORE = 0.1  # of his box: how much more of it than before such a vehicle may seem to cover


@dataclass(frozen=True, slots=True)
class Screened:
    """Somebody who was seen in a zone, and when a vehicle was last seen to stand before him; None: never yet."""

    person: Track
    at: datetime | None = None
    backdrop: tuple[Box, ...] = ()  # vehicles before which he was seen himself


@dataclass(frozen=True, slots=True)
class Hidden:
    """Who is hidden in each zone, by track id, and the newest scene: what a worker that takes over must know."""

    screened: dict[str, dict[int, Screened]]
    last_at: datetime


HIDDEN_KEEPER: TypeAdapter[Hidden] = TypeAdapter(Hidden)


class Zones:
    """Who is in the zones of one camera, from scene to scene. Scenes come in the order of their times; one thread."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._leaves_after = leaves_after(camera)
        self._stays: dict[str, dict[int, Stay]] = {name: {} for name in camera.zones}
        self._screened: dict[str, dict[int, Screened]] = {name: {} for name in camera.zones}
        self._backdrops: dict[str, dict[int, dict[Box, datetime]]] = {post.zone: {} for post in camera.posts}
        self._last_at: datetime | None = None
        self._seen_in: dict[str, set[int]] = {}  # at the newest scene, by track id
        self.unchanged = False  # who was seen in a zone then is whoever was at the scene before

    def scene(self, tracks: tuple[Track, ...], captured_at: datetime, glimpses: tuple[Track, ...] = ()) -> Scene:
        """The scene of one analysed frame."""
        plain = scene_of(self._camera, tracks, captured_at)
        hidden = set()
        for name, here in plain.occupancy.items():
            before = self._stays[name]
            self._stays[name] = self._staying(before, here, tracks, captured_at)
            self._screened[name] = self._behind(name, before.values(), (*tracks, *glimpses), captured_at)
            if name in self._backdrops:
                self._backdrops[name] = self._before_what(name, tracks, captured_at)
            if any(self._is_recent(one.at, captured_at) for one in self._screened[name].values()):
                hidden.add(name)
        seen_in = {name: _seen(here, captured_at) for name, here in plain.occupancy.items()}
        self.unchanged, self._seen_in = seen_in == self._seen_in, seen_in
        self._last_at = captured_at
        stays = {name: tuple(found.values()) for name, found in self._stays.items()}
        new = _occupancy(self._camera, glimpses)
        return replace(plain, stays=stays, glimpses=new, hidden=frozenset(hidden))

    def snapshot(self) -> dict[str, Any] | None:
        """Who is hidden, fit for JSON; None where nobody is."""
        if self._last_at is None or not any(one.at for here in self._screened.values() for one in here.values()):
            return None
        kept: dict[str, Any] = HIDDEN_KEEPER.dump_python(Hidden(self._screened, self._last_at), mode="json")
        return kept

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a `snapshot`.

        Raises:
            ValueError: it is none.
        """
        hidden = HIDDEN_KEEPER.validate_python(kept)
        self._screened |= {zone: here for zone, here in hidden.screened.items() if zone in self._screened}
        self._last_at = hidden.last_at

    def _staying(
        self, before: Mapping[int, Stay], here: tuple[Track, ...], now: tuple[Track, ...], at: datetime
    ) -> dict[int, Stay]:
        """Who is in a zone now. Who was in it at the last look, however long ago that was, has not been missed yet."""
        seen = {track.id: track for track in now if track.last_seen_at == at}
        vehicles = _vehicles(now)
        stays = {
            number: _outside(stay, seen[number], vehicles, at) if number in seen else stay
            for number, stay in before.items()
            if stay.inside_at == self._last_at or at - stay.inside_at <= self._leaves_after
        }
        for track in here:
            if track.last_seen_at == at:
                known = stays.get(track.id)
                entered_at = known.entered_at if known else entered(track, self._last_at, at)
                stays[track.id] = Stay(track=track, entered_at=entered_at, inside_at=at)
        return stays

    def _behind(self, zone: str, before: Iterable[Stay], now: tuple[Track, ...], at: datetime) -> dict[int, Screened]:
        """Who was in the zone, is not seen now, and would not be: a vehicle stands before him.

        Not who was seen to walk out of it.

        Or stood there a moment ago: a detector misses vehicles as well, and then shows nobody behind them. Whoever
        vanished a short while ago is remembered, should the vehicle be found only now.
        """
        vehicles = _vehicles(now)
        people = [track for track in now if track.label is Label.PERSON and track.last_seen_at == at]
        people_there = (stay for stay in before if stay.track.label is Label.PERSON and not stay.walked_out)
        seen_before = self._backdrops.get(zone, {})
        new = {
            stay.track.id: Screened(stay.track, backdrop=tuple(seen_before.get(stay.track.id, ())))
            for stay in people_there
        }
        screened = {}
        for number, one in (new | self._screened[zone]).items():
            person = one.person
            screened_at = at if any(_hides(vehicle, one) for vehicle in vehicles) else one.at
            hidden_by = [box for box in vehicles if number in self._screened[zone] and _hides(box, one)]
            is_seen = _is_seen(number, person.box, people, hidden_by)
            if not is_seen and (self._is_recent(screened_at, at) or at - person.last_seen_at <= VANISHED):
                screened[number] = replace(one, at=screened_at)
        return screened

    def _before_what(self, zone: str, now: tuple[Track, ...], at: datetime) -> dict[int, dict[Box, datetime]]:
        """By who is at a post: the vehicles that seem to be before him and do not hide him, and when that was."""
        vehicles = _vehicles(track for track in now if track.last_seen_at == at)
        kept = {}
        for number, stay in self._stays[zone].items():
            known, person = self._backdrops[zone].get(number, {}), stay.track
            if stay.inside_at == at and person.label is Label.PERSON:
                known = _lasting(known, vehicles, person.box, at)
                known |= {box: at for box in vehicles if _is_backdrop(box, person.box)}
            if known:
                kept[number] = known
        return kept

    def _is_recent(self, then: datetime | None, at: datetime) -> bool:
        """Whether that was at the last look, however long ago, or a moment ago."""
        return then is not None and (then == self._last_at or at - then <= LEAVES_AFTER)


def _is_seen(number: int, place: Box, people: Iterable[Track], hidden_by: Iterable[Box]) -> bool:
    """Whether one of the `people` is he, or is where he was; not who passes before the vehicle that hides him.

    Whoever is followed from behind a vehicle to before it is another, whom the tracker took for him.
    """
    found = (other.box for other in people if other.id == number or within_share(place, other.box) >= HIDES)
    return any(not any(_passes_before(box, vehicle, place) for vehicle in hidden_by) for box in found)


def _passes_before(box: Box, vehicle: Box, place: Box) -> bool:
    """Whether somebody in sight is nearer than the one who was at `place`, and seen against the vehicle."""
    return box[3] - place[3] > LOOSE * (place[3] - place[1]) and within_share(box, vehicle) >= HIDES


def _seen(tracks: Iterable[Track], at: datetime) -> set[int]:
    return {track.id for track in tracks if track.last_seen_at == at}


def _vehicles(tracks: Iterable[Track]) -> list[Box]:
    return [track.box for track in tracks if group_of(track.label) is Label.VEHICLE]


def _outside(stay: Stay, seen: Track, vehicles: Iterable[Box], at: datetime) -> Stay:
    """The stay of one who is seen, outside the zone unless the stay goes on.

    He has walked out if he is elsewhere, or has been seen outside for longer than a box trembles. A vehicle that comes
    before him hides his feet first, and what is seen of him then stands higher than he does.
    """
    if stay.walked_out or within_share(seen.box, stay.track.box) < STANDS:
        return replace(stay, walked_out=True)
    if any(_is_nearer(vehicle, stay.track.box) and within_share(stay.track.box, vehicle) for vehicle in vehicles):
        return stay
    outside_at = stay.outside_at or at
    return replace(stay, outside_at=outside_at, walked_out=at - outside_at >= WALKS)


def leaves_after(camera: Camera) -> timedelta:
    """How long somebody may be missed in a zone of `camera` before he has left it."""
    return max(LEAVES_AFTER, LEAVES_HEARTBEATS * camera.heartbeat)


def entered(track: Track, last_at: datetime | None, at: datetime) -> datetime:
    """When a track that the scene at `at` has first in a zone came in; the scene before was at `last_at`.

    A new track was already there in the frame that began it, which shows it as a glimpse; an old one has just come in.
    """
    return track.first_seen_at if last_at is None or track.first_seen_at >= last_at else at


def scene_of(camera: Camera, tracks: tuple[Track, ...], captured_at: datetime) -> Scene:
    """Where the `tracks` of one instant stand; of what was before it knows nothing."""
    return Scene(camera=camera.id, captured_at=captured_at, tracks=tracks, occupancy=_occupancy(camera, tracks))


def _occupancy(camera: Camera, tracks: tuple[Track, ...]) -> dict[str, tuple[Track, ...]]:
    places = [(track, anchor(track.box)) for track in tracks]
    return {
        name: tuple(track for track, place in places if within(place, zone.polygon))
        for name, zone in camera.zones.items()
    }


def blind_scene(
    camera: Camera,
    captured_at: datetime,
    why: str,
    state: CameraState = CameraState.LIVE,
    state_since: datetime | None = None,
) -> Scene:
    """An instant of which nothing can be said, for the reason `why`, else because of the camera's `state`."""
    nothing: Mapping[str, tuple[Track, ...]] = dict.fromkeys(camera.zones, ())
    blind = why or f"the camera is {state}"
    return Scene(
        camera=camera.id,
        captured_at=captured_at,
        tracks=(),
        occupancy=nothing,
        blind=blind,
        state=state,
        state_since=state_since,
    )


def anchor(box: Box) -> Point:
    """Where an object stands: the middle of its box's lower edge, feet for people and base for vehicles.

    Kept a hair inside the picture, so that whoever is cut off by its lower edge still stands in a zone that reaches it.
    """
    x0, _, x1, y1 = box
    return min(max((x0 + x1) / 2, 0.0), 1.0), min(max(y1, 0.0), 0.995)


def within(point: Point, polygon: tuple[Point, ...]) -> bool:
    """Whether `point` lies inside the simple `polygon`: an odd number of its edges crosses a ray to the right."""
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


def _stands_before(vehicle: Box, person: Box) -> bool:
    """Whether a vehicle is nearer to the camera than a person, and covers him."""
    return _is_nearer(vehicle, person) and within_share(person, vehicle) >= HIDES


def _is_nearer(vehicle: Box, person: Box) -> bool:
    return vehicle[3] >= person[3] - LOOSE * (person[3] - person[1])


def _is_backdrop(vehicle: Box, person: Box) -> bool:
    """Whether a vehicle that seems to stand before somebody who is seen does not.

    Whose feet are far above its base stands behind it all the same, and is seen over it, or through it.
    """
    return vehicle[3] - person[3] <= BESIDE * (person[3] - person[1]) and _stands_before(vehicle, person)


def _lasting(known: Mapping[Box, datetime], vehicles: list[Box], person: Box, at: datetime) -> dict[Box, datetime]:
    """Of the vehicles before which he was seen those that the detector may miss now, while he stands as he did."""
    return {
        box: then
        for box, then in known.items()
        if at - then <= VANISHED
        and _is_backdrop(box, person)
        and not any(overlap(box, vehicle) >= SAME_PLACE for vehicle in vehicles)
    }


def _hides(vehicle: Box, one: Screened) -> bool:
    """Whether a vehicle stands before him. What stood there when he was seen himself is behind him, or beside him."""
    box = one.person.box
    return _stands_before(vehicle, box) and not any(
        overlap(vehicle, known) >= SAME_PLACE and within_share(box, vehicle) <= within_share(box, known) + MORE
        for known in one.backdrop
    )
