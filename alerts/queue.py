"""The queue of alerts: Redis Streams, laid out as DESIGN.md says.

Stream `ringwatch:alerts`, consumer group `desk`, dead letters in the stream `ringwatch:dead`, and the hash
`ringwatch:recorded`: outbox -> the number up to which all its rows are on record. Whoever changes the record says so
on the channel `ringwatch:changed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog
from redis.exceptions import RedisError, ResponseError

from alerts.connection import Connection

if TYPE_CHECKING:
    from redis import Redis

log = structlog.get_logger()
T = TypeVar("T")
STREAM = "ringwatch:alerts"
GROUP = "desk"
DEAD = "ringwatch:dead"
RECORDED = "ringwatch:recorded"
CHANGED = "ringwatch:changed"  # a channel: says that there is something to look for, never what
KEEP = 1000  # recorded entries left in the stream, for those who look at it
DEAD_LIMIT = 10_000  # dead letters kept; beyond it the oldest go
COUNTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the stream. `fields` is empty when the entry was deleted before it was read."""

    id: str  # "<milliseconds>-<number>", by Redis' clock
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecorded:
    """What the desk has not acknowledged."""

    entries: int  # counted up to COUNTED
    age_s: float  # of the oldest, by Redis' clock; 0 when there is none


class AlertQueue:
    """The queue. Any thread may use it; every call answers or fails within seconds, and does not try twice.

    Raises:
        BackendUnavailable: from every method, with the URL but no password.
        QueueFull: from those that write.
    """

    def __init__(self, url: str) -> None:
        self._connection = Connection(url)

    @property
    def url(self) -> str:
        """Where it is, without a password."""
        return self._connection.url

    def close(self) -> None:
        """Close every connection."""
        self._connection.close()

    def publish(self, fields: Mapping[str, str]) -> str:
        """Append one entry; its id."""
        return self.publish_all([fields])[0]

    def publish_all(self, batch: Sequence[Mapping[str, str]]) -> list[str]:
        """Append entries in order, in one round trip; their ids. When it raises, some may have been appended."""
        with self._connection.speaking() as redis, redis.pipeline(transaction=False) as pipeline:
            for fields in batch:
                pipeline.xadd(STREAM, cast("dict[Any, Any]", fields))
            return cast("list[str]", _all_answered(pipeline.execute(raise_on_error=False)))

    def missing(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of `ids` that are not in the stream: trimmed, or lost."""
        with self._connection.speaking() as redis, redis.pipeline(transaction=False) as pipeline:
            for entry_id in ids:
                pipeline.xrange(STREAM, entry_id, entry_id)
            found = _all_answered(pipeline.execute(raise_on_error=False))
        return frozenset(entry_id for entry_id, entries in zip(ids, found, strict=True) if not entries)

    def watermark(self, outbox: str) -> int:
        """The number up to which all rows of `outbox` are on record, 0 when that is not known."""
        with self._connection.speaking() as redis:
            text = cast("str | None", redis.hget(RECORDED, outbox))
        return int(text) if text and text.isdecimal() else 0

    def set_watermarks(self, watermarks: Mapping[str, int]) -> None:
        """Publish how far outboxes are on record."""
        if watermarks:
            with self._connection.speaking() as redis:
                redis.hset(RECORDED, mapping=cast("dict[Any, Any]", watermarks))

    def announce(self) -> None:
        """Say to all who listen (`ChangeListener`) that the record has changed."""
        with self._connection.speaking() as redis:
            redis.publish(CHANGED, "")

    def ensure_group(self) -> None:
        """Make the stream and the desk's group where they are missing; the group begins with the oldest entry."""
        with self._connection.speaking() as redis:
            try:
                redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
                log.info("consumer group made", group=GROUP)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def read(self, consumer: str, count: int, block_s: float) -> tuple[Entry, ...]:
        """Entries nobody has taken yet, now pending for `consumer`; waits up to `block_s` (under 5) for one."""
        return self._read(consumer, ">", count, round(block_s * 1000) or None)

    def pending(self, consumer: str, count: int) -> tuple[Entry, ...]:
        """The oldest entries that `consumer` has taken and not acknowledged."""
        return self._read(consumer, "0", count, None)

    def reclaim(self, consumer: str, idle_s: float, count: int = 1000) -> int:
        """Make entries that others took `idle_s` ago and never acknowledged pending for `consumer`; how many."""
        idle_ms = round(idle_s * 1000)
        return self._grouped(
            lambda redis: len(redis.xautoclaim(STREAM, GROUP, consumer, idle_ms, count=count, justid=True)), 0
        )

    def ack(self, ids: Sequence[str]) -> None:
        """Acknowledge entries of the desk's group: they are on record."""
        with self._connection.speaking() as redis:
            redis.xack(STREAM, GROUP, *ids)

    def dead_letter(self, entry: Entry, error: str) -> None:
        """Set a copy of `entry` aside, with its payload and what is wrong with it."""
        fields = {f"field:{name}": value for name, value in entry.fields.items()}
        letter = {"entry": entry.id, "error": error} | fields
        with self._connection.speaking() as redis:
            redis.xadd(DEAD, cast("dict[Any, Any]", letter), maxlen=DEAD_LIMIT, approximate=True)

    def dead_letters(self, count: int = 100) -> tuple[Entry, ...]:
        """The newest dead letters, oldest first."""
        return self._newest(DEAD, count)

    def requeue(self, letter_id: str, fields: Mapping[str, str]) -> str:
        """Append the entry `fields` that was set aside as `letter_id`, which goes, both or neither; the entry's id."""
        with self._connection.speaking() as redis, redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(STREAM, cast("dict[Any, Any]", fields))
            pipeline.xdel(DEAD, letter_id)
            return cast("list[str]", _all_answered(pipeline.execute(raise_on_error=False)))[0]

    def unrecorded(self) -> Unrecorded:
        """What the desk's group has not acknowledged."""
        with self._connection.speaking() as redis:
            first = self._first_unacknowledged().get(GROUP, "-")
            entries = cast("list[tuple[str, Any]]", redis.xrange(STREAM, first, "+", count=COUNTED))
            seconds, microseconds = redis.time()
        if not entries:
            return Unrecorded(entries=0, age_s=0.0)
        age_s = seconds + microseconds / 1e6 - int(entries[0][0].split("-")[0]) / 1000
        return Unrecorded(entries=len(entries), age_s=max(0.0, age_s))

    def ages_s(self) -> dict[str, float]:
        """Every group with the age of the oldest entry it has not acknowledged, by Redis' clock; else 0."""
        with self._connection.speaking() as redis:
            firsts = self._first_unacknowledged()
            seconds, _ = redis.time()
            found = {group: redis.xrange(STREAM, first, "+", count=1) for group, first in firsts.items()}
        return {
            group: max(0.0, seconds - _order(str(entries[0][0]))[0] / 1000) if entries else 0.0
            for group, entries in cast("dict[str, list[Any]]", found).items()
        }

    def trim(self, keep: int = KEEP) -> int:
        """Delete entries that every group has acknowledged, but for about the newest `keep`; how many went."""
        with self._connection.speaking() as redis:
            bounds = [*self._first_unacknowledged().values()]
            if not bounds or redis.xlen(STREAM) < 2 * keep:
                return 0
            if keep:
                bounds.append(self._newest(STREAM, keep)[0].id)
            return redis.xtrim(STREAM, minid=min(bounds, key=_order), approximate=False)

    def newest(self, count: int) -> tuple[Entry, ...]:
        """The newest entries, oldest first. Takes nothing from any group."""
        return self._newest(STREAM, count)

    def after(self, entry_id: str, block_s: float, count: int = 100) -> tuple[Entry, ...]:
        """Entries newer than `entry_id`; waits up to `block_s` (under 5) for one. Takes nothing from any group."""
        with self._connection.speaking() as redis:
            answer = redis.xread({STREAM: entry_id}, count=count, block=round(block_s * 1000))
        return _entries(cast("dict[str, list[Any]]", answer).get(STREAM, []))

    def _newest(self, stream: str, count: int) -> tuple[Entry, ...]:
        with self._connection.speaking() as redis:
            return _entries(reversed(cast("list[Any]", redis.xrevrange(stream, count=count))))

    def _read(self, consumer: str, after: str, count: int, block_ms: int | None) -> tuple[Entry, ...]:
        answer: Any = self._grouped(
            lambda redis: cast("Any", redis.xreadgroup(GROUP, consumer, {STREAM: after}, count=count, block=block_ms)),
            {},
        )
        return _entries(answer.get(STREAM, []))

    def _grouped(self, ask: Callable[[Redis], T], nothing: T) -> T:
        """What `ask` answers; where the group is missing (Redis is new, or was wiped), it is made: `nothing`.

        It is not looked for beforehand: making it is a write, which a full Redis refuses even where it exists.
        """
        with self._connection.speaking() as redis:
            try:
                return ask(redis)
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
        self.ensure_group()
        return nothing

    def _first_unacknowledged(self) -> dict[str, str]:
        """Every group with the id of the first entry it has not acknowledged, delivered or not."""
        redis = self._connection.redis
        try:
            groups = redis.xinfo_groups(STREAM)
        except ResponseError as error:
            if "no such key" in str(error):
                return {}
            raise
        firsts = {}
        for group in groups:
            oldest = redis.xpending(STREAM, group["name"])["min"] if group["pending"] else None
            # With nothing pending, all that had been delivered when `groups` was read is acknowledged.
            firsts[group["name"]] = oldest or _next(group["last-delivered-id"])
        return firsts


def _all_answered(answers: list[Any]) -> list[Any]:
    """`answers` without a failure among them; the client's own complaint would carry the whole payload."""
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer
    return answers


def _entries(answer: Any) -> tuple[Entry, ...]:
    return tuple(Entry(id=entry_id, fields=fields or {}) for entry_id, fields in answer)


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)


def _next(entry_id: str) -> str:
    milliseconds, number = _order(entry_id)
    return f"{milliseconds}-{number + 1}"
