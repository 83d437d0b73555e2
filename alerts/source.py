"""What an alert is about: the camera, the rule and where it looks. Repeats of one source are one matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerts.messages import Occurrence

LINE = "line"  # of the detail: rules about lines have no zone, and a camera may have several of them


def source_of(occurrence: Occurrence) -> str:
    """Camera, rule and zone, of a line the line; the same for every finding of one rule where it stands."""
    where = occurrence.zone or str(occurrence.detail.get(LINE) or "")
    return f"{occurrence.camera}/{occurrence.rule}/{where}"
