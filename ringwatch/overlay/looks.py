"""What a replay saw and thought, moment by moment: noted while it runs, asked for while the film is drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from detect.scene import anchor
from ingest.messages import PICTURE_STATES

if TYPE_CHECKING:
    from config.model import Point
    from detect.analysis import Analysis
    from detect.messages import Box, Event, Track
    from detect.rules.rule import Standing
    from ringwatch.replay import Replay

NEAR = timedelta(seconds=1)  # between two looks that are nearer, boxes go on from one to the other
TRAIL = timedelta(seconds=6)  # so much of an object's way is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known at one moment."""

    at: datetime
    tracks: tuple[Track, ...] = ()
    blind: str = ""  # why nothing can be said
    standings: tuple[Standing, ...] = ()


@dataclass(slots=True)
class Looks:
    """Every look of a replay, and every event, in the order of time."""

    looks: list[Look] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def noted(self, replay: Replay) -> Iterator[Event]:
        """The events of `replay`, each look being noted on the way.

        Raises:
            ClipError: the clip cannot be read.
        """
        for frame, analysis in replay.steps():
            blind = str(replay.state) if replay.state in PICTURE_STATES else ""
            self.looks.append(self._look(frame.captured_at, analysis, replay.standings(), blind))
            self.events += analysis.events
            yield from analysis.events

    def at(self, at: datetime) -> Look:
        """What was known at `at`, boxes between two near looks being where they must have been."""
        index = bisect_right(self.looks, at, key=lambda look: look.at)
        if not index:
            return Look(at=at)
        before = self.looks[index - 1]
        after = self.looks[index] if index < len(self.looks) else None
        if after is None or after.at - before.at > NEAR:
            return before
        share = (at - before.at) / (after.at - before.at)
        return replace(before, tracks=tuple(_between(track, after, share) for track in before.tracks))

    def trails(self, at: datetime) -> dict[int, list[Point]]:
        """Where every object shown at `at` stood in the last seconds, the oldest first."""
        index = bisect_right(self.looks, at, key=lambda look: look.at)
        trails: dict[int, list[Point]] = {}
        for look in reversed(self.looks[:index]):
            if at - look.at > TRAIL:
                break
            for track in look.tracks:
                if track.last_seen_at == look.at:
                    trails.setdefault(track.id, []).insert(0, anchor(track.box))
        return trails

    def _look(self, at: datetime, analysis: Analysis, standings: tuple[Standing, ...], blind: str) -> Look:
        """A frame that was not looked at shows what the last one showed."""
        scene = analysis.scene
        if scene is not None:
            return Look(at=at, tracks=scene.tracks, blind=blind or scene.blind, standings=standings)
        tracks = self.looks[-1].tracks if self.looks and not blind else ()
        return Look(at=at, tracks=tracks, blind=blind, standings=standings)


def _between(track: Track, after: Look, share: float) -> Track:
    same = next((one for one in after.tracks if one.id == track.id), None)
    if same is None or same.last_seen_at != after.at:
        return track
    return replace(track, box=_mixed(track.box, same.box, share))


def _mixed(first: Box, second: Box, share: float) -> Box:
    x0, y0, x1, y1 = (one + share * (other - one) for one, other in zip(first, second, strict=True))
    return x0, y0, x1, y1
