"""The scheduled test alert: raised by a camera's worker, so that its absence tells that alerts do not get through."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from alerts.errors import OutboxUnavailable
from alerts.messages import TEST_RULE
from config.model import Network, Severity
from config.watching import ScheduledTest
from detect.messages import Event, Phase
from ringwatch.shards import Shares

log = structlog.get_logger()
KEPT = "test/last"


class Keeper(Protocol):
    """Where it is remembered which one was the last: the outbox."""

    def keep(self, values: Mapping[str, str | None]) -> None:
        """Remember texts, or forget them."""
        ...

    def kept(self) -> Mapping[str, str]:
        """All that is remembered."""
        ...


def cameras_that_test(network: Network, shares: Shares) -> Shares:
    """For each worker the cameras in whose name it raises test alerts: its first, or only the one that was named."""
    plan = network.watching.test_alert
    if plan is None:
        return ((),) * len(shares)
    if plan.camera is None:
        return tuple(share[:1] for share in shares)
    return tuple(tuple(one for one in share if one == plan.camera) for share in shares)


class ScheduledTests:
    """Used by the analysis thread alone, so that a worker whose analysis hangs raises none.

    Time is cut into pieces of `every`; in each new one a test is due. A clock that jumps, either way, leads into
    another piece; a worker that is started again in the same one raises none.
    """

    def __init__(
        self, cameras: Sequence[str], plan: ScheduledTest | None, keeper: Keeper, send: Callable[[Event], None]
    ) -> None:
        self.go_by(cameras, plan)
        self._keeper = keeper
        self._send = send
        self._last = keeper.kept().get(KEPT, "")

    def go_by(self, cameras: Sequence[str], plan: ScheduledTest | None) -> None:
        """Raise them in the name of `cameras`, by `plan`, from now on."""
        self._cameras = cameras if plan is not None else ()
        self._every_s = plan.every.total_seconds() if plan is not None else 1.0

    def look(self, now: datetime) -> None:
        """Raise what is due."""
        piece = f"{int(now.timestamp() // self._every_s)} of {self._every_s:g} s"
        if piece == self._last or not self._cameras:
            return
        for camera in self._cameras:
            self._send(made(camera, now))
        self._last = piece
        try:
            self._keeper.keep({KEPT: piece})
        except OutboxUnavailable as error:  # at worst one more after a restart
            log.warning("the test alert's time cannot be kept", error=str(error))


def made(camera: str, at: datetime) -> Event:
    """A test alert. It is over as soon as it has begun."""
    name = hashlib.sha256(f"{camera}\n{TEST_RULE}\n{at.isoformat()}".encode()).hexdigest()[:20]
    return Event(
        id=f"ev-{name}",
        camera=camera,
        rule=TEST_RULE,
        zone="",
        phase=Phase.CLEARED,
        started_at=at,
        captured_at=at,
        severity=Severity.LOW,
    )
