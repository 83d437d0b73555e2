"""What a close look measures of a picture, and how it is kept for a worker that takes over."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ingest.messages import Frame

FOCUS_WIDTH = 320  # pixels of the reduction in which sharpness is measured
HARDEST = 0.98  # of the pixels have a smaller second derivative than a hard edge
NOISE_TAIL = 3.45  # what that share of the amounts of a normal distribution stays under, in its median amounts
EDGE_STEP = 4.0  # levels by which kept edges are rounded: it is their places that count


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What a close look measures of one picture."""

    contrast: float  # standard deviation, levels
    texture: float  # mean edge, levels
    sharpness: float  # second derivative at the hardest edges beyond what noise alone would give there, levels
    noise: float  # what noise alone gives there, levels
    edges: NDArray[np.float32]  # (h, w), where the edges are

    def packed(self) -> dict[str, Any]:
        """Fit for JSON, some ten kilobytes."""
        coarse = np.clip(np.round(self.edges / EDGE_STEP), 0, 255).astype(np.uint8)
        return {
            "contrast": self.contrast,
            "texture": self.texture,
            "sharpness": self.sharpness,
            "noise": self.noise,
            "shape": list(coarse.shape),
            "edges": b64encode(zlib.compress(coarse.tobytes())).decode("ascii"),
        }

    @classmethod
    def unpacked(cls, kept: Mapping[str, Any]) -> Look:
        """The one that was packed.

        Raises:
            ValueError, KeyError, TypeError: it is none.
        """
        try:
            coarse = np.frombuffer(zlib.decompress(b64decode(kept["edges"])), np.uint8).reshape(kept["shape"])
        except zlib.error as error:
            raise ValueError("the edges cannot be read") from error
        return cls(
            contrast=float(kept["contrast"]),
            texture=float(kept["texture"]),
            sharpness=float(kept["sharpness"]),
            noise=float(kept["noise"]),
            edges=coarse.astype(np.float32) * np.float32(EDGE_STEP),
        )


def measure(frame: Frame, contrast: float) -> Look:
    """What a close look shows of a picture with that contrast."""
    blurred = cv2.GaussianBlur(frame.small(), (3, 3), 0).astype(np.float32)
    edges = cv2.magnitude(cv2.Sobel(blurred, cv2.CV_32F, 1, 0), cv2.Sobel(blurred, cv2.CV_32F, 0, 1))
    luma = frame.luma()
    wide = min(FOCUS_WIDTH, luma.shape[1])
    focus = cv2.resize(luma, (wide, max(1, wide * luma.shape[0] // luma.shape[1])), interpolation=cv2.INTER_AREA)
    sharpness, noise = _sharpness(focus.astype(np.float32))
    return Look(
        contrast=contrast,
        texture=float(edges.mean()),
        sharpness=sharpness,
        noise=noise,
        edges=np.asarray(edges, np.float32),
    )


def _sharpness(focus: NDArray[np.float32]) -> tuple[float, float]:
    """Of edges beyond noise, and of noise: that is everywhere, and as sharp at night as anything; edges are few."""
    amounts = np.abs(focus - cv2.GaussianBlur(focus, (5, 5), 0)).ravel()
    middle, hardest = amounts.size // 2, min(amounts.size - 1, int(HARDEST * amounts.size))
    ordered = np.partition(amounts, (middle, hardest))
    noise = NOISE_TAIL * float(ordered[middle])
    return max(0.0, float(ordered[hardest]) - noise), noise
