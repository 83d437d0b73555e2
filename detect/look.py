"""What a close look measures of a picture, and how it is kept for a worker that takes over."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from detect.view import PARTS, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.view import Clear, OfParts
    from ingest.messages import Frame

FOCUS_WIDTH = 320  # pixels of the reduction in which sharpness is measured
HARDEST = 0.98  # of the pixels have a smaller second derivative than a hard edge
NOISE_TAIL = 3.45  # what that share of the amounts of a normal distribution stays under, in its median amounts
EDGE_STEP = 4.0  # levels by which kept edges are rounded: it is their places that count
LEVEL_STEP = 2.0  # ... kept brightness
FREE_STEP = 1 / 64  # ... for how much of the time the view was free


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What a close look measures of one picture."""

    contrast: float  # standard deviation, levels
    texture: float  # mean edge, levels
    sharpness: float  # second derivative at the hardest edges beyond what noise alone would give there, levels
    noise: float  # what noise alone gives there, levels
    sharp: OfParts  # the same of each part, of what of it is free
    edges: NDArray[np.float32]  # (h, w), where the edges are
    levels: NDArray[np.float32]  # (h, w), brightness
    free: NDArray[np.float32]  # (h, w), 1 where nobody hides the view; of what is usual, for how much of the time

    def packed(self) -> dict[str, Any]:
        """Fit for JSON, some twenty kilobytes."""
        return {
            "contrast": self.contrast,
            "texture": self.texture,
            "sharpness": self.sharpness,
            "noise": self.noise,
            "sharp": np.round(self.sharp.astype(float), 2).tolist(),
            "shape": list(self.edges.shape),
            "edges": _packed(self.edges, EDGE_STEP),
            "levels": _packed(self.levels, LEVEL_STEP),
            "free": _packed(self.free, FREE_STEP),
        }

    @classmethod
    def unpacked(cls, kept: Mapping[str, Any]) -> Look:
        """The one that was packed.

        Raises:
            ValueError, KeyError, TypeError: it is none.
        """
        shape = kept["shape"]
        return cls(
            contrast=float(kept["contrast"]),
            texture=float(kept["texture"]),
            sharpness=float(kept["sharpness"]),
            noise=float(kept["noise"]),
            sharp=np.asarray(kept["sharp"], np.float32).reshape(PARTS),
            edges=_unpacked(kept["edges"], shape, EDGE_STEP),
            levels=_unpacked(kept["levels"], shape, LEVEL_STEP),
            free=_unpacked(kept["free"], shape, FREE_STEP),
        )


def measure(frame: Frame, contrast: float, clear: Clear) -> Look:
    """What a close look shows of a picture with that contrast, of which so much is `clear` of people and vehicles."""
    blurred = cv2.GaussianBlur(frame.small(), (3, 3), 0).astype(np.float32)
    edges = cv2.magnitude(cv2.Sobel(blurred, cv2.CV_32F, 1, 0), cv2.Sobel(blurred, cv2.CV_32F, 0, 1))
    luma = frame.luma()
    wide = min(FOCUS_WIDTH, luma.shape[1])
    size = (wide, max(1, wide * luma.shape[0] // luma.shape[1]))
    focus = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    amounts = np.abs(focus - cv2.GaussianBlur(focus, (5, 5), 0))
    noise = NOISE_TAIL * _ordered(amounts.ravel(), 0.5)
    return Look(
        contrast=contrast,
        texture=float(edges.mean()),
        sharpness=_beyond(amounts.ravel(), noise),
        noise=noise,
        sharp=_sharp_parts(amounts, clear, noise),
        edges=np.asarray(edges, np.float32),
        levels=blurred,
        free=clear,
    )


def _sharp_parts(amounts: NDArray[np.float32], clear: Clear, noise: float) -> OfParts:
    """The second derivative at the hardest edges of each part, of what of it is clear; 0 where nothing is."""
    height, width = amounts.shape
    parts = cut(amounts)
    free = cut(cv2.resize(clear, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.float32)) > 0
    rows, columns = PARTS
    sharp = [[_beyond(parts[y, :, x][free[y, :, x]], noise) for x in range(columns)] for y in range(rows)]
    return np.array(sharp, np.float32)


def _beyond(amounts: NDArray[np.float32], noise: float) -> float:
    """Of edges beyond noise: that is everywhere, and as sharp at night as anything; edges are few."""
    return max(0.0, _ordered(amounts, HARDEST) - noise) if amounts.size else 0.0


def _ordered(amounts: NDArray[np.float32], share: float) -> float:
    """The one that this share of them is smaller than."""
    place = min(amounts.size - 1, int(share * amounts.size))
    return float(np.partition(amounts, place)[place])


def _packed(figures: NDArray[np.float32], step: float) -> str:
    coarse = np.clip(np.round(figures / step), 0, 255).astype(np.uint8)
    return b64encode(zlib.compress(coarse.tobytes())).decode("ascii")


def _unpacked(text: str, shape: list[int], step: float) -> NDArray[np.float32]:
    try:
        coarse = np.frombuffer(zlib.decompress(b64decode(text)), np.uint8).reshape(shape)
    except zlib.error as error:
        raise ValueError("what was kept of a picture cannot be read") from error
    return coarse.astype(np.float32) * np.float32(step)
