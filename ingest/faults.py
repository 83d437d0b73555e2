"""FFmpeg's errors in our words. Theirs carry the whole URL, so not one of their texts is passed on but the reason."""

from __future__ import annotations

from urllib.parse import urlsplit

import av
from av import error as ffmpeg

from ingest.errors import CameraError, Fault

_FAULTS: tuple[tuple[tuple[type[Exception], ...], Fault], ...] = (
    ((ffmpeg.HTTPUnauthorizedError, ffmpeg.HTTPForbiddenError), Fault.REFUSED),
    ((ffmpeg.ExitError, ffmpeg.TimeoutError), Fault.SILENT),  # PyAV's own timeouts interrupt, which FFmpeg calls exit
    ((ffmpeg.EOFError,), Fault.ENDED),
    ((ffmpeg.InvalidDataError, ffmpeg.DemuxerNotFoundError, ffmpeg.DecoderNotFoundError), Fault.UNREADABLE),
)
_REASONS = {
    Fault.REFUSED: "refuses the user or the password",
    Fault.SILENT: "does not answer in time",
    Fault.ENDED: "ended the stream",
    Fault.UNREADABLE: "sends nothing that can be read as video",
}


def camera_error(camera: str, where: str, error: av.FFmpegError, *, ran_out: bool = False) -> CameraError:
    """`error` met at `where`, as what the supervisor acts on. Raise it `from None`: the original shows the password.

    `ran_out` says that the time was up: FFmpeg calls an RTSP answer that was cut short by it invalid data.
    """
    fault = next((fault for kinds, fault in _FAULTS if isinstance(error, kinds)), Fault.UNREACHABLE)
    if ran_out and fault is Fault.UNREADABLE:
        fault = Fault.SILENT
    reason = _REASONS.get(fault) or f"cannot be opened ({error.strerror})"
    return CameraError(camera, fault, f"{where} {reason}")


def place(url: str) -> str:
    """Where `url` points, without user, password, path or query: `10.0.1.11:554`."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or "the camera"
    except ValueError:
        return "the camera"
