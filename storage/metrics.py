"""What evidence says of itself to Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class EvidenceMetrics:
    """Counters and gauges of one process's evidence."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.snapshots = Counter(
            "ringwatch_storage_snapshots_total",
            "Snapshots of alerts, by outcome: written, failed or dropped.",
            ["outcome"],
            registry=registry,
        )
        self.clips = Counter(
            "ringwatch_storage_clips_total",
            "Clips of alerts, by outcome: complete, cut (plays, ends early), missing, or dropped before they began.",
            ["outcome"],
            registry=registry,
        )
        self.recovered = Counter(
            "ringwatch_storage_clips_recovered_total",
            "Clips that an earlier process left unfinished and that were finished at start.",
            registry=registry,
        )
        self.dropped_packets = Counter(
            "ringwatch_storage_dropped_packets_total",
            "Packets of open clips that were dropped because the disk was slower than the cameras.",
            registry=registry,
        )
        self.errors = Counter(
            "ringwatch_storage_errors_total",
            "Times the disk or the muxer refused a file of evidence.",
            registry=registry,
        )
        self.open_clips = Gauge(
            "ringwatch_storage_open_clips",
            "Clips being recorded at this moment.",
            multiprocess_mode="livesum",
            registry=registry,
        )


class BaselineMetrics:
    """The metrics of what `unusual` learns. A worker makes one for all its cameras."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.dropped = Counter(
            "ringwatch_storage_dropped_counts",
            "Windows of counts that were dropped because the database was away for too long.",
            registry=registry,
        )
