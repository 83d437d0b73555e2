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

from detect.boxes import within_share
from detect.look import Look, measure
from detect.repeats import Repeats
from ingest.messages import CameraState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.messages import Box
    from ingest.messages import Frame

EVERY = timedelta(seconds=0.9)  # between two looks: these states are of seconds
CLOSELY_EVERY = timedelta(seconds=3.9)  # ... and two close ones while all is well: focus and view go slowly
DARK_MEAN, DARK_MOST = (
    28.0,
    55.0,
)  # levels, of which video keeps 16 for black: of the whole picture, and of all but its brightest fiftieth
FLAT = 5.0  # standard deviation in levels of a picture that shows nothing
LESS_CONTRAST, LESS_TEXTURE = 0.5, 0.3  # of the usual: covered
LESS_SHARP = 0.4  # of the usual: out of focus
RISES = 0.1  # times as slowly as it falls the usual sharpness rises: who passes adds edges, and takes none away
OTHER_VIEW = 0.3  # correlation with the usual edges, in most parts of the picture, under which the view is another
PARTS = (4, 5)  # rows, columns: who walks close by the camera changes some of them, a turned camera all
HIDDEN, LEAST_SHOWN = 0.4, 0.4  # of a part that a vehicle covers: it is hidden; of the parts that must be shown
# Edges that still lie where they lay: another light, not another view. By night and with lamps the peak is 0.27 to
# 0.98; between two views that have nothing in common it is up to 0.14, at a place that may happen to be the same.
SAME_PLACE_PX, SAME_PLACE_PEAK = 1.5, 0.25
LEARN_FIRST_S, LEARN_S = 10.0, 300.0
KEEP_EVERY_S = 120.0  # of learning, between two notes of what is usual
HOLD_OFF = {
    CameraState.LIVE: timedelta(seconds=2),
    CameraState.FROZEN: timedelta(0),
    CameraState.DARK: timedelta(seconds=5),
    CameraState.COVERED: timedelta(seconds=2),
    CameraState.DEFOCUSED: timedelta(seconds=5),
    CameraState.MOVED: timedelta(seconds=20),  # a lorry that fills the picture drives on
}
SEEN_CLOSELY = {CameraState.DEFOCUSED, CameraState.MOVED}  # by close looks alone
OF_THE_VIEW = {CameraState.LIVE, CameraState.MOVED}  # all else shows in a view that is hidden, too
LEAST_SHOWN_FOR = timedelta(seconds=5)  # between two vehicles that hide the view: less says nothing of it
MOBILE_FACTOR = 3  # a vehicle drives through tunnels and rain


