"""Who of those a camera sees is under way: elsewhere than a second ago."""

from __future__ import annotations

from dataclasses import dataclass
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
        """Those of `tracks` that are seen at `at`, elsewhere than a while ago, or than when they were first seen."""
        ways = {track.id: self._way(track) for track in tracks}
        seen = [track for track in tracks if track.last_seen_at == at]
        for track in seen:
            way = ways[track.id]
            if at - way.at >= A_WHILE:
                ways[track.id] = _Way(way.box, track.box, at)
        self._ways = ways
        return tuple(track for track in seen if overlap(ways[track.id].before, track.box) < STAYS)

    def _way(self, track: Track) -> _Way:
        first = track.first_box or track.box
        return self._ways.get(track.id) or _Way(first, first, track.first_seen_at)
