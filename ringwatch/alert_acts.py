"""The acts on alerts, as commands: what the buttons of the page do, with the same refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from alerts.lifecycle import Act, urgency
from alerts.messages import Disposition, Refused
from config.errors import RingwatchError
from ringwatch.alert_lines import printable
from ringwatch.arguments import JSON, duration
from ringwatch.record import Place, record_options

if TYPE_CHECKING:
    from storage.messages import AlertRecord

ALERTS = click.argument("alert_ids", metavar="ALERT...", nargs=-1, required=True)
ALERT = click.argument("alert_id", metavar="ALERT")
BY = click.option("--by", required=True, envvar="RINGWATCH_SEAT", help="the seat that acts, desk-1  [$RINGWATCH_SEAT]")
WHY = click.option("--why", default="", help="in words")
NEED_WHY = click.option("--why", required=True, help="in words")
FOR = click.option("--for", "span", type=duration(), required=True, help="how long: 30m, 4h")


@click.command
@ALERTS
@BY
@WHY
@JSON
@record_options
def claim(place: Place, alert_ids: tuple[str, ...], by: str, why: str, as_json: bool) -> None:
    """Take alerts that nobody holds."""
    _act_on_all(place, alert_ids, Act.CLAIM, by, as_json, why=why)


@click.command
@ALERTS
@BY
@WHY
@JSON
@record_options
def release(place: Place, alert_ids: tuple[str, ...], by: str, why: str, as_json: bool) -> None:
    """Let alerts go, for somebody else to claim."""
    _act_on_all(place, alert_ids, Act.RELEASE, by, as_json, why=why)


@click.command("take-over")
@ALERTS
@BY
@WHY
@JSON
@record_options
def take_over(place: Place, alert_ids: tuple[str, ...], by: str, why: str, as_json: bool) -> None:
    """Take over alerts that somebody else holds."""
    _act_on_all(place, alert_ids, Act.HAND_OVER, by, as_json, why=why)


@click.command
@ALERTS
@BY
@click.option("--why", required=True, help="the action taken, in words")
@JSON
@record_options
def ack(place: Place, alert_ids: tuple[str, ...], by: str, why: str, as_json: bool) -> None:
    """Acknowledge alerts with the action taken."""
    _act_on_all(place, alert_ids, Act.ACKNOWLEDGE, by, as_json, why=why)


@click.command
@ALERTS
@BY
@click.option(
    "--as",
    "disposition",
    type=click.Choice([one.value for one in Disposition]),
    required=True,
    help="what it turned out to be",
)
@WHY
@JSON
@record_options
def resolve(place: Place, alert_ids: tuple[str, ...], by: str, disposition: str, why: str, as_json: bool) -> None:
    """Sign alerts off with what they turned out to be."""
    _act_on_all(place, alert_ids, Act.RESOLVE, by, as_json, why=why, disposition=Disposition(disposition))


@click.command
@ALERT
@BY
@NEED_WHY
@JSON
@record_options
def reopen(place: Place, alert_id: str, by: str, why: str, as_json: bool) -> None:
    """Take up again an alert that was resolved."""
    _act_on_all(place, (alert_id,), Act.REOPEN, by, as_json, why=why)


@click.command
@ALERT
@BY
@NEED_WHY
@JSON
@record_options
def note(place: Place, alert_id: str, by: str, why: str, as_json: bool) -> None:
    """Add a note to an alert."""
    _act_on_all(place, (alert_id,), Act.NOTE, by, as_json, why=why)


@click.command
@ALERT
@BY
@NEED_WHY
@FOR
@JSON
@record_options
def shelve(place: Place, alert_id: str, by: str, why: str, span: timedelta, as_json: bool) -> None:
    """Silence an alert's source for a while, at most 24 hours."""
    _act_on_all(place, (alert_id,), Act.SHELVE, by, as_json, why=why, until=_now() + span)


@click.command
@ALERT
@BY
@WHY
@JSON
@record_options
def unshelve(place: Place, alert_id: str, by: str, why: str, as_json: bool) -> None:
    """End a shelf before its time."""
    _act_on_all(place, (alert_id,), Act.UNSHELVE, by, as_json, why=why)


