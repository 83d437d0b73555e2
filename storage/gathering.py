"""Alerts of one cause become an incident, which is an alert itself. The caller holds the writers' turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from alerts.house import House
from alerts.incidents import CAMERA_RULES, CAUSES, Cause, Failure, Group, Standing, grouped, joined
from alerts.lifecycle import PRIORITY, RULE, SYSTEM, Act, Step
from alerts.messages import Condition, Handling
from alerts.service import NO_LONGER
from detect.messages import DetailValue
from storage.acting import read_alert, write_alert
from storage.messages import AlertRecord
from storage.records import alert_record, alert_row, step_row
from storage.tables import alerts, steps

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql.elements import ColumnElement

Take = Callable[[], int]  # the next change's number


def gather(connection: Connection, changed: Iterable[AlertRecord], house: House, take: Take, now: datetime) -> None:
    """Find the incidents that the alerts `changed` make or belong to, and say how those now stand."""
    gathering = _Gathering(connection, house, take, now)
    for alert in sorted(changed, key=lambda one: (one.last_raised_at or one.raised_at, one.id)):
        gathering.take_in(alert)
    gathering.refresh()


@dataclass(slots=True)
class _Gathering:
    """One batch's look at incidents."""

    connection: Connection
    house: House
    take: Take
    now: datetime
    touched: set[str] = field(default_factory=set)  # incidents
    placed: set[str] = field(default_factory=set)  # alerts that an earlier one of the batch has drawn in

    def take_in(self, alert: AlertRecord) -> None:
        """Place one alert that is new or not as it was."""
        if alert.incident:
            self.touched.add(alert.incident)
        if alert.id in self.placed or not _may_belong(alert) or self._is_placed(alert):
            return
        failure = self._failure(alert)
        settings = self.house.incidents
        found = joined(failure, self._standing(), settings.window)
        if found is not None:
            self._belong([alert.id], found.alert)
            self._narrow(found, failure.uplink)
            return
        group = grouped(failure, self._others(failure), settings)
        if group is not None:
            self._open(group)

    def refresh(self) -> None:
        """Say of every incident that was touched how many of its cameras are still dark."""
        for incident_id in sorted(self.touched):
            incident = read_alert(self.connection, incident_id)
            children = self._alerts(alerts.c.incident == incident_id)
            if incident is None or not children:
                continue
            stands = _stands(incident, children)
            if stands != incident:
                write_alert(self.connection, replace(stands, change=self.take()))
            if stands.suppressed != incident.suppressed:
                why = stands.suppressed or f"{NO_LONGER}{incident.suppressed}, and it goes on"
                self._note(incident, SYSTEM, why)

    def _narrow(self, incident: Standing, uplink: str) -> None:
        """An incident of a ring turns out to be an uplink's: two strays came first. Whoever has claimed it keeps it."""
        if incident.cause is Cause.UPLINK or not uplink:
            return
        record = read_alert(self.connection, incident.alert)
        children = self._alerts(alerts.c.incident == incident.alert)
        behind = {one.camera for one in children if self.house.uplinks.get(one.camera) == uplink}
        strays = [one for one in children if one.camera not in behind]
        enough = len(behind) >= self.house.incidents.cameras and len(behind) > len(strays)
        if record is None or record.handling is not Handling.NEW or not enough:
            return
        rule = Cause.UPLINK.rule
        about = {"rule": rule, "zone": uplink, "camera_name": uplink, "cell": "", "source": f"/{rule}/{uplink}"}
        write_alert(self.connection, replace(record, **about, change=self.take()))  # type: ignore[arg-type]
        for stray in strays:
            write_alert(self.connection, replace(stray, incident="", change=self.take()))

    def _is_placed(self, alert: AlertRecord) -> bool:
        if not alert.incident:
            return False
        incident = read_alert(self.connection, alert.incident)
        return incident is not None and incident.handling is not Handling.RESOLVED

    def _standing(self) -> list[Standing]:
        found = self._alerts(alerts.c.rule.in_(CAUSES), alerts.c.handling != Handling.RESOLVED)
        return [
            Standing(
                alert=one.id,
                cause=CAUSES[one.rule],
                about=one.zone,
                active=one.condition is Condition.ACTIVE,
                last_at=one.last_raised_at or one.raised_at,
            )
            for one in found
        ]

    def _others(self, failure: Failure) -> list[Failure]:
        window = self.house.incidents.window
        near = self._alerts(
            alerts.c.rule.startswith(CAMERA_RULES),
            alerts.c.handling != Handling.RESOLVED,
            alerts.c.last_raised_at.between(failure.at - window, failure.at + window),
            func.coalesce(alerts.c.incident, "") == "",
            func.coalesce(alerts.c.suppressed, "") == "",
            alerts.c.shelved_until.is_(None),
        )
        return [self._failure(one) for one in near if one.id != failure.alert]

    def _open(self, group: Group) -> None:
        children = self._alerts(alerts.c.id.in_([member.alert for member in group.members]))
        first = min(children, key=lambda one: (one.raised_at, one.id))
        incident = AlertRecord(
            id=self._free_id(group.id),
            change=self.take(),
            camera="",
            camera_name=group.about,
            ring=first.ring,
            cell=group.about if group.cause is Cause.CELL else "",
            rule=group.cause.rule,
            zone=group.about,
            severity=first.severity,
            condition=Condition.ACTIVE,
            handling=Handling.NEW,
            started_at=min(child.started_at for child in children),
            raised_at=first.raised_at,
            cleared_at=None,
            recorded_at=self.now,
            detail={},
            evidence="",
            rev=1,
            source=f"/{group.cause.rule}/{group.about}",
            late=all(child.late for child in children),
        )
        self.connection.execute(insert(alerts).values(alert_row(incident)))
        why = f"{len(children)} cameras within {self.house.incidents.window.total_seconds():g} s"
        detail = {"cause": group.cause.value, "about": group.about, "first": group.members[0].camera}
        self._note(incident, RULE, why, detail)
        self._belong([child.id for child in children], incident.id)

    def _free_id(self, name: str) -> str:
        """`name`, numbered where an earlier incident began with the same alert, which somebody held beyond its end."""
        free, number = name, 1
        while read_alert(self.connection, free) is not None:
            number += 1
            free = f"{name}.{number}"
        return free

    def _note(self, incident: AlertRecord, by: str, why: str, detail: Mapping[str, DetailValue] | None = None) -> None:
        step = Step(
            number=self.take(),
            alert=incident.id,
            at=self.now,
            by=by,
            act=Act.NOTE,
            before=incident.handling,
            after=incident.handling,
            why=why,
            detail=detail or {},
        )
        self.connection.execute(insert(steps).values(step_row(step)))

    def _belong(self, children: Sequence[str], incident_id: str) -> None:
        for child in children:
            alert = read_alert(self.connection, child)
            if alert is not None:
                write_alert(self.connection, replace(alert, incident=incident_id, change=self.take()))
        self.placed.update(children)
        self.touched.add(incident_id)

    def _failure(self, alert: AlertRecord) -> Failure:
        return Failure(
            alert=alert.id,
            camera=alert.camera,
            uplink=self.house.uplinks.get(alert.camera, ""),
            cell=alert.cell,
            ring=alert.ring,
            at=alert.last_raised_at or alert.raised_at,
        )

    def _alerts(self, *wanted: ColumnElement[bool]) -> list[AlertRecord]:
        return [alert_record(row) for row in self.connection.execute(select(alerts).where(*wanted)).mappings()]


