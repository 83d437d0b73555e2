"""What operations staff can see of the way from a finding to the record."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class AlertMetrics:
    """The alerts room's metrics. A process makes one, and hands it to its sender or its desk."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sent = Counter("ringwatch_alerts_sent", "Entries written to the queue", registry=registry)
        self.resent = Counter(
            "ringwatch_alerts_resent", "Rows sent again because the queue had lost them", registry=registry
        )
        self.outbox_rows = Gauge(
            "ringwatch_alerts_outbox_rows",
            "Alerts that wait in this node's outboxes until they are on record",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.outbox_age = Gauge(
            "ringwatch_alerts_outbox_age_seconds",
            "How long the oldest alert has waited in an outbox",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.held = Gauge(
            "ringwatch_alerts_held",
            "Alerts that wait in memory because the outbox cannot be written",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.failures = Counter(
            "ringwatch_alerts_backend_failures",
            "Attempts that failed because Redis, the database or the outbox did not answer",
            ["user"],
            registry=registry,
        )
        self.recorded = Counter("ringwatch_alerts_recorded", "Entries put on record", registry=registry)
        self.duplicates = Counter(
            "ringwatch_alerts_duplicates", "Entries that were on record already", registry=registry
        )
        self.dead_letters = Counter(
            "ringwatch_alerts_dead_letters",
            "Entries set aside: unreadable, or refused by the record",
            registry=registry,
        )
        self.queue_entries = Gauge(
            "ringwatch_alerts_queue_entries",
            "Entries in the queue that are not on record, counted up to 1000",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.queue_age = Gauge(
            "ringwatch_alerts_queue_age_seconds",
            "How long the oldest entry that is not on record has been in the queue",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.group_age = Gauge(
            "ringwatch_alerts_group_age_seconds",
            "How long the oldest entry that a consumer group has not acknowledged has been in the queue",
            ["group"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
