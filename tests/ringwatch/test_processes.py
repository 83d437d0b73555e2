"""Child processes are restarted when they die and stopped in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringwatch.processes import REPLACE_ME, Child, ChildSpec, ChildSupervisor
from tests.services import eventually

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
# Tells when it is ready and when it was asked to stop, in a file both children share.
DIARIST = """
import signal, sys, time
name, diary = sys.argv[1:3]
def write(word):
    with open(diary, "a") as file:
        file.write(f"{name} {word}\\n")
def on_term(*_):
    write("asked")
    time.sleep(0.2)
    write("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, on_term)
write("up")
while True:
    time.sleep(0.01)
"""


class Clock:
    """A monotonic clock the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def supervisor() -> Iterator[ChildSupervisor]:
    supervisor = ChildSupervisor()
    yield supervisor
    supervisor.kill()
    supervisor.stop(5.0)


def diarist(name: str, diary: Path, stage: int) -> ChildSpec:
    return ChildSpec(name=name, command=(sys.executable, "-c", DIARIST, name, str(diary)), stage=stage)


def gone(pid: int) -> bool:
    """Whether no such process runs (a zombie that nobody has waited for does not run)."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def test_a_running_child_says_so(supervisor: ChildSupervisor) -> None:
    """A child that was started is reported as running, under its name."""
    supervisor.start(ChildSpec(name="sleeper", command=SLEEPER))

    assert supervisor.states() == {"sleeper": "running"}


def test_a_child_that_dies_is_restarted_after_its_backoff() -> None:
    """kill -9 of a child brings a new one, not at once but after the backoff."""
    clock = Clock()
    supervisor = ChildSupervisor(clock=clock)
    child = supervisor.start(ChildSpec(name="sleeper", command=SLEEPER))
    first = child.pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: child.pid == 0, "the child is dead")

    supervisor.tend()
    assert child.pid == 0, "not before the backoff has passed"

    clock.now += 31.0
    supervisor.tend()
    assert child.pid not in {0, first}
    assert child.restarts == 1
    supervisor.kill()
    supervisor.stop(5.0)


def test_a_child_that_asks_to_be_replaced_is_replaced_at_once() -> None:
    """Unless it asks again and again: then it waits like any other."""
    clock = Clock()
    ends = (sys.executable, "-c", f"raise SystemExit({REPLACE_ME})")
    child = Child(ChildSpec(name="worker", command=ends), clock=clock)
    child.start()
    eventually(lambda: child.pid == 0, "the child has ended")
    child.tend()
    assert child.restarts == 1

    eventually(lambda: child.pid == 0, "the child has ended again")
    child.tend()
    assert child.restarts == 1
    child.finish(5.0)


def test_the_backoff_grows_while_a_child_keeps_dying() -> None:
    """A child that dies at once, again and again, is started less and less often."""
    clock = Clock()
    child = Child(ChildSpec(name="broken", command=(sys.executable, "-c", "raise SystemExit(3)")), clock=clock)
    child.start()
    waits = []
    for _ in range(4):
        eventually(lambda: child.pid == 0, "the child has ended")
        began, restarts = clock.now, child.restarts
        while child.restarts == restarts:
            child.tend()
            clock.now += 0.25
        waits.append(clock.now - began)
    child.finish(5.0)

    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]


def test_whoever_asked_is_told_of_every_death() -> None:
    """The callback gets the name of the child that ended, so that its gauges can be forgotten."""
    ended: list[str] = []
    supervisor = ChildSupervisor(on_exit=ended.append)
    child = supervisor.start(ChildSpec(name="sleeper", command=SLEEPER))
    pid = child.pid
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: child.pid == 0, "the child is dead")

    supervisor.tend()

    assert ended == ["sleeper"]
    supervisor.stop(5.0)


def test_a_child_that_cannot_be_started_again_costs_no_other(
    supervisor: ChildSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory for a moment: the others are tended, and it is tried again."""
    children = [supervisor.start(ChildSpec(name=name, command=SLEEPER)) for name in ("first", "second")]
    for child in children:
        os.kill(child.pid, signal.SIGKILL)
    eventually(lambda: not any(child.pid for child in children), "both are dead")
    start = Child.start

    def poorly(child: Child) -> None:
        if child is children[0]:
            raise BlockingIOError("no process to be had")
        start(child)

    with monkeypatch.context() as poor:
        poor.setattr(Child, "start", poorly)
        eventually(lambda: _tended(supervisor, children[1]), "the second runs again")

    eventually(lambda: _tended(supervisor, children[0]), "the first runs again")


def _tended(supervisor: ChildSupervisor, child: Child) -> bool:
    supervisor.tend()
    return child.pid != 0


def test_a_higher_stage_has_ended_before_a_lower_one_is_asked(supervisor: ChildSupervisor, tmp_path: Path) -> None:
    """Workers have ended before the redis-server they still write to is asked to stop."""
    diary = tmp_path / "diary"
    supervisor.start(diarist("redis", diary, stage=0))
    supervisor.start(diarist("worker", diary, stage=2))
    eventually(lambda: diary.exists() and diary.read_text().count("up") == 2, "both children are up")

    late = supervisor.stop(10.0)

    assert late == ()
    assert diary.read_text().splitlines()[2:] == ["worker asked", "worker ended", "redis asked", "redis ended"]


def test_a_child_that_does_not_stop_is_killed_and_named(supervisor: ChildSupervisor, tmp_path: Path) -> None:
    """A child deaf to SIGTERM does not hold up the stop beyond its own timeout."""
    ready = tmp_path / "ready"
    deaf = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    )
    child = supervisor.start(
        ChildSpec(name="deaf", command=(sys.executable, "-c", deaf, str(ready)), stop_timeout_s=0.3)
    )
    eventually(ready.exists, "the child ignores SIGTERM")
    pid = child.pid

    assert supervisor.stop(10.0) == ("deaf",)
    assert gone(pid)


