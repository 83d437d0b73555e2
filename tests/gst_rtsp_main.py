"""The program behind `tests.gst_server`: GStreamer's RTSP server, run by the system's Python, which has its bindings.

Reads a clip's encoded pictures once, then sends them in a loop, re-stamped, to whoever plays; with `--fault`, spoiled
from some second on. Prints `ready` when it listens; ends when its standard input closes.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions come first

PARSERS = {"video/x-h264": ("h264parse", "rtph264pay"), "video/x-h265": ("h265parse", "rtph265pay")}
FAULTS = ("freeze", "other", "corrupt", "duplicate_pts", "backward_pts")
BACK_S = 5
HEADER_BYTES = 8  # of a picture's slice that say what it is: left whole, so that the damage is within the picture


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


class Wrong:
    """What goes wrong with the pictures of one pipeline, and from when on, in nanoseconds of its stream."""

    def __init__(self, fault: str, after_s: float) -> None:
        self.fault = fault
        self._after = after_s * Gst.SECOND
        self._keyframe: Any = None  # the newest that was sent
        self._before = 0  # the stamp of the picture before
        self._random = random.Random(7)  # noqa: S311 - damage, not a secret

    def goes_on(self, stamp: int) -> bool:
        """Whether the picture that is due at `stamp` is struck."""
        return bool(self.fault) and stamp >= self._after

    def spoiled(self, picture: Any, stamp: int) -> tuple[Any, int]:
        """The picture that is sent in place of `picture`, which is due at `stamp`, and its own stamp."""
        struck = self.goes_on(stamp)
        if not picture.has_flags(Gst.BufferFlags.DELTA_UNIT) and not (struck and self._keyframe):
            self._keyframe = picture
        if struck and self.fault == "duplicate_pts" and round(10 * stamp / Gst.SECOND) % 2:
            stamp = self._before
        self._before = stamp
        if struck and self.fault == "backward_pts":
            stamp -= BACK_S * Gst.SECOND
        if struck and self.fault == "freeze":
            picture = self._keyframe
        return self._damaged(picture) if struck and self.fault == "corrupt" else picture.copy_deep(), stamp

    def _damaged(self, picture: Any) -> Any:
        """The parameter sets are left whole: what is damaged is the picture, which comes last."""
        content = bytearray(picture.extract_dup(0, picture.get_size()))
        begin = content.rfind(b"\x00\x00\x01") + HEADER_BYTES
        for _ in range(max(1, len(content) // 40)):
            if begin < len(content):
                content[self._random.randrange(begin, len(content))] = self._random.randrange(1, 256)
        damaged = Gst.Buffer.new_wrapped(bytes(content))
        damaged.set_flags(picture.get_flags())
        damaged.duration = picture.duration
        return damaged


class Feeder:
    """Hands a clip's pictures to one pipeline, whenever it asks for more; `other`'s once it goes `wrong` like that."""

    def __init__(self, clip: Clip, source: Any, *, loop: bool, wrong: Wrong, other: Clip | None = None) -> None:
        self._clip, self._other = clip, other
        self._loop = loop
        self._wrong = wrong
        self._sent = 0
        self._base = 0  # where the clip begins in the stream
        source.set_property("caps", clip.caps)
        source.connect("need-data", self._push)

    def _push(self, source: Any, _length: int) -> None:
        turn, index = divmod(self._sent, len(self._clip.samples))
        if turn and not self._loop:
            source.emit("end-of-stream")
            return
        original = self._clip.samples[index]
        begins = self._base + turn * self._clip.length
        if self._other and self._wrong.goes_on(begins + original.pts):
            self._change_to(self._other, source, begins + original.pts)
            self._push(source, 0)
            return
        picture, stamp = self._wrong.spoiled(original, begins + original.pts)
        picture.pts = stamp
        if original.dts != Gst.CLOCK_TIME_NONE:
            picture.dts = stamp - original.pts + original.dts
        self._sent += 1
        source.emit("push-buffer", picture)

    def _change_to(self, other: Clip, source: Any, stamp: int) -> None:
        self._clip, self._other = other, None
        self._sent, self._base = 0, stamp - other.samples[0].pts
        source.set_property("caps", other.caps)


def mount(server: Any, arguments: argparse.Namespace, password: str) -> None:
    """Serve the clip at `/cam`, behind a password where one is set."""
    clip = Clip(arguments.clip, arguments.codec)
    other = Clip(arguments.other, arguments.codec) if arguments.other else None
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    factory.set_launch(
        f"( appsrc name=src format=time max-bytes=65536 ! {clip.payloader} name=pay0 config-interval=-1 )"
    )
    feeders: list[Feeder] = []

    def configure(_factory: Any, media: Any) -> None:
        source = media.get_element().get_by_name("src")
        wrong = Wrong(arguments.fault, arguments.after)
        feeders[:] = [Feeder(clip, source, loop=arguments.loop, wrong=wrong, other=other)]

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
    parser.add_argument("--fault", default="", choices=("", *FAULTS))
    parser.add_argument("--after", type=float, default=0.0, help="seconds of the stream before the fault")
    parser.add_argument("--other", default="", help="the clip whose pictures come then, with the fault `other`")
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
