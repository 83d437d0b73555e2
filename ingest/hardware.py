"""Decoding on a graphics processor: asked for by configuration, used where the machine has one, never relied on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import av
from av.codec.hwaccel import HWAccel, hwdevices_available

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

SOFTWARE = "none"
AUTO = "auto"
OPTIONS: dict[str, dict[str, object]] = {
    "cuda": {"primary_ctx": "1"}
}  # all cameras of a process share one context: each costs hundreds of MiB


def open_codec(codec: str, hwaccel: str) -> tuple[VideoCodecContext, str]:
    """A decoder for FFmpeg's `codec`, and the kind of device it decodes on; "" when that is the processor.

    Pictures come back in the machine's memory whatever the device. A stream that the device cannot decode is
    decoded by software by FFmpeg itself.
    """
    for device in _devices(hwaccel):
        try:
            opened = av.CodecContext.create(
                av.Codec(codec, "r"), "r", hwaccel=HWAccel(device, options=OPTIONS.get(device))
            )
        except (av.FFmpegError, NotImplementedError):  # no such device here, or none for this codec
            continue
        if opened.is_hwaccel:
            return cast("VideoCodecContext", opened), device
    return cast("VideoCodecContext", av.CodecContext.create(codec, "r")), ""


def _devices(hwaccel: str) -> Iterator[str]:
    if hwaccel == AUTO:
        yield from hwdevices_available()
    elif hwaccel != SOFTWARE:
        yield hwaccel