# Writes each job it is told into a file of its own name and number.
LISTENER = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
while size := int.from_bytes(os.read(0, 8), "big"):
    told = b""
    while len(told) < size:
        told += os.read(0, size - len(told))
    (folder / f"{os.getpid()}-{len(list(folder.iterdir()))}").write_bytes(told)
"""


def listener(folder: Path, job: bytes, *, deaf: bool = False) -> ChildSpec:
    begin = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if deaf else ""
    command = (sys.executable, "-c", begin + LISTENER, str(folder))
    return ChildSpec(name="listener", command=command, job=job, stop_timeout_s=5.0)


def heard(folder: Path, supervisor: ChildSupervisor | None = None) -> list[bytes]:
    """All that was told so far, while `supervisor` tends."""
    if supervisor is not None:
        supervisor.tend()
    return [file.read_bytes() for file in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)]


def test_a_child_is_told_of_newer_jobs_as_it_runs(supervisor: ChildSupervisor, tmp_path: Path) -> None:
    """Though they are longer than a pipe takes at once; the process stays, and its successor has the newest."""
    child = supervisor.start(listener(tmp_path, b"first"))
    pid = child.pid
    eventually(lambda: heard(tmp_path) == [b"first"], "the first job")

    child.tell(b"second" * 100_000)
    eventually(lambda: len(heard(tmp_path, supervisor)) == 2, "the second job")
    child.tell(b"third")
    eventually(lambda: heard(tmp_path, supervisor)[1:] == [b"second" * 100_000, b"third"], "all jobs")

    assert (child.pid, child.restarts, child.spec.job) == (pid, 0, b"third")


def test_a_child_that_does_not_read_makes_nobody_wait(supervisor: ChildSupervisor) -> None:
    """It hangs: what it would be told waits, the newest of it."""
    child = supervisor.start(ChildSpec(name="hangs", command=SLEEPER))

    for number in range(5):
        child.tell(bytes(1_000_000 + number))
        supervisor.tend()

    assert child.pid
    assert child.spec.job == bytes(1_000_004)


def test_a_child_is_renewed_at_once_and_nothing_is_held_against_it(supervisor: ChildSupervisor, tmp_path: Path) -> None:
    """Ended in order, started with the new job, without a backoff."""
    child = supervisor.start(listener(tmp_path, b"first"))
    first = child.pid
    eventually(lambda: heard(tmp_path) == [b"first"], "it runs")

    child.renew(b"second")

    eventually(lambda: heard(tmp_path, supervisor) == [b"first", b"second"], "the new one", timeout_s=5.0)
    assert child.pid not in {0, first}
    assert child._failures == 0


def test_a_child_that_is_deaf_to_its_renewal_is_killed(tmp_path: Path) -> None:
    """After its own time to stop."""
    clock = Clock()
    supervisor = ChildSupervisor(clock=clock)
    child = supervisor.start(listener(tmp_path, b"first", deaf=True))
    first = child.pid
    eventually(lambda: heard(tmp_path) == [b"first"], "it is deaf by now")
    child.renew(b"second")
    child.renew(b"third")
    supervisor.tend()
    assert child.pid == first

    clock.now += 5.1

    eventually(lambda: heard(tmp_path, supervisor) == [b"first", b"third"], "the new one", timeout_s=5.0)
    supervisor.kill()
    supervisor.stop(5.0)


def test_a_leashed_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Even kill -9 of the node leaves no redis-server behind."""
    told = tmp_path / "pid"
    parent_code = (
        "import pathlib, subprocess, sys, time\n"
        "from ringwatch.processes import REPLACE_ME, leashed\n"
        "child = subprocess.Popen(leashed([sys.executable, '-c', 'import time; time.sleep(60)']))\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code, str(told)])
    eventually(lambda: told.exists() and told.read_text(), "the child runs")
    child = int(told.read_text())
    eventually(lambda: b"leash" not in Path(f"/proc/{child}/cmdline").read_bytes(), "the leash is on")

    parent.kill()
    parent.wait()

    eventually(lambda: gone(child), "the child is gone too")
