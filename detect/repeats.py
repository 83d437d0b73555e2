"""Whether a picture repeats: a scene in which nothing moves is not yet a camera that hangs.

Between keyframes an encoder sends nothing of what hardly changes, and an average takes a sensor's noise away: both make
a quiet room look frozen. A keyframe is encoded from nothing. Of a living sensor a third of its pixels and more come out
another each time, however little noise there is; of a picture that repeats at times next to none do, as soon as the
encoder's rate has settled. A camera whose noise does not come through is known by what it shows while something moves.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.sensor_noise import STIRS, SensorNoise, blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ingest.messages import Frame, KeyPicture

# A stream that has none, and in which nothing at all changes: that an average takes noise away, and coding what little
# changes, is as likely as a camera that hangs.
WITHOUT_KEYFRAMES_FOR = timedelta(minutes=10)
APART = timedelta(seconds=0.9)  # of two keyframes that are compared, at least
LATELY = 3  # looks: an encoder refines a picture that stands, and begins anew with each keyframe
KEYFRAMES = 4  # newest ones, of which one at least must repeat: the rate of an encoder wavers
# Share of a keyframe's pixels that may differ at all. Measured with H.264 (rate factors 23 to 35, 300 to 2000 kbit/s,
# 640 to 1920 columns): 0.34 and more of a living picture, from a noise of 0.3 levels on; of one that repeats, some
# seconds after it began, 0 to 0.15 in one keyframe of four. Not where bits are so few (300 kbit/s at 640 columns, 500
# at 1280) that the rate never settles: that may not be told.
DIFFERING = 0.2
PAUSE = timedelta(seconds=5)  # between two looks, or three times what was usual: no pictures came
SETTLES = timedelta(seconds=8)  # so long an encoder's rate takes to
STANDS = 2  # levels of the reduced picture: less is coding. Of a noisy sensor more changes; it may be one without noise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Key:
    """A keyframe, whether it repeats one of those before it, and since when the picture has been so."""

    picture: KeyPicture
    repeats: bool
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """A look at the reduced picture."""

    small: NDArray[np.uint8]
    still_since: datetime  # nothing has moved in it,
    stands_since: datetime  # ... and nothing has changed at all


class Repeats:
    """Since when one camera has shown the same picture. One thread; frames come in the order of their times."""

    def __init__(self) -> None:
        self.noise = SensorNoise(DIFFERING)
        self._lately: deque[_Seen] = deque(maxlen=LATELY)
        self._keys: deque[_Key] = deque(maxlen=KEYFRAMES)
        self._looked_at: datetime | None = None
        self._interval = timedelta()  # between the newest two looks
        self._since: datetime | None = None  # by all that was seen until now, the picture repeats since then

    def look(self, frame: Frame) -> datetime | None:
        """Since when the picture has repeated, if that is for too long; None while it has not."""
        at = frame.captured_at
        self._note_time(at)
        self._note_keyframe(frame.keyframe)
        seen = self._see(frame.small(), at)
        since = self._began_at(seen, at)
        if since is not None and self._since is not None and self._since >= seen.still_since:
            since = min(since, self._since)  # another rate of the encoder is no beginning
        if self._since is not None and (since is None or since > self._since):
            self.noise.went_on(self._since, at)
        self._since = since
        return since if since is not None and at - since >= self.noise.patience else None

    def _note_time(self, at: datetime) -> None:
        """What was before a pause, or before the clock was set back, says nothing of what comes after it."""
        if self._looked_at is not None:
            interval = at - self._looked_at
            if not timedelta() <= interval <= max(PAUSE, 3 * self._interval):
                self._keys.clear()
                self._lately.clear()
                self._since = None
            self._interval = interval
        self._looked_at = at

    def has_ended(self, frame: Frame) -> bool:
        """Whether a picture that repeated has changed: whoever comes in need not wait for the next look."""
        return not any(_is_like(frame.small(), one.small) for one in self._lately)

    def _began_at(self, seen: _Seen, at: datetime) -> datetime | None:
        """Since when the picture repeats; None where it does not, or where that cannot be told yet."""
        if not self._keys or self._keys[-1].picture.captured_at < seen.stands_since:
            return seen.stands_since if at - seen.stands_since >= WITHOUT_KEYFRAMES_FOR else None
        repeating = [one for one in self._keys if one.repeats and one.picture.captured_at > seen.still_since]
        if not repeating or self._lives(seen):
            return None
        since = repeating[-1].since
        if since - SETTLES <= seen.stands_since < since:
            since = seen.stands_since
        return max(since, seen.still_since)

    def _lives(self, seen: _Seen) -> bool:
        """Whether the newest two keyframes repeat nothing, and the reduced picture has changed a little since."""
        newest = list(self._keys)[-2:]
        return (
            len(newest) == 2
            and not any(one.repeats for one in newest)
            and (seen.stands_since > newest[0].picture.captured_at)
        )

    def _see(self, small: NDArray[np.uint8], at: datetime) -> _Seen:
        known = [one for one in self._lately if one.still_since <= at]
        still = (one.still_since for one in known[-1:] if _is_like(small, one.small))
        stands = (one.stands_since for one in known if _is_like(small, one.small, STANDS))
        seen = _Seen(small=small, still_since=min(still, default=at), stands_since=min(stands, default=at))
        self._lately.append(seen)
        return seen

    def _note_keyframe(self, picture: KeyPicture | None) -> None:
        newest_at = self._keys[-1].picture.captured_at if self._keys else None
        if picture is None or (newest_at is not None and picture.captured_at - newest_at < APART):
            return
        at = picture.captured_at
        began_at = at if newest_at is None else newest_at + (at - newest_at) / 2
        if self._keys:
            self.noise.learn(picture.sample, self._keys[-1].picture.sample)
        alike = [one.since for one in self._keys if _is_repeat(picture.sample, one.picture.sample)]
        self._keys.append(_Key(picture=picture, repeats=bool(alike), since=min(alike, default=began_at)))


def _is_repeat(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    if one.shape != other.shape:
        return False
    differing = np.count_nonzero(cv2.absdiff(one, other)) / one.size
    return bool(differing < DIFFERING) and _is_like(blocks(one), blocks(other))


def _is_like(one: NDArray[np.uint8], other: NDArray[np.uint8], least: int = STIRS) -> bool:
    """Whether no pixel differs by `least` levels."""
    return one.shape == other.shape and float(cv2.absdiff(one, other).max()) < least
