"""The configuration of a running node, read again when its files have changed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import structlog

from config.errors import ConfigError, RingwatchError
from config.sources import Sources
from ringwatch.periodic import Periodic

if TYPE_CHECKING:
    from types import FrameType

    from config.errors import Problem
    from config.model import Network

log = structlog.get_logger()
LOOK_EVERY_S = 0.5
SETTLED_S = 1.0  # a file that has been as it is for so long is whole: who writes it does so in one go


class Counted(Protocol):
    """Who counts what came of it."""

    def taken_in(self) -> None:
        """The node runs on what was read."""
        ...

    def refused(self) -> None:
        """What was read has mistakes."""
        ...


class ConfigWatch:
    """Owns the thread `config-watch`, which looks at the files and reads them; the node takes what came of it.

    A file that has mistakes is told line by line, once, and nothing comes of it.
    """

    def __init__(
        self,
        read: Callable[[Sources], Network],
        sources: Sources,
        remarks: Callable[[Network], tuple[str, ...]] = lambda _network: (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` gives the network and tells from where; `sources` are those of the one that runs already.

        `remarks` is what is worth saying of a network that can be run.
        """
        self._read = read
        self._remarks = remarks
        self._clock = clock
        self._sources = sources
        self._known = self._seen = sources.fingerprint()  # what was read last; what was there at the last look
        self._seen_since_s = clock()
        self._asked = False  # no lock: it is set where a signal interrupts
        self._lock = threading.Lock()
        self._newest: Network | None = None
        self.counted: Counted | None = None  # who counts, if anybody does
        self._periodic = Periodic("config-watch", LOOK_EVERY_S, self.look)

    def start(self, counted: Counted) -> None:
        """Begin to look; `counted` counts what comes of it."""
        self.counted = counted
        self._periodic.start()

    def stop(self) -> None:
        """Look no more."""
        self._periodic.stop()

    def ask(self) -> None:
        """Read at the next look, changed or not, settled or not. A signal's handler may ask."""
        self._asked = True

    def take(self) -> Network | None:
        """The newest network that was read, once; None where there is none."""
        with self._lock:
            network, self._newest = self._newest, None
            return network

    def taken_in(self) -> None:
        """The node runs on what it took."""
        if self.counted is not None:
            self.counted.taken_in()

    def refused(self) -> None:
        """The node runs on what it had before."""
        if self.counted is not None:
            self.counted.refused()

    def look(self) -> None:
        """Look whether the files are other ones, and have been for long enough, and read them."""
        now_s, found = self._clock(), self._sources.fingerprint()
        if found != self._seen:
            self._seen, self._seen_since_s = found, now_s
        asked, self._asked = self._asked, False
        if asked or (found != self._known and now_s - self._seen_since_s >= SETTLED_S):
            self._read_again(found)

    def _read_again(self, found: str) -> None:
        sources = Sources()
        network, problems = self._attempt(sources)
        if self._sources.fingerprint() != found:
            return  # somebody wrote while it was read: a later look finds it settled
        self._sources = sources
        self._known = self._seen = sources.fingerprint()
        if network is None:
            self._refuse(problems)
            return
        with self._lock:
            self._newest = network
        self._remark(network)

    def _attempt(self, sources: Sources) -> tuple[Network | None, tuple[Problem, ...]]:
        try:
            return self._read(sources), ()
        except ConfigError as error:
            return None, error.problems
        except Exception:  # a mistake of ours in reading: the node runs on as it does
            log.exception("the configuration cannot be read")
            return None, ()

    def _refuse(self, problems: tuple[Problem, ...]) -> None:
        for one in problems:
            log.error(
                "mistake in the configuration",
                file=str(one.file),
                line=one.line,
                column=one.column,
                mistake=one.message,
            )
        log.error("the changed configuration is not taken in: everything goes on as it was", mistakes=len(problems))
        self.refused()

    def _remark(self, network: Network) -> None:
        try:
            remarks = self._remarks(network)
        except RingwatchError as error:
            remarks = (str(error),)
        for remark in remarks:
            log.warning("remark on the configuration", remark=remark)


@contextmanager
def reread_on_hangup(watch: ConfigWatch) -> Iterator[None]:
    """While the block runs, SIGHUP asks for a reading."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        watch.ask()

    before = signal.signal(signal.SIGHUP, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
