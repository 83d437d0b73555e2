"""When an alert goes up, how far, and whom that tells."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.escalation import Limit, chain, due, next_due, rungs_told
from alerts.lifecycle import Act
from alerts.messages import Handling
from alerts.service import ServiceWindow
from config.duty import Duty, Limits
from config.model import Cell, Grid, Severity
from tests.alerts.duty_room import Clock, DutyRoom, dark, network
from tests.alerts.making import occurrence

T0 = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
DUTY = Duty(
    limits={Severity.HIGH: Limits(claim=timedelta(minutes=2), resolve=timedelta(minutes=60))},
    acknowledge_posts=timedelta(minutes=5),
    again=timedelta(minutes=10),
)
NEW, CLAIMED, ACKNOWLEDGED = Handling.NEW, Handling.CLAIMED, Handling.ACKNOWLEDGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An open alert."""

    id: str = "a"
    rule: str = "intrusion"
    severity: Severity = Severity.HIGH
    handling: Handling = NEW
    recorded_at: datetime = T0
    claimed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    shelved_until: datetime | None = None
    suppressed: str = ""
    incident: str = ""
    escalation: int = 0


def minutes(number: float) -> datetime:
    return T0 + timedelta(minutes=number)


def claimed(at: float, **fields: Any) -> Alert:
    return Alert(handling=CLAIMED, claimed_at=minutes(at), **fields)


def acknowledged(at: float, **fields: Any) -> Alert:
    return Alert(handling=ACKNOWLEDGED, claimed_at=minutes(at), acknowledged_at=minutes(at), **fields)


POST = "post.absent"


@pytest.mark.parametrize(
    ("alert", "now", "step"),
    [
        # nobody claims it
        (Alert(), 1.99, None),
        (Alert(), 2, (1, Limit.CLAIM)),
        (Alert(escalation=1), 11.99, None),
        (Alert(escalation=1), 12, (2, Limit.CLAIM)),
        (Alert(escalation=2), 22, (3, Limit.CLAIM)),
        (Alert(escalation=3), 59, None),  # a limit sends it up three times, no more
        (Alert(escalation=3), 60, (4, Limit.RESOLVE)),
        (Alert(), 30, (3, Limit.CLAIM)),  # the desk was away for half an hour
        # it is claimed
        (claimed(1), 30, None),
        (claimed(1), 60, (1, Limit.RESOLVE)),
        (claimed(3, escalation=1), 59, None),
        (claimed(3, escalation=1), 60, (2, Limit.RESOLVE)),  # above the step of before
        (claimed(3), 60, (1, Limit.RESOLVE)),  # the step of before was missed: nobody is told of it now
        # of a post: acknowledged within five minutes, whoever has claimed it
        (Alert(rule=POST, escalation=1), 5, (2, Limit.ACKNOWLEDGE)),
        (claimed(1, rule=POST), 4.9, None),
        (claimed(1, rule=POST), 5, (1, Limit.ACKNOWLEDGE)),
        (claimed(1, rule=POST, escalation=1), 15, (2, Limit.ACKNOWLEDGE)),
        (acknowledged(4, rule=POST, escalation=1), 30, None),
        (acknowledged(4), 59, None),
        (acknowledged(6, rule=POST, escalation=2), 60, (3, Limit.RESOLVE)),
        # nobody has to see to it
        (Alert(suppressed="out of service"), 30, None),
        (Alert(shelved_until=minutes(40)), 30, None),
        (Alert(shelved_until=minutes(40)), 41.9, None),  # after the shelf, the time begins anew
        (Alert(shelved_until=minutes(40)), 42, (1, Limit.CLAIM)),
        # it came late: one cannot claim what one cannot see
        (Alert(recorded_at=minutes(30)), 31, None),
        (Alert(recorded_at=minutes(30)), 32, (1, Limit.CLAIM)),
        # the clock was set back
        (Alert(), -600, None),
    ],
)
def test_an_alert_goes_up_when_a_limit_has_run_out(alert: Alert, now: float, step: tuple[int, Limit] | None) -> None:
    """Claimed within 2 minutes, posts acknowledged within 5, resolved within 60; one level more every 10."""
    found = due([alert], DUTY, minutes(now), {})

    assert [(one.level, one.limit) for one in found] == ([step] if step else [])


def test_one_that_was_opened_again_has_all_its_time_again() -> None:
    """Counted from when it was opened again."""
    alert = claimed(90)

    assert due([alert], DUTY, minutes(149), {"a": minutes(90)}) == ()
    (step,) = due([alert], DUTY, minutes(150), {"a": minutes(90)})
    assert (step.level, step.limit) == (1, Limit.RESOLVE)


def shelved(room: DutyRoom, until: datetime) -> None:
    room.database.act("ev-1", Act.SHELVE, "desk-1", why="the lamp swings", until=until)


def shelved_for_longer(room: DutyRoom, until: datetime) -> None:
    """And taken from the shelf by hand."""
    shelved(room, until + timedelta(hours=1))
    room.clock.now = until
    room.database.act("ev-1", Act.UNSHELVE, "desk-1")


def out_of_service(room: DutyRoom, until: datetime) -> None:
    begins = room.clock()
    room.database.set_out_of_service(
        ServiceWindow(number=0, cameras=("inner-01",), begins=begins, until=until, reason="the mast", by="desk-1")
    )


