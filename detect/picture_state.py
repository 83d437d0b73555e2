"""Whether a picture can be judged at all: frozen, dark, covered, out of focus, or of another view than it was.

Everything is compared with what this camera usually shows, learned while it is well. What is seen must last before it
is believed, and so must its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.boxes import within_share
from ingest.messages import CameraState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.messages import Box
    from ingest.messages import Frame

EVERY = timedelta(seconds=0.9)  # between two looks: these states are of seconds
CLOSELY_EVERY = timedelta(seconds=3.9)  # ... and two close ones while all is well: focus and view go slowly
FOCUS_WIDTH = 320  # pixels of the reduction in which sharpness is measured
FROZEN_AFTER = timedelta(seconds=10)
REPEATS = 1  # levels by which a repeated picture may differ: of coding, not of a sensor
DARK_MEAN, DARK_MOST = (
    28.0,
    55.0,
)  # levels, of which video keeps 16 for black: of the whole picture, and of all but its brightest fiftieth
FLAT = 5.0  # standard deviation in levels of a picture that shows nothing
LESS_CONTRAST, LESS_TEXTURE = 0.5, 0.3  # of the usual: covered
LESS_SHARP = 0.4  # of the usual: out of focus
OTHER_VIEW = 0.3  # correlation with the usual edges, in most parts of the picture, under which the view is another
PARTS = (4, 5)  # rows, columns: who walks close by the camera changes some of them, a turned camera all
HIDDEN, LEAST_SHOWN = 0.4, 0.4  # of a part that a vehicle covers: it is hidden; of the parts that must be shown
SAME_PLACE_PX, SAME_PLACE_PEAK = 1.5, 0.1  # edges that still lie where they lay: another light, not another view
LEARN_FIRST_S, LEARN_S = 10.0, 300.0
HOLD_OFF = {
    CameraState.LIVE: timedelta(seconds=2),
    CameraState.FROZEN: timedelta(0),
    CameraState.DARK: timedelta(seconds=5),
    CameraState.COVERED: timedelta(seconds=2),
    CameraState.DEFOCUSED: timedelta(seconds=5),
    CameraState.MOVED: timedelta(seconds=20),  # a lorry that fills the picture drives on
}
MOBILE_FACTOR = 3  # a vehicle drives through tunnels and rain


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What a close look measures of one picture."""

    contrast: float  # standard deviation, levels
    texture: float  # mean edge, levels
    sharpness: float  # mean second derivative, levels
    edges: NDArray[np.float32]  # (h, w), where the edges are


