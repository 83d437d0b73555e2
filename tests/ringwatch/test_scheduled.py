"""When a worker raises its test alert: once in each piece of time, whatever is restarted and however clocks jump."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from alerts.errors import OutboxUnavailable
from alerts.outbox import Outbox
from config.model import Camera, Network, Ring, Severity, Stream
from config.watching import ScheduledTest, Watching
from detect.messages import Event, Phase
from ringwatch.scheduled import ScheduledTests, cameras_that_test, made
from storage.evidence import EvidenceStore
from storage.metrics import EvidenceMetrics

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOURLY = ScheduledTest()
SHARES = (("inner-01", "inner-03", "inner-05"), ("inner-02", "inner-04"))


def network(count: int, plan: ScheduledTest | None = HOURLY) -> Network:
    """So many cameras."""
    cameras = (
        Camera(id=f"inner-{number:02d}", name="卡口", ring=Ring.INNER, stream=Stream(sub="rtsp://192.0.2.1/sub"))
        for number in range(1, count + 1)
    )
    return Network(cameras=tuple(cameras), watching=Watching(test_alert=plan))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.sqlite")


def sent_at(outbox: Outbox, *minutes: float, plan: ScheduledTest | None = HOURLY) -> list[float]:
    """A worker that looks at these minutes after noon: those at which it raised a test."""
    sent: list[Event] = []
    tests = ScheduledTests(["inner-01"], plan, outbox, sent.append)
    for minute in minutes:
        tests.look(NOON + timedelta(minutes=minute))
    return [(event.started_at - NOON) / timedelta(minutes=1) for event in sent]


@pytest.mark.parametrize(
    ("looks", "sent"),
    [
        pytest.param([0.1, 0.2, 30, 59.9], [0.1], id="once in an hour"),
        pytest.param([0.1, 60, 61, 120.5], [0.1, 60, 120.5], id="with the first look of each"),
        pytest.param([0.1, 300, 301], [0.1, 300], id="the clock jumps ahead: at once"),
        pytest.param([300, 0.1, 0.2], [300, 0.1], id="and back: at once"),
    ],
)
def test_one_is_raised_in_every_piece_of_time(outbox: Outbox, looks: list[float], sent: list[float]) -> None:
    """Pieces are cut from the clock, so that all workers agree on them without a word."""
    with closing(outbox):
        assert sent_at(outbox, *looks) == sent


def test_a_worker_that_is_started_again_remembers(outbox: Outbox) -> None:
    """No more tests come because a worker is replaced; the first of the next hour does."""
    with closing(outbox):
        assert sent_at(outbox, 10) == [10]
        assert sent_at(outbox, 11, 59, 60) == [60]


def test_another_plan_begins_at_once(outbox: Outbox) -> None:
    """Whoever changes the configuration sees that it works."""
    with closing(outbox):
        sent_at(outbox, 10)
        assert sent_at(outbox, 11, plan=ScheduledTest(every=timedelta(minutes=30))) == [11]


def test_another_plan_holds_from_the_next_look_on(outbox: Outbox) -> None:
    """Without a restart: in the name of others, at other times, or none any more."""
    sent: list[Event] = []
    with closing(outbox):
        tests = ScheduledTests(["inner-01"], HOURLY, outbox, sent.append)
        tests.look(NOON)
        tests.go_by(["inner-02"], ScheduledTest(every=timedelta(minutes=30)))
        tests.look(NOON)
        tests.go_by(["inner-02"], None)
        tests.look(NOON + timedelta(hours=5))

    assert [event.camera for event in sent] == ["inner-01", "inner-02"]


def test_a_test_has_no_pictures(tmp_path: Path) -> None:
    """No folder stands on its record for a page to ask for."""
    store = EvidenceStore(tmp_path, EvidenceMetrics(CollectorRegistry()), zone_info=UTC)

    assert store.folder_for(made("inner-01", NOON)) == ""


def test_none_is_raised_without_a_plan(outbox: Outbox) -> None:
    """`test_alert: null`."""
    with closing(outbox):
        assert sent_at(outbox, 0, 60, plan=None) == []


def test_a_test_is_low_and_over_as_soon_as_it_has_begun(outbox: Outbox) -> None:
    """It stands nowhere as active, and its id is its own."""
    sent: list[Event] = []
    with closing(outbox):
        tests = ScheduledTests(["inner-01", "inner-02"], HOURLY, outbox, sent.append)
        tests.look(NOON)
        tests.look(NOON + timedelta(hours=1))

    assert {(event.rule, event.phase, event.severity) for event in sent} == {
        ("system.test", Phase.CLEARED, Severity.LOW)
    }
    assert [event.camera for event in sent] == ["inner-01", "inner-02"] * 2
    assert len({event.id for event in sent}) == 4


class Full:
    """An outbox on a full disk."""

    def keep(self, values: Mapping[str, str | None]) -> None:
        raise OutboxUnavailable("the disk is full")

    def kept(self) -> Mapping[str, str]:
        return {}


def test_a_full_disk_costs_the_memory_not_the_test() -> None:
    """In this run it is still raised once."""
    sent: list[Event] = []
    tests = ScheduledTests(["inner-01"], HOURLY, Full(), sent.append)

    tests.look(NOON)
    tests.look(NOON + timedelta(seconds=1))

    assert len(sent) == 1


def test_every_worker_tests_its_own_way() -> None:
    """In the name of its first camera: each has an outbox and a sender of its own."""
    assert cameras_that_test(network(5), SHARES) == (("inner-01",), ("inner-02",))


def test_a_named_camera_alone_is_tested() -> None:
    """By the worker that has it."""
    assert cameras_that_test(network(5, ScheduledTest(camera="inner-04")), SHARES) == ((), ("inner-04",))


def test_nothing_is_tested_without_a_plan() -> None:
    """In no worker."""
    assert cameras_that_test(network(5, None), SHARES) == ((), ())
