"""Who watches the watchers, end to end: a whole node, and faults that are real."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.request import Request, urlopen

import psutil
import pytest

from alerts.messages import Condition, Disposition, Handling
from storage.database import Database
from storage.messages import AlertRecord
from tests.redis_server import RedisProcess, debian_binary, running_redis
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

T = TypeVar("T")
PATIENT_S = 120.0  # the machine may have much else to do
CONFIG = """
queue: {{url: "{queue}"}}
watching: {{test_alert: {{every: 10s, within: 9s}}, nobody_after: 15s}}
cameras:
  - id: gate
    name: 东门
    ring: inner
    stream: {{sub: "rtsp://127.0.0.1:1/nobody", open_timeout: 1s}}
    rules: [{{rule: camera.offline, after: 2s}}]
"""


@dataclass(kw_only=True)
class Site:
    """A node with one camera that does not answer, its queue, and its record."""

    node: RunningNode
    redis: RedisProcess
    record: Database

    def alerts(self, rule: str) -> list[AlertRecord]:
        """Those of `rule`, newest first."""
        return [alert for alert in self.record.newest(500) if alert.rule == rule]

    def process(self, name: str) -> psutil.Process:
        """One of the node's processes."""
        return psutil.Process(int(self.node.report(name)["pid"]))

    def ready(self) -> bool:
        """Whether readiness is green."""
        return self.node.get("/readyz")[0] == 200

    def wait_for_silence(self) -> AlertRecord:
        """Readiness is red for want of test alerts, and the alarm is on record."""
        self.wait(lambda: "gate: no test alert has come since" in self.node.get("/readyz")[1], "red readiness")
        return self.wait(self.silent, "the alarm")[0]

    def silent(self) -> list[AlertRecord]:
        """Alarms that last."""
        return [alert for alert in self.alerts("system.silent") if alert.condition is Condition.ACTIVE]

    def wait_for_a_new_test(self) -> None:
        """One more has come through."""
        before = {alert.id for alert in self.alerts("system.test")}
        self.wait(lambda: {alert.id for alert in self.alerts("system.test")} - before, "a test alert")

    @staticmethod
    def wait(probe: Callable[[], T], what: str) -> T:
        return eventually(probe, what, timeout_s=PATIENT_S)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """One process hangs, as long as the block runs; a worker is replaced if that is longer than a minute."""
        process = self.process(name)
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("watched")
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(binary=debian_binary()))
        config = folder / "network.yaml"
        config.write_text(CONFIG.format(queue=redis.url), "utf-8")
        node = stack.enter_context(running_node(config, folder / "data", "--workers", "1"))
        eventually(lambda: node.get("/readyz")[0] == 200, "readiness", timeout_s=PATIENT_S)
        record = Database(f"sqlite:///{folder / 'data' / 'ringwatch.sqlite'}")
        stack.callback(record.close)
        yield Site(node=node, redis=redis, record=record)


@pytest.mark.timeout(400)
def test_a_test_alert_goes_all_the_way(site: Site) -> None:
    """From the camera's worker onto the record, resolved by itself; the page's list is not bothered with it."""
    alert = site.wait(lambda: site.alerts("system.test"), "a test alert")[0]

    assert (alert.camera, alert.handling, alert.disposition) == ("gate", Handling.RESOLVED, Disposition.TEST)
    assert [step.by for step in site.record.steps(alert.id)] == ["system"] * 3
    metrics = site.wait(lambda: metric(site, "last_test_timestamp_seconds"), "the metric")
    assert abs(metrics - datetime.now().astimezone().timestamp()) < PATIENT_S


@pytest.mark.timeout(400)
def test_open_alerts_with_nobody_there_go_up(site: Site) -> None:
    """The camera is offline, and no page is open; when somebody comes, it is over."""
    site.wait(lambda: site.alerts("camera.offline"), "an open alert")

    alarm = site.wait(lambda: [one for one in site.alerts("system.unattended") if one.escalation], "the alarm")[0]
    assert (alarm.handling, alarm.condition, alarm.escalation) == (Handling.NEW, Condition.ACTIVE, 1)

    with urlopen(f"{site.node.url}/api/alerts/stream", timeout=30) as stream:  # noqa: S310 - our own node
        stream.readline()
        touch(site)
        site.wait(lambda: site.alerts("system.unattended")[0].condition is Condition.CLEARED, "the end of it")


@pytest.mark.timeout(400)
def test_a_worker_that_is_killed_goes_on_testing(site: Site) -> None:
    """Its successor raises the next one; none is on record twice."""
    before = site.process("worker-0")

    before.kill()

    site.wait(lambda: site.node.report("worker-0").get("pid") not in {None, before.pid}, "a new worker")
    site.wait_for_a_new_test()
    site.wait(site.ready, "readiness")


@pytest.mark.timeout(400)
def test_a_worker_that_hangs_is_silence(site: Site) -> None:
    """The desk itself puts the alarm on record; it is over when tests come again."""
    site.wait(site.ready, "readiness")

    with site.stopped("worker-0"):
        alarm = site.wait_for_silence()
        assert (alarm.camera, alarm.handling) == ("gate", Handling.NEW)
        assert metric(site, "silent") == 1

    site.wait(site.ready, "readiness")
    assert site.silent() == []


@pytest.mark.timeout(400)
def test_a_queue_that_is_away_is_silence(site: Site) -> None:
    """The alarm needs no queue; the tests that waited in the outbox come, however late."""
    site.wait(site.ready, "readiness")
    site.redis.kill()
    away_at = datetime.now(UTC)
    site.wait_for_silence()

    back_at = datetime.now(UTC)
    site.redis.start()

    site.wait(site.ready, "readiness")
    assert site.silent() == []
    waited = [alert for alert in site.alerts("system.test") if away_at < alert.raised_at < back_at]
    assert waited
    assert all(alert.recorded_at > back_at and alert.handling is Handling.RESOLVED for alert in waited)


@pytest.mark.timeout(400)
def test_a_desk_that_hangs_is_red_and_begins_anew(site: Site) -> None:
    """Nobody records; the time of the last test stays in the metrics, and grows old."""
    site.wait(site.ready, "readiness")
    last = metric(site, "last_test_timestamp_seconds")

    with site.stopped("desk"):
        site.wait(lambda: "desk: silent since" in site.node.get("/readyz")[1], "red readiness")
        assert metric(site, "last_test_timestamp_seconds") >= last > 0

    site.wait_for_a_new_test()
    site.wait(site.ready, "readiness")


@pytest.mark.timeout(400)
def test_the_last_test_is_known_when_the_desk_is_gone(site: Site) -> None:
    """Killed, and started again: it goes on where the record says it was."""
    before = site.process("desk")
    before.kill()

    site.wait(lambda: site.node.report("desk").get("pid") != before.pid, "another desk")
    assert metric(site, "last_test_timestamp_seconds") > 0
    site.wait_for_a_new_test()
    site.wait(site.ready, "readiness")


def metric(site: Site, name: str) -> float:
    """A metric of the watching; 0 when it is not told."""
    for line in site.node.get("/metrics")[1].splitlines():
        if line.startswith(f"ringwatch_watching_{name}"):
            return float(line.rpartition(" ")[2])
    return 0.0


def touch(site: Site) -> None:
    """Somebody moves a hand over the page."""
    asked = Request(f"{site.node.url}/api/presence", b"{}", {"content-type": "application/json"})  # noqa: S310
    with urlopen(asked, timeout=10) as answer:  # noqa: S310 - our own node
        assert answer.status == 204
