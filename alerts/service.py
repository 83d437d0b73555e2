"""Out of service: whose alerts go on record and call nobody, from when until when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.messages import OF_WATCHING, Refused
from alerts.wording import check_words
from config.out_of_service import wrong_rule
from config.validate import EVERY_RULE

if TYPE_CHECKING:
    from config.out_of_service import OutOfService

OUT_OF_SERVICE = "out of service"  # why an alert is suppressed
SHELVED = "shelved"
NO_LONGER = "no longer "  # how the step begins with which an alert is shown again
CONFIGURED = "configuration"  # who set what stands in a file
EVERY = ".*"

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWindow:
    """Some cameras, or all behind an uplink, are out of service for a while."""

    number: int  # 0 for one of the configuration
    cameras: tuple[str, ...] = ()
    uplink: str = ""
    rules: tuple[str, ...] = ()  # none: every rule
    begins: datetime  # UTC
    until: datetime  # UTC
    reason: str
    by: str  # an operator, or CONFIGURED
    set_at: datetime | None = None  # UTC; None for one of the configuration
    alert: str = ""  # from which it was set
    ended_at: datetime | None = None  # UTC, when somebody ended it before its time
    ended_by: str = ""

    @property
    def ends(self) -> datetime:
        """When it is over: at its end, or when somebody ended it."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)

    def covers(self, camera: str, uplink: str, rule: str, at: datetime) -> bool:
        """Whether an alert of `rule` on `camera` that is raised at `at` calls nobody."""
        concerned = camera in self.cameras or bool(self.uplink and uplink == self.uplink)
        return concerned and self.begins <= at < self.ends and _names(self.rules, rule)


def configured(window: OutOfService) -> ServiceWindow:
    """One that stands in the configuration."""
    return ServiceWindow(
        number=0,
        cameras=window.cameras,
        uplink=window.uplink,
        rules=window.rules,
        begins=window.begins,
        until=window.until,
        reason=window.reason,
        by=CONFIGURED,
    )


def check(window: ServiceWindow, now: datetime) -> None:
    """Whether an operator may set it.

    Raises:
        Refused: something is missing or not known, or it would never end.
    """
    if not window.reason.strip():
        raise Refused("say why it is out of service", reason="incomplete")
    check_words(window.reason)
    for rule in window.rules:
        if (wrong := wrong_rule(rule, EVERY_RULE)) is not None:
            raise Refused(wrong, reason="incomplete")
    if bool(window.cameras) == bool(window.uplink):
        raise Refused("say which cameras, or which uplink", reason="incomplete")
    if window.until <= max(now, window.begins):
        raise Refused("say until when it is out of service: a time to come", reason="incomplete")
    if window.until - window.begins > LONGEST:
        raise Refused("nothing is out of service for more than a year: remove the camera", reason="incomplete")


def _names(rules: Sequence[str], rule: str) -> bool:
    if not rules:
        return not rule.startswith(OF_WATCHING)  # a worker that is cut off is not its camera's maintenance
    return any(rule.startswith(one[: -len(EVERY)] + ".") if one.endswith(EVERY) else rule == one for one in rules)
