"""The program behind `tests.gst_server`: GStreamer's RTSP server, run by the system's Python, which has its bindings.

Reads a clip's encoded pictures once, then sends them in a loop, re-stamped, to whoever plays. Prints `ready` when it
listens; ends when its standard input closes.
"""

from __future__ import annotations

import argparse
import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions come first

PARSERS = {"video/x-h264": ("h264parse", "rtph264pay"), "video/x-h265": ("h265parse", "rtph265pay")}


class Clip:
    """Every encoded picture of a clip, in decoding order, with its times from the clip's start in nanoseconds."""

    def __init__(self, path: str, codec: str) -> None:
        parser, self.payloader = PARSERS[codec]
        read = f'filesrc location="{path}" ! qtdemux ! {parser} ! {codec},stream-format=byte-stream,alignment=au'
        pipeline = Gst.parse_launch(f"{read} ! appsink name=out sync=false")
        sink = pipeline.get_by_name("out")
        pipeline.set_state(Gst.State.PLAYING)
        self.samples: list[Any] = []
        while sample := sink.emit("pull-sample"):
            self.samples.append(sample.get_buffer())
            self.caps = sample.get_caps()
        pipeline.set_state(Gst.State.NULL)
        if not self.samples:
            raise SystemExit(f"{path}: no {codec} in it")
        last = max(self.samples, key=lambda one: one.pts)
        self.length = last.pts + last.duration - min(one.pts for one in self.samples)


class Feeder:
    """Hands a clip's pictures to one pipeline, whenever it asks for more."""

    def __init__(self, clip: Clip, source: Any, *, loop: bool) -> None:
        self._clip = clip
        self._loop = loop
        self._sent = 0
        source.set_property("caps", clip.caps)
        source.connect("need-data", self._push)

    def _push(self, source: Any, _length: int) -> None:
        turn, index = divmod(self._sent, len(self._clip.samples))
        if turn and not self._loop:
            source.emit("end-of-stream")
            return
        original = self._clip.samples[index]
        picture = original.copy_deep()
        picture.pts = original.pts + turn * self._clip.length
        if original.dts != Gst.CLOCK_TIME_NONE:
            picture.dts = original.dts + turn * self._clip.length
        self._sent += 1
        source.emit("push-buffer", picture)


def mount(server: Any, arguments: argparse.Namespace, password: str) -> None:
    """Serve the clip at `/cam`, behind a password where one is set."""
    clip = Clip(arguments.clip, arguments.codec)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    factory.set_launch(
        f"( appsrc name=src format=time max-bytes=65536 ! {clip.payloader} name=pay0 config-interval=-1 )"
    )
    feeders: list[Feeder] = []

    def configure(_factory: Any, media: Any) -> None:
        feeders[:] = [Feeder(clip, media.get_element().get_by_name("src"), loop=arguments.loop)]

    factory.connect("media-configure", configure)
    if password:
        protect(server, factory, arguments.user, password, digest=arguments.digest)
    server.get_mount_points().add_factory("/cam", factory)


def protect(server: Any, factory: Any, user: str, password: str, *, digest: bool) -> None:
    """Let only `user` in, by Basic or by Digest authentication."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    if digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("viewer")
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


def end_with_parent(loop: Any) -> None:
    """Leave when the test that started this program closes its end of the pipe."""

    def wait() -> None:
        sys.stdin.read()
        GLib.idle_add(loop.quit)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def main() -> None:
    """Serve until standard input closes; its first line is the password, empty for none."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("--port", required=True)
    parser.add_argument("--codec", default="video/x-h264")
    parser.add_argument("--user", default="")
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--digest", action="store_true")
    arguments = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(arguments.port)
    mount(server, arguments, sys.stdin.readline().rstrip("\n"))
    loop = GLib.MainLoop()
    if not server.attach(None):
        raise SystemExit(f"port {arguments.port} cannot be bound")
    end_with_parent(loop)
    print("ready", flush=True)  # noqa: T201 - the test waits for this word
    loop.run()


if __name__ == "__main__":
    main()
