"""Who stays in a zone, since when, and since when without moving: what the rules about zones share.

Ids of tracks are not trusted for ever: somebody who was hidden and reappears in the same place is the same stay.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from config.model import Label
from detect.boxes import area, is_cut_off, overlap, shared, within_share
from detect.classes import group_of
from detect.messages import Box, Scene, Track

LEFT_FRAMES = 2  # who was missed in a single frame has not left: at the heartbeat one frame is two seconds
SAME_PLACE = 0.3  # IoU with where a hidden one was last seen
PASSES, AT_REST = timedelta(seconds=2), timedelta(seconds=1.5)  # who is hidden for longer than the first is still
# where he was only if he had been at rest for the second; another may have come out of the door he went in by
STEADY = 0.6  # IoU with its resting place of an object that stands: a quarter of its length, or a detector's jitter
PARTLY_HIDDEN = 0.9  # or so much of what is seen lies in the resting place,
LEAST_SEEN = 0.3  # ... and this share of it can be seen
OFF_FRAMES = 2  # one frame away from the resting place is the detector's slip
HIDES = 0.3  # of a resting place that others cover: what stands there may be hidden
MEANT = 5  # boxes of which the resting place is the mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One object's stay in a zone."""

    label: Label
    entered_at: datetime
    last_at: datetime  # the newest frame it was detected in the zone
    box: Box  # there
    rest: Box  # where it rests, the mean of the first boxes there
    rests_since: datetime
    rested: int = 1  # boxes of which `rest` is the mean
    off: int = 0  # frames in a row in which it was elsewhere
    missed: int = 0  # frames in a row in which it was not detected in the zone
    outside: bool = False  # it was last detected elsewhere
    empty: int = 0  # frames since it rests in which its place was in view, and it was not seen there


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one who is not seen in the zone has not left it."""

    away: timedelta  # seen outside it
    hidden: timedelta  # not seen at all,
    at_edge: timedelta = timedelta.max  # ... since the picture's edge cut him off: he may have gone over it
    renumbered: timedelta = PASSES  # ... and who is seen there then has another number, and he had not been at rest


@dataclass(frozen=True, slots=True)
class Where:
    """Whose stays are meant."""

    zone: str  # "" is the whole picture
    labels: frozenset[Label]


def inside(scene: Scene, zone: str, labels: frozenset[Label]) -> dict[int, Track]:
    """The tracks of `labels` that were detected in `zone` in this very frame; in the whole picture when it is "".

    Without the mere claims of a detector: they begin no stay, cross nothing and are not counted.
    """
    return {track.id: track for track in _found(scene, zone) if track.label in labels and track.borne_out}


def _found(scene: Scene, zone: str) -> Iterable[Track]:
    """The tracks that were detected in `zone` in this very frame, mere claims among them."""
    tracks = scene.occupancy.get(zone, ()) if zone else scene.tracks
    return (track for track in tracks if track.last_seen_at == scene.captured_at)


def continued(
    known: Mapping[int, Stay], where: Where, scene: Scene, before: datetime | None, patience: Patience
) -> tuple[dict[int, Stay], tuple[Stay, ...]]:
    """The stays after `scene`, the scene before being of `before`: those that last, and those that have ended."""
    at, here = scene.captured_at, inside(scene, where.zone, where.labels)
    shown = {track.id: track.box for track in _found(scene, "")}
    claimed = {track.id for track in _found(scene, where.zone) if not track.borne_out}
    known = _with_new_ids(known, here, shown, patience)
    lasting, left = {}, []
    for number, stay in known.items():
        if number in here:
            lasting[number] = _seen_again(stay, here[number], at)
            continue
        missed = _missed(stay, shown.values(), outside=number in shown and number not in claimed)
        if at - stay.last_at > _limit(missed, patience) and missed.missed >= LEFT_FRAMES:
            left.append(missed)
        else:
            lasting[number] = missed
    begun = {number: _begun(track, before, at) for number, track in here.items() if number not in known}
    return lasting | begun, tuple(left)


def _with_new_ids(
    known: Mapping[int, Stay], here: Mapping[int, Track], shown: Container[int], patience: Patience
) -> dict[int, Stay]:
    """The stays, those of hidden objects under the id of a new track where the object was."""
    stays = dict(known)
    for number, track in here.items():
        if number in known:
            continue
        old = _same(track, ((old, stay) for old, stay in stays.items() if old not in shown), patience)
        if old is not None:
            stays[number] = stays.pop(old)
    return stays


def _limit(stay: Stay, patience: Patience) -> timedelta:
    """For how long who is missed has not left."""
    if stay.outside:
        return patience.away
    return min(patience.hidden, patience.at_edge) if is_cut_off(stay.box) else patience.hidden


def _same(track: Track, lost: Iterable[tuple[int, Stay]], patience: Patience) -> int | None:
    """Which of the `lost` a new track goes on with. At the picture's edge nobody reappears: there another comes."""
    fitting = [
        (overlap(stay.box, track.box), number)
        for number, stay in lost
        if group_of(stay.label) is group_of(track.label)
        and timedelta() <= track.first_seen_at - stay.last_at <= _longest_hidden(stay, patience)
        and not is_cut_off(stay.box)
    ]
    best, number = max(fitting, default=(0.0, None))
    return number if best >= SAME_PLACE else None


