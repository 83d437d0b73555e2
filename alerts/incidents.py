"""Which alerts have one cause: an uplink, a cell or a ring that went dark, or many cameras at once.

Only what is wrong with cameras themselves (`camera.*`) has causes in common: people do not leave their posts together
because of a switch. A cause that says more comes first: an uplink before a cell, a cell before a ring.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from config.incidents import Incidents
from config.model import Ring

CAMERA_RULES = "camera."
INCIDENT_RULES = "incident."


class Cause(StrEnum):
    """What an incident's alerts have in common; its rule is `incident.<cause>`."""

    UPLINK = "uplink"
    CELL = "cell"
    RING = "ring"
    MANY = "many"

    @property
    def rule(self) -> str:
        """The rule of its alert."""
        return f"{INCIDENT_RULES}{self.value}"


# By rule. What else another system calls `incident.…` is an alert like any other.
CAUSES: Mapping[str, Cause] = MappingProxyType({cause.rule: cause for cause in Cause})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One alert about a camera, as far as its cause is concerned."""

    alert: str
    camera: str
    uplink: str  # "" when it shares none
    cell: str
    ring: Ring
    at: datetime  # UTC, when it was last raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Alerts that have one cause."""

    cause: Cause
    about: str  # the uplink, the cell or the ring; "" for many
    members: tuple[Failure, ...]  # the first comes first

    @property
    def id(self) -> str:
        """The incident's id: the same, whoever finds it."""
        key = "\0".join((self.cause.value, self.about, self.members[0].alert))
        return f"in-{hashlib.sha256(key.encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An incident that is open."""

    alert: str
    cause: Cause
    about: str
    active: bool
    last_at: datetime  # UTC, when the newest of its alerts was raised


def is_of_cameras(rule: str) -> bool:
    """Whether alerts of `rule` may be children of an incident.

    Who tells people of alerts waits with such a one for the window of `incidents`: it may be the first of forty.
    """
    return rule.startswith(CAMERA_RULES)


def is_incident(rule: str) -> bool:
    """Whether an alert stands for others."""
    return rule.startswith(INCIDENT_RULES)


_ABOUT: Mapping[Cause, Callable[[Failure], str | None]] = MappingProxyType(
    {
        Cause.UPLINK: lambda failure: failure.uplink or None,
        Cause.CELL: lambda failure: failure.cell or None,
        Cause.RING: lambda failure: failure.ring.value,
        Cause.MANY: lambda _failure: "",
    }
)


def joined(failure: Failure, incidents: Iterable[Standing], window: timedelta) -> Standing | None:
    """The open incident that `failure` belongs to: its uplink's while that is down, another's within the window."""
    for cause in Cause:
        for incident in incidents:
            soon = abs(failure.at - incident.last_at) <= window
            lasting = cause is Cause.UPLINK and incident.active
            if incident.cause is cause and incident.about == _ABOUT[cause](failure) and (soon or lasting):
                return incident
    return None


def grouped(failure: Failure, others: Sequence[Failure], settings: Incidents) -> Group | None:
    """The new incident that `failure` makes together with `others`, which belong to none."""
    for cause in Cause:
        about = _ABOUT[cause](failure)
        if about is None:
            continue
        alike = [other for other in (*others, failure) if _ABOUT[cause](other) == about]
        members = _within(failure, alike, settings.window)
        if len({member.camera for member in members}) >= settings.cameras:
            return Group(cause=cause, about=about, members=members)
    return None


def _within(failure: Failure, alike: Iterable[Failure], window: timedelta) -> tuple[Failure, ...]:
    """The most of `alike` that lie, with `failure`, within one window; in the order of their times."""
    near = sorted({one for one in alike if abs(one.at - failure.at) <= window}, key=lambda one: (one.at, one.alert))
    spans = [
        tuple(one for one in near if first.at <= one.at <= first.at + window)
        for first in near
        if first.at <= failure.at
    ]
    return max(spans, key=len, default=())
