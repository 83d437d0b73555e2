"""Logging, configured once per process: structured, on stderr, and never with a password in it."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO, cast

import structlog

from config.redact import redact

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger


def configure_logs(*, level: str = "info", form: str = "auto", process: str = "") -> None:
    """Send structlog to stderr as text or as JSON lines; `process` names the child it comes from."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    structlog.contextvars.clear_contextvars()
    if process:
        structlog.contextvars.bind_contextvars(process=process)
    structlog.configure(
        processors=[*_common(), _text() if text else _json()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=True,
    )


class _Stderr:
    """The standard error of the moment of writing: a logger that is kept must not keep a stream that was replaced.

    What cannot be written is dropped: a full disk under the log must not end what is logged about.
    """

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def _to_stderr(*_: object) -> structlog.WriteLogger:
    """Each line in one write, its end with it: threads and processes that share a log must not mix their lines."""
    return structlog.WriteLogger(cast(TextIO, _Stderr()))


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_passwords,
    ]


def _text() -> Processor:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _json() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _without_passwords(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A last net: the rooms redact at their edges, this one catches what slips through."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}