def _may_belong(alert: AlertRecord) -> bool:
    return (
        alert.rule.startswith(CAMERA_RULES)
        and alert.handling is not Handling.RESOLVED
        and not alert.suppressed
        and alert.shelved_until is None
    )


def _stands(incident: AlertRecord, children: Sequence[AlertRecord]) -> AlertRecord:
    """`incident` as its children make it: active while one that is shown is, cleared with the last.

    Once none of those that are open is shown, the incident is not either, until one is again; unless somebody holds it.
    """
    still_open = [one for one in children if one.handling is not Handling.RESOLVED]
    shown = [one for one in still_open if not one.suppressed]
    going_on = [one for one in shown or still_open if one.condition is Condition.ACTIVE]
    may_be_hidden = incident.handling is Handling.NEW or bool(incident.suppressed)
    cleared = [one.cleared_at for one in children if one.cleared_at is not None]
    about: dict[str, DetailValue] = {
        "cameras": len({one.camera for one in children}),
        "still_failing": len({one.camera for one in going_on}),
    }
    return replace(
        incident,
        condition=Condition.ACTIVE if going_on else Condition.CLEARED,
        cleared_at=None if going_on else max(cleared, default=incident.cleared_at),
        severity=min((one.severity for one in children), key=PRIORITY.__getitem__),
        raised_at=min(one.raised_at for one in children),
        started_at=min(one.started_at for one in children),
        last_raised_at=max(one.last_raised_at or one.raised_at for one in children),
        detail=about,
        suppressed=still_open[0].suppressed if still_open and not shown and may_be_hidden else "",
    )
