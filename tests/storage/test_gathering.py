"""Alerts with one cause become one incident, and stay on record below it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from alerts.house import House
from alerts.lifecycle import Act
from alerts.messages import Condition, Disposition, Handling, Occurrence
from alerts.service import ServiceWindow
from config.model import Ring, Severity
from detect.messages import Phase
from storage.database import Database
from storage.messages import AlertRecord
from tests.alerts.making import START, occurrence
from tests.storage.deliveries import record

EAST = {f"inner-{number:02}": "east-switch" for number in range(1, 41)}
HOUSE = House(uplinks=EAST)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(Database(url, clock=lambda: START + timedelta(minutes=5), house=HOUSE)) as database:
        database.create()
        yield database


def dark(number: int, at_s: float, rev: int = 1, **fields: Any) -> Occurrence:
    """Camera `number` gives no pictures from `at_s` on."""
    at = START + timedelta(seconds=at_s)
    usual: dict[str, Any] = {"rule": "camera.offline", "zone": "", "captured_at": at, "raised_at": at, "cell": ""}
    if rev > 1:
        usual["phase"] = Phase.CLEARED
    return occurrence(number, rev, **usual | {"started_at": START, "detail": {}} | fields)


def incidents(database: Database) -> list[AlertRecord]:
    return [alert for alert in database.newest(500) if alert.rule.startswith("incident.")]


def the_incident(database: Database) -> AlertRecord:
    (incident,) = incidents(database)
    return incident


def test_forty_cameras_behind_one_uplink_are_one_incident_and_one_clear(database: Database) -> None:
    """However their alerts come: one by one, in any order, in batches."""
    order = random.Random(7).sample(range(1, 41), 40)  # noqa: S311
    for place, number in enumerate(order):
        record(database, dark(number, place / 4))
    incident = the_incident(database)

    assert (incident.rule, incident.zone, incident.condition) == ("incident.uplink", "east-switch", Condition.ACTIVE)
    assert incident.detail == {"cameras": 40, "still_failing": 40}
    assert len(database.children(incident.id)) == 40
    conditions = set()
    for number in order:
        assert the_incident(database).condition is Condition.ACTIVE
        record(database, dark(number, 100 + number / 4, 2))
        conditions.add(the_incident(database).condition)
    cleared = the_incident(database)
    assert (cleared.condition, cleared.detail["still_failing"]) == (Condition.CLEARED, 0)
    assert cleared.cleared_at == START + timedelta(seconds=110)
    assert cleared.handling is Handling.NEW


def test_what_came_all_at_once_after_an_outage_of_the_queue_is_an_incident_too(database: Database) -> None:
    """Raised and cleared in one batch."""
    record(database, *(dark(n, n / 4) for n in range(1, 41)), *(dark(n, 60 + n, 2) for n in range(1, 41)))

    assert the_incident(database).condition is Condition.CLEARED
    assert len(database.children(the_incident(database).id)) == 40


def test_two_cameras_are_two_alerts(database: Database) -> None:
    """Fewer than `incidents.cameras`; and the same camera twice is one."""
    record(database, dark(1, 0), dark(2, 1), dark(2, 2, id="other", rule="camera.frozen"))

    assert incidents(database) == []


def test_three_within_the_window_are_one_matter_and_three_beyond_it_are_three(database: Database) -> None:
    """The window lies anywhere; what came late is judged by when it happened."""
    record(database, dark(1, -1), dark(3, 40), dark(2, 20))
    assert incidents(database) == []

    record(database, dark(4, 30))
    assert {child.camera for child in database.children(the_incident(database).id)} == {
        "inner-02",
        "inner-03",
        "inner-04",
    }


@pytest.mark.parametrize(
    ("place", "rule", "about"),
    [
        (lambda n: {"cell": "s-017", "ring": list(Ring)[n % 3]}, "incident.cell", "s-017"),
        (lambda n: {"ring": Ring.OUTER, "cell": f"s-{n}"}, "incident.ring", "outer"),
        (lambda n: {"ring": list(Ring)[n % 3]}, "incident.many", ""),
    ],
    ids=["cell", "ring", "many"],
)
def test_the_cause_that_says_most_is_named(
    database: Database, place: Callable[[int], dict[str, Any]], rule: str, about: str
) -> None:
    """An uplink before a cell, a cell before a ring, a ring before nothing at all."""
    record(database, *(dark(n, n, camera=f"lone-{n}", **place(n)) for n in range(3)))

    assert (the_incident(database).rule, the_incident(database).zone) == (rule, about)


def test_posts_that_are_left_have_no_cause_in_common(database: Database) -> None:
    """Each is a matter of its own, however many there are."""
    record(database, *(dark(n, n, rule="post.absent", zone="post") for n in range(1, 6)))

    assert incidents(database) == []


def test_an_uplink_that_is_down_draws_in_whoever_fails_later(database: Database) -> None:
    """While it lasts; and is as urgent as the worst of them."""
    record(database, dark(1, 0), dark(2, 1), dark(3, 2))
    record(database, dark(4, 240, severity=Severity.CRITICAL))

    assert the_incident(database).detail["cameras"] == 4
    assert the_incident(database).severity is Severity.CRITICAL


def test_who_comes_back_and_fails_again_makes_the_incident_active_again(database: Database) -> None:
    """Its alert is still open, and so is the incident."""
    record(database, *(dark(n, 0) for n in (1, 2, 3)), *(dark(n, 60, 2) for n in (1, 2, 3)))
    assert the_incident(database).condition is Condition.CLEARED
    record(database, dark(1, 120, id="again", started_at=START + timedelta(seconds=90)))

    assert (the_incident(database).condition, the_incident(database).cleared_at) == (Condition.ACTIVE, None)
    assert the_incident(database).detail == {"cameras": 3, "still_failing": 1}


def test_an_uplink_is_found_though_two_strays_failed_first(database: Database) -> None:
    """They go their own way again."""
    strays = [dark(n, n - 90, camera=f"lone-{n}", ring=Ring.INNER) for n in (90, 91)]
    record(database, *strays, dark(1, 2))
    assert the_incident(database).rule == "incident.ring"

    for number in range(2, 41):
        record(database, dark(number, 2 + number / 10))
    incident = the_incident(database)
    assert (incident.rule, incident.zone, incident.detail["cameras"]) == ("incident.uplink", "east-switch", 40)
    assert {alert.camera for alert in database.open_alerts() if not alert.incident and alert.camera} == {
        "lone-90",
        "lone-91",
    }


def test_two_desks_find_one_incident(url: str) -> None:
    """They take turns in the database; whoever records the third opens it."""
    with closing(Database(url, house=HOUSE)) as database:
        database.create()

        def desk(numbers: range) -> None:
            with closing(Database(url, house=HOUSE)) as own:
                for number in numbers:
                    record(own, dark(number, number / 10))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(desk, [range(1, 21), range(11, 31)]))
        assert the_incident(database).detail == {"cameras": 30, "still_failing": 30}
        numbers = [alert.change for alert in database.newest(500)]
        assert len(numbers) == len(set(numbers)) == 31


def test_what_is_done_with_an_incident_is_done_with_its_alerts(database: Database) -> None:
    """Those that nobody else holds; each has its own steps."""
    record(database, dark(1, 0), dark(2, 1), dark(3, 2))
    incident = the_incident(database).id
    database.act("ev-3", Act.CLAIM, "desk-2")
    database.act(incident, Act.CLAIM, "desk-1")
    database.act(incident, Act.ACKNOWLEDGE, "desk-1", why="told the network's people")
    database.act(incident, Act.RESOLVE, "desk-1", disposition=Disposition.TRUE)

    assert [(alert.id, alert.handler) for alert in database.open_alerts()] == [("ev-3", "desk-2")]
    assert [step.act for step in database.steps("ev-1")] == [Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE]
    assert database.steps("ev-1")[1].why == "told the network's people"
    numbers = [step.number for step in database.steps_since(0)]
    assert numbers == sorted(set(numbers))


def test_after_it_was_resolved_the_next_time_is_a_new_incident(database: Database) -> None:
    """Of the alerts that are raised then."""
    record(database, *(dark(n, n) for n in (1, 2, 3)), *(dark(n, 60, 2) for n in (1, 2, 3)))
    first = the_incident(database).id
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        database.act(first, act, "desk-1", why="mended", disposition=Disposition.TRUE)
    record(database, *(dark(n, 200 + n, id=f"second-{n}") for n in (1, 2, 3)))

    assert len(incidents(database)) == 2
    (second,) = [one for one in database.open_alerts() if one.rule == "incident.uplink"]
    assert {child.id for child in database.children(second.id)} == {"second-1", "second-2", "second-3"}


def test_an_alert_that_outlived_its_incident_may_begin_another(database: Database) -> None:
    """Somebody held it when the incident was resolved: the next incident has an id of its own."""
    record(database, dark(1, 0), dark(2, 1), dark(3, 2))
    first = the_incident(database).id
    database.act("ev-1", Act.CLAIM, "desk-2")
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        database.act(first, act, "desk-1", why="mended", disposition=Disposition.TRUE)
    record(database, dark(4, 20), dark(5, 21))
    record(database, dark(1, 60, 2))

    (second,) = [one for one in incidents(database) if one.handling is Handling.NEW]
    assert second.id == f"{first}.2"
    assert {child.id for child in database.children(second.id)} == {"ev-1", "ev-4", "ev-5"}


def test_what_another_system_calls_an_incident_stands_for_no_others(database: Database) -> None:
    """It is an alert like any other, and keeps none of the others from being gathered."""
    record(database, dark(9, 0, rule="incident.fire", camera="hall"))
    record(database, dark(1, 0), dark(2, 1), dark(3, 2))

    assert {one.rule for one in incidents(database)} == {"incident.fire", "incident.uplink"}
    assert len(database.children("ev-9")) == 0


def out_of_service(database: Database, *cameras: str) -> int:
    """From now on; its number."""
    begins = START + timedelta(minutes=5)
    until = begins + timedelta(hours=1)
    window = ServiceWindow(number=0, cameras=cameras, begins=begins, until=until, reason="the mast", by="desk-1")
    return database.set_out_of_service(window).number


def test_an_incident_whose_alerts_are_out_of_service_is_so_itself(database: Database) -> None:
    """What is not shown does not go on; it is shown again with the first of them, and both are on record."""
    record(database, dark(1, 0), dark(2, 1), dark(3, 2))
    incident = the_incident(database).id
    out_of_service(database, "inner-01", "inner-02")
    assert (the_incident(database).suppressed, the_incident(database).detail["still_failing"]) == ("", 1)

    number = out_of_service(database, "inner-03")
    assert (database.open_alerts(), database.active(), database.tidy()) == ((), 0, ())
    assert (the_incident(database).suppressed, the_incident(database).condition) == ("out of service", Condition.ACTIVE)

    database.end_out_of_service(number, "desk-1")
    assert {alert.id for alert in database.open_alerts()} == {incident, "ev-3"}
    assert the_incident(database).detail == {"cameras": 3, "still_failing": 1}
    assert [(step.by, step.why) for step in database.steps(incident)[1:]] == [
        ("system", "out of service"),
        ("system", "no longer out of service, and it goes on"),
    ]


def test_an_incident_that_somebody_holds_stays_his(database: Database) -> None:
    """Though those of its alerts that came later go out of service, and the others are resolved."""
    record(database, dark(1, 0), dark(2, 1), dark(3, 2))
    database.act(the_incident(database).id, Act.CLAIM, "desk-1")
    record(database, dark(4, 240))
    for alert in ("ev-1", "ev-2", "ev-3"):
        database.act(alert, Act.ACKNOWLEDGE, "desk-1", why="told the network's people")
        database.act(alert, Act.RESOLVE, "desk-1", disposition=Disposition.TRUE)
    out_of_service(database, "inner-04")

    assert [alert.handler for alert in database.open_alerts()] == ["desk-1"]


def test_an_incident_is_opened_with_the_reason_on_record(database: Database) -> None:
    """By the rule, not by anybody."""
    record(database, dark(1, 0), dark(2, 1), dark(3, 2))

    (step,) = database.steps(the_incident(database).id)
    assert (step.by, step.why) == ("rule", "3 cameras within 30 s")
    assert step.detail == {"cause": "uplink", "about": "east-switch", "first": "inner-01"}