def _longest_hidden(stay: Stay, patience: Patience) -> timedelta:
    """For how long one who then has another number is still the same."""
    return patience.hidden if _rested(stay) else min(patience.hidden, patience.renumbered)


def _rested(stay: Stay) -> bool:
    """Whether it was at rest when it was last seen."""
    return stay.last_at - stay.rests_since >= AT_REST


def _missed(stay: Stay, shown: Iterable[Box], *, outside: bool) -> Stay:
    """A stay after a frame without it, which showed those boxes.

    Who was last seen outside the zone and is not seen any more is not hidden. Who is found in it and differs too little
    from the picture without him is: it is the dark that hides him.
    """
    hidden = any(shared(box, stay.rest) >= HIDES * area(stay.rest) for box in shown)
    empty = stay.empty + (0 if hidden else 1)
    return replace(stay, missed=stay.missed + 1, outside=stay.outside or outside, empty=empty)


def _begun(track: Track, before: datetime | None, at: datetime) -> Stay:
    new = before is None or track.first_seen_at >= before  # the frame that began it is not shown by any scene
    entered_at = track.first_seen_at if new else at
    return Stay(
        label=track.label, entered_at=entered_at, last_at=at, box=track.box, rest=track.box, rests_since=entered_at
    )


def _seen_again(stay: Stay, track: Track, at: datetime) -> Stay:
    seen = replace(stay, label=track.label, last_at=at, box=track.box, missed=0, outside=False)
    if _is_steady(track.box, stay.rest) and stay.empty <= stay.rested:
        share = 1 / (stay.rested + 1)
        rest = _between(stay.rest, track.box, share) if stay.rested < MEANT else stay.rest
        return replace(seen, rest=rest, rested=stay.rested + 1, off=0)
    if stay.off + 1 < OFF_FRAMES and stay.empty <= stay.rested:
        return replace(seen, off=stay.off + 1)
    return replace(seen, rest=track.box, rests_since=at, rested=1, off=0, empty=0)


def _is_steady(box: Box, rest: Box) -> bool:
    if overlap(box, rest) >= STEADY:
        return True
    return within_share(box, rest) >= PARTLY_HIDDEN and area(box) >= LEAST_SEEN * area(rest)


def _between(first: Box, second: Box, share: float) -> Box:
    x0, y0, x1, y1 = (one + share * (other - one) for one, other in zip(first, second, strict=True))
    return x0, y0, x1, y1
