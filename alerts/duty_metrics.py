"""What operations staff can see of the duty room."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class DutyMetrics:
    """Escalations and handovers. A desk's process makes one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.escalations = Counter(
            "ringwatch_duty_escalations",
            "Steps up, by what had not been done in time: claim, acknowledge, resolve",
            ["limit"],
            registry=registry,
        )
        self.seats = Gauge(
            "ringwatch_duty_seats",
            "Seats that are manned by the roster",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.handover_overdue = Gauge(
            "ringwatch_duty_handover_overdue_seconds",
            "For how long the shift on duty should have accepted the open list, 0 when it has",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
