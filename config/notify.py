"""Who is told of alerts besides the page: channels, each a webhook."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from config.base import Frozen, Ring, Severity
from config.durations import SHAPE, WRITTEN

ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
AnswerTime = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(seconds=60)), WRITTEN, SHAPE]
GiveUpTime = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=30)), WRITTEN, SHAPE]
RateTime = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=24)), WRITTEN, SHAPE]
SettleTime = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(minutes=5)), WRITTEN, SHAPE]


class Told(StrEnum):
    """What a channel can be told of."""

    RAISED = "raised"
    ESCALATED = "escalated"
    CLEARED = "cleared"
    RESOLVED = "resolved"
    TEST = "test"  # a scheduled test alert got through: the channel proves that it is alive
    HANDOVER = "handover"  # the next shift has not accepted the open list in time


class Rate(Frozen):
    """At most so many messages in so long; what comes beyond waits, and goes as one message with a count."""

    messages: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 6
    per: RateTime = timedelta(minutes=1)


class Channel(Frozen):
    """One webhook and what it is told."""

    name: ChannelName
    url: str = Field(repr=False)  # may carry a password or a key: only `where` is ever shown
    secret: str | None = Field(default=None, repr=False)  # each message is signed with it
    form: Literal["ringwatch", "wecom", "dingtalk", "feishu"] = "ringwatch"  # how a message is written
    language: Literal["zh", "en"] = "zh"
    severities: tuple[Severity, ...] = tuple(Severity)
    rings: tuple[Ring, ...] = tuple(Ring)
    events: tuple[Told, ...] = (Told.RAISED, Told.ESCALATED, Told.CLEARED, Told.HANDOVER)
    rate: Rate = Rate()
    timeout: AnswerTime = timedelta(seconds=10)  # for the whole answer
    give_up_after: GiveUpTime = timedelta(hours=24)  # then it is a dead letter, to be looked at and sent again

    @property
    def where(self) -> str:
        """Its host, fit to be shown: path and query carry keys as often as not."""
        return urlsplit(self.url).hostname or "?"


class Notify(Frozen):
    """Every channel, and how long a camera's fault waits for others of the same cause before it is told."""

    settle: SettleTime = timedelta(seconds=30)
    channels: tuple[Channel, ...] = ()
