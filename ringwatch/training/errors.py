"""What can go wrong while a model is trained."""

from __future__ import annotations

from config.errors import RingwatchError, UnusableInput

SHOWN = 12


class TrainingError(RingwatchError):
    """A model cannot be trained: which file, why, and what to do. Nothing that existed before was touched."""


class SetError(TrainingError, UnusableInput):
    """What a model was to be taught with cannot be used."""

    exit_code = UnusableInput.exit_code


def complain(problems: list[str]) -> None:
    """Raise all `problems` as one error, if there are any."""
    if problems:
        more = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise SetError("\n".join([*problems[:SHOWN], *more]))
