"""From the record to the channels: what is to be told, written down once, and carried until it is taken."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from alerts.notify.forms import body_of
from alerts.notify.news import Circumstances, news
from alerts.notify.webhook import DeliveryError, LetterRefusedError
from alerts.notify.writing import Writer

if TYPE_CHECKING:
    from alerts.notify.messages import ChannelState, Known, Letter, News, Subject, Telling
    from alerts.notify.metrics import NotifyMetrics
    from config.model import Network
    from config.notify import Channel, Rate

log = structlog.get_logger()
Clock = Callable[[], datetime]
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 900.0
LEASE_SPARE = timedelta(seconds=30)  # beyond a delivery's own deadline


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Deliverer(Protocol):
    """Whoever brings a letter to its channel (alerts.notify.webhook)."""

    def deliver(self, letter: Letter) -> None:
        """Once; DeliveryError when it was not taken."""
        ...


class Shelf(Protocol):
    """Where letters are kept (storage.notices)."""

    def compose(self, channel: str, pace: Rate, write: Callable[[str, Sequence[Telling], datetime], str]) -> bool:
        """Put what is due into a letter; whether one was made."""
        ...

    def lease(self, channel: str, owner: str, lasts: timedelta, pace: Rate) -> Letter | None:
        """The letter that may be sent now, for this owner alone."""
        ...

    def sent(self, letter: Letter) -> None:
        """It was taken."""
        ...

    def failed(self, letter: Letter, problem: str, retry_at: datetime, *, dead: bool) -> None:
        """It was not taken."""
        ...

    def states(self) -> Sequence[ChannelState]:
        """How every channel does."""
        ...


class Decider:
    """What each channel is to be told of an alert, by its configuration."""

    def __init__(self, network: Network, *, clock: Clock = utc_now) -> None:
        self._channels = {channel.name: channel for channel in network.notify.channels}
        self._settle = network.notify.settle
        self._clock = clock

    def __call__(self, channel: str, alert: Subject, known: Known, *, below: bool, pending: bool) -> News | None:
        """News of `alert` for `channel`."""
        around = Circumstances(now=self._clock(), settle=self._settle, below=below, pending=pending)
        return news(alert, known, self._channels[channel], around)


class Courier:
    """Serves one channel. `step` blocks as long as a delivery lasts; two couriers of one channel send nothing twice."""

    def __init__(  # noqa: PLR0913 - what a courier works with, each by its name
        self,
        channel: Channel,
        shelf: Shelf,
        deliverer: Deliverer,
        writer: Writer,
        metrics: NotifyMetrics,
        *,
        owner: str,
        clock: Clock = utc_now,
    ) -> None:
        self._channel = channel
        self._shelf = shelf
        self._deliverer = deliverer
        self._writer = writer
        self._metrics = metrics
        self._owner = owner
        self._clock = clock

    def step(self) -> bool:
        """Write and send one letter, where there is one; whether one was sent."""
        channel = self._channel
        self._shelf.compose(channel.name, channel.rate, self._write)
        letter = self._shelf.lease(channel.name, self._owner, channel.timeout + LEASE_SPARE, channel.rate)
        if letter is None:
            return False
        try:
            self._deliverer.deliver(letter)
        except DeliveryError as error:
            self._failed(letter, error)
            return False
        self._shelf.sent(letter)
        self._metrics.letters.labels(channel.name, "sent").inc()
        return True

    def _write(self, letter_id: str, tellings: Sequence[Telling], now: datetime) -> str:
        written = self._writer.write(tellings, self._channel.language, now)
        return body_of(letter_id, self._channel, tellings, written, self._writer, now)

    def _failed(self, letter: Letter, error: DeliveryError) -> None:
        now = self._clock()
        dead = isinstance(error, LetterRefusedError) or now - letter.begun_at >= self._channel.give_up_after
        wait = max(_wait(letter.tries), error.wait or timedelta())
        self._shelf.failed(letter, str(error), now + wait, dead=dead)
        self._metrics.letters.labels(self._channel.name, "dead" if dead else "failed").inc()
        said = "message given up: it is a dead letter" if dead else "message not taken"
        log.warning(said, channel=self._channel.name, letter=letter.id, reason=str(error), tries=letter.tries)


def _wait(tries: int) -> timedelta:
    """Twice as long after each try, half of it at random, a quarter of an hour at most."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(max(tries - 1, 0), 20))
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311 - jitter, no secret


def show(states: Sequence[ChannelState], metrics: NotifyMetrics, now: datetime) -> None:
    """How channels do, as metrics."""
    for state in states:
        metrics.waiting.labels(state.channel).set(state.waiting)
        age = (now - state.oldest_at).total_seconds() if state.oldest_at else 0.0
        metrics.age.labels(state.channel).set(max(0.0, age))
        metrics.failures.labels(state.channel).set(state.failures)
        wait = (state.retry_at - now).total_seconds() if state.retry_at else 0.0
        metrics.retry.labels(state.channel).set(max(0.0, wait))
        metrics.dead.labels(state.channel).set(state.dead)
