"""Scheduled test alerts are answered as they are recorded: they prove the way, and are nobody's work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.lifecycle import SYSTEM, Act, Wanted
from alerts.messages import TEST_RULE, Disposition, Handling
from storage.acting import act_on

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.messages import AlertRecord

ACTS = (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE)
WHY = "a scheduled test alert: it got through"


def tests_among(changed: Iterable[AlertRecord]) -> tuple[str, ...]:
    """The ids of those that are test alerts and not answered yet."""
    return tuple(alert.id for alert in changed if alert.rule == TEST_RULE and alert.handling is Handling.NEW)


def answer(connection: Connection, tests: Sequence[str], change: int, now: datetime) -> None:
    """Bring `tests` to their end by the lifecycle's own steps, as the changes after `change`."""
    number = change
    for alert_id in tests:
        for act in ACTS:
            number += 1
            disposition = Disposition.TEST if act is Act.RESOLVE else None
            wanted = Wanted(act=act, by=SYSTEM, at=now, why=WHY, disposition=disposition)
            act_on(connection, alert_id, wanted, number)
