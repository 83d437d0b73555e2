"""Streams for benches: the simulator in a process of its own, so that its cost is not ours."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from config.errors import BackendUnavailable
from ringwatch.demo_config import HOST, free_port
from ringwatch.processes import leashed

START_S = 20.0
LARGE = (1920, 1080)
LARGE_RATE = 25
LARGE_S = 8
SUB = (640, 360)
SUB_RATE = 10
SUB_S = 16


@contextmanager
def serving(clips: Mapping[str, Path]) -> Iterator[dict[str, str]]:
    """Each of `clips` served over RTSP under its name; where.

    Raises:
        BackendUnavailable: the simulator does not start.
    """
    with TemporaryDirectory(prefix="ringwatch-") as folder:
        port = free_port(0)
        urls = {name: f"rtsp://{HOST}:{port}/{name}" for name in clips}
        config = Path(folder) / "network.yaml"
        rows = [{"id": name, "name": name, "ring": "inner", "stream": {"sub": url}} for name, url in urls.items()]
        config.write_text(json.dumps({"cameras": rows}), "utf-8")  # JSON is YAML
        for name, clip in clips.items():
            (Path(folder) / f"{name}.mp4").symlink_to(clip)
        with simulator(config, port, "--clips", folder):
            yield urls


@contextmanager
def simulator(config: Path, port: int, *options: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """`ringwatch simulate CONFIG`, until the block ends.

    Raises:
        BackendUnavailable: it does not start.
    """
    command = [sys.executable, "-m", "ringwatch", "--log-level", "error", "simulate", str(config)]
    process = subprocess.Popen(leashed([*command, "--port", str(port), *map(str, options)]))
    try:
        _await_port(process, port)
        yield process
    finally:
        process.terminate()
        process.wait()


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline_s = time.monotonic() + START_S * 6
    while time.monotonic() < deadline_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise BackendUnavailable("the simulator did not start, see what it says above")


def large_clip(path: Path) -> Path:
    """A 1080p25 main stream of about 4 Mbit/s, keyframes every two seconds, in which little happens."""
    return _made(path, LARGE, LARGE_RATE, LARGE_S, bit_rate=4_000_000, walkers=0)


def busy_clip(path: Path) -> Path:
    """A sub stream, 640x360 at 10 pictures a second, keyframes every two seconds, in which something moves always."""
    return _made(path, SUB, SUB_RATE, SUB_S, bit_rate=400_000, walkers=3)


def _made(path: Path, size: tuple[int, int], rate: int, seconds: int, *, bit_rate: int, walkers: int) -> Path:
    rng = np.random.default_rng(1)
    width, height = size
    part = width // 48
    street = np.kron(rng.integers(60, 180, (height // part + 1, 50)), np.ones((part, part)))[:height, :width]
    grains = [rng.normal(0, 3, (height, width)).astype(np.int16) for _ in range(8)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, rate)
        stream.codec_context.gop_size = 2 * rate
        stream.codec_context.max_b_frames = 0
        stream.codec_context.bit_rate = bit_rate
        stream.options = {"preset": "ultrafast", "x264-params": "scenecut=0:log-level=none"}
        for number in range(seconds * rate):
            luma = street + grains[number % len(grains)]
            for walker in range(walkers):
                left = (walker * width // walkers + 9 * number) % (width - 40)
                luma[height // 3 + 30 * walker :, left : left + 24][: height // 4] = 220
            shown = np.clip(luma, 16, 235).astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(shown, format="gray").reformat(format="yuv420p")
            picture.pts = number
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path
