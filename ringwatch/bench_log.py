"""What a rehearsed node's own log says: which events it told, and which of its processes ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from detect.messages import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """From the first line of a log to its last."""

    raised: Counter[str]  # how often each event, by its id, was told to be raised
    ended: int  # processes that ended and were started again


def told_in(lines: Iterable[str]) -> Told:
    """What the log's JSON `lines` say; what is no such line (a traceback) is passed over."""
    rows = tuple(_rows(lines))
    raised = Counter(row["alert"] for row in rows if row.get("event") == "event" and row["phase"] == Phase.RAISED.value)
    return Told(raised=raised, ended=sum(row.get("event") == "child ended" for row in rows))


def _rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row
