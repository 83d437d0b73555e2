"""What operations staff can see of the console."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class ConsoleMetrics:
    """A console's process makes one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.closed = Counter(
            "ringwatch_console_closed_connections",
            "Connections ended by this end, by why",
            ["reason"],
            registry=registry,
        )

    def note_closed(self, reason: str) -> None:
        """One was ended: `silent`, `full`, `long` or `page`."""
        self.closed.labels(reason).inc()