class PictureState:
    """One camera's state machine. One thread; pictures come in the order of their times."""

    def __init__(self, *, mobile: bool = False) -> None:
        self._mobile = mobile
        self._usual: Look | None = None
        self._learned_s = 0.0
        self._looked_at: datetime | None = None
        self._looked_closely_at: datetime | None = None
        self._repeated: tuple[datetime, NDArray[np.uint8]] | None = None  # since when the picture is this one
        self._hidden_by: tuple[Box, ...] = ()
        self._state = self._seen = CameraState.LIVE
        self._seen_since: datetime | None = None

    @property
    def doubtful(self) -> bool:
        """Whether nothing should be concluded from the picture: one of the states is believed, or seen already."""
        return self._state is not CameraState.LIVE or self._seen is not CameraState.LIVE

    def look(self, frame: Frame, hidden_by: tuple[Box, ...] = ()) -> CameraState:
        """The state after `frame`: live, or one of the picture's states.

        `hidden_by` are the vehicles in it: of the view behind them nothing can be said.
        """
        at, self._hidden_by = frame.captured_at, hidden_by
        if self._looked_at is not None and timedelta() <= at - self._looked_at < EVERY:
            return self._state
        self._looked_at = at
        self._step(self._judge(frame, at), at)
        return self._state

    def _step(self, seen: CameraState, at: datetime) -> None:
        if seen is not self._seen or self._seen_since is None:
            self._seen, self._seen_since = seen, at
        hold_off = HOLD_OFF[seen] * (MOBILE_FACTOR if self._mobile else 1)
        if seen is not self._state and at - self._seen_since >= hold_off:
            self._state = seen

    def _judge(self, frame: Frame, at: datetime) -> CameraState:
        """By the light and the contrast alone where that will do, else by a close look."""
        small = frame.small()
        mean, contrast = (float(figure.item()) for figure in cv2.meanStdDev(small))
        frozen = self._is_repeated(small, at)
        if mean < DARK_MEAN and _brightest(small) < DARK_MOST:
            return CameraState.DARK
        if frozen:
            return CameraState.FROZEN
        if contrast < FLAT:
            return CameraState.COVERED
        usual = self._usual
        pale = usual is not None and contrast < LESS_CONTRAST * usual.contrast
        if not (pale or self._seen is not CameraState.LIVE or self._is_due_for_a_close_look(at)):
            return CameraState.LIVE
        return self._closely(measure(frame, contrast), at, pale=pale)

    def _is_due_for_a_close_look(self, at: datetime) -> bool:
        looked_at = self._looked_closely_at
        return looked_at is None or not timedelta() <= at - looked_at < CLOSELY_EVERY

    def _closely(self, look: Look, at: datetime, *, pale: bool) -> CameraState:
        """By what the camera usually shows; and learn from it, if it is well."""
        before, self._looked_closely_at = self._looked_closely_at, at
        usual = self._usual
        if usual is None or usual.edges.shape != look.edges.shape:
            self._usual, self._learned_s = look, 0.0
            return CameraState.LIVE
        seen = self._compared(look, usual, pale=pale)
        if seen is self._state is CameraState.LIVE and before is not None:
            self._learn(look, usual, min(10.0, max(0.0, (at - before).total_seconds())))
        return seen

    def _compared(self, look: Look, usual: Look, *, pale: bool) -> CameraState:
        if pale and look.texture < LESS_TEXTURE * usual.texture:
            return CameraState.COVERED
        if not pale and look.sharpness < LESS_SHARP * usual.sharpness:
            return CameraState.DEFOCUSED
        moved = not self._mobile and _is_other_view(usual.edges, look.edges, _in_view(self._hidden_by))
        return CameraState.MOVED if moved else CameraState.LIVE

    def _is_repeated(self, small: NDArray[np.uint8], at: datetime) -> bool:
        if self._repeated is not None and at >= self._repeated[0]:
            since, first = self._repeated
            if first.shape == small.shape and float(cv2.absdiff(small, first).max()) <= REPEATS:
                return at - since >= FROZEN_AFTER
        self._repeated = (at, small)
        return False

    def _learn(self, look: Look, usual: Look, elapsed_s: float) -> None:
        """Averages over all there was at first, then over the last minutes."""
        self._learned_s += elapsed_s
        share = min(1.0, elapsed_s / max(LEARN_FIRST_S, min(self._learned_s, LEARN_S)))
        cv2.accumulateWeighted(look.edges, usual.edges, share)
        self._usual = Look(
            contrast=_mixed(usual.contrast, look.contrast, share),
            texture=_mixed(usual.texture, look.texture, share),
            sharpness=_mixed(usual.sharpness, look.sharpness, share),
            edges=usual.edges,
        )


def measure(frame: Frame, contrast: float) -> Look:
    """What a close look shows of a picture with that contrast."""
    blurred = cv2.GaussianBlur(frame.small(), (3, 3), 0).astype(np.float32)
    edges = cv2.magnitude(cv2.Sobel(blurred, cv2.CV_32F, 1, 0), cv2.Sobel(blurred, cv2.CV_32F, 0, 1))
    luma = frame.luma()
    wide = min(FOCUS_WIDTH, luma.shape[1])
    focus = cv2.resize(luma, (wide, max(1, wide * luma.shape[0] // luma.shape[1])), interpolation=cv2.INTER_AREA)
    return Look(
        contrast=contrast,
        texture=float(edges.mean()),
        sharpness=float(cv2.absdiff(focus, cv2.GaussianBlur(focus, (5, 5), 0)).mean()),
        edges=np.asarray(edges, np.float32),
    )


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
    if np.count_nonzero(shown) < LEAST_SHOWN * shown.size or _correlation(usual, now, shown) >= OTHER_VIEW:
        return False
    window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
    (x, y), peak = cv2.phaseCorrelate(usual, now, window)
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
