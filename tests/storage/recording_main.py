"""A process that records a clip and never ends it: `python -m tests.storage.recording_main ROOT`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from prometheus_client import CollectorRegistry

from storage.evidence import EvidenceStore
from storage.metrics import EvidenceMetrics
from tests.storage.events import Held, event, shot
from tests.storage.footage import START, film

if __name__ == "__main__":
    store = EvidenceStore(Path(sys.argv[1]), EvidenceMetrics(CollectorRegistry()), clock=lambda: START)
    store.start()
    packets = film(18)
    store.open(event(12), shot(), Held(packets=packets[:123]))
    for packet in packets[123:]:
        store.feed(packet)
    threading.Event().wait(60)
