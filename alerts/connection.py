"""A connection to Redis with bounded waits, and its errors in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError
from redis.retry import Retry

from alerts.errors import QueueFull
from config.errors import BackendUnavailable
from config.redact import redact

TIMEOUT_S = 5.0  # for connecting, and for every answer
SCHEMES = ("redis://", "rediss://", "unix://")


class Connection:
    """A pool of connections to one Redis. Any thread may use it."""

    def __init__(self, url: str) -> None:
        self.url = redact(url)
        if not url.startswith(SCHEMES):
            raise BackendUnavailable(f"{self.url!r} is not a queue: write redis://…, rediss://… or unix://…")
        try:
            self.redis: Redis = Redis.from_url(
                url,
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
                retry=Retry(NoBackoff(), 0),  # those who use the queue know better when to try again
                protocol=2,
                legacy_responses=False,
                decode_responses=True,
                encoding_errors="surrogateescape",  # what is not UTF-8 can still be set aside, byte by byte
            )
        except ValueError as error:
            raise BackendUnavailable(f"{self.url!r} is not a queue: {redact(str(error))}") from None

    @contextmanager
    def speaking(self) -> Iterator[Redis]:
        """The client; what it raises becomes BackendUnavailable, or QueueFull."""
        try:
            yield self.redis
        except OutOfMemoryError as error:
            raise QueueFull(f"the queue at {self.url} is full: {redact(str(error))}") from error
        except (RedisError, OSError) as error:
            # The original text may carry the URL with its password: it is not chained.
            raise BackendUnavailable(f"the queue at {self.url} does not answer: {redact(str(error))}") from None

    def close(self) -> None:
        """Close every connection."""
        self.redis.close()
