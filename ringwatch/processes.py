"""Child processes: started, watched, restarted with backoff, and stopped in order by one owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from ringwatch.job import framed

if TYPE_CHECKING:
    from subprocess import Popen

log = structlog.get_logger()
Monotonic = Callable[[], float]
STEADY_S = 60.0  # a child that ran this long starts over with a short backoff
REPLACE_ME = 75  # the exit code of a child that ends in order to be replaced at once (sysexits' EX_TEMPFAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """What to run, and how long it may take to stop."""

    name: str
    command: tuple[str, ...]
    job: bytes = b""  # written to the child's standard input, which then stays open while the parent lives
    environ: Mapping[str, str] | None = None  # None inherits
    stage: int = 0  # children of the highest stage stop first, together
    stop_timeout_s: float = 10.0


def leashed(command: Sequence[str]) -> tuple[str, ...]:
    """`command`, run so that the kernel ends it when this process, its parent, dies, even by kill -9."""
    return (sys.executable, "-m", "ringwatch.leash", str(os.getpid()), *command)


@dataclass(slots=True)
class Child:
    """One child process and its restarts. Used by the thread that made it."""

    spec: ChildSpec
    clock: Monotonic = time.monotonic
    restarts: int = 0
    _process: Popen[bytes] | None = None
    _started_at: float = 0.0
    _failures: int = 0
    _retry_at: float = 0.0
    _renewed_by: float | None = None  # when it is killed if it has not ended by itself, in order to begin anew
    _sending: bytes = b""  # what of a newer job has not gone into the pipe yet
    _to_send: bytes = b""  # the newest after that
    on_exit: Callable[[str], None] = field(default=lambda _name: None)

    def start(self) -> None:
        """Start the process and hand it its job."""
        self._renewed_by, self._sending, self._to_send = None, b"", b""
        self._process = subprocess.Popen(
            self.spec.command,
            stdin=subprocess.PIPE,
            env=self.spec.environ,
            # A Ctrl-C in the terminal reaches the parent alone, which then stops its children in order.
            start_new_session=True,
        )
        self._started_at = self.clock()
        assert self._process.stdin is not None  # noqa: S101 - asked for one line up
        try:
            self._process.stdin.write(framed(self.spec.job) if self.spec.job else b"")
            self._process.stdin.flush()
            os.set_blocking(self._process.stdin.fileno(), False)  # a child that hangs must not make its parent hang
        except BrokenPipeError:
            log.warning("child ended before it read its job", child=self.spec.name)

    @property
    def pid(self) -> int:
        """The process id, 0 when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    @property
    def state(self) -> str:
        """`running`, or how it ended."""
        if self._process is None:
            return "not started"
        code = self._process.poll()
        return "running" if code is None else f"ended with {code}"

    def begin_with(self, job: bytes) -> None:
        """Give the process that comes after this one another job."""
        self.spec = replace(self.spec, job=job)

    def tell(self, job: bytes) -> None:
        """Give the process a newer job, which it takes in as it runs; so does whoever comes after it."""
        self.begin_with(job)
        self._to_send = framed(job)
        self._send()

    def renew(self, job: bytes) -> None:
        """Give the process another job by ending it in order: it begins anew at once, as `tend` finds it ended."""
        self.begin_with(job)
        if self.pid and self._renewed_by is None:  # a second signal would kill it
            self._renewed_by = self.clock() + self.spec.stop_timeout_s
            self.ask_to_stop()

    def _send(self) -> None:
        """As much of newer jobs as the pipe takes now; the rest with the next call."""
        if self._process is None or self._process.stdin is None or self._process.stdin.closed:
            return
        try:
            while self._sending or self._to_send:
                if not self._sending:
                    self._sending, self._to_send = self._to_send, b""
                self._sending = self._sending[os.write(self._process.stdin.fileno(), self._sending) :]
        except BlockingIOError:
            log.debug("a child does not read its newer job yet", child=self.spec.name)
        except BrokenPipeError:
            self._sending, self._to_send = b"", b""  # it has ended: the next one begins with it

    def tend(self) -> None:
        """Restart the process if it has ended and its backoff has passed."""
        if self._process is None:
            return
        now = self.clock()
        if self._process.poll() is None:
            self._send()
            if self._renewed_by is not None and now > self._renewed_by:
                log.error("child did not stop in time and was killed", child=self.spec.name)
                self.kill()
            return
        if not self._retry_at:
            self._note_end(now)
        if now >= self._retry_at:
            self._retry_at = 0.0
            self.restarts += 1
            self._close_pipe()
            self.start()

    def _note_end(self, now: float) -> None:
        assert self._process is not None  # noqa: S101 - the caller looked
        self._failures = 0 if now - self._started_at > STEADY_S else self._failures + 1
        wait_s = min(30.0, 0.5 * 2 ** min(self._failures, 6))
        if self._process.returncode == REPLACE_ME and self._failures <= 1:
            wait_s = 0.0  # one that asks for it again and again waits as long as any other
        if self._renewed_by is not None:
            wait_s, self._failures = 0.0, 0
        self._retry_at = now + wait_s
        self.on_exit(self.spec.name)
        if self._renewed_by is not None:
            log.info("child is renewed", child=self.spec.name)
            return
        log.error("child ended", child=self.spec.name, code=self._process.returncode, restart_in_s=wait_s)

    def ask_to_stop(self) -> None:
        """Send SIGTERM; `finish` waits for it."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def finish(self, timeout_s: float) -> bool:
        """Wait for the end, then force it; whether force was not needed."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_s)
            return True
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            log.error("child did not stop in time and was killed", child=self.spec.name, timeout_s=round(timeout_s, 1))
            return False
        finally:
            self._close_pipe()

    def kill(self) -> None:
        """End the process now."""
        if self._process and self._process.poll() is None:
            self._process.kill()

    def _close_pipe(self) -> None:
        if self._process and self._process.stdin:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                log.debug("the child closed its end first", child=self.spec.name)


