"""Whose turn it is to try a user and a password: cameras lock an account, or an address, after a few wrong tries.

They do not ask which of our streams made them: a camera's two, or the thirty-two of a recorder, are one who tries.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from hashlib import blake2b
from urllib.parse import urlsplit

from ingest.backoff import Backoff
from ingest.errors import Fault

ANSWER_S = 1.0  # whoever tries keeps the others waiting for so long: a refusal comes sooner, pictures perhaps not;
REFUSAL_S = 10.0  # ... or for so long, where one was refused before: some make whoever is wrong wait for his answer
LET_IN_S = 30.0  # since somebody was let in, all others may try at once
LAST_S = 10.0  # whoever was refused lets the others go first
SOON_S, NOT_SOON_S = 0.1, 1.0  # until the next question whether it is one's turn
NEVER = float("-inf")


class Turn:
    """When one stream tries: by its own backoff, and by its account, if it has one. Used by the stream's own thread."""

    def __init__(self, account: Account | None = None, backoff: Backoff | None = None) -> None:
        self._account = account
        self._backoff = backoff or Backoff()

    def wait_s(self) -> float:
        """How long until it is to ask again; 0 when it may try: then `let_in` or `failed` is to be called."""
        return self._account.wait_s(self) if self._account is not None else 0.0

    @property
    def is_closed(self) -> bool:
        """Whether user and password were refused, to whichever stream, and are left alone for a while."""
        return self._account is not None and self._account.is_closed()

    def pause_s(self, fault: Fault) -> float:
        """How long to wait after a failure, before `wait_s` is asked, which knows of refusals that are everybody's."""
        pause_s = self._backoff.next_wait(fault).total_seconds()
        is_shared = self._account is not None and not self._account.has_barred(self)
        return 0.0 if fault is Fault.REFUSED and is_shared else pause_s

    def was_well(self) -> None:
        """The stream gave its packets for a while: the next failure is a first one."""
        self._backoff.reset()

    def let_in(self) -> None:
        """The stream is open."""
        if self._account is not None:
            self._account.let_in(self)

    def failed(self, fault: Fault) -> None:
        """It could not be opened, or broke."""
        if self._account is not None:
            self._account.failed(self, fault)


class Account:
    """One user and password at one host. Any thread may call anything."""

    def __init__(self, clock: Callable[[], float], window: Backoff) -> None:
        self._clock = clock
        self._window = window
        self._lock = threading.Lock()
        self._open_until_s = self._closed_until_s = self._tried_until_s = NEVER
        self._tries: Turn | None = None  # whose turn it is
        self._refused: set[Turn] = set()  # since one was last let in
        self._barred: set[Turn] = set()  # refused where others are let in: that is not the password's fault

    def wait_s(self, turn: Turn) -> float:
        """As in `Turn`: of those that may try, one at a time does while nothing is known."""
        with self._lock:
            now_s = self._clock()
            if turn in self._barred or now_s < self._open_until_s:
                return 0.0
            if now_s < self._closed_until_s + (LAST_S if turn in self._refused else 0.0):
                return NOT_SOON_S
            if now_s < self._tried_until_s:
                return SOON_S
            self._tries, self._tried_until_s = turn, now_s + (REFUSAL_S if self._refused else ANSWER_S)
            return 0.0

    def is_closed(self) -> bool:
        """Whether one was refused, and nobody is to try for a while."""
        with self._lock:
            return self._clock() < self._closed_until_s

    def has_barred(self, turn: Turn) -> bool:
        """Whether it is refused where others are let in."""
        with self._lock:
            return turn in self._barred

    def let_in(self, turn: Turn) -> None:
        """The host has taken user and password: all may try."""
        with self._lock:
            self._open_until_s = self._clock() + LET_IN_S
            self._closed_until_s = self._tried_until_s = NEVER
            self._refused.clear()
            self._barred.discard(turn)
            self._window.reset()

    def failed(self, turn: Turn, fault: Fault) -> None:
        """What came of a try instead. Only a refusal says anything of the password."""
        with self._lock:
            if turn is self._tries:
                self._tried_until_s = NEVER
            if fault is Fault.REFUSED and turn not in self._barred:
                self._note_refusal(turn, self._clock())

    def _note_refusal(self, turn: Turn, now_s: float) -> None:
        if now_s < self._open_until_s:
            self._barred.add(turn)
            self._open_until_s = NEVER  # or the password has just been changed: the next one tries alone
            return
        self._refused.add(turn)
        if now_s >= self._closed_until_s:
            self._closed_until_s = now_s + self._window.next_wait(Fault.REFUSED).total_seconds()


class Turns:
    """Those of a process's cameras. An account is known by a keyed hash: nothing here can give a password away."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, window: Callable[[], Backoff] = Backoff) -> None:
        self._clock = clock
        self._window = window
        self._key = os.urandom(32)
        self._accounts: dict[bytes, Account] = {}

    def of(self, url: str, backoff: Backoff | None = None) -> Turn:
        """The turn of one more stream, which is read at `url`. One thread asks."""
        parts = urlsplit(url)
        if not parts.username and not parts.password:
            return Turn(None, backoff)
        text = "\0".join((parts.hostname or "", parts.username or "", parts.password or ""))
        name = blake2b(text.encode(errors="surrogatepass"), key=self._key).digest()
        if name not in self._accounts:
            self._accounts[name] = Account(self._clock, self._window())
        return Turn(self._accounts[name], backoff)
