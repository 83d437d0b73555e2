"""Whether alerts still get through, and whether anybody is there to see them: decided from what is on record.

Nothing here remembers anything: a desk that is started again, or a second one beside it, decides the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.messages import Watch

if TYPE_CHECKING:
    from alerts.messages import Presence, Proof, Waiting

SILENT, UNATTENDED = "system.silent", "system.unattended"
BREAK = timedelta(seconds=20)  # a desk that has not looked for longer begins to watch anew
BACK = timedelta(seconds=5)  # so far a clock may be set back, or two differ, without being called a jump


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that should have been, and was not."""

    since: datetime  # UTC, the last moment at which it was well, or at which watching began
    why: str


def watched(before: Watch | None, now: datetime) -> Watch:
    """The watch after one more look at `now`."""
    if before is None or not -BACK <= now - before.looked_at <= BREAK:
        return Watch(begun_at=now, looked_at=now)
    return Watch(begun_at=before.begun_at, looked_at=now)


def silence(newest: Proof | None, watch: Watch, every: timedelta, within: timedelta) -> Lack | None:
    """Whether a test alert that was due has not come: `every` after the one before, and `within` more.

    A break in the watching counts as nothing: `within` must pass after it, in which a worker raises its next one.
    """
    now = watch.looked_at
    last = newest.recorded_at if newest is not None and newest.recorded_at <= now + BACK else None
    overdue = last is None or now - last > every + within
    if not overdue or now - watch.begun_at <= within:
        return None
    if last is None:
        return Lack(since=watch.begun_at, why="no test alert has come yet")
    return Lack(since=last, why=f"no test alert has come since {last:%Y-%m-%d %H:%M:%S} UTC")


def nobody_there(presence: Presence, waiting: Waiting, watch: Watch, after: timedelta) -> Lack | None:
    """Whether open alerts have had nobody for `after`.

    No page is open while any alert is; or nobody has touched a page or an alert while one is not acknowledged.
    """
    checks = (
        (waiting.open_since, (presence.connected_at,), "no page of the console is open"),
        (waiting.unanswered_since, (presence.touched_at, presence.acted_at), "nobody has touched the console"),
    )
    for waiting_since, signs, why in checks:
        if waiting_since is None:
            continue
        since = _latest((waiting_since, *signs), watch)
        if watch.looked_at - since > after:
            return Lack(since=since, why=why)
    return None


def _latest(moments: Iterable[datetime | None], watch: Watch) -> datetime:
    """The latest that is not of the future: a clock that was set back far makes the past the future."""
    until = watch.looked_at + BACK
    return max([watch.begun_at, *(at for at in moments if at is not None and at <= until)])


def alarm_id(rule: str, camera: str, since: datetime) -> str:
    """The same for every desk that finds the same: one alert becomes of it."""
    key = "\n".join((rule, camera, since.isoformat()))
    return f"ev-{hashlib.sha256(key.encode()).hexdigest()[:20]}"
