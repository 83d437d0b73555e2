"""What operations staff can see of vehicles that call."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class VehicleMetrics:
    """A process makes one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(what: str, help_text: str, *labels: str) -> Counter:
            return Counter(f"ringwatch_ingest_{what}", help_text, labels, registry=registry)

        self.connected = Gauge(
            "ringwatch_ingest_whip_connected",
            "1 while the vehicle has a session, else 0",
            ["camera"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.requests = counter("whip_requests", "Requests of vehicles, by what they were answered with", "status")
        self.closed = counter("whip_closed_connections", "Connections ended by this end, by why", "reason")
        self.lost = counter("whip_lost_packets", "RTP packets that never came, though asked for again", "camera")
        self.dropped = counter(
            "whip_dropped_pictures",
            "Pictures left out: others they need are missing, or the camera's thread did not keep up",
            "camera",
        )
        self.keyframes_asked = counter("whip_keyframe_requests", "Keyframes asked for", "camera")
        self.positions = counter("positions", "Positions told, by what became of them", "camera", "outcome")