class ChildSupervisor:
    """Every child of a node. Stops stage by stage within one deadline."""

    def __init__(
        self, *, clock: Monotonic = time.monotonic, on_exit: Callable[[str], None] = lambda _name: None
    ) -> None:
        self._clock = clock
        self._on_exit = on_exit
        self.children: list[Child] = []

    def start(self, spec: ChildSpec) -> Child:
        """Start one more child."""
        child = Child(spec, clock=self._clock, on_exit=self._on_exit)
        self.children.append(child)
        child.start()
        return child

    def tend(self) -> None:
        """Restart what has ended."""
        for child in self.children:
            try:
                child.tend()
            except OSError as error:  # no memory, no process to be had: it is tried again, and the others go on
                log.error("a child cannot be started", child=child.spec.name, error=str(error))

    def states(self) -> dict[str, str]:
        """Every child's state by name."""
        return {child.spec.name: child.state for child in self.children}

    def stop(self, deadline_s: float) -> tuple[str, ...]:
        """Stop stage by stage, the highest first, before `deadline_s` has passed; the names of those killed."""
        ends_at = self._clock() + deadline_s
        late: list[str] = []
        for stage in sorted({child.spec.stage for child in self.children}, reverse=True):
            late += self._stop_stage(stage, ends_at)
        self.children.clear()
        return tuple(late)

    def _stop_stage(self, stage: int, ends_at: float) -> list[str]:
        children = [child for child in self.children if child.spec.stage == stage]
        for child in children:
            child.ask_to_stop()
        return [
            child.spec.name
            for child in children
            if not child.finish(max(0.1, min(child.spec.stop_timeout_s, ends_at - self._clock())))
        ]

    def kill(self) -> None:
        """End every child now."""
        for child in self.children:
            child.kill()


def set_from_handler(event: threading.Event) -> None:
    """Set `event` from a signal's handler: the thread that it interrupts may hold the lock that `set` waits for."""
    threading.Thread(target=event.set, name="signal", daemon=True).start()
