"""Whether a process still reports: one that is frozen as a whole says nothing of itself, and does not end either."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringwatch.board import Board, Mark

SILENT_S = 60.0  # without a new report: the process does not come back
STEP_S = 1.0  # from one look to the next no more than this counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What was last heard of a process."""

    pid: int
    mark: Mark | None
    reported: bool = False  # itself, and not the process before it
    silent_s: float = 0.0


class Silence:
    """Looks for processes that have reported and then fell silent. One thread, which looks several times a second.

    How long it lasts is summed up from look to look, by a clock that nobody sets, and a long time between two looks
    counts as a short one: whoever was suspended, or waited for the disk that the reports are on, heard nobody.
    """

    def __init__(self, board: Board, limit_s: float = SILENT_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._board = board
        self._limit_s = limit_s
        self._clock = clock
        self._looked_s = clock()
        self._heard: dict[str, _Heard] = {}

    def look(self, pids: Mapping[str, int]) -> tuple[str, ...]:
        """Which of the processes, by name, have fallen silent; each is named once until the limit has passed again."""
        now_s = self._clock()
        passed_s, self._looked_s = min(now_s - self._looked_s, STEP_S), now_s
        self._heard = {name: self._listen(name, pid, passed_s) for name, pid in pids.items() if pid}
        silent = tuple(name for name, heard in self._heard.items() if heard.silent_s > self._limit_s)
        self._heard |= {name: replace(self._heard[name], silent_s=0.0) for name in silent}
        return silent

    def _listen(self, name: str, pid: int, passed_s: float) -> _Heard:
        before, mark = self._heard.get(name), self._board.mark(name)
        if before is None or before.pid != pid:
            return _Heard(pid=pid, mark=mark)
        if mark != before.mark:
            return _Heard(pid=pid, mark=mark, reported=True)
        if mark is None or not before.reported:  # there is no room on the disk for its report, or it is still starting
            return before
        return replace(before, silent_s=before.silent_s + passed_s)
