"""Whether an alert came late: raised when it should have been, on record only long after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerts.messages import Occurrence

LATE_AFTER = timedelta(seconds=30)


def came_late(occurrence: Occurrence, recorded_at: datetime) -> bool:
    """Whether `occurrence` waited longer than `LATE_AFTER` between the node's raising it and the desk's recording it.

    Decided once, by the first revision of an alert that is recorded: the duty room could not have answered sooner, so
    its response times say nothing of them. `raised_at` is by the node's clock and `recorded_at` by the desk's; a
    node's clock that is ahead makes nothing late, one that is behind makes all late, which tells that it is wrong.
    """
    return recorded_at - occurrence.raised_at > LATE_AFTER
