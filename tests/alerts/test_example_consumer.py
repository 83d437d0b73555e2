"""The documented example of an integration, run as its readers will run it, on a real Redis."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alerts.codec import encode
from alerts.desk import Desk
from alerts.metrics import AlertMetrics
from alerts.queue import STREAM, AlertQueue
from detect.messages import Phase
from storage.database import Database
from tests.alerts.making import occurrence
from tests.redis_server import RedisProcess
from tests.services import REPOSITORY, eventually

EXAMPLE = REPOSITORY / "docs" / "example_consumer.py"
PATIENT_S = 60.0  # an interpreter starts slowly on a busy machine


@dataclass
class Reader:
    """The example in processes of its own, one after the other."""

    url: str
    output: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """One more; its output is added to what others wrote."""
        with self.output.open("ab") as out:
            command = [sys.executable, str(EXAMPLE), self.url, "county", f"reader-{len(self.processes)}"]
            self.processes.append(subprocess.Popen(command, stdout=out, stderr=out))

    def kill(self) -> None:
        """End the newest with kill -9."""
        self.processes[-1].kill()
        self.processes[-1].wait()

    def printed(self) -> list[tuple[str, int]]:
        """Which revisions have been printed, in order."""
        lines = self.output.read_text("utf-8").splitlines()
        return [(body["id"], body["rev"]) for body in map(json.loads, lines)]

    def wait_for(self, *expected: tuple[str, int]) -> None:
        """Until exactly these have been printed."""
        eventually(lambda: self.printed() == list(expected), f"{expected} printed", timeout_s=PATIENT_S)


@pytest.fixture
def reader(redis_process: RedisProcess, tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(redis_process.url, tmp_path / "printed.jsonl")
    reader.start()
    yield reader
    for process in reader.processes:
        process.kill()
        process.wait()


def test_it_is_twenty_lines() -> None:
    """Short enough to be read before it is copied."""
    lines = EXAMPLE.read_text("utf-8").splitlines()

    assert len([line for line in lines if line and not line.startswith('"""')]) == 20


def test_it_makes_its_group_and_prints_every_revision_once(
    reader: Reader, queue: AlertQueue, redis_process: RedisProcess
) -> None:
    """From the oldest entry on; one that is sent twice is printed once, and all are acknowledged."""
    for sent in (occurrence(1), occurrence(2), occurrence(1), occurrence(1, 2, phase=Phase.CLEARED)):
        queue.publish(encode(sent))

    reader.wait_for(("ev-1", 1), ("ev-2", 1), ("ev-1", 2))

    def pending() -> int:
        with redis_process.client() as client:
            return int(client.xpending(STREAM, "county")["pending"])

    eventually(lambda: pending() == 0, "all acknowledged")


def test_it_takes_nothing_from_the_desk(
    reader: Reader, queue: AlertQueue, database: Database, metrics: AlertMetrics
) -> None:
    """Every group gets every entry."""
    queue.publish(encode(occurrence(1)))
    reader.wait_for(("ev-1", 1))

    assert Desk(queue, database, "desk-1", metrics).step() == 1

    assert database.alert("ev-1") is not None


def test_it_goes_on_after_a_kill(reader: Reader, queue: AlertQueue) -> None:
    """What came in between waits for the next one of the group."""
    queue.publish(encode(occurrence(1)))
    reader.wait_for(("ev-1", 1))

    reader.kill()
    queue.publish(encode(occurrence(2)))
    reader.start()

    reader.wait_for(("ev-1", 1), ("ev-2", 1))


def test_it_goes_on_after_redis_is_restarted_and_wiped(
    reader: Reader, queue: AlertQueue, redis_process: RedisProcess
) -> None:
    """Its group is made again; what is sent again is not printed again."""
    queue.publish(encode(occurrence(1)))
    reader.wait_for(("ev-1", 1))

    redis_process.restart()
    redis_process.command("flushall")
    for sent in (occurrence(1), occurrence(2)):
        queue.publish(encode(sent))

    reader.wait_for(("ev-1", 1), ("ev-2", 1))


def test_a_newer_schema_stops_it_and_the_entry_waits(
    reader: Reader, queue: AlertQueue, redis_process: RedisProcess
) -> None:
    """A reader that does not understand must not say that it is done."""
    queue.publish(encode(occurrence(1)) | {"v": "2"})

    code = reader.processes[-1].wait(PATIENT_S)

    assert code == 1
    assert "is of schema version 2: update this program" in reader.output.read_text("utf-8")
    with redis_process.client() as client:
        assert client.xpending(STREAM, "county")["pending"] == 1
