"""Whether a picture can be judged at all: frozen, dark, covered, out of focus, or of another view than it was.

Everything is compared with what this camera usually shows, learned while it is well. What is seen must last before it
is believed, and so must its end.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.look import Look, measure
from detect.repeats import Repeats
from detect.usual import LESS_CONTRAST, RISES, is_as_it_was_elsewhere, is_blunt, is_blunt_in_place, learned, seen_free
from detect.view import LEAST_SHOWN, PARTS, alike, are_gone, clear_of, in_view, is_other_view
from ingest.messages import CameraState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.messages import Box
    from detect.view import OfParts
    from ingest.messages import Frame

EVERY = timedelta(seconds=0.9)  # between two looks: these states are of seconds
CLOSELY_EVERY = timedelta(seconds=3.9)  # ... and two close ones while all is well: focus and view go slowly
DARK_MEAN, DARK_MOST = (
    28.0,
    55.0,
)  # levels, of which video keeps 16 for black: of the whole picture, and of all but its brightest fiftieth
FLAT = 5.0  # standard deviation in levels of a picture that shows nothing, or of asphalt, snow, a wall
GONE = 0.1  # correlation of a flat picture's edges with the usual ones: asphalt in view 0.2 to 0.8, a cover about 0
PLAIN_TEXTURE = 2.0  # mean edge of a flat picture that may be what a camera usually shows; less is a cap on the lens
LESS_TEXTURE = 0.3  # of the usual, and less contrast: covered
LEARN_FIRST_S, LEARN_S = 10.0, 300.0
KEEP_EVERY_S = 120.0  # of learning, between two notes of what is usual
HOLD_OFF = {
    CameraState.LIVE: timedelta(seconds=2),
    CameraState.FROZEN: timedelta(0),
    CameraState.DARK: timedelta(seconds=5),
    CameraState.COVERED: timedelta(seconds=2),
    CameraState.DEFOCUSED: timedelta(seconds=5),
    CameraState.MOVED: timedelta(seconds=10),
}
BESIDE_TRAFFIC = timedelta(seconds=20)  # ... where something large stood before it: a lorry drives on
LARGE = 0.25  # of the parts that it hides
SEEN_CLOSELY = {CameraState.DEFOCUSED, CameraState.MOVED}  # by close looks alone
OF_THE_VIEW = SEEN_CLOSELY | {CameraState.LIVE}  # all else shows in a view that is hidden, too
VEILS = {CameraState.DARK, CameraState.COVERED}  # end with a picture that is as usual: the second such one is judged
LEAST_SHOWN_FOR = timedelta(seconds=5)  # between two who hide the view: less says nothing of it
MOBILE_FACTOR = 3  # a vehicle drives through tunnels and rain


class PictureState:
    """One camera's state machine. One thread; pictures come in the order of their times."""

    def __init__(self, *, mobile: bool = False) -> None:
        self._mobile = mobile
        self._usual: Look | None = None
        self._found_again: OfParts | None = None  # how much of the usual edges is found while all is well
        self._flat: Look | None = None  # the newest flat one, while nothing is usual yet
        self._learned_s = 0.0
        self._noted_s = 0.0  # of learning, when what is usual was noted
        self._note = ""
        self._looked_at: datetime | None = None
        self._looked_closely_at: datetime | None = None
        self._repeats = Repeats()
        self._repeats_since: datetime | None = None
        self._closely_before: datetime | None = None  # the close look before the newest
        self._clear = np.ones((0, 0), np.float32)  # of the newest look: where nobody hides the view
        self._shown = np.ones(PARTS, np.bool_)  # ... and the parts that show enough of it
        self._large_at: datetime | None = None  # when something large hid some of them
        self._state = self._seen = CameraState.LIVE
        self._seen_since: datetime | None = None
        self._began_at: datetime | None = None  # what is seen: before it was
        self.since: datetime | None = None  # the believed state has been so since then; None: since before all looks
        self._stepped_at: datetime | None = None
        self._shown_since: datetime | None = None  # what is seen has been so without a break since then
        self._barred = False  # at the newest look a vehicle or people hid the view

    @property
    def doubtful(self) -> bool:
        """Whether nothing should be concluded from the picture: one of the states is believed, or seen already.

        A picture that has changed is not frozen, whatever is believed yet; nor is one that is as usual, for the second
        time, dark or covered. And one look at another view may be a lorry whom the detector has not found yet.
        """
        glimpsed = self._seen is CameraState.MOVED and self._seen_since == self._stepped_at
        suspected = self._seen is not CameraState.LIVE and not self._barred and not glimpsed
        if (self._state is CameraState.FROZEN and not suspected) or self._is_unveiled_again:
            return False
        return self._state is not CameraState.LIVE or suspected

    @property
    def _is_unveiled(self) -> bool:
        """Whether a picture that is believed to be dark or covered is as usual."""
        return self._state in VEILS and self._seen is CameraState.LIVE

    @property
    def _is_unveiled_again(self) -> bool:
        return self._is_unveiled and self._seen_since != self._stepped_at

    def look(self, frame: Frame, hidden_by: tuple[Box, ...] = ()) -> CameraState:
        """The state after `frame`: live, or one of the picture's states.

        `hidden_by` are the vehicles and people in it: of the view behind them nothing can be said.
        """
        at = frame.captured_at
        if self._looked_at is not None and timedelta() <= at - self._looked_at < EVERY and not self._has_ended(frame):
            return self._state
        self._note_hidden(hidden_by, frame.small().shape, at)
        self._looked_at = at
        self._step(self._judge(frame, at), at)
        return self._state

    def note(self) -> str:
        """What is usual and the state, as text for whoever takes over; "" while too little is known. Cheap to ask."""
        return self._note

    def go_on(self, note: str) -> None:
        """Begin with another's `note`, not anew: a view that is no longer the usual one is not to become it.

        Raises:
            ValueError, KeyError, TypeError: it is none.
        """
        kept = json.loads(note)
        usual, state = Look.unpacked(kept), CameraState(kept["state"])
        found_again = np.asarray(kept["found_again"], np.float32).reshape(PARTS)
        self._learned_s = self._noted_s = float(kept["learned_s"])
        self._repeats.noise.go_on(kept.get("smooth_s"))
        self._usual, self._found_again, self._note = usual, found_again, note
        self._state = self._seen = state

    def _write_note(self) -> None:
        if self._usual is None or self._found_again is None or self._learned_s < LEARN_FIRST_S:
            return
        self._noted_s = self._learned_s
        kept = {"state": self._state.value, "learned_s": self._learned_s, "smooth_s": self._repeats.noise.smooth_s}
        kept |= self._usual.packed()
        self._note = json.dumps(kept | {"found_again": np.round(self._found_again.astype(float), 2).tolist()})

    def _note_hidden(self, hidden_by: tuple[Box, ...], shape: tuple[int, ...], at: datetime) -> None:
        self._clear = clear_of(hidden_by, (shape[0], shape[1]))
        self._shown = in_view(self._clear)
        if self._shown.mean() < 1 - LARGE:
            self._large_at = at

    def _step(self, seen: CameraState | None, at: datetime) -> None:
        before, self._stepped_at = self._stepped_at, at
        if before is not None and at < before and self._seen_since is not None:
            self._seen_since = self._began_at = at  # the clock was set back
            self.since = min(at, self.since) if self.since else None
        if seen is None:
            self._bar(before, at)
            return
        if seen is not self._seen or self._barred or self._shown_since is None:
            self._shown_since, self._barred = at, False
        if seen is not self._seen or self._seen_since is None:
            self._seen, self._seen_since, self._began_at = seen, at, self._beginning(seen, before, at)
        if seen is not self._state and at - self._seen_since >= self._hold_off(self._seen_since):
            self._state, self.since = seen, self._began_at
            self._write_note()

    def _hold_off(self, since: datetime) -> timedelta:
        """How long what has been seen `since` then must last."""
        if self._mobile:
            return HOLD_OFF[self._seen] * MOBILE_FACTOR
        beside_traffic = self._large_at is not None and since - self._large_at < HOLD_OFF[CameraState.MOVED]
        return BESIDE_TRAFFIC if self._seen is CameraState.MOVED and beside_traffic else HOLD_OFF[self._seen]

    def _beginning(self, seen: CameraState, before: datetime | None, at: datetime) -> datetime:
        """When what the look at `at` shows began: halfway since the look that would have shown it and did not."""
        if seen is CameraState.FROZEN:
            return self._repeats_since or at
        last = self._closely_before if seen in SEEN_CLOSELY else before
        return at if last is None or last > at else last + (at - last) / 2

    def _bar(self, before: datetime | None, at: datetime) -> None:
        """Time in which nothing can be said counts for nothing, and against nothing; but a glimpse is no suspicion.

        A lorry before the camera that the detector misses now and then is another view, each time.
        """
        self._barred = True
        if self._seen_since is None or self._shown_since is None or before is None:
            return
        if before - self._shown_since < LEAST_SHOWN_FOR:
            self._seen, self._seen_since, self._began_at = self._state, at, at
        else:
            self._seen_since += max(timedelta(), at - before)
            self._began_at = self._seen_since
            self._shown_since += max(timedelta(), at - before)

    def _judge(self, frame: Frame, at: datetime) -> CameraState | None:
        """By the light and the contrast alone where that will do, else by a close look; None where that is barred."""
        small = frame.small()
        mean, contrast = _light(small)
        self._repeats_since = self._repeats.look(frame)
        if _is_dark(small, mean):
            return CameraState.DARK
        faint = contrast < FLAT or self._is_pale(contrast)
        if self._repeats_since is not None:
            covered = faint and self._closely(measure(frame, contrast, self._clear), at) is CameraState.COVERED
            return CameraState.COVERED if covered else CameraState.FROZEN  # of a cover coding leaves no noise either
        if not (faint or self._seen is not CameraState.LIVE or self._is_due_for_a_close_look(at)):
            return CameraState.LIVE
        return self._closely(measure(frame, contrast, self._clear), at)

    def _is_pale(self, contrast: float) -> bool:
        return self._usual is not None and contrast < LESS_CONTRAST * self._usual.contrast

    def _is_due_for_a_close_look(self, at: datetime) -> bool:
        looked_at = self._looked_closely_at
        return looked_at is None or not timedelta() <= at - looked_at < CLOSELY_EVERY

    def _closely(self, look: Look, at: datetime) -> CameraState | None:
        """By what the camera usually shows; and learn from it, if it is well."""
        before, self._looked_closely_at = self._looked_closely_at, at
        self._closely_before = before
        usual = self._usual
        if usual is None or usual.edges.shape != look.edges.shape:
            return self._begin(look)
        seen = self._compared(look, usual)
        if seen not in {None, CameraState.LIVE} and self._learned_s == 0.0:
            return self._begin(look)  # the second look does not bear it out: a hand before it, a splash, a lorry
        if seen is self._state is CameraState.LIVE and before is not None:
            self._learn(look, usual, min(10.0, max(0.0, (at - before).total_seconds())))
        return seen

    def _begin(self, look: Look) -> CameraState:
        """Take a first look for what is usual. A flat one only if there is something, and it is there twice."""
        before, self._flat = self._flat, look
        if look.contrast < FLAT and (before is None or not _is_plain(before, look)):
            return CameraState.COVERED
        self._usual, self._found_again = look, None
        self._learned_s = self._noted_s = 0.0
        return CameraState.LIVE

    def _compared(self, look: Look, usual: Look) -> CameraState | None:
        if self._is_faint(look, usual) and (self._mobile or not is_as_it_was_elsewhere(usual, look)):
            return CameraState.COVERED
        blunt = not self._is_pale(look.contrast) and is_blunt(usual, look)
        if blunt and (self._mobile or is_blunt_in_place(usual, look)):
            return CameraState.DEFOCUSED
        if self._mobile:
            return CameraState.LIVE
        if self._shown.mean() < LEAST_SHOWN:
            return None if {self._seen, self._state} <= OF_THE_VIEW else CameraState.LIVE
        known = seen_free(usual, look)
        if in_view(known).mean() < LEAST_SHOWN:
            return CameraState.LIVE  # those who hid most of it have just gone: what is behind them is learned first
        is_other = is_other_view(usual.edges, look.edges, known, self._found_again)
        return CameraState.MOVED if is_other else CameraState.LIVE

    def _is_faint(self, look: Look, usual: Look) -> bool:
        """Whether a picture has lost contrast and edges, as a covered one has."""
        if self._is_pale(look.contrast) and look.texture < LESS_TEXTURE * usual.texture:
            return True
        return look.contrast < FLAT and are_gone(usual.edges, look.edges, GONE)

    def _has_ended(self, frame: Frame) -> bool:
        """Whether a picture that stood, or was dark or covered, no longer is: nobody is kept waiting for the next look.

        So is the second look after it.
        """
        if self._seen is CameraState.FROZEN:
            return self._repeats.has_ended(frame)
        if self._seen not in VEILS:
            return self._is_unveiled
        mean, contrast = _light(frame.small())
        return not (_is_dark(frame.small(), mean) or contrast < FLAT or self._is_pale(contrast))

    def _learn(self, look: Look, usual: Look, elapsed_s: float) -> None:
        """Averages over all there was at first, then over the last minutes.

        But for the very first look: nobody had been looked for yet, whose edges are not the view's.
        """
        begins = self._learned_s == 0.0
        self._learned_s += elapsed_s
        share = 1.0 if begins else min(1.0, elapsed_s / max(LEARN_FIRST_S, min(self._learned_s, LEARN_S)))
        self._learn_found(alike(usual.edges, look.edges, known := seen_free(usual, look)), in_view(known), share)
        self._usual = learned(usual, look, share, lost=self._is_faint(look, usual))
        if self._learned_s - self._noted_s >= KEEP_EVERY_S or not self._note:
            self._write_note()

    def _learn_found(self, found: OfParts, shown: NDArray[np.bool_], share: float) -> None:
        """What passes takes away of it, and adds nothing: it rises as fast as all else is learned, and falls slowly."""
        if self._found_again is None:
            self._found_again = np.where(shown, found, 1.0).astype(np.float32)  # until something is known of it
        else:
            shares = np.where(found > self._found_again, share, share * RISES).astype(np.float32) * shown
            self._found_again = self._found_again + shares * (found - self._found_again)


def _is_plain(before: Look, look: Look) -> bool:
    """Whether a flat picture shows something all the same, asphalt or a wall: there are edges, and twice the same."""
    if before.edges.shape != look.edges.shape or look.texture < PLAIN_TEXTURE:
        return False
    return not are_gone(before.edges, look.edges, GONE)


def _light(small: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean and standard deviation, levels."""
    mean, contrast = cv2.meanStdDev(small)
    return float(mean.item()), float(contrast.item())


def _is_dark(small: NDArray[np.uint8], mean: float) -> bool:
    return mean < DARK_MEAN and _brightest(small) < DARK_MOST


def _brightest(small: NDArray[np.uint8]) -> float:
    """The level that all but the brightest fiftieth of the pixels stay under."""
    place = small.size - small.size // 50
    return float(np.partition(small.ravel(), place)[place])
