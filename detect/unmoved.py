"""Who is still there though the detector misses him: where he was found, the picture is as it was then.

A detector misses somebody who stands in one look of ten, who sits or lies, or is dark, in more, and in a picture that
stays the same again and again. Who leaves changes the picture where he was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from config.model import Label
from detect.answer import LONGEST as ANSWER_HOLDS
from detect.boxes import overlap, within_share
from detect.stillness import Portrait

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from detect.messages import Box, Track
    from detect.substance import Substance
    from detect.tracker import Tracker

# After an answer that had him: fifteen heartbeats, in which one who is found in every fifth look is found again, and
# half of the time after which a post is usually told to be empty.
LONGEST = timedelta(seconds=30)
ON_TRUST = ANSWER_HOLDS  # who has not differed from the empty picture: no longer than any answer about the same picture
RESTS = 0.5  # IoU with where he rests
IN_HIS_PLACE = 0.5  # of his box, or of another's


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """One person as he was last found."""

    at: datetime
    rest: Box  # where he has been,
    since: datetime  # ... since then
    plain: timedelta = timedelta()  # for how long in all one look after another found him there
    portrait: Portrait | None = None  # None: in a single look


class Unmoved:
    """Of one camera's people. One thread; looks come in the order of their times.

    Somebody is believed to be there for as long as he was plainly found there before, and not for ever: a claim that
    comes and goes is hardly ever found twice in a row. Nothing is kept of whom the tracker no longer follows.
    """

    def __init__(self, substance: Substance) -> None:
        """`substance` is the camera's own: mere claims are not held."""
        self._substance = substance
        self._found: dict[int, _Found] = {}  # by track id
        self._looked_at: datetime | None = None

    def look(self, luma: NDArray[np.uint8], tracks: Iterable[Track], tracker: Tracker, at: datetime) -> set[int]:
        """Which of those whom the `tracker` has just missed are there all the same; `tracks` is what it shows.

        `luma` is the picture's brightness, (h, w), of `at`.
        """
        people = [track for track in tracks if track.label is Label.PERSON and track.last_seen_at == at]
        missed = [track for track in tracker.missed if track.id in self._found]
        now = {track.id: self._after(track, luma) for track in people}
        self._found = now | {track.id: self._found[track.id] for track in missed}
        self._looked_at = at
        came = [(track.box, now[track.id].since) for track in people]
        came += [(track.box, at) for track in tracker.glimpses if track.label is Label.PERSON]
        return {track.id for track in missed if self._is_there(track, came, luma, at)}

    def _after(self, track: Track, luma: NDArray[np.uint8]) -> _Found:
        """What is known of one who was found now."""
        before, at = self._found.get(track.id), track.last_seen_at
        if before is None or overlap(before.rest, track.box) < RESTS:
            return _Found(at=at, rest=track.box, since=at)
        plain = before.plain + (at - before.at if before.at == self._looked_at else timedelta())
        return _Found(at=at, rest=before.rest, since=before.since, plain=plain, portrait=Portrait(track, luma))

    def _is_there(
        self, track: Track, came: Iterable[tuple[Box, datetime]], luma: NDArray[np.uint8], at: datetime
    ) -> bool:
        """Whether one who was missed cannot have left. Who has come to his place since then is he, by another name.

        `came` is where people are found now, and when they came there.
        """
        before = self._found[track.id]
        if before.portrait is None or at - before.at > min(before.plain, self._longest(track.id)):
            return False
        if any(since > before.at and _is_in_place(other, track.box) for other, since in came):
            return False
        return before.portrait.is_unchanged(luma)

    def _longest(self, number: int) -> timedelta:
        if not self._substance.counts(number):
            return timedelta()
        return LONGEST if self._substance.is_proven(number) else ON_TRUST


def _is_in_place(other: Box, own: Box) -> bool:
    """Whether most of one lies in the other."""
    return max(within_share(other, own), within_share(own, other)) >= IN_HIS_PLACE