@click.command("out-of-service")
@ALERT
@BY
@NEED_WHY
@FOR
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="of this rule alone; camera.* is a group")
@record_options
def out_of_service(place: Place, alert_id: str, by: str, why: str, span: timedelta, rules: tuple[str, ...]) -> None:
    """Take an alert's cameras out of service for a while: their alerts go on record and call nobody."""
    from alerts.service import ServiceWindow

    _check(place, by)
    with place.open() as database:
        alert = database.alert(alert_id)
        if alert is None:
            raise RingwatchError(f"{alert_id}: no such alert is on record")
        cameras = tuple(dict.fromkeys(child.camera for child in database.children(alert_id))) or (alert.camera,)
        now = _now()
        window = database.set_out_of_service(
            ServiceWindow(
                number=0,
                cameras=cameras,
                rules=rules,
                begins=now,
                until=now + span,
                reason=why,
                by=by,
                alert=alert_id,
            )
        )
    click.echo(f"out of service {window.number}: {', '.join(cameras)} until {_local(window.until, place)}")


@click.command("open")
@JSON
@record_options
def open_ones(place: Place, as_json: bool) -> None:
    """Show what nobody has resolved, the most urgent first, and what is silenced."""
    with place.open() as database:
        alerts, shelved, windows = database.open_alerts(), database.shelved(), database.out_of_service()
    for alert, within in in_incidents(sorted(alerts, key=urgency)):
        _say(alert, place, as_json, within=within)
    if as_json:
        return
    for alert in shelved:
        click.echo(f"shelved until {_local(alert.shelved_until, place)}: {alert.source}, by {alert.id}")
    for window in windows:
        what = window.uplink or ", ".join(window.cameras)
        click.echo(f"out of service {window.number} until {_local(window.until, place)}: {what} ({window.reason})")


@click.command("back-in-service")
@click.argument("number", type=click.IntRange(1))
@BY
@record_options
def back_in_service(place: Place, number: int, by: str) -> None:
    """End what was set out of service, by its number, before its time."""
    _check(place, by)
    with place.open() as database:
        database.end_out_of_service(number, by)
    click.echo(f"{number}: ended")


ACTS = (
    open_ones, claim, release, take_over, ack, resolve, reopen, note, shelve, unshelve, out_of_service, back_in_service,
)  # fmt: skip


def in_incidents(alerts: Sequence[AlertRecord]) -> Iterator[tuple[AlertRecord, bool]]:
    """`alerts` in their order, those within an open incident right behind it; and whether each is such a one."""
    known = {alert.id for alert in alerts}
    within: dict[str, list[AlertRecord]] = {}
    for alert in alerts:
        if alert.incident in known and alert.incident != alert.id:
            within.setdefault(alert.incident, []).append(alert)
    inner = {alert.id for children in within.values() for alert in children}
    for alert in alerts:
        if alert.id not in inner:
            yield alert, False
            yield from ((child, True) for child in within.get(alert.id, ()))


def _act_on_all(place: Place, alert_ids: tuple[str, ...], act: Act, by: str, as_json: bool, **said: Any) -> None:
    """Each by itself: one that is refused does not keep the others from being done."""
    _check(place, by)
    refused = 0
    with place.open() as database:
        for alert_id in alert_ids:
            try:
                alert = database.act(alert_id, act, by, **said)
            except Refused as refusal:
                refused += 1
                click.echo(f"ringwatch: {alert_id}: {refusal}", err=True)
            else:
                _say(alert, place, as_json)
    if refused:
        raise RingwatchError(f"{refused} of {len(alert_ids)} refused")


def _check(place: Place, by: str) -> None:
    from alerts.house import check_operator, operators_of

    check_operator(by, operators_of(place.network) if place.network else ())


def _say(alert: AlertRecord, place: Place, as_json: bool, *, within: bool = False) -> None:
    if as_json:
        from ringwatch.alert_export import as_body

        click.echo(json.dumps(as_body(alert), ensure_ascii=False))
        return
    held = f" by {alert.handler}" if alert.handler else ""
    about = printable(f"{alert.severity} {alert.rule} {alert.camera or alert.zone} {alert.camera_name}".rstrip())
    said = [f"{alert.handling}{held}", str(alert.condition), about, f"raised {_local(alert.raised_at, place)}"]
    click.echo(f"{'  ' if within else ''}{alert.id}: {', '.join([*said, *_besides(alert, place)])}")


def _besides(alert: AlertRecord, place: Place) -> Iterator[str]:
    """What is out of the ordinary."""
    if alert.repeats:
        yield f"{alert.repeats + 1} times"
    if alert.late:
        yield "came late"
    if alert.escalation:
        yield f"escalated {alert.escalation}"
    if alert.shelved_until is not None and alert.shelved_until > _now():
        yield f"shelved until {_local(alert.shelved_until, place)}"


def _local(at: datetime | None, place: Place) -> str:
    return at.astimezone(place.zone).strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def _now() -> datetime:
    return datetime.now(UTC)
