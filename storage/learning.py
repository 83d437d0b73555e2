"""The baseline of `unusual` as a worker has it: the database behind a thread, so that analysis never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from config.errors import RingwatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.messages import Place, Spans, Weeks, WindowCount
    from storage.metrics import BaselineMetrics

log = structlog.get_logger()
Clock = Callable[[], datetime]
WAITING = 10_000  # windows that may wait for the database: a night's of a whole worker
TRY_AGAIN_S = 5.0
EXPIRE_EVERY = timedelta(hours=1)


class Counts(Protocol):
    """The database."""

    def create(self) -> None:
        """Make what is missing."""
        ...

    def weeks(self, place: Place, spans: Spans) -> Weeks:
        """The counts of the windows that began in each of `spans`."""
        ...

    def put(self, windows: Sequence[WindowCount]) -> None:
        """Keep `windows`."""
        ...

    def expire(self, before: datetime) -> int:
        """Delete what began before."""
        ...


class LearningBaseline:
    """Answers from memory, else asks the database on the thread `baseline`. Methods may be called from any thread.

    Windows that the database does not take wait, `WAITING` at most: beyond that the oldest are dropped, and counted.
    """

    def __init__(self, store: Counts, metrics: BaselineMetrics, clock: Clock, *, keep: timedelta) -> None:
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._keep = keep
        self._changed = threading.Condition()
        self._learnt: list[WindowCount] = []
        self._asked: dict[Place, Spans] = {}  # one a place: only the newest window matters
        self._known: dict[Place, tuple[Spans, Weeks]] = {}
        self._created = False
        self._away = False  # the database does not answer; it has been said
        self._expired_at: datetime | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="baseline", daemon=True)

    def start(self) -> None:
        """Begin to talk to the database."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Write down what waits, once, and end; what the database does not take then is lost."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def weeks(self, place: Place, spans: Spans) -> Weeks | None:
        """The counts of `spans`, if they are at hand; else they will be, and the caller asks again."""
        with self._changed:
            known = self._known.get(place)
            if known is not None and known[0] == spans:
                return known[1]
            if self._asked.get(place) != spans:
                self._asked[place] = spans
                self._changed.notify()
            return None

    def learn(self, counted: WindowCount) -> None:
        """Keep a window, soon."""
        with self._changed:
            self._learnt.append(counted)
            if len(self._learnt) > WAITING:
                del self._learnt[0]
                self._metrics.dropped.inc()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._learnt or self._asked)
                learnt, asked, stopping = tuple(self._learnt), dict(self._asked), self._stopping
            done = self._talk(learnt, asked)
            if stopping:
                return
            if not done:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, TRY_AGAIN_S)

    def _talk(self, learnt: Sequence[WindowCount], asked: dict[Place, Spans]) -> bool:
        """Write, then read: False when the database does not answer."""
        try:
            if not self._created:
                self._store.create()
                self._created = True
            self._store.put(learnt)
            self._forget(learnt)
            self._expire()
            for place, spans in asked.items():
                self._answer(place, spans, self._store.weeks(place, spans))
        except RingwatchError as error:
            if not self._away:
                log.warning("counts wait for the database", windows=len(learnt), error=str(error))
            self._away = True
            return False
        except Exception:  # a mistake of ours: this thread must not end unseen, or nothing is learned any more
            log.exception("counts wait: they could not be written or read", windows=len(learnt))
            return False
        self._away = False
        return True

    def _forget(self, written: Sequence[WindowCount]) -> None:
        with self._changed:
            gone = set(map(id, written))
            self._learnt = [counted for counted in self._learnt if id(counted) not in gone]

    def _answer(self, place: Place, spans: Spans, weeks: Weeks) -> None:
        with self._changed:
            self._known[place] = (spans, weeks)
            if self._asked.get(place) == spans:
                del self._asked[place]

    def _expire(self) -> None:
        now = self._clock()
        if self._expired_at is None or not timedelta() <= now - self._expired_at < EXPIRE_EVERY:
            self._expired_at = now
            self._store.expire(now - self._keep)
