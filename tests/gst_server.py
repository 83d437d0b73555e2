"""A real third-party camera for tests: GStreamer's RTSP server, sending a clip in a loop."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.services import unavailable

PROGRAM = Path(__file__).with_name("gst_rtsp_main.py")
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's bindings to GStreamer are built for it alone
NEEDS = 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer'


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_gst() -> None:
    """Skip (in CI: fail) where GStreamer's RTSP server is not installed."""
    probe = [SYSTEM_PYTHON, "-c", NEEDS]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, check=False, capture_output=True).returncode:
        unavailable("GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)")


@dataclass(kw_only=True)
class GstRtspServer:
    """One clip (H.264, or H.265 with `codec`, in MP4) at `url`; stops and starts again on the same port."""

    clip: Path
    user: str = ""
    password: str = ""
    loop: bool = True
    digest: bool = False
    codec: str = "video/x-h264"
    fault: str = ""  # see the program
    after_s: float = 0.0
    other: Path | None = None
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where to read it, with the right password in it."""
        return self.url_for(self.user, self.password)

    def url_for(self, user: str, password: str) -> str:
        """Where to read it as `user`; percent-encoded as a configuration would be."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"rtsp://{login}127.0.0.1:{self.port}/cam"

    def start(self) -> None:
        """Listen; returns when it does."""
        command = [SYSTEM_PYTHON, str(PROGRAM), str(self.clip), "--port", str(self.port), "--codec", self.codec]
        command += ["--user", self.user, *["--loop"] * self.loop, *["--digest"] * self.digest]
        command += ["--fault", self.fault, "--after", str(self.after_s), "--other", str(self.other or "")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(self.password + "\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "ready\n":
            self.stop()
            pytest.fail("GStreamer's RTSP server did not start: see its words on stderr")

    def pause(self) -> None:
        """Fall silent with every connection open, as a camera does whose firmware hangs. `stop` still ends it."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """Drop dead, as a camera does whose power is cut: connections break, the port is free again."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=10)
            self._process = None


@contextmanager
def gst_rtsp_server(
    clip: Path,
    user: str = "",
    password: str = "",
    *,
    loop: bool = True,
    digest: bool = False,
    codec: str = "video/x-h264",
) -> Iterator[GstRtspServer]:
    """Serve `clip` from a process of its own; yields the running server, whose `.url` is the camera's."""
    with running(GstRtspServer(clip=clip, user=user, password=password, loop=loop, digest=digest, codec=codec)) as it:
        yield it


@contextmanager
def running(server: GstRtspServer) -> Iterator[GstRtspServer]:
    """`server`, started, until the block ends."""
    require_gst()
    server.start()
    try:
        yield server
    finally:
        server.stop()
