"""What may be wrong with a detector model, drawn by what the caller does about it."""

from __future__ import annotations

from config.errors import UnusableInput


class ModelError(UnusableInput):
    """A detector model cannot be used: stop; its text says which file, why, and what to do."""


class ForbiddenModelError(ModelError):
    """A model that looks at faces, plates, appearance or attributes: ringwatch never loads one, whatever is set."""
