"""No password in a log, an error's text, a traceback, or the values of our own frames."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from types import TracebackType

import av
import pytest
from structlog.testing import capture_logs

import ingest
from ingest.clock import utc_now
from ingest.errors import CameraError, Fault
from ingest.sources import open_source
from tests.gst_server import free_port, gst_rtsp_server
from tests.ingest.given import Watched, camera
from tests.ingest.servers import tcp_server

PASSWORD = "hunter2"
ROOM = Path(str(ingest.__file__)).parent


def our_values(at: TracebackType | None) -> list[str]:
    """What every variable of ingest's own frames prints as, where a logger shows them beside the traceback."""
    shown = []
    while at is not None:
        if Path(at.tb_frame.f_code.co_filename).is_relative_to(ROOM):
            shown += [repr(value) for value in at.tb_frame.f_locals.values()]
        at = at.tb_next
    return shown


def said_by(url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> str:
    """All that opening `url` says anywhere: as an error, and as a supervised camera."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CameraError) as raised:
        open_source(camera(url, timeout_s=0.5), url, utc_now).open()
    error = raised.value
    watched = Watched(camera(url, timeout_s=0.5))
    with capture_logs() as lines:
        watched.supervisor.start()
        assert watched.backoff.failed.wait(5.0)
        assert watched.supervisor.stop(5.0)
    captured = capfd.readouterr()
    said = [str(error), repr(error), "".join(traceback.format_exception(error)), *our_values(error.__traceback__)]
    return "\n".join([*said, *map(repr, [*watched.sinks.statuses, *lines]), captured.out, captured.err, caplog.text])


def test_nobody_listening_tells_no_password(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    said = said_by(f"rtsp://east:{PASSWORD}@127.0.0.1:{free_port()}/cam", capfd, caplog)
    assert "camera is offline" in said
    assert PASSWORD not in said


@pytest.mark.parametrize("scheme", ["rtsp", "rtmp"])
@pytest.mark.parametrize("answer", [None, b"noise"])
def test_a_server_that_misbehaves_tells_no_password(
    scheme: str, answer: bytes | None, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with tcp_server(answer) as port:
        assert PASSWORD not in said_by(f"{scheme}://east:{PASSWORD}@127.0.0.1:{port}/cam", capfd, caplog)


@pytest.mark.parametrize("digest", [False, True])
def test_a_refused_password_is_not_repeated(
    clip: Path, digest: bool, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with gst_rtsp_server(clip, "east", "another", digest=digest) as server:
        said = said_by(server.url_for("east", PASSWORD), capfd, caplog)
    assert "refuses the user or the password" in said
    assert PASSWORD not in said


def test_ffmpegs_own_log_stays_shut_even_where_somebody_opened_it(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """With PyAV's logging on, FFmpeg's lines would reach the log, and its last one every error."""
    av.logging.set_level(av.logging.DEBUG)
    try:
        assert PASSWORD not in said_by(f"rtsp://east:{PASSWORD}@127.0.0.1:{free_port()}/cam", capfd, caplog)
        assert "libav" not in caplog.text
    finally:
        av.logging.set_level(None)


def test_a_camera_error_takes_a_password_out_of_any_reason() -> None:
    error = CameraError("gate", Fault.INTERNAL, f"rtsp://east:{PASSWORD}@10.0.1.11/main failed")
    assert str(error) == "gate: rtsp://***@10.0.1.11/main failed"
