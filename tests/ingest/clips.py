"""Tiny clips made by code, for tests that need real encoded video."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np

from ingest.messages import Packet
from tests.ingest.given import START, file_source


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """What a made clip is like: grey pictures with a bright bar that moves on with each picture."""

    seconds: float = 4.0
    rate: int = 10  # pictures a second
    size: tuple[int, int] = (160, 96)
    gop: int = 10  # pictures
    b_frames: int = 0
    codec: str = "libx264"
    slices: int = 1  # a picture
    refreshed: bool = False  # column by column in place of whole keyframes
    still: tuple[float, float] = (0.0, 0.0)  # seconds from and to which the bar does not move

    @property
    def pictures(self) -> int:
        return round(self.seconds * self.rate)

    def stands_at(self, index: int) -> int:
        """The number of the moving picture that picture `index` looks like."""
        begins, ends = (round(at_s * self.rate) for at_s in self.still)
        return begins if begins <= index < ends else index


def make_clip(path: Path, spec: ClipSpec | None = None) -> Path:
    """Encode a clip to `path`; the container is the one its suffix names."""
    spec = spec or ClipSpec()
    with av.open(str(path), "w") as container:
        stream = cast("av.VideoStream", container.add_stream(spec.codec, rate=spec.rate))
        stream.width, stream.height = spec.size
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.gop_size = spec.gop
        codec.max_b_frames = spec.b_frames
        codec.time_base = Fraction(1, spec.rate)
        codec.thread_count = 1
        if spec.codec == "libx265":
            codec.options = {"x265-params": "log-level=none"}
        if spec.codec == "libx264":
            params = f"scenecut=0:log-level=none:slices={spec.slices}:intra-refresh={int(spec.refreshed)}"
            codec.options = {"x264-params": params, "preset": "veryfast"}
        for index in range(spec.pictures):
            still = picture(spec.stands_at(index), spec.size)
            still.pts = index
            container.mux(stream.encode(still))
        container.mux(stream.encode(None))
    return path


def cut_short(source: Path, target: Path, share: float) -> Path:
    """The first `share` of the clip `source`, as a copy that broke off leaves it: its header tells of the whole."""
    with av.open(str(source)) as given, av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux_one(packet)
    target.write_bytes(target.read_bytes()[: round(share * target.stat().st_size)])
    return target


def turned(source: Path, target: Path, degrees: int) -> Path:
    """The clip `source` as a phone that is held otherwise writes it: coded the same, and marked to be turned."""
    with av.open(str(source)) as given, av.open(str(target), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return target


def picture(index: int, size: tuple[int, int]) -> av.VideoFrame:
    """Picture `index`: the bar stands at column `8 * index`, and says so to whoever decodes it."""
    width, height = size
    image = np.full((height, width, 3), 60, np.uint8)
    left = 8 * index % width
    image[:, left : left + 8] = 220
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts = index
    return frame


def bar_of(luma: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> int:
    """Where the bar of a decoded picture stands, in steps of 8 columns."""
    return int(np.argmax(luma.astype(np.float32).mean(axis=0).reshape(-1, 8).mean(axis=1)))


def packets_of(path: Path) -> list[Packet]:
    """Every packet of the clip at `path`, as a replay from `START` reads them."""
    source = file_source(path, start=START)
    source.open()
    try:
        return list(source.packets())
    finally:
        source.close()
