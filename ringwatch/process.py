"""The main program of a child process: read the job, do it until told to stop or until the parent is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import structlog

from config.errors import RingwatchError
from ringwatch.job import Job, Newer, Role, next_job, read_job
from ringwatch.logs import configure_logs
from ringwatch.metric_files import name_metrics
from ringwatch.processes import REPLACE_ME, set_from_handler

if TYPE_CHECKING:
    from types import FrameType

    from ringwatch.job import Pipe

log = structlog.get_logger()


def main() -> None:
    """Entry point of `python -m ringwatch.process`."""
    pipe = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115 - it is the interpreter's
    job = read_job(pipe)
    configure_logs(level=job.log_level, form=job.log_format, process=job.name)
    name_metrics(job.name)
    stop, newer = threading.Event(), Newer()
    _stop_on_signals(stop)
    _follow_parent(pipe, newer, stop)
    try:
        code = _run(job, newer, stop)
    except RingwatchError as error:
        log.error("stopped by an error", error=str(error))
        code = 1
    except Exception:  # a mistake of ours: threads that hang must not keep what is left of this process alive
        log.exception("stopped by an internal error")
        code = 1
    os._exit(code) if _left_behind() else sys.exit(code)


def _run(job: Job, newer: Newer, stop: threading.Event) -> int:
    """Do the job; the exit code. Only the role asked for is imported: the desk must not carry a detector in memory."""
    if job.role is Role.WORKER:
        from ringwatch.worker import run_worker

        return 0 if run_worker(job, stop, newer) else REPLACE_ME
    if job.role is Role.DESK:
        from ringwatch.desk import run_desk

        run_desk(job, stop)
    else:
        from ringwatch.console import run_console

        run_console(job, stop)
    return 0


def _stop_on_signals(stop: threading.Event) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(1)  # a second signal kills
        set_from_handler(stop)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)


def _follow_parent(pipe: Pipe, newer: Newer, stop: threading.Event) -> None:
    """Take newer jobs from the parent; stop in order when its end of the pipe closes, whatever ended it."""

    def follow() -> None:
        try:
            while (job := next_job(pipe)) is not None:
                newer.tell(job)
        finally:
            stop.set()

    threading.Thread(target=follow, name="parent-watch", daemon=True).start()


def _left_behind() -> list[str]:
    """Threads that would keep a finished process alive: a camera stuck in a call that cannot be interrupted.

    Not those of a library's executors, such as OpenVINO's: the interpreter ends them itself.
    """
    lasting = (
        thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()
    )
    names = [thread.name for thread in lasting if not thread.name.startswith("ThreadPoolExecutor")]
    if names:
        log.error("threads did not end and were left behind", threads=names)
    return names


if __name__ == "__main__":
    main()
