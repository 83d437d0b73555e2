"""GStreamer's RTSP client, run by the system's Python: prints how many pictures it has got, and their size."""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402 - after its version is chosen

url, protocol, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
Gst.init(None)
pipeline = Gst.parse_launch(
    f"rtspsrc location={url} protocols={protocol} latency=200 ! rtph264depay ! h264parse"
    " ! video/x-h264,alignment=au ! appsink name=sink max-buffers=100 sync=false"
)
sink = pipeline.get_by_name("sink")
pipeline.set_state(Gst.State.PLAYING)
for _ in range(wanted):
    sample = sink.emit("try-pull-sample", 10 * Gst.SECOND)
    if sample is None:
        message = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
        sys.exit(message.parse_error()[1] if message else "no picture within 10 s")
shape = sample.get_caps().get_structure(0)
sys.stdout.write(f"{wanted} {shape.get_value('width')}x{shape.get_value('height')}\n")
pipeline.set_state(Gst.State.NULL)
