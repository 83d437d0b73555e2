"""A node in which whoever plays the clip `hangs.mp4` has a thread that never comes back, as no timeout would allow.

Its workers would wait two minutes for other cameras' threads, were they not replaced.

`python -m tests.ringwatch.hanging_node_main ...` is `python -m ringwatch ...`; its workers are this file too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import ingest.supervisor
import ringwatch.worker
from config.model import Camera
from ingest.clock import Clock
from ingest.messages import Packet, StreamInfo
from ingest.sources import Source, open_source
from ingest.whip.feed import VehicleFeed
from tests.ringwatch.node_main import node_or_child

HANGS = "hangs.mp4"
PATIENCE_S = 3.0
STOP_CAMERAS_S = 120.0


class HangingSource:
    """Opens, gives its packets for a while, then never returns."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def clock_ahead_s(self) -> float | None:
        return None

    @property
    def buffers(self) -> bool:
        return self._source.buffers

    def open(self) -> StreamInfo:
        return self._source.open()

    def packets(self) -> Iterator[Packet]:
        began_s = time.monotonic()
        for packet in self._source.packets():
            yield packet
            while time.monotonic() - began_s > PATIENCE_S:
                time.sleep(3600)

    def close(self) -> None:
        self._source.close()


def opened(camera: Camera, url: str, clock: Clock, vehicles: Mapping[str, VehicleFeed] | None = None) -> Source:
    source = open_source(camera, url, clock, vehicles)
    return HangingSource(source) if url.endswith(HANGS) else source


def main() -> None:
    ringwatch.worker.open_source = opened  # type: ignore[attr-defined]
    ringwatch.worker.STOP_CAMERAS_S = STOP_CAMERAS_S
    ingest.supervisor.GRACE_S = PATIENCE_S
    node_or_child("tests.ringwatch.hanging_node_main")


if __name__ == "__main__":
    main()
