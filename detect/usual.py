"""What a camera usually shows: how it is learned from its looks, and what a look has lost of it.

Whoever stands before the view is not the view: his going takes edges and contrast away that were never its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.look import Look
from detect.view import alike, in_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.view import Clear, OfParts

RISES = 0.1  # times as slowly as it falls the usual sharpness rises: who passes adds edges, and takes none away
KNOWN = 0.5  # of the time a place was free: less, and what is usual there is whoever stood before it
LESS_CONTRAST = 0.5  # of the usual: covered
LESS_SHARP = 0.4  # of the usual: out of focus
LEAST_SHARP = 2.0  # levels: less has lost nothing that could be told
AS_IT_WAS, MOST = 4.0, 0.5  # levels by which a place that is as it was may differ; of the places that must be
COARSE = 3.0  # pixels, standard deviation of the blur through which a picture out of focus is as it was,
IN_PLACE = 0.5  # ... and the correlation that a part of it then has with what it was


def learned(usual: Look, look: Look, share: float, *, lost: bool) -> Look:
    """What is usual after another look, of which `share` is learned.

    Nothing is of what somebody hides, and all of what is free where little was known. What was `lost` of the contrast
    as somebody went was not the view's: it is forgotten at once.
    """
    shares = look.free * np.where(_known(usual) > 0, np.float32(share), np.float32(1.0))
    return Look(
        contrast=_mixed(usual.contrast, look.contrast, 1.0 if lost else share),
        texture=_mixed(usual.texture, look.texture, 1.0 if lost else share),
        sharpness=_mixed(usual.sharpness, look.sharpness, share * (RISES if look.sharpness > usual.sharpness else 1.0)),
        noise=look.noise,
        sharp=_learned_sharp(usual, look, share),
        edges=usual.edges + shares * (look.edges - usual.edges),
        levels=usual.levels + shares * (look.levels - usual.levels),
        free=usual.free + np.float32(share) * (look.free - usual.free),
    )


def _learned_sharp(usual: Look, look: Look, share: float) -> OfParts:
    """The same of the parts that are shown."""
    slowly = np.where(look.sharp > usual.sharp, share * RISES, share)
    shares = np.where(in_view(_known(usual)), slowly, 1.0) * in_view(look.free)
    return np.asarray(usual.sharp + shares * (look.sharp - usual.sharp), np.float32)


def seen_free(usual: Look, look: Look) -> Clear:
    """Where the look shows the view, and what is usual is the view's too."""
    return look.free * _known(usual)


def is_as_it_was_elsewhere(usual: Look, look: Look) -> bool:
    """Whether most of the view is as bright as it was, and has what contrast it had: a cover leaves neither.

    Then what is lost was somebody who stood before it, or something, which the detector need not have seen.
    """
    known = seen_free(usual, look) > 0
    same = known & (np.abs(look.levels - usual.levels) <= AS_IT_WAS)
    if not same.any() or np.count_nonzero(same) < MOST * np.count_nonzero(known):
        return False
    return float(look.levels[same].std()) >= LESS_CONTRAST * float(usual.levels[same].std())


def is_blunt(usual: Look, look: Look) -> bool:
    """Whether the edges have lost their sharpness: more of it than their light, and where noise would not hide them."""
    expected = usual.sharpness * _gain(usual, look)
    return expected > max(LEAST_SHARP, look.noise) and look.sharpness < LESS_SHARP * expected


def is_blunt_in_place(usual: Look, look: Look) -> bool:
    """Whether most parts that had hard edges have blunt ones now, and seen coarsely are as they were.

    Of a part that only somebody had edges in who has gone that is not so; nor can he have taken those of most parts.
    """
    known = seen_free(usual, look)
    expected = usual.sharp * _gain(usual, look)
    sharp = in_view(known) & (expected > max(LEAST_SHARP, look.noise))
    in_place = alike(_coarse(usual.levels), _coarse(look.levels), known) >= IN_PLACE
    blunt = sharp & in_place & (look.sharp < LESS_SHARP * expected)
    return bool(2 * np.count_nonzero(blunt) > np.count_nonzero(sharp))


def _coarse(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), COARSE), np.float32)


def _known(usual: Look) -> Clear:
    return (usual.free >= KNOWN).astype(np.float32)


def _gain(usual: Look, look: Look) -> float:
    """How much of its contrast there is in this light."""
    return min(1.0, look.contrast / max(usual.contrast, 1e-6))


def _mixed(old: float, new: float, share: float) -> float:
    return old + share * (new - old)
