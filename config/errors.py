"""The errors every room shares, drawn by what the caller does about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class RingwatchError(Exception):
    """Root of every error ringwatch raises on purpose; its text is fit to show an operator."""

    exit_code = 1  # of the command that it ends: 1 failed, 2 misused, 3 a service is away


class BackendUnavailable(RingwatchError):  # noqa: N818 - the name that the design gives it
    """A service that is needed (Redis, the database, a detector runtime) does not answer: keep, retry, or exit 3."""

    exit_code = 3


class UnusableInput(RingwatchError):  # noqa: N818 - named for what it is about, as the one above
    """What was handed in (a clip, a set, a model) cannot be used: say which, why and what to do, and exit 2."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One mistake in a configuration file, at a place an editor can jump to (line and column count from 1)."""

    file: Path
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigError(RingwatchError):
    """The configuration cannot be used: stop, and show every problem at once."""

    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
