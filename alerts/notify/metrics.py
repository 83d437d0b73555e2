"""What operations staff can see of what others are told."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class NotifyMetrics:
    """The metrics of every channel. A process makes one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.letters = Counter(
            "ringwatch_notify_letters",
            "Messages to a channel, by what became of the try: sent, failed, dead",
            ["channel", "outcome"],
            registry=registry,
        )
        self.waiting = Gauge(
            "ringwatch_notify_waiting",
            "What the channel has yet to be told",
            ["channel"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.age = Gauge(
            "ringwatch_notify_waiting_age_seconds",
            "How long the oldest of it waits",
            ["channel"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.failures = Gauge(
            "ringwatch_notify_failures_in_a_row",
            "Tries that have failed since the channel last took a message",
            ["channel"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.retry = Gauge(
            "ringwatch_notify_retry_seconds",
            "How long until the channel is tried again, 0 when it is well",
            ["channel"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.dead = Gauge(
            "ringwatch_notify_dead_letters",
            "Messages that were given up and wait for somebody to send them again",
            ["channel"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