def has_all_its_time_from(room: DutyRoom, clock: Clock, until: datetime) -> None:
    """It goes up two minutes after `until`, and not before."""
    clock.now = until
    room.database.tidy()
    clock.go_on(119)
    assert room.escalator.step() == 0
    clock.go_on(1)
    assert room.escalator.step() == 1


@pytest.mark.parametrize("silence", [shelved, shelved_for_longer, out_of_service])
def test_after_a_silence_all_its_time_begins_anew(
    url: str, clock: Clock, silence: Callable[[DutyRoom, datetime], None]
) -> None:
    """Counted from when it could be seen again, whatever ended the silence."""
    with closing(DutyRoom(url, network(), clock)) as room:
        room.record(occurrence(1))
        until = clock() + timedelta(hours=2)
        silence(room, until)
        has_all_its_time_from(room, clock, until)
        (alert,) = room.database.open_alerts()
        assert alert.escalation == 1


def test_an_incident_whose_cameras_are_out_of_service_does_not_go_up(url: str, clock: Clock) -> None:
    """In service again, it has all its time."""
    with closing(DutyRoom(url, network(), clock)) as room:
        room.record(*(dark(number, 130) for number in (1, 2, 3)))
        until = clock() + timedelta(hours=2)
        window = ServiceWindow(number=0, uplink="east", begins=clock(), until=until, reason="the switch", by="desk-1")
        room.database.set_out_of_service(window)
        clock.go_on(3600)
        assert room.escalator.step() == 0

        has_all_its_time_from(room, clock, until)
        assert {alert.rule: alert.escalation for alert in room.database.open_alerts()} == {
            "incident.uplink": 1,
            "camera.offline": 0,
        }


def test_the_incident_goes_up_and_not_what_is_below_it() -> None:
    """Until the incident is resolved: then what is still open stands for itself."""
    incident, child = Alert(id="in", rule="incident.uplink"), Alert(id="c", incident="in")

    assert [step.alert for step in due([incident, child], DUTY, minutes(3), {})] == ["in"]
    assert [step.alert for step in due([child], DUTY, minutes(3), {})] == ["c"]


def test_the_longest_missed_comes_first() -> None:
    """Whatever order the record gives."""
    alerts = [Alert(id="b", recorded_at=minutes(1)), Alert(id="a")]

    assert [step.alert for step in due(alerts, DUTY, minutes(5), {})] == ["a", "b"]


def test_an_hour_of_looks_raises_each_level_once() -> None:
    """A look every second, and the record keeps what was raised."""
    level, seen = 0, []
    for second in range(3600 * 2):
        for step in due([Alert(rule=POST, escalation=level)], DUTY, T0 + timedelta(seconds=second), {}):
            level = step.level
            seen.append((second / 60, level))

    assert seen == [(2, 1), (5, 2), (12, 3), (15, 4), (22, 5), (25, 6), (60, 7), (70, 8), (80, 9)]


def test_one_can_see_when_it_will_go_up_next() -> None:
    """The nearest of its limits."""
    assert next_due(Alert(rule=POST), DUTY, minutes(3)) == minutes(5)
    assert next_due(claimed(1), DUTY, minutes(3)) == minutes(60)
    assert next_due(claimed(1), DUTY, minutes(500)) is None


GRID = Grid(
    large=(Cell(id="l-1", responsible="城区网格长"),),
    middle=(
        Cell(id="m-1", responsible="城东片网格长", within="l-1"),
        Cell(id="m-2", responsible="城西片网格长", within="l-1"),
    ),
    small=(
        Cell(id="s-1", responsible="1号网格员", within="m-1"),
        Cell(id="s-2", responsible="2号网格员", within="m-1"),
        Cell(id="s-3", responsible="3号网格员", within="m-2"),
    ),
)


@pytest.mark.parametrize(
    ("cells", "who"),
    [
        (["s-1"], [("1号网格员",), ("城东片网格长",), ("城区网格长",)]),
        (["s-1", "s-2", "s-1"], [("1号网格员", "2号网格员"), ("城东片网格长",), ("城区网格长",)]),
        (["s-3", "s-1"], [("3号网格员", "1号网格员"), ("城西片网格长", "城东片网格长"), ("城区网格长",)]),
        (["s-9"], []),  # the grid has changed since
        ([""], []),
        ([], []),
    ],
)
def test_the_chain_leads_from_the_small_cell_to_the_large(cells: list[str], who: list[tuple[str, ...]]) -> None:
    """Of one camera, or of all those of an incident, each office once."""
    assert [rung.responsible for rung in chain(GRID, cells)] == who


@pytest.mark.parametrize(
    ("was", "level", "sizes"),
    [
        (0, 1, ["small"]),
        (1, 2, ["middle"]),
        (2, 3, ["large"]),
        (0, 3, ["small", "middle", "large"]),  # the desk was away: all of them learn of it
        (3, 4, ["large"]),  # above the last there is nobody: the last is told again
        (5, 7, ["large"]),
    ],
)
def test_each_level_tells_the_next_rung(was: int, level: int, sizes: list[str]) -> None:
    """From the level of before up to the new one."""
    assert [rung.size for rung in rungs_told(chain(GRID, ["s-1"]), was, level)] == sizes


def test_without_a_grid_there_is_nobody_to_name() -> None:
    """The duty room's lead is told all the same."""
    assert rungs_told((), 0, 1) == ()
