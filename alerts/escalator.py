"""Puts on record what goes up because nobody answers for it in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import structlog

from alerts.errors import Refused
from alerts.escalation import Limit, Open, StepDue, due, within
from alerts.lifecycle import SYSTEM, Act
from config.durations import format_duration

if TYPE_CHECKING:
    from alerts.duty_metrics import DutyMetrics
    from config.duty import Duty

log = structlog.get_logger()
NOT_DONE: Mapping[Limit, str] = {
    Limit.CLAIM: "nobody claimed it",
    Limit.ACKNOWLEDGE: "nobody acknowledged it with an action taken",
    Limit.RESOLVE: "nobody resolved it",
}


class OpenRecord(Protocol):
    """The record, as far as escalation asks (storage.database)."""

    def open_alerts(self) -> Sequence[Open]:
        """All that nobody has resolved."""
        ...

    def act(self, alert_id: str, act: Act, by: str, *, why: str = "", level: int | None = None) -> object:
        """Do it, or Refused."""
        ...


class Beginnings(Protocol):
    """Who knows whose times have begun anew (storage.handovers)."""

    def begun_anew(self, alerts: Iterable[str]) -> Mapping[str, datetime]:
        """When, for those of `alerts` that were opened again, or whose silence has ended."""
        ...


class Escalator:
    """`step` looks at every open alert. Two of them raise nothing twice: the record refuses a level that is reached."""

    def __init__(
        self,
        record: OpenRecord,
        beginnings: Beginnings,
        duty: Duty,
        metrics: DutyMetrics,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._record = record
        self._beginnings = beginnings
        self._duty = duty
        self._metrics = metrics
        self._clock = clock

    def step(self) -> int:
        """Escalate what is due; how many alerts went up."""
        alerts = {alert.id: alert for alert in self._record.open_alerts()}
        if not alerts:
            return 0
        steps = due(alerts.values(), self._duty, self._clock(), self._beginnings.begun_anew(alerts))
        return sum(self._go_up(alerts[step.alert], step) for step in steps)

    def _go_up(self, alert: Open, step: StepDue) -> bool:
        why = f"{NOT_DONE[step.limit]} within {format_duration(within(alert, self._duty, step.limit))}"
        try:
            self._record.act(alert.id, Act.ESCALATE, SYSTEM, why=why, level=step.level)
        except Refused as refusal:  # another desk, or somebody has acted since we looked
            log.debug("not escalated", alert=alert.id, reason=str(refusal))
            return False
        self._metrics.escalations.labels(step.limit.value).inc()
        log.info("alert escalated", alert=alert.id, level=step.level, why=why)
        return True
