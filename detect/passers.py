"""Who of those a camera sees is under way: elsewhere than a second ago."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from detect.boxes import overlap
from detect.messages import Box, Track

A_WHILE = timedelta(seconds=1)  # ago, or a little more: where one was then tells whether one moves; boxes tremble
STAYS = 0.6  # overlap of a box with where it was, from which on it has hardly moved


@dataclass(frozen=True, slots=True)
class _Way:
    """Where one was: a while ago, if it was seen then, else at first; and since."""

    before: Box
    box: Box
    at: datetime  # of `box`


class Passers:
    """The tracks of one camera that move. One thread; looks come in the order of time."""

    def __init__(self) -> None:
        self._ways: dict[int, _Way] = {}  # by track id

    def among(self, tracks: tuple[Track, ...], at: datetime) -> tuple[Track, ...]:
        """Those of `tracks` that are elsewhere at `at` than a while ago, or than when they were first seen.

        Who passes behind another is missed by the detector: for a while he is where he was last, or goes on from there.
        """
        ways = {track.id: self._way(track) for track in tracks}
        for track in tracks:
            way = ways[track.id]
            if track.last_seen_at - way.at >= A_WHILE:
                ways[track.id] = _Way(way.box, track.box, track.last_seen_at)
        self._ways = ways
        recent = [track for track in tracks if at - track.last_seen_at <= A_WHILE]
        moving = [track for track in recent if overlap(ways[track.id].before, track.box) < STAYS]
        return tuple(
            track if track.last_seen_at == at else replace(track, box=_onward(ways[track.id].before, track.box))
            for track in moving
        )

    def _way(self, track: Track) -> _Way:
        first = track.first_box or track.box
        return self._ways.get(track.id) or _Way(first, first, track.first_seen_at)


def _onward(before: Box, box: Box) -> Box:
    """From `box` on to as far from it as it is from where it was `before`."""
    (x0, y0, x1, y1), (left, top, right, bottom) = box, before
    across, along = (x0 + x1 - left - right) / 2, (y0 + y1 - top - bottom) / 2
    return min(x0, x0 + across), min(y0, y0 + along), max(x1, x1 + across), max(y1, y1 + along)
