"""How often somebody may try: wrong tokens by address, calls by camera."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST_KEYS = 1024  # the one that tried longest ago is forgotten first


class Tries:
    """At most `most` in `span_s` seconds, for each key apart. Used by one thread."""

    def __init__(self, most: int, span_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._span_s = span_s
        self._monotonic = monotonic
        self._of: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Count one more try of `key`; 0 when it is allowed, else how many seconds to wait for the next."""
        now_s = self._monotonic()
        tries = self._of.setdefault(key, deque())
        self._of.move_to_end(key)
        while len(self._of) > MOST_KEYS:
            self._of.popitem(last=False)
        while tries and now_s - tries[0] >= self._span_s:
            tries.popleft()
        if len(tries) >= self._most:
            return self._span_s - (now_s - tries[0])
        tries.append(now_s)
        return 0.0
