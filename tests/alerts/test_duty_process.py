"""The duty loops in processes of their own: two at once, and one that is killed in the middle."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta

from alerts.lifecycle import Act
from tests.alerts.duty_room import Clock, DutyRoom, channel, kinds, network
from tests.alerts.making import occurrence
from tests.alerts.webhook_server import webhook
from tests.services import REPOSITORY, eventually

PATIENCE_S = 60.0


@contextmanager
def desk_process(url: str, hook: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs the loops until the block ends."""
    command = (sys.executable, "-m", "tests.alerts.duty_main", url, hook)
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert any(b"ready" in line for line in process.stdout)
            yield process
        finally:
            process.kill()


def old(number: int, minutes: float) -> object:
    """An alert that was raised so long ago."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return occurrence(number, camera=f"inner-{number:02}", started_at=at, captured_at=at, raised_at=at)


def test_two_desks_escalate_and_tell_once(url: str) -> None:
    """Each alert is told once when it is raised, and once for each level, whichever process saw it."""
    with ExitStack() as stack:
        hook = stack.enter_context(webhook())
        for _ in range(2):
            stack.enter_context(desk_process(url, hook.url))
        clock = Clock(datetime.now(UTC) - timedelta(minutes=3))  # as if it had been on record for three minutes
        room = stack.enter_context(closing(DutyRoom(url, network(channel(hook.url)), clock)))
        # The channels were begun just now; what was on record before is no news: so it is raised anew in a moment.
        room.record(*(old(number, 3) for number in range(1, 6)))  # type: ignore[arg-type]
        eventually(
            lambda: sum(1 for one in room.database.open_alerts() if one.escalation == 1) == 5,
            "all went up",
            timeout_s=PATIENCE_S,
        )
        clock.now = datetime.now(UTC)
        room.record(*(old(number, 0) for number in range(6, 11)))  # type: ignore[arg-type]
        eventually(lambda: kinds(hook.accepted).count("raised") >= 5, "all was told", timeout_s=PATIENCE_S)

        steps = [step for number in range(1, 6) for step in room.database.steps(f"ev-{number}")]
        assert [step.act for step in steps] == [Act.ESCALATE] * 5
        told = [
            (notice["kind"], notice["alert"]["id"], notice["level"])
            for one in hook.accepted
            for notice in one.told["notices"]
        ]
        assert len(told) == len(set(told))


def test_a_desk_that_is_killed_between_sending_and_recording(url: str) -> None:
    """The message is sent again with the same id and the same body, and then it is done."""
    with webhook() as hook:
        hook.fault = "silent"  # it has the message, and the answer never comes
        with desk_process(url, hook.url) as process:
            with closing(DutyRoom(url, network(channel(hook.url)), Clock(datetime.now(UTC)))) as room:
                room.record(old(1, 0))  # type: ignore[arg-type]
            eventually(lambda: hook.taken, "the message was sent", timeout_s=PATIENCE_S)
            process.kill()
            process.wait()
        hook.fault = ""
        later = Clock(datetime.now(UTC) + timedelta(minutes=2))  # its lease is over
        with closing(DutyRoom(url, network(channel(hook.url)), later)) as room:
            assert room.tell() == 1
            assert room.tell() == 0

    first, again = hook.taken
    assert (first.id, first.body) == (again.id, again.body)


def test_a_process_stops_though_a_channel_hangs(url: str) -> None:
    """It does not wait for an answer that may never come."""
    with webhook() as hook, desk_process(url, hook.url) as process:
        hook.fault = "silent"
        with closing(DutyRoom(url, network(channel(hook.url)), Clock(datetime.now(UTC)))) as room:
            room.record(old(1, 0))  # type: ignore[arg-type]
        eventually(lambda: hook.taken, "the message was sent", timeout_s=PATIENCE_S)
        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(15) == 0