class PictureState:
    """One camera's state machine. One thread; pictures come in the order of their times."""

    def __init__(self, *, mobile: bool = False) -> None:
        self._mobile = mobile
        self._usual: Look | None = None
        self._learned_s = 0.0
        self._noted_s = 0.0  # of learning, when what is usual was noted
        self._note = ""
        self._looked_at: datetime | None = None
        self._looked_closely_at: datetime | None = None
        self._repeats = Repeats()
        self._repeats_since: datetime | None = None
        self._closely_before: datetime | None = None  # the close look before the newest
        self._hidden_by: tuple[Box, ...] = ()
        self._state = self._seen = CameraState.LIVE
        self._seen_since: datetime | None = None
        self._began_at: datetime | None = None  # what is seen: before it was
        self.since: datetime | None = None  # the believed state has been so since then; None: since before all looks
        self._stepped_at: datetime | None = None
        self._shown_since: datetime | None = None  # what is seen has been so without a break since then
        self._barred = False  # at the newest look a vehicle hid the view

    @property
    def doubtful(self) -> bool:
        """Whether nothing should be concluded from the picture: one of the states is believed, or seen already.

        A picture that has changed is not frozen, whatever is believed yet; and one look at another view may be a lorry
        whom the detector has not found yet.
        """
        glimpsed = self._seen is CameraState.MOVED and self._seen_since == self._stepped_at
        suspected = self._seen is not CameraState.LIVE and not self._barred and not glimpsed
        if self._state is CameraState.FROZEN and not suspected:
            return False
        return self._state is not CameraState.LIVE or suspected

    def look(self, frame: Frame, hidden_by: tuple[Box, ...] = ()) -> CameraState:
        """The state after `frame`: live, or one of the picture's states.

        `hidden_by` are the vehicles in it: of the view behind them nothing can be said.
        """
        at, self._hidden_by = frame.captured_at, hidden_by
        if self._looked_at is not None and timedelta() <= at - self._looked_at < EVERY and not self._has_thawed(frame):
            return self._state
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
        self._learned_s = self._noted_s = float(kept["learned_s"])
        self._usual, self._state, self._seen, self._note = usual, state, state, note

    def _write_note(self) -> None:
        if self._usual is not None and self._learned_s >= LEARN_FIRST_S:
            self._noted_s = self._learned_s
            kept = {"state": self._state.value, "learned_s": self._learned_s, **self._usual.packed()}
            self._note = json.dumps(kept)

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
        hold_off = HOLD_OFF[seen] * (MOBILE_FACTOR if self._mobile else 1)
        if seen is not self._state and at - self._seen_since >= hold_off:
            self._state, self.since = seen, self._began_at
            self._write_note()

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
        mean, contrast = (float(figure.item()) for figure in cv2.meanStdDev(small))
        self._repeats_since = self._repeats.look(frame)
        if mean < DARK_MEAN and _brightest(small) < DARK_MOST:
            return CameraState.DARK
        if contrast < FLAT:
            return CameraState.COVERED
        usual = self._usual
        pale = usual is not None and contrast < LESS_CONTRAST * usual.contrast
        if self._repeats_since is not None:
            covered = pale and self._closely(measure(frame, contrast), at, pale=True) is CameraState.COVERED
            return CameraState.COVERED if covered else CameraState.FROZEN  # of a cover coding leaves no noise either
        if not (pale or self._seen is not CameraState.LIVE or self._is_due_for_a_close_look(at)):
            return CameraState.LIVE
        return self._closely(measure(frame, contrast), at, pale=pale)

    def _is_due_for_a_close_look(self, at: datetime) -> bool:
        looked_at = self._looked_closely_at
        return looked_at is None or not timedelta() <= at - looked_at < CLOSELY_EVERY

    def _closely(self, look: Look, at: datetime, *, pale: bool) -> CameraState | None:
        """By what the camera usually shows; and learn from it, if it is well."""
        before, self._looked_closely_at = self._looked_closely_at, at
        self._closely_before = before
        usual = self._usual
        if usual is None or usual.edges.shape != look.edges.shape:
            self._usual, self._learned_s, self._noted_s = look, 0.0, 0.0
            return CameraState.LIVE
        seen = self._compared(look, usual, pale=pale)
        if seen not in {None, CameraState.LIVE} and self._learned_s == 0.0:
            self._usual = look  # a first look that the second does not bear out: a hand before it, a splash, a lorry
            return CameraState.LIVE
        if seen is self._state is CameraState.LIVE and before is not None:
            self._learn(look, usual, min(10.0, max(0.0, (at - before).total_seconds())))
        return seen

    def _compared(self, look: Look, usual: Look, *, pale: bool) -> CameraState | None:
        if pale and look.texture < LESS_TEXTURE * usual.texture:
            return CameraState.COVERED
        if not pale and _is_blunt(look, usual):
            return CameraState.DEFOCUSED
        if self._mobile:
            return CameraState.LIVE
        shown = _in_view(self._hidden_by)
        if np.count_nonzero(shown) < LEAST_SHOWN * shown.size:
            return None if {self._seen, self._state} <= OF_THE_VIEW else CameraState.LIVE
        return CameraState.MOVED if _is_other_view(usual.edges, look.edges, shown) else CameraState.LIVE

    def _has_thawed(self, frame: Frame) -> bool:
        """Whether a picture that stood no longer does: who comes in is not kept waiting for the next look."""
        return self._seen is CameraState.FROZEN and self._repeats.has_ended(frame)

    def _learn(self, look: Look, usual: Look, elapsed_s: float) -> None:
        """Averages over all there was at first, then over the last minutes."""
        self._learned_s += elapsed_s
        share = min(1.0, elapsed_s / max(LEARN_FIRST_S, min(self._learned_s, LEARN_S)))
        cv2.accumulateWeighted(look.edges, usual.edges, share)
        self._usual = Look(
            contrast=_mixed(usual.contrast, look.contrast, share),
            texture=_mixed(usual.texture, look.texture, share),
            sharpness=_mixed(
                usual.sharpness, look.sharpness, share * (RISES if look.sharpness > usual.sharpness else 1.0)
            ),
            noise=look.noise,
            edges=usual.edges,
        )
        if self._learned_s - self._noted_s >= KEEP_EVERY_S or not self._note:
            self._write_note()


def _is_blunt(look: Look, usual: Look) -> bool:
    """Whether the edges have lost their sharpness: more of it than their light, and where noise would not hide them."""
    expected = usual.sharpness * min(1.0, look.contrast / max(usual.contrast, 1e-6))
    return expected > look.noise and look.sharpness < LESS_SHARP * expected


def _brightest(small: NDArray[np.uint8]) -> float:
    """The level that all but the brightest fiftieth of the pixels stay under."""
    place = small.size - small.size // 50
    return float(np.partition(small.ravel(), place)[place])


def _in_view(hidden_by: tuple[Box, ...]) -> NDArray[np.bool_]:
    """Which of the `PARTS` no vehicle hides."""
    rows, columns = PARTS
    shown = np.ones(PARTS, bool)
    for row in range(rows):
        for column in range(columns):
            part = (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
            shown[row, column] = all(within_share(part, box) < HIDDEN for box in hidden_by)
    return shown


def _is_other_view(usual: NDArray[np.float32], now: NDArray[np.float32], shown: NDArray[np.bool_]) -> bool:
    """Whether the edges have left their places. Lamps and infrared change how strong they are, not where they lie."""
    if _correlation(usual, now, shown) >= OTHER_VIEW:
        return False
    window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
    (x, y), peak = cv2.phaseCorrelate(usual.copy(), now.copy(), window)  # it writes into pictures that need no padding
    return not (peak >= SAME_PLACE_PEAK and abs(x) < SAME_PLACE_PX and abs(y) < SAME_PLACE_PX)


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32], shown: NDArray[np.bool_]) -> float:
    """The correlation of the middling part of the picture, of those that are shown."""
    one, other = _parts(first), _parts(second)
    together = (one * other).sum(axis=(1, 3))
    apart = np.sqrt((one * one).sum(axis=(1, 3)) * (other * other).sum(axis=(1, 3)))
    return float(np.median((together / np.maximum(apart, 1e-6))[shown]))


def _parts(edges: NDArray[np.float32]) -> NDArray[np.float32]:
    """`edges` cut into `PARTS`, (rows, height, columns, width), each about its own mean."""
    rows, columns = PARTS
    height, width = edges.shape[0] // rows, edges.shape[1] // columns
    parts = edges[: rows * height, : columns * width].reshape(rows, height, columns, width)
    return np.asarray(parts - parts.mean(axis=(1, 3), keepdims=True), np.float32)


def _mixed(old: float, new: float, share: float) -> float:
    return old + share * (new - old)
