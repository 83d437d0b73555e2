"""The program behind `test_unreachable`: tries a camera at a port TRIES times, in a process of its own.

Prints what it holds after the first tries and after the last, and why they failed, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import asdict, dataclass
from datetime import timedelta

import psutil
from prometheus_client import CollectorRegistry

from ingest.clock import utc_now
from ingest.errors import Fault
from ingest.metrics import IngestMetrics
from ingest.sources import open_source
from ingest.supervisor import CameraSupervisor
from ingest.turns import Turn
from tests.ingest.given import QuickBackoff, RecordingSinks, camera

FIRST = 50  # tries after which a process has what it needs for one


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the process holds between two tries."""

    rss_mib: float
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> Held:
        me = psutil.Process()
        return cls(rss_mib=me.memory_info().rss / 2**20, descriptors=me.num_fds(), threads=threading.active_count())


class Measuring(QuickBackoff):
    """Measures between two tries, when nothing of a connection should be left."""

    def __init__(self, tries: int) -> None:
        super().__init__()
        self.held: list[Held] = []
        self.done = threading.Event()
        self._tries = tries

    def next_wait(self, fault: Fault) -> timedelta:
        self.held.append(Held.now())
        if len(self.held) >= self._tries:
            self.done.set()
        super().next_wait(fault)
        return timedelta(milliseconds=1)


def main(port: str, tries: str) -> None:
    """Until the last try has failed."""
    watched, backoff = camera(f"rtsp://127.0.0.1:{port}/cam", timeout_s=0.1), Measuring(int(tries))
    supervisor = CameraSupervisor(
        watched,
        source_factory=lambda: open_source(watched, watched.stream.analysis_url, utc_now),
        sinks=RecordingSinks(),
        clock=utc_now,
        metrics=IngestMetrics(CollectorRegistry()),
        turn=Turn(backoff=backoff),
    )
    supervisor.start()
    backoff.done.wait()
    supervisor.stop(5.0)
    first, last = backoff.held[FIRST], backoff.held[int(tries) - 1]
    said = {"first": asdict(first), "last": asdict(last), "faults": sorted(set(backoff.faults))}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
