"""One try to deliver a letter: an HTTP request with one deadline for everything, whose words never hold the address."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from alerts.notify.forms import complaint, request_of
from alerts.notify.messages import LONGEST_WAIT
from config.errors import RingwatchError

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from alerts.notify.messages import Letter
    from config.notify import Channel

MOST_BYTES = 4096  # of an answer
# It will not be taken at another time either: the content is refused, not the moment.
REFUSED = frozenset({400, 413, 415, 422})


class DeliveryError(RingwatchError):
    """The channel did not take the letter: keep it and try again."""

    def __init__(self, message: str, wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.wait = wait  # that the other side asked for


class LetterRefusedError(DeliveryError):
    """The channel will never take this letter: set it aside."""


@dataclass(slots=True, eq=False)
class _Attempt:
    """One delivery: its deadline, if it strikes late, cuts no other's connection."""

    connection: HTTPConnection | None = None
    is_late: bool = False

    def overdue(self) -> None:
        self.is_late = True
        self.cut()

    def cut(self) -> None:
        sock = self.connection.sock if self.connection else None  # read once: the courier may let go of it
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Webhook:
    """Delivers the letters of one channel. `deliver` blocks its thread; `abort` may be called from any other."""

    def __init__(self, channel: Channel, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._channel = channel
        self._clock = clock
        self._aborted = threading.Event()
        self._attempt: _Attempt | None = None

    def deliver(self, letter: Letter) -> None:
        """Send `letter`, once.

        Raises:
            LetterRefusedError: its content was refused.
            DeliveryError: it was not taken, in words without the address.
        """
        url, headers, body = request_of(letter, self._channel, self._clock())
        answer = self._answer(urlsplit(url), headers, body)
        if 200 <= answer.status < 300:
            if wrong := complaint(self._channel, answer.body):
                raise DeliveryError(f"{self._channel.where}: {wrong}")
            return
        said = f"{self._channel.where} answers HTTP {answer.status}"
        if answer.status in REFUSED:
            raise LetterRefusedError(f"{said}: it refuses this message")
        if 300 <= answer.status < 400:
            raise DeliveryError(f"{said}: it has moved, write its new address")
        raise DeliveryError(said, _asked_wait(answer.headers.get("retry-after"), self._clock()))

    def abort(self) -> None:
        """End a delivery under way, and refuse later ones: the node stops."""
        self._aborted.set()
        if (attempt := self._attempt) is not None:
            attempt.cut()

    def _answer(self, url: SplitResult, headers: Mapping[str, str], body: bytes) -> _Answer:
        if self._aborted.is_set():
            raise DeliveryError("the node stops")
        attempt = _Attempt()
        try:
            with self._connected(url, attempt) as connection:
                target = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
                connection.request("POST", target, body, {**headers, **_credentials(url), "user-agent": "ringwatch"})
                return _read(connection.getresponse(), robot=self._channel.form != "ringwatch")
        except (OSError, HTTPException, ValueError) as error:
            reason = "does not answer in time" if attempt.is_late else _reason(error)
            # The original text may carry the address: it is not chained.
            raise DeliveryError(f"{self._channel.where} {reason}") from None

    @contextmanager
    def _connected(self, url: SplitResult, attempt: _Attempt) -> Iterator[HTTPConnection]:
        """A connection that is cut when the deadline has passed, however slowly the other side goes on."""
        timeout_s = self._channel.timeout.total_seconds()
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = attempt.connection = kind(url.hostname or "", url.port, timeout=timeout_s)
        self._attempt = attempt
        watchdog = threading.Timer(timeout_s, attempt.overdue)
        watchdog.name, watchdog.daemon = f"notify-{self._channel.name}-deadline", True
        watchdog.start()
        try:
            yield connection
        finally:
            watchdog.cancel()
            self._attempt = None
            connection.close()


def _read(response: HTTPResponse, *, robot: bool) -> _Answer:
    """The status is the answer, and nothing behind it is waited for; but a robot's refusals come with status 200."""
    headers = {name.lower(): value for name, value in response.getheaders()}
    return _Answer(response.status, headers, response.read(MOST_BYTES) if robot else b"")


def _credentials(url: SplitResult) -> dict[str, str]:
    userinfo = url.netloc.rpartition("@")[0]
    if not userinfo:
        return {}
    return {"authorization": f"Basic {base64.b64encode(unquote(userinfo).encode()).decode()}"}


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, ssl.SSLError):
        return f"has no TLS that can be trusted ({error.reason or 'no reason given'})"
    if isinstance(error, socket.gaierror):
        return "is not a name that is known here"
    if isinstance(error, ConnectionRefusedError):
        return "does not listen"
    return f"broke the connection off ({type(error).__name__})"


def _asked_wait(text: str | None, now: datetime) -> timedelta | None:
    """What `Retry-After` asks for, in seconds or as a date, an hour at most."""
    if text is None:
        return None
    try:
        wait = timedelta(seconds=int(text)) if text.isdigit() else parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return max(timedelta(), min(wait, LONGEST_WAIT))
