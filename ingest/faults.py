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


def opening_error(camera: str, where: str, error: av.FFmpegError, *, ran_out: bool = False) -> CameraError:
    """`error` met on opening `where`, as what the supervisor acts on. Raise it `from None`: the original shows the URL.

    `ran_out` says that the time was up: FFmpeg calls an RTSP answer that was cut short by it invalid data.
    """
    fault = _fault(error) or Fault.UNREACHABLE
    if ran_out and fault is Fault.UNREADABLE:
        fault = Fault.SILENT
    return CameraError(camera, fault, f"{where} {_REASONS.get(fault) or f'cannot be opened ({error.strerror})'}")


def reading_error(camera: str, where: str, error: av.FFmpegError) -> CameraError:
    """`error` met after `where` was open. Raise it `from None`."""
    fault = _fault(error)
    if fault is None:
        return CameraError(camera, Fault.ENDED, f"{where} broke off ({error.strerror})")
    return CameraError(camera, fault, f"{where} {_REASONS[fault]}")


def _fault(error: av.FFmpegError) -> Fault | None:
    return next((fault for kinds, fault in _FAULTS if isinstance(error, kinds)), None)


def place(url: str) -> str:
    """Where `url` points, without user, password, path or query: `10.0.1.11:554`."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or "the camera"
    except ValueError:
        return "the camera"
