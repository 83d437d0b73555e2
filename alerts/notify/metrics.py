"""What operations staff can see of what others are told."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class NotifyMetrics:
    """The metrics of every channel. A process makes one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(what: str, help_text: str) -> Gauge:
            return Gauge(
                f"ringwatch_notify_{what}",
                help_text,
                ["channel"],
                registry=registry,
                multiprocess_mode="livemostrecent",
            )

        self.letters = Counter(
            "ringwatch_notify_letters",
            "Messages to a channel, by what became of the try: sent, failed, dead",
            ["channel", "outcome"],
            registry=registry,
        )
        self.waiting = gauge("waiting", "What the channel has yet to be told")
        self.age = gauge("waiting_age_seconds", "How long the oldest of it waits")
        self.failures = gauge("failures_in_a_row", "Tries that have failed since the channel last took a message")
        self.retry = gauge("retry_seconds", "How long until the channel is tried again, 0 when it is well")
        self.dead = gauge("dead_letters", "Messages that were given up and wait for somebody to send them again")
