"""What operations staff can see of the way from a finding to the record."""

from __future__ import annotations

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

Several = Literal["livesum", "livemax", "livemostrecent"]  # what of several processes' figures is shown


class AlertMetrics:
    """The alerts room's metrics. A process makes one, and hands it to its sender or its desk."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(what: str, help_text: str, *labels: str) -> Counter:
            return Counter(f"ringwatch_alerts_{what}", help_text, labels, registry=registry)

        def gauge(what: str, help_text: str, *labels: str, of_several: Several = "livemostrecent") -> Gauge:
            return Gauge(f"ringwatch_alerts_{what}", help_text, labels, registry=registry, multiprocess_mode=of_several)

        self.sent = counter("sent", "Entries written to the queue")
        self.resent = counter("resent", "Rows sent again because the queue had lost them")
        self.outbox_rows = gauge(
            "outbox_rows", "Alerts that wait in this node's outboxes until they are on record", of_several="livesum"
        )
        self.outbox_age = gauge(
            "outbox_age_seconds", "How long the oldest alert has waited in an outbox", of_several="livemax"
        )
        self.held = gauge(
            "held", "Alerts that wait in memory because the outbox cannot be written", of_several="livesum"
        )
        self.failures = counter(
            "backend_failures", "Attempts that failed because Redis, the database or the outbox did not answer", "user"
        )
        self.recorded = counter("recorded", "Entries put on record")
        self.duplicates = counter("duplicates", "Entries that were on record already")
        self.dead_letters = counter("dead_letters", "Entries set aside: unreadable, or refused by the record")
        self.queue_entries = gauge("queue_entries", "Entries in the queue that are not on record, counted up to 1000")
        self.queue_age = gauge(
            "queue_age_seconds", "How long the oldest entry that is not on record has been in the queue"
        )
        self.group_age = gauge(
            "group_age_seconds",
            "How long the oldest entry that a consumer group has not acknowledged has been in the queue",
            "group",
        )
